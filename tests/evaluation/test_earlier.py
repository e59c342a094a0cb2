"""What an evaluation says of the results that it replaces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deltascribe.evaluation.earlier import describe_replaced

DATA = {"name": "own", "format": "folder", "split": "test"}
SETTINGS: dict[str, Any] = {"beams": [5, 1], "limit": None, "batch_size": 16}
THERE = {"model": {"model": "run1/best"}, "data": {**DATA, "pairs": 4}, "settings": SETTINGS}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scores.json").write_text(json.dumps(THERE))
    return tmp_path


@pytest.mark.parametrize(
    ("model", "data", "settings", "told"),
    [
        ("run1/best", DATA, SETTINGS, None),
        ("run1/best", DATA, SETTINGS | {"batch_size": 1}, None),
        (None, DATA, SETTINGS, None),
        ("run2/best", DATA, SETTINGS, "run1/best on own, test"),
        ("run1/best", DATA | {"split": "val"}, SETTINGS, "run1/best on own, test"),
        ("run1/best", DATA, SETTINGS | {"beams": [3], "limit": 2}, "run1/best on own, test (with other settings: beams, limit)"),
    ],
)
def test_results_of_something_else_are_named(
    folder: Path, model: str | None, data: dict[str, Any], settings: dict[str, Any], told: str | None
) -> None:
    assert describe_replaced(folder, model, data, settings) == told


def test_a_scored_file_is_named_by_its_label(folder: Path) -> None:
    scores = {"label": "theirs", "data": {"source": "refs.json", "split": None}, "settings": {}}
    (folder / "scores.json").write_text(json.dumps(scores))
    assert describe_replaced(folder, "run1/best", DATA, SETTINGS) == "theirs on refs.json"


@pytest.mark.parametrize("text", ["", "[]", None])
def test_where_no_scores_lie_nothing_is_replaced(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "scores.json").write_text(text)
    assert describe_replaced(tmp_path, "run1/best", DATA, SETTINGS) is None
