"""The same seed gives the same files; without the boundary package the outline is invented and said to be."""

import hashlib
import json
from pathlib import Path

import pyogrio
import pytest
import shapely

from etl.sample import write_sample


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes(sample_dir: Path, tmp_path: Path) -> None:
    told: list[str] = []
    files = write_sample(tmp_path / "again", progress=told.append)
    assert digests(tmp_path / "again") == digests(sample_dir)
    assert {file.name for file in files} <= set(digests(sample_dir))
    assert told


def test_the_note_flags_the_sample(sample_dir: Path) -> None:
    note = json.loads((sample_dir / "样例说明.json").read_text("utf-8"))
    assert (note["wangge_sample"], note["data_date"], note["outline"]) == (True, "2020-12-31", "third_party")
    assert note["notes_zh"]
    assert len(note["notes_en"]) == len(note["notes_zh"])


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample written without the package, with another seed."""
    folder = tmp_path_factory.mktemp("invented")
    write_sample(folder, seed=7, boundary_package="no_such_boundary_package")
    return folder


def test_without_the_package_the_outline_is_invented_and_said_so(invented: Path) -> None:
    note = json.loads((invented / "样例说明.json").read_text("utf-8"))
    assert (note["outline"], note["seed"]) == ("synthetic", 7)
    assert any("县界" in text for text in note["notes_zh"])
    county = pyogrio.read_dataframe(invented / "行政区划.gpkg", layer="县")
    assert county["图形来源"].tolist() == ["示意(虚构)"]
    assert county.to_crs("EPSG:4546").area[0] / 1e6 == pytest.approx(2747.8, rel=0.002)


def test_the_invented_county_tiles_and_has_its_six_neighbours(invented: Path) -> None:
    communities = pyogrio.read_dataframe(invented / "行政区划.gpkg", layer="社区村")
    assert len(communities) == 293
    assert shapely.coverage_is_valid(communities.geometry.values)
    neighbours = pyogrio.read_dataframe(invented / "行政区划.gpkg", layer="邻县")
    assert set(neighbours["名称"]) == {"恩施市", "鹤峰县", "咸丰县", "来凤县", "龙山县", "桑植县"}
    county = pyogrio.read_dataframe(invented / "行政区划.gpkg", layer="县").geometry[0]
    assert (shapely.distance(neighbours.geometry.values, county) < 1e-6).all()


def test_other_seeds_keep_the_counts(invented: Path) -> None:
    homes = pyogrio.read_dataframe(invented / "楼栋街道.gpkg", layer="楼栋", read_geometry=False)
    urban = homes["社区代码"].isin([f"42282510000{n}" for n in range(1, 6)])
    assert (urban & homes["用途"].isin(["住宅", "商住"])).sum() == 1600
