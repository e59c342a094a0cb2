"""Tests of deltascribe.evaluation.comparison.runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deltascribe.errors import ConfigError, PredictionsError
from deltascribe.evaluation.comparison.runs import read_groups
from deltascribe.evaluation.predictions import write_predictions

from .conftest import MakeRun, predictions

RECORD = {
    "command": "deltascribe evaluate m data",
    "seed": 4,
    "settings": {"beams": [3, 1]},
    "data": {"format": "levir_cc", "split": "test"},
    "model": {"checkpoint": {"training": {"seed": 7}}},
    "numbering": {"words": ["a", "road"], "source": "train captions"},
}


def test_a_run_tells_where_it_comes_from(make_run: MakeRun) -> None:
    (group,) = read_groups([str(make_run("a", record=RECORD))])
    (run,) = group.runs
    assert (group.label, run.command, run.seed, run.training_seed, run.decoding) == ("a", RECORD["command"], 4, 7, "beam 3")
    assert run.data == {"format": "levir_cc", "split": "test"}
    assert run.numbering is not None
    assert (run.numbering.words, run.numbering.source) == (("a", "road"), "train captions")
    assert list(run.predictions)[:2] == ["p00", "p01"]


def test_a_run_without_a_record_is_read_all_the_same(make_run: MakeRun) -> None:
    (group,) = read_groups([str(make_run("a") / "predictions.jsonl")])
    (run,) = group.runs
    assert (group.label, run.command, run.seed, run.training_seed, run.decoding, run.numbering) == ("a", "", None, None, "", None)


@pytest.mark.parametrize(("name", "decoding"), [("predictions-greedy", "greedy"), ("predictions-beam5", "beam 5"), ("other", "")])
def test_other_searches_of_a_folder_know_theirs(make_run: MakeRun, name: str, decoding: str) -> None:
    folder = make_run("a", record=RECORD)
    write_predictions(folder / f"{name}.jsonl", predictions(range(3), 1, 0))
    (group,) = read_groups([str(folder / f"{name}.jsonl")])
    assert (group.label, group.runs[0].decoding) == (name, decoding)


def test_names_and_seeds_are_read_from_the_entry(make_run: MakeRun) -> None:
    a, b, c = (make_run(name) for name in ("a", "b", "c,d=e"))
    groups = read_groups([f"our model={a},{b}", str(c)])
    assert [(group.label, len(group.runs)) for group in groups] == [("our model", 2), ("c,d=e", 1)]


def test_runs_of_the_same_folder_name_are_told_apart_by_more_of_their_path(make_run: MakeRun) -> None:
    assert [group.label for group in read_groups([str(make_run("x/eval")), str(make_run("y/eval"))])] == ["x/eval", "y/eval"]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (["a,b"], "NAME=a,b"),
        (["=a"], "no name"),
        (["n="], "names no run"),
        ([""], "names no run"),
        (["a", "x=a"], "more than once"),
        (["x=a", "x=b"], "Two rows"),
    ],
)
def test_entries_that_cannot_be_meant_are_refused(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, entries: list[str], message: str
) -> None:
    monkeypatch.chdir(make_run("a").parent)
    make_run("b")
    with pytest.raises(ConfigError, match=message):
        read_groups(entries)


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(ConfigError, match="nothing to compare"):
        read_groups([])


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match=r"no run at .*deltascribe evaluate"):
        read_groups([str(tmp_path)])
    (tmp_path / "predictions.jsonl").write_text("\n")
    with pytest.raises(PredictionsError, match="holds no prediction"):
        read_groups([str(tmp_path)])


def test_a_pair_that_comes_twice_is_named(make_run: MakeRun) -> None:
    folder = make_run("a")
    write_predictions(folder / "predictions.jsonl", predictions([1, 2, 3, 2], 1, 0))
    with pytest.raises(PredictionsError, match=r"\(1\) more than once: p02"):
        read_groups([str(folder)])


def test_a_pair_without_what_scoring_needs_is_named(make_run: MakeRun) -> None:
    folder = make_run("a")
    line = {"name": "p5", "caption": None, "references": ["a road"], "changed": True}
    (folder / "predictions.jsonl").write_text(json.dumps(line))
    with pytest.raises(PredictionsError, match=r"p5.*deltascribe score"):
        read_groups([str(folder)])


@pytest.mark.parametrize(
    ("text", "message"), [("{", "cannot be read"), ("[]", "no record"), ('{"numbering": {"words": ["a", "a"]}}', "different words")]
)
def test_a_broken_record_is_refused(make_run: MakeRun, text: str, message: str) -> None:
    folder = make_run("a")
    (folder / "scores.json").write_text(text)
    with pytest.raises(PredictionsError, match=message):
        read_groups([str(folder)])
