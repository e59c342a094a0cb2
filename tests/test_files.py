"""Folders and files that are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from deltascribe.errors import ConfigError
from deltascribe.files import atomic_write, check_room, make_folder, read_json_object, remove_leftovers


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(ConfigError, match="Choose another OUT"):
        make_folder(tmp_path / "out")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")

    def fail() -> None:
        with atomic_write(path) as temporary:
            temporary.write_text("half of the n")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_with_room_is_left_as_it_was(tmp_path: Path) -> None:
    check_room(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_one_file_are_told_from_all_others(tmp_path: Path) -> None:
    path = tmp_path / "table[1].csv"
    with atomic_write(path) as temporary:
        left = temporary.name
    (tmp_path / left).write_text("half")
    others = [".table1-abcdefgh.tmp.csv", ".table[1]-notes.tmp.csv", ".table[1]-abcdefgh.tmp.json"]
    for name in others:
        (tmp_path / name).write_text("x")
    remove_leftovers(path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(["table[1].csv", *others])


def test_only_a_whole_object_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    assert read_json_object(path) is None
    for text, value in (('{"a": 1}', {"a": 1}), ("{}", {}), ("[1]", None), ('{"a": ', None), ("", None)):
        path.write_text(text)
        assert read_json_object(path) == value
    path.write_bytes(b"\xff")
    assert read_json_object(path) is None
