"""Tests of deltascribe.cli.compare."""

from __future__ import annotations

import csv
import json
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


@pytest.mark.parametrize(("name", "begins"), [("t.md", "# Comparison"), ("t.tex", "% "), ("t.csv", "row,kind,mode"), ("t.json", "{")])
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


def test_help_shows_examples() -> None:
    result = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "120", "TERM": "dumb"})
    assert result.stdout.count("deltascribe compare ") == 3
    for option in ("--mode", "--subset", "--baseline", "--common", "--published", "--no-anchors", "--format"):
        assert option in result.stdout
