"""Tests of deltascribe.evaluation.comparison.pairs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deltascribe.errors import PredictionsError
from deltascribe.evaluation.comparison.pairs import share_pairs
from deltascribe.evaluation.comparison.runs import read_groups
from deltascribe.evaluation.predictions import write_predictions

from .conftest import MakeRun, predictions


def test_runs_may_hold_their_pairs_in_any_order(make_run: MakeRun) -> None:
    groups = read_groups([str(make_run("a", pairs=[0, 1, 2])), str(make_run("b", pairs=[2, 0, 1], quality=1))])
    pairs = share_pairs(groups)
    assert (pairs.names, pairs.changed, pairs.left_out) == (("p00", "p01", "p02"), (True, True, False), 0)
    assert [entry.name for entry in pairs.of(groups[1].runs[0])] == ["p00", "p01", "p02"]


def test_missing_pairs_are_listed_from_both_sides(make_run: MakeRun) -> None:
    groups = read_groups([str(make_run("a", pairs=range(10))), str(make_run("b", pairs=range(8, 12)))])
    with pytest.raises(PredictionsError) as caught:
        share_pairs(groups)
    text = str(caught.value)
    assert "lacks (8): p00; p01; p02; p03; p04; and 3 more." in text
    assert "lacks (2): p10; p11." in text
    assert text.endswith("with --common.")


def test_shared_pairs_are_scored_on_request(make_run: MakeRun) -> None:
    groups = read_groups([str(make_run("a", pairs=range(10))), str(make_run("b", pairs=range(8, 12)))])
    pairs = share_pairs(groups, common=True)
    assert (pairs.names, pairs.left_out) == (("p08", "p09"), 10)
    with pytest.raises(PredictionsError, match="share no pair"):
        share_pairs(read_groups([str(make_run("c", pairs=[1])), str(make_run("d", pairs=[2]))]), common=True)


@pytest.mark.parametrize("common", [False, True])
def test_other_references_or_flags_are_never_compared(make_run: MakeRun, common: bool) -> None:
    first, second = make_run("a", pairs=range(6)), make_run("b")
    entries = predictions(range(6), 0.5, 0)
    entries[1] = replace(entries[1], references=(*entries[1].references[:4], "something else"))
    entries[3] = replace(entries[3], changed=False)
    write_predictions(second / "predictions.jsonl", entries)
    with pytest.raises(PredictionsError) as caught:
        share_pairs(read_groups([str(first), str(second)]), common=common)
    text = str(caught.value)
    assert "references differ" in text
    assert "(1): p01." in text
    assert "(1): p03." in text
    assert text.endswith("same files of the same data set.")


def test_order_and_punctuation_of_references_do_not_matter(make_run: MakeRun) -> None:
    first, second = make_run("a", pairs=range(3)), make_run("b")
    entries = [
        replace(entry, references=tuple(f" {text.title()} ." for text in entry.references[::-1])) for entry in predictions(range(3), 1, 0)
    ]
    write_predictions(second / "predictions.jsonl", entries)
    assert len(share_pairs(read_groups([str(first), str(second)])).names) == 3
