"""GeoError carries a sentence in both languages."""

import pickle

from geo.errors import GeoError


def test_both_languages_survive_being_sent_to_another_process():
    error = pickle.loads(pickle.dumps(GeoError("没有网格。", "There are no grids.")))
    assert str(error) == error.zh == "没有网格。"
    assert error.en == "There are no grids."
