"""Tests of deltascribe.evaluation.comparison.entries."""

from __future__ import annotations

from pathlib import Path

import pytest

from deltascribe.errors import ConfigError
from deltascribe.evaluation.comparison.entries import parse_entries


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with runs and files of predictions of the same names."""
    for run in ("eval", "x/eval", "y/eval", "z/a", "a"):
        (tmp_path / run).mkdir(parents=True)
        (tmp_path / run / "predictions.jsonl").touch()
    (tmp_path / "a" / "predictions-greedy.jsonl").touch()
    (tmp_path / "z" / "a" / "predictions-greedy.jsonl").touch()
    (tmp_path / "a" / "scores.json").touch()
    (tmp_path / "a.jsonl").touch()
    (tmp_path / "a.json").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def labels(*entries: str) -> list[str]:
    return [entry.label for entry in parse_entries(entries)]


def test_a_row_is_called_after_the_last_part_of_its_folder(place: Path) -> None:
    assert labels("x/eval", "z/a/") == ["eval", "a"]
    assert labels("a/predictions.jsonl", "z/a/predictions-greedy.jsonl") == ["a", "predictions-greedy"]
    assert labels("a/scores.json") == ["a"]


def test_only_rows_of_the_same_name_are_told_apart_by_more_of_their_path(place: Path) -> None:
    assert labels("x/eval", "y/eval", "a") == ["x/eval", "y/eval", "a"]
    assert labels("a/predictions-greedy.jsonl", "z/a/predictions-greedy.jsonl") == [
        f"{place.name}/a/predictions-greedy",
        "z/a/predictions-greedy",
    ]


def test_a_folder_and_files_of_one_name_are_told_apart_by_the_suffix(place: Path) -> None:
    assert labels("a", "a.jsonl", "a.json") == ["a", "a.jsonl", "a.json"]


def test_a_default_name_gives_way_to_a_given_one(place: Path) -> None:
    assert labels("a=eval", "z/a") == ["a", "z/a"]


def test_a_whole_path_as_name_has_a_single_slash_in_front(place: Path) -> None:
    parts = (place / "a").resolve().parts
    shorter = [str(Path(*parts[-length:])) for length in range(1, len(parts))]
    for position in range(len(shorter)):
        (place / f"other{position}.jsonl").touch()
    given = [f"{name}=other{position}.jsonl" for position, name in enumerate(shorter)]
    assert labels("a", *given)[0] == str((place / "a").resolve())
    with pytest.raises(ConfigError, match=f"Two rows have the name {(place / 'a').resolve()}. Name them apart"):
        labels("a", *given, f"{(place / 'a').resolve()}=eval")
