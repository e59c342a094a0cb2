from __future__ import annotations

import csv
from pathlib import Path

import pytest

from deltascribe.evaluation import Analysis, Prediction, analyse
from deltascribe.evaluation.record import remove_stale, tables_markdown, write_pairs_csv
from deltascribe.metrics import SetScorer
from deltascribe.text.special import NO_CHANGE_SENTENCES

REFERENCES = (("two houses are built", "some houses appear"), ("a road is built", "a new road"), NO_CHANGE_SENTENCES)
SAID = ["Two houses, are built", "a road", "there is no difference"]


@pytest.fixture
def analysis() -> Analysis:
    return analyse(SetScorer(REFERENCES, resamples=0), "mine", ["a", "b", "c"], SAID, None, [0.9, 0.8, 0.1])


def test_a_row_a_pair_holds_the_caption_as_it_was_and_its_scores(analysis: Analysis, tmp_path: Path) -> None:
    predictions = [
        Prediction(name, said, refs, row < 2, None, 0.5) for row, (name, said, refs) in enumerate(zip("abc", SAID, REFERENCES, strict=True))
    ]
    write_pairs_csv(tmp_path / "pairs.csv", predictions, analysis)
    rows = list(csv.DictReader((tmp_path / "pairs.csv").open()))
    assert [row["caption"] for row in rows] == SAID
    assert [row["changed"] for row in rows] == ["1", "1", "0"]
    assert {row["predicted_changed"] for row in rows} == {""}
    for mode, table in analysis.tables.items():
        assert [float(row[f"cider_d_{mode}"]) for row in rows] == pytest.approx([100 * item.cider_d for item in table.items], abs=1e-4)
        assert [float(row[f"meteor_{mode}"]) for row in rows] == pytest.approx([100 * (item.meteor or 0) for item in table.items], abs=1e-4)


def test_the_tables_of_all_modes_come_with_one_set_of_notes(analysis: Analysis) -> None:
    text = tables_markdown("mine on three pairs", "deltascribe score a b", [("mine", analysis)])
    assert text.startswith("# mine on three pairs\n\n`deltascribe score a b`\n\n## mine, ids\n")
    assert "## mine, words" in text
    assert "## mine, keywords of changed pairs" in text
    assert text.count("CIDEr-D takes its idf") == 1
    assert "Brier score" in text


def test_only_files_of_ours_are_removed(tmp_path: Path) -> None:
    for name in ("index.html", "predictions-greedy.jsonl", "scores.json", "mine.html"):
        (tmp_path / name).write_text("x")
    remove_stale(tmp_path, [tmp_path / "scores.json"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.html", "scores.json"]
