"""Tables on disk: read back as written, and never believed when damaged, cut short or of other boundaries."""

import dataclasses
import hashlib
import os

import numpy as np
import pytest
import shapely

from geo import cell_store
from geo.cell_lookup import first_shapes
from geo.cell_store import boundary_hash, kept_table, read_table, write_table
from geo.cell_table import build_cell_table

SHAPES = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), None], dtype=object)
OTHERS = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1.5), None], dtype=object)
X, Y = np.array([0.5, 1.0, 1.5, 3.0]), np.full(4, 0.5)


def only_file(folder):
    (path,) = folder.iterdir()
    return path


def test_a_table_is_read_back_as_it_was(tmp_path):
    built = kept_table(SHAPES, tmp_path / "new" / "folder")
    read = kept_table(SHAPES, tmp_path / "new" / "folder", may_build=False)
    for field in dataclasses.fields(built):
        one, other = getattr(built, field.name), getattr(read, field.name)
        np.testing.assert_array_equal(one, other)
        assert getattr(one, "dtype", None) == getattr(other, "dtype", None)
    assert not read.label.flags.writeable  # mapped, not copied
    assert first_shapes(read, SHAPES, X, Y).tolist() == [0, 0, 1, 3]
    assert only_file(tmp_path / "new" / "folder").name == f"{boundary_hash(SHAPES)}.cells"


def test_every_damaged_byte_is_noticed(tmp_path):
    kept_table(SHAPES, tmp_path)
    path, key = only_file(tmp_path), boundary_hash(SHAPES)
    whole = path.read_bytes()
    for place in [*range(0, 40), *range(40, len(whole), max(1, len(whole) // 150)), len(whole) - 1]:
        damaged = bytearray(whole)
        damaged[place] ^= 0x11
        path.write_bytes(damaged)
        assert read_table(path, key) is None, place
    path.write_bytes(whole)
    assert read_table(path, key) is not None


@pytest.mark.parametrize("size", [0, 5, 20, 28, 500, -64, -1])
def test_a_file_cut_short_is_rebuilt(tmp_path, size):
    kept_table(SHAPES, tmp_path)
    path = only_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:size])
    assert kept_table(SHAPES, tmp_path, may_build=False) is None
    assert kept_table(SHAPES, tmp_path) is not None
    assert path.read_bytes() == whole


def test_a_table_of_other_boundaries_under_this_name_is_not_taken(tmp_path):
    write_table(build_cell_table(OTHERS), tmp_path / f"{boundary_hash(SHAPES)}.cells", boundary_hash(OTHERS))
    table = kept_table(SHAPES, tmp_path)
    assert first_shapes(table, SHAPES, np.array([1.5]), np.array([1.2])).tolist() == [3]


def test_a_stranger_is_not_taken(tmp_path):
    path = tmp_path / f"{boundary_hash(SHAPES)}.cells"
    body = (2).to_bytes(8, "little") + b"{}"
    path.write_bytes(b"wangge cell table 1\n" + hashlib.sha256(body).digest() + body)
    assert read_table(path, boundary_hash(SHAPES)) is None
    path.unlink()
    path.mkdir()
    assert read_table(path, boundary_hash(SHAPES)) is None


def test_other_shapes_have_another_hash():
    reversed_order = np.array([*SHAPES[:2][::-1], None], dtype=object)
    hashes = {boundary_hash(shapes) for shapes in (SHAPES, OTHERS, reversed_order, SHAPES[:2])}
    assert len(hashes) == 4


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    table = kept_table(SHAPES, tmp_path / "file")
    assert first_shapes(table, SHAPES, X, Y).tolist() == [0, 0, 1, 3]


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def full(_number):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    assert kept_table(SHAPES, tmp_path) is not None
    assert list(tmp_path.iterdir()) == []


def test_tables_of_old_boundaries_make_room(tmp_path, monkeypatch):
    monkeypatch.setattr(cell_store, "_KEPT_FILES", 2)
    for number in range(4):
        path = tmp_path / f"{number}.cells"
        write_table(build_cell_table(SHAPES), path, "")
        os.utime(path, (number, number))
    kept_table(OTHERS, tmp_path)
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(["3", boundary_hash(OTHERS)])
