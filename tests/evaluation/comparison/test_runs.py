"""Tests of deltascribe.evaluation.comparison.runs."""

from __future__ import annotations

import json
import shlex
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
    "fixed_sentences": [{"sentence": "a road appears", "chosen_on": "val, all pairs", "cider_d_there": 141.9}],
}


def test_a_run_tells_where_it_comes_from(make_run: MakeRun) -> None:
    (group,) = read_groups([str(make_run("a", record=RECORD))])
    (run,) = group.runs
    assert (group.label, run.command, run.seed, run.training_seed, run.decoding) == ("a", RECORD["command"], 4, 7, "beam 3")
    assert run.data == {"format": "levir_cc", "split": "test"}
    assert run.numbering is not None
    assert (run.numbering.words, run.numbering.source) == (("a", "road"), "train captions")
    assert [(entry.sentence, entry.chosen_on) for entry in run.fixed] == [("a road appears", "val, all pairs")]
    assert list(run.predictions)[:2] == ["p00", "p01"]


def test_a_run_without_a_record_is_read_all_the_same(make_run: MakeRun) -> None:
    (group,) = read_groups([str(make_run("a") / "predictions.jsonl")])
    (run,) = group.runs
    assert (group.label, run.command, run.seed, run.training_seed, run.decoding, run.numbering) == ("a", "", None, None, "", None)
    assert run.fixed == ()


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


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("theirs.json", '{"p00": "a road"}'),
        ("their captions.csv", "name,caption\np00,a road\n"),
        ("flat.jsonl", '{"name": "p00", "caption": "a road"}'),
    ],
)
def test_a_file_of_captions_is_told_how_to_become_a_run(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(PredictionsError) as caught:
        read_groups([str(path)])
    assert f"{path} is no run" in str(caught.value)
    assert f"first: deltascribe score {shlex.quote(str(path))} REFERENCES -o FOLDER" in str(caught.value)


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
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "no record"),
        ('{"numbering": {"words": ["a", "a"]}}', "different words"),
        ('{"fixed_sentences": [{"chosen_on": "val"}]}', "fixed sentences"),
    ],
)
def test_a_broken_record_is_refused(make_run: MakeRun, text: str, message: str) -> None:
    folder = make_run("a")
    (folder / "scores.json").write_text(text)
    with pytest.raises(PredictionsError, match=message):
        read_groups([str(folder)])
