"""Tests of deltascribe.inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from deltascribe.errors import ImageNotFoundError, PairListError
from deltascribe.inputs import PairFiles, find_pairs, read_pair_list


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def listed(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "pairs.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_two_files_are_one_pair_named_after_both_where_they_differ(tmp_path: Path) -> None:
    before, after, same = tmp_path / "x.png", tmp_path / "y.tif", tmp_path / "later" / "x.tif"
    touch(before, after, same)
    assert find_pairs(before, after) == [PairFiles("x_y", before, after)]
    assert find_pairs(before, same) == [PairFiles("x", before, same)]


def test_folders_are_matched_by_name_whatever_the_suffix_and_sorted(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    touch(a / "two.png", a / "one.JPG", b / "one.tif", b / "two.webp", a / "notes.txt", b / ".hidden.png")
    assert find_pairs(a, b) == [PairFiles("one", a / "one.JPG", b / "one.tif"), PairFiles("two", a / "two.png", b / "two.webp")]


def test_images_without_a_partner_are_named(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    touch(a / "same.png", b / "same.png", a / "lonely.png", b / "other.png")
    with pytest.raises(PairListError, match=r"2 images lie in only one of .*: lonely, other\. .*--pairs"):
        find_pairs(a, b)


def test_of_many_images_without_a_partner_five_are_named(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    touch(b / "same.png", a / "same.png", *(a / f"n{place}.png" for place in range(7)))
    with pytest.raises(PairListError, match=r"7 images .*: n0, n1, n2, n3, n4 \.\.\."):
        find_pairs(a, b)


def test_two_images_of_one_name_in_a_folder_are_refused(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    touch(a / "x.png", a / "x.jpg", b / "x.png")
    with pytest.raises(PairListError, match=r"two images named x \(x\.jpg, x\.png\)"):
        find_pairs(a, b)


def test_a_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    touch(tmp_path / "x.png", tmp_path / "folder" / "x.png")
    with pytest.raises(PairListError, match="both be images or both be folders"):
        find_pairs(tmp_path / "x.png", tmp_path / "folder")


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    touch(tmp_path / "x.png")
    with pytest.raises(ImageNotFoundError, match=r"y\.png does not exist"):
        find_pairs(tmp_path / "x.png", tmp_path / "y.png")


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "x.txt", tmp_path / "b" / "x.png")
    with pytest.raises(PairListError, match=r"a holds no image \(.*\.png"):
        find_pairs(tmp_path / "a", tmp_path / "b")


def test_relative_paths_of_a_list_start_at_its_folder(tmp_path: Path) -> None:
    path = listed(tmp_path, f"before,after,name\na/x.png, {tmp_path}/y.png ,first\nb/z.png,c/z.png,\n")
    assert read_pair_list(path) == [
        PairFiles("first", tmp_path / "a/x.png", tmp_path / "y.png"),
        PairFiles("z", tmp_path / "b/z.png", tmp_path / "c/z.png"),
    ]


def test_a_byte_order_mark_other_columns_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    path = listed(tmp_path, "\ufeffbefore,after,note\n\nx.png,y.png,hello\n")
    assert [pair.name for pair in read_pair_list(path)] == ["x"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "columns before,after"),
        ("before,later\nx.png,y.png\n", r"columns before,after .*\['before', 'later'\]"),
        ("before;after\nx.png;y.png\n", "columns before,after .*separate them with commas"),
        ("before,after\n", "lists no pair"),
        ("before,after\nx.png,y.png\nz.png,\n", "line 3: `before` or `after` is empty"),
        ("before,after\n\nx.png\n", "line 3: `before` or `after` is empty"),
        ("before,after\na/x.png,y.png\nb/x.png,y.png\n", "line 3: there is a pair named 'x' already"),
        ("before,after,name\nx.png,y.png,n\nz.png,y.png,n\n", "line 3: there is a pair named 'n' already"),
        ("before,after,name\nx.png,y.png,../n\n", r"line 2: the name '\.\./n' has parts of a path"),
        ("before,after,name\nx.png,y.png,/etc/n\n", "has parts of a path"),
        ("before,after,name\nx.png,y.png,a\\n\n", "has parts of a path"),
        ("before,after,name\nx.png,y.png,C:n\n", "has parts of a path"),
        ("before,after,name\nx.png,y.png,..\n", "has parts of a path"),
        (f"before,after\n{'x' * 200_000},y.png\n", "not a CSV file"),
    ],
)
def test_an_unfit_list_is_refused_with_the_reason(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PairListError, match=message):
        read_pair_list(listed(tmp_path, text))


def test_a_list_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_bytes("before,after\nmüll.png,y.png\n".encode("latin-1"))
    with pytest.raises(PairListError, match="not UTF-8"):
        read_pair_list(path)


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_list_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PairListError, match="no list of pairs"):
        read_pair_list(tmp_path / name)
