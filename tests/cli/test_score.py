from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from deltascribe.cli.score import score
from deltascribe.errors import ConfigError

app = typer.Typer()
app.command("score")(score)

REFERENCES = {
    "train_1": ["a road is built"] * 5,
    "val_1": ["a barn is torn down", "the barn is gone"],
    "test_1": ["two houses are built on the left", "some houses appear on the left"],
    "test_2": ["there is no difference"],
}


@pytest.fixture(autouse=True)
def quick_meteor(no_paraphrase_table: None) -> None:
    """No test here needs the paraphrases themselves."""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "theirs.json").write_text(json.dumps({"test_1": "houses are built", "test_2": "there is no difference"}))
    (tmp_path / "references.json").write_text(json.dumps(REFERENCES))
    return tmp_path / "theirs.json", tmp_path / "references.json"


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_tables_of_both_modes_keywords_and_notes_are_printed(files: tuple[Path, Path]) -> None:
    result = run(*files, "--quiet")
    assert result.exit_code == 0
    for text in ("ids: 4 numbers", "words: lower case", "theirs", "random training caption (seed 0)", "keywords, changed", "idf"):
        assert text in " ".join(result.stdout.split())
    assert "Names matched: 2 exactly" in result.stderr


def test_json_is_the_only_thing_on_standard_output(files: tuple[Path, Path], tmp_path: Path) -> None:
    result = run(*files, "--json", "-q", "--mode", "words", "-o", tmp_path / "out", "--label", "mine", "--resamples", 0)
    scores = json.loads(result.stdout)
    assert list(scores["tables"]) == ["words"]
    assert scores["tables"]["words"]["model"]["label"] == "mine"
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"scores.json", "scores.md", "predictions.jsonl"}


def test_parity_numbers_words_over_all_splits(files: tuple[Path, Path]) -> None:
    scores = json.loads(run(*files, "--json", "-q", "--mode", "ids", "--parity-vocabulary", "--no-anchors").stdout)
    assert "all splits" in scores["tables"]["ids"]["protocol"]
    assert scores["tables"]["ids"]["constants"] == []


def test_all_pairs_are_scored_where_no_split_is_wanted(files: tuple[Path, Path]) -> None:
    files[0].write_text(json.dumps({name: "a road" for name in REFERENCES}))
    scores = json.loads(run(*files, "--json", "-q", "--split", "all", "--mode", "ids", "--resamples", 0).stdout)
    assert scores["data"]["pairs"] == 4
    assert any("no captions of the split train" in warning for warning in scores["warnings"])


@pytest.mark.parametrize(("option", "message"), [("--mode", "no mode 'wrong'"), ("--vocabulary", "no vocabulary 'wrong'")])
def test_unknown_choices_are_refused(files: tuple[Path, Path], option: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        run(*files, option, "wrong")


def test_help_shows_examples() -> None:
    result = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "120", "TERM": "dumb"})
    assert "deltascribe score predictions.jsonl LevirCCcaptions.json" in result.stdout
    for option in ("--mode", "--parity-vocabulary", "--allow-missing", "--json"):
        assert option in result.stdout
