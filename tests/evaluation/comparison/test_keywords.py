"""Tests of deltascribe.evaluation.comparison.keywords."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from statistics import fmean, stdev

import numpy as np
import pytest

from deltascribe.evaluation.comparison import Comparison, Resampling, compare, read_groups, render
from deltascribe.evaluation.comparison.keywords import keyword_scores_from_sums
from deltascribe.evaluation.predictions import read_predictions, write_predictions
from deltascribe.metrics.keywords import keyword_scores

from .conftest import MakeRun

FAST = Resampling(resamples=50, permutations=200)


def made(*entries: object) -> Comparison:
    groups = read_groups([str(entry) for entry in entries])
    return compare(groups, modes=("ids",), subsets=("all",), metrics=("bleu_1",), anchors=False, resampling=FAST, keywords=True)


def f1_of(folder: object) -> float:
    entries = [entry for entry in read_predictions(folder / "predictions.jsonl") if entry.changed]  # type: ignore[operator]
    value = keyword_scores([entry.caption for entry in entries], [entry.references for entry in entries]).kinds["all"].f1
    assert value is not None
    return 100 * value


def test_keywords_of_changed_pairs_are_scored_and_tested_with_seeds(make_run: MakeRun) -> None:
    base = [make_run(f"a{seed}", 0.2, seed=seed) for seed in (1, 2, 3)]
    ours = [make_run(f"b{seed}", 0.9, seed=seed) for seed in (4, 5, 6)]
    comparison = made(f"a={','.join(map(str, base))}", f"b={','.join(map(str, ours))}")
    table = comparison.table(None, "keywords")
    assert (table.pairs, list(table.columns)) == (20, ["keyword_precision", "keyword_recall", "keyword_f1"])
    theirs, scores = ([f1_of(folder) for folder in folders] for folders in (base, ours))
    cell = table.row("b").cells["keyword_f1"]
    assert cell.value == pytest.approx(fmean(scores))
    assert cell.deviation == pytest.approx(stdev(scores))
    assert cell.seeds == pytest.approx(scores)
    assert cell.best
    entry = table.row("b").tested["keyword_f1"]
    assert entry.value == pytest.approx(fmean(scores) - fmean(theirs))
    assert 0 < entry.low < entry.value < entry.high
    # 201 draws and three tests of one row: the smallest p there is
    assert (entry.p_value, entry.p_adjusted) == (pytest.approx(1 / 201), pytest.approx(3 / 201))
    assert comparison.tables[-1].subset == "accuracy"


def test_equal_captions_differ_by_nothing_and_no_change_pairs_do_not_count(make_run: MakeRun) -> None:
    one, other = make_run("a"), make_run("b")
    entries = read_predictions(other / "predictions.jsonl")
    write_predictions(other / "predictions.jsonl", [entry if entry.changed else replace(entry, caption="a lake") for entry in entries])
    for entry in made(one, other).table(None, "keywords").row("b").tested.values():
        assert (entry.value, entry.low, entry.high, entry.p_adjusted) == (0, 0, 0, 1)


def test_without_a_changed_pair_or_a_wish_there_is_no_such_table(make_run: MakeRun) -> None:
    unchanged = made(make_run("a", pairs=[2, 5]))
    assert [table.subset for table in unchanged.tables] == ["all", "accuracy"]
    groups = read_groups([str(make_run("b"))])
    assert all(table.subset != "keywords" for table in compare(groups, modes=("ids",), anchors=False, resampling=FAST).tables)


def test_what_nobody_expects_has_no_recall(make_run: MakeRun) -> None:
    folder = make_run("a")
    entries = read_predictions(folder / "predictions.jsonl")
    write_predictions(folder / "predictions.jsonl", [replace(entry, references=("it is so",)) for entry in entries])
    cells = made(folder).table(None, "keywords").row("a").cells
    assert (cells["keyword_precision"].value, cells["keyword_recall"].value, cells["keyword_f1"].value) == (0, None, None)


def test_scores_of_sums() -> None:
    scores = keyword_scores_from_sums(np.array([[4, 2, 5, 4], [0, 0, 5, 0], [3, 0, 0, 0]]))
    np.testing.assert_allclose(scores["keyword_precision"], [0.5, 0, 0])
    np.testing.assert_allclose(scores["keyword_recall"], [0.8, 0, np.nan])
    np.testing.assert_allclose(scores["keyword_f1"], [2 * 0.5 * 0.8 / 1.3, 0, np.nan])


def test_every_format_has_the_keywords(make_run: MakeRun) -> None:
    comparison = made(make_run("a", 0.2), make_run("b", 0.9))
    value = f"{comparison.table(None, 'keywords').row('b').cells['keyword_f1'].value:.2f}"
    text = render(comparison)
    assert "## Keywords of changed pairs (20 pairs)" in text
    assert f"**{value}**" in text
    assert "over the 3 keyword scores of one row" in text
    line = list(csv.DictReader(io.StringIO(render(comparison, "csv"))))[1]
    assert f"{float(line['keyword_f1']):.2f}" == value
    assert line["change_accuracy"] != ""
    assert line["keyword_f1_p_holm"] != ""
    table = next(entry for entry in json.loads(render(comparison, "json"))["tables"] if entry["subset"] == "keywords")
    assert f"{table['rows'][1]['scores']['keyword_f1']['value']:.2f}" == value
    latex = render(comparison, "latex")
    assert rf"\textbf{{{value}}}" in latex
    assert "The 20 changed pairs alone" in latex
