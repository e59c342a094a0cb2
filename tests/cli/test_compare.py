"""Tests of deltascribe.cli.compare."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from deltascribe.cli.compare import compare
from deltascribe.errors import ConfigError, PredictionsError
from deltascribe.evaluation.predictions import Prediction, write_predictions
from deltascribe.text.special import NO_CHANGE_SENTENCES

app = typer.Typer()
app.command("compare")(compare)

ROADS = ("a road is built", "a new road appears", "a road was added")
FAST = ("--mode", "ids", "--resamples", "20", "--permutations", "50", "-q")


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs a and b over eight pairs, c over seven of them."""
    for name, said, pairs in (("a", "a road is built", 8), ("b", "a new house", 8), ("c", "a road appears", 7)):
        entries = [
            Prediction(
                f"p{index}", NO_CHANGE_SENTENCES[0] if index % 2 else said, NO_CHANGE_SENTENCES if index % 2 else ROADS, index % 2 == 0
            )
            for index in range(pairs)
        ]
        write_predictions(tmp_path / name / "predictions.jsonl", entries)
        (tmp_path / name / "scores.json").write_text(json.dumps({"command": f"deltascribe score {name}.txt", "seed": 5}))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def test_markdown_goes_to_standard_output(runs: Path) -> None:
    result = run("a", "worse=b", *FAST)
    assert result.exit_code == 0
    assert result.stdout.startswith("# Comparison\n\n8 pairs, 4 of them changed.")
    assert "## ids, changed only (4 pairs)" in result.stdout
    assert "| worse, difference |" in result.stdout
    assert "human, leave one out" in result.stdout
    assert "`deltascribe score a.txt`" in result.stdout
    assert "words, all pairs" not in result.stdout


def test_options_reach_the_comparison(runs: Path) -> None:
    options = ("--subset", "changed,no_change", "--metric", "bleu_4, rouge_l", "--baseline", "b", "--no-anchors", "--level", "0.9")
    text = run("a", "b", *FAST, *options).stdout
    assert "against b | BLEU-4 | ROUGE-L |" in text
    assert "90 % from" in text
    assert "no change only (4 pairs)" in text
    assert "## ids, all pairs" not in text
    assert "human" not in text.split("## Notes")[0]


@pytest.mark.parametrize(
    ("name", "begins"), [("t.md", "# Comparison"), ("t.tex", "% "), ("t.csv", "row,kind,comparable,mode"), ("t.json", "{")]
)
def test_a_file_is_written_in_the_format_of_its_suffix(runs: Path, name: str, begins: str) -> None:
    result = run("a", "b", *FAST, "-o", f"new/{name}")
    assert result.stdout.strip() == f"Written to new/{name}"
    assert (runs / "new" / name).read_text(encoding="utf-8").startswith(begins)


def test_the_format_can_be_named(runs: Path) -> None:
    lines = list(csv.DictReader(run("a", "b", *FAST, "--no-anchors", "--format", "csv").stdout.splitlines()))
    assert [(line["row"], line["subset"]) for line in lines] == [(row, subset) for subset in ("all", "changed", "balanced") for row in "ab"]
    assert float(lines[0]["change_accuracy"]) == 100


def test_other_pairs_are_an_error_unless_the_shared_ones_are_asked_for(runs: Path) -> None:
    with pytest.raises(PredictionsError, match=r"p7\.\n.*--common"):
        run("a", "c", *FAST)
    assert "Only the 7 pairs that all runs share" in run("a", "c", *FAST, "--common").stdout


def test_published_figures_are_given_on_request(runs: Path) -> None:
    assert "RSICCformer" not in run("a", *FAST).stdout
    text = run("a", *FAST, "--published", "levir-cc").stdout
    assert "from another set of pairs" in text
    assert "| RSICCformer 2022 [ids] | 62.77 |" in text


@pytest.mark.parametrize(
    ("arguments", "message"), [(("--mode", "id"), "no mode"), (("--format", "html"), "no format"), (("-o", "x.pdf"), "--format")]
)
def test_wrong_options_are_errors_of_ours(runs: Path, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        run("a", "-q", *arguments)


def test_latex_shows_the_five_headline_metrics_unless_others_are_asked_for(runs: Path) -> None:
    def heads(*options: str) -> str:
        text = run("a", "b", *FAST, "--format", "latex", *options).stdout
        return next(line for line in text.splitlines() if line.startswith(" & "))

    assert heads() == r" & BLEU-4 & METEOR & ROUGE-L & CIDEr-D & S*m \\"
    assert heads("--metric", "all") == r" & BLEU-1 & BLEU-2 & BLEU-3 & BLEU-4 & METEOR & ROUGE-L & CIDEr-D & S*m & METEOR (exact) \\"
    assert heads("--metric", "bleu_1") == r" & BLEU-1 \\"


def test_the_format_changes_no_figure(runs: Path) -> None:
    figure = re.compile(r"p \(Holm\).*")
    wide = [line.split("|")[2:-1] for line in figure.findall(run("a", "b", *FAST).stdout) if line.count("|") > 9]
    narrow = [
        line.rstrip("\\ ").split("&")[1:]
        for line in figure.findall(run("a", "b", *FAST, "--format", "latex").stdout)
        if line.count("&") == 5
    ]
    assert len(wide) == len(narrow) == 3
    for all_metrics, five in zip(wide, narrow, strict=True):
        assert [cell.strip() for cell in all_metrics[2:7]] == [cell.strip().replace(r"\textless{}", "<") for cell in five]


def test_keywords_are_a_table_for_those_who_ask(runs: Path) -> None:
    assert "Keywords" not in run("a", "b", *FAST).stdout
    text = run("a", "b", *FAST, "--keywords").stdout
    assert "## Keywords of changed pairs (4 pairs)" in text
    assert "|  | precision | recall | F1 |" in text


def test_the_numbering_can_be_that_of_another_row(runs: Path) -> None:
    for name, words in (("a", ["a", "road"]), ("b", ["a", "built", "house"])):
        (runs / name / "scores.json").write_text(json.dumps({"numbering": {"words": words, "source": "own"}}))
    assert "numbering of a, not with their own: b" in run("a", "b", *FAST).stdout
    assert "numbering of b, not with their own: a" in run("a", "b", *FAST, "--vocabulary-from", "b").stdout


@pytest.mark.parametrize("option", ["--permutations", "--resamples"])
@pytest.mark.parametrize("value", ["0", "-5"])
def test_numbers_of_draws_are_refused_by_name(runs: Path, option: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"{option} is {value}. Give a number from 1 to"):
        run("a", "b", "-q", option, value)


def test_captions_given_as_a_run_are_told_the_way(runs: Path) -> None:
    Path("theirs.json").write_text('{"p0": "a road"}')
    with pytest.raises(PredictionsError, match=r"theirs\.json is no run.*first: deltascribe score theirs\.json REFERENCES -o FOLDER"):
        run("a", "theirs.json", *FAST)


def test_help_names_the_rows_under_the_runs() -> None:
    result = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    text = " ".join(result.stdout.replace("│", " ").split())
    for name in (
        'always "the scene is the same as before"',
        "perfect flag + always",
        "human, leave one out, perfect flag",
        "--vocabulary-from",
    ):
        assert name in text


def test_help_shows_examples() -> None:
    result = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "120", "TERM": "dumb"})
    assert result.stdout.count("deltascribe compare ") == 3
    for option in ("--mode", "--subset", "--baseline", "--common", "--published", "--no-anchors", "--format"):
        assert option in result.stdout
