from __future__ import annotations

from pathlib import Path

import pytest

from deltascribe.errors import PredictionsError
from deltascribe.evaluation import Prediction, read_predictions, write_predictions

ENTRIES = [
    Prediction("a", "two houses\u2028are built \u00e9", ("one", "two\nlines"), True, False, 0.25, -3.5),
    Prediction("b", "", ("there is no difference",), False, False, 0.0),
]


def test_predictions_come_back_as_they_were_written(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.jsonl", ENTRIES)
    assert read_predictions(tmp_path / "p.jsonl") == ENTRIES
    assert len((tmp_path / "p.jsonl").read_bytes().splitlines()) == 2


def test_fields_that_are_not_known_are_passed_over(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.jsonl", ENTRIES[1:])
    line = (tmp_path / "p.jsonl").read_text()
    (tmp_path / "p.jsonl").write_text(line.replace("{", '{"later": 1, ', 1) + "\n")
    assert read_predictions(tmp_path / "p.jsonl") == ENTRIES[1:]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "3",
        '{"name": "a"}',
        '{"name": "a", "references": null}',
        '[{"name": "a"}]',
        '{"name": "a", "caption": "b", "references": "one", "changed": true}',
    ],
)
def test_a_line_that_is_no_prediction_is_named(tmp_path: Path, line: str) -> None:
    write_predictions(tmp_path / "p.jsonl", ENTRIES[:1])
    with (tmp_path / "p.jsonl").open("a") as stream:
        stream.write(line + "\n")
    with pytest.raises(PredictionsError, match="line 2 is no prediction"):
        read_predictions(tmp_path / "p.jsonl")


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match="cannot be read"):
        read_predictions(tmp_path / "none.jsonl")
