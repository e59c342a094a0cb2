from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from deltascribe.cli.evaluate import evaluate
from deltascribe.errors import DatasetError
from deltascribe.evaluation import runner as evaluation_runner
from deltascribe.pair import ImagePair
from deltascribe.report import ChangeReport
from deltascribe.shipped import DEFAULT_BEAMS
from deltascribe.text.special import NO_CHANGE_SENTENCES

app = typer.Typer()
app.command("evaluate")(evaluate)


@pytest.fixture
def data(write_data: Callable[..., Path]) -> Path:
    """One's own data: three changed pairs and one without change in test, one changed pair in val, no train."""
    return write_data([("test", ["a road is built"])] * 3 + [("test", NO_CHANGE_SENTENCES), ("val", ["a barn is torn down"])])


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Stands in for the model, and remembers what was asked of it."""
    asked: list[Any] = []

    class Captioner:
        source = "run1/best"

        def caption(self, pairs: Sequence[ImagePair], *, beams: int, batch_size: int, gate: bool) -> list[ChangeReport]:
            asked.append((beams, batch_size, gate))
            return [ChangeReport(pair.name, "A road is built.", True, 0.9, provenance={"model": self.source}) for pair in pairs]

    def load(model: str | Path | None, device: str) -> Captioner:
        asked.append((model, device))
        return Captioner()

    monkeypatch.setattr(evaluation_runner, "load_captioner", load)
    return asked


@pytest.fixture(autouse=True)
def quick_meteor(no_paraphrase_table: None) -> None:
    """No test here needs the paraphrases themselves."""


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_it_prints_one_table_of_both_searches_and_writes_the_folder(data: Path, tmp_path: Path, asked: list[Any]) -> None:
    result = run("shipped", data, "-o", tmp_path / "out", "--quiet", "--sanity", 2)
    assert result.exit_code == 0
    assert asked[:3] == [(None, "auto"), (DEFAULT_BEAMS, 16, True), (1, 16, True)]
    lines = result.stdout.splitlines()
    assert len(lines) < 45
    assert [line for line in lines if line.startswith(("ids:", "words:"))] == [lines[0]]
    assert lines[0].startswith("ids:")
    assert [line for line in lines if line.startswith("shipped, ")] == [f"shipped, beam {DEFAULT_BEAMS}", "shipped, greedy"]
    assert result.stdout.count("(best on val") == 1
    assert result.stdout.count("  change accuracy 100.00, no-change accuracy 0.00") == 2
    kinds = ("all (", "changed (", "no change (", "50/50 (")
    assert {line.split(" (")[0] for line in lines if line.startswith(kinds)} == {"all", "changed"}
    assert "keywords" not in result.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"scores.json", "predictions.jsonl", "index.html", "gallery.png"}
    asked_for = run("shipped", data, "-o", tmp_path / "out", "--quiet", "--sanity", 0, "--mode", "words", "--no-gallery").stdout
    assert asked_for.startswith("words:")
    assert f"Written to {tmp_path / 'out'}: see {tmp_path / 'out' / 'scores.md'}\n" in asked_for


def test_all_tables_are_printed_where_they_are_asked_for(data: Path, tmp_path: Path) -> None:
    result = run("shipped", data, "-o", tmp_path / "out", "--quiet", "--sanity", 2, "--verbose")
    assert "shipped, beam" in result.stdout
    assert "shipped, greedy" in result.stdout
    assert result.stdout.count("words: lower case") == 2
    assert result.stdout.count("(best on val") == 1
    for part in ("50/50 (4)", "keywords, changed", "change probability: ECE", "sanity test", "idf"):
        assert part in result.stdout
    assert "retrieval: the captioner gives no checkpoint" in " ".join(result.stdout.split())
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"scores.json", "predictions.jsonl", "index.html", "gallery.png"}


def test_json_is_the_only_thing_on_standard_output(data: Path, tmp_path: Path) -> None:
    result = run("folder/best", data, "-o", tmp_path / "out", "--json", "--no-gallery", "--beams", 1, "--sanity", 2)
    scores = json.loads(result.stdout)
    assert list(scores["runs"]) == ["greedy"]
    model = scores["runs"]["greedy"]["tables"]["words"]["model"]
    assert (model["label"], model["change_accuracy"], model["no_change_accuracy"]) == ("folder/best, greedy", 100, 0)
    assert scores["data"]["pairs"] == 4
    assert [entry["sentence"] for entry in scores["fixed_sentences"]] == ["a barn is torn down"]
    assert scores["sanity"]["pairs"] == 2
    assert not (tmp_path / "out" / "index.html").exists()


def test_one_mode_and_the_published_vocabulary_can_be_asked_for(data: Path, tmp_path: Path) -> None:
    options = ["--mode", "ids", "--vocabulary", "references", "--sanity", 0, "--resamples", 0, "--no-gallery"]
    scores = json.loads(run("folder", data, "-o", tmp_path / "out", "--json", *options).stdout)
    assert list(scores["runs"]["greedy"]["tables"]) == ["ids"]
    assert scores["numbering"]["source"] == "every word in the evaluated references"
    result = run("folder", data, "-o", tmp_path / "out", "-q", "--parity-vocabulary", *options[:2], *options[4:])
    assert "no captions of the split train" in result.stderr


def test_the_row_names_the_run_and_the_end_the_page(data: Path, tmp_path: Path) -> None:
    (tmp_path / "run1" / "best").mkdir(parents=True)
    options = ["-o", tmp_path / "out", "-q", "--sanity", 0, "--resamples", 0]
    result = run(tmp_path / "run1" / "best", data, *options)
    assert "run1/best, greedy" in result.stdout
    assert f"Written to {tmp_path / 'out'}: open {tmp_path / 'out' / 'index.html'}\n" in result.stdout
    assert "replaces" not in result.stderr
    again = run(tmp_path / "run1" / "best", data, *options, "--beams", 2, "--no-gallery")
    assert f"{tmp_path / 'out'}: replaces the results of run1/best on own, test (with other settings: beams)\n" in again.stderr


def test_options_reach_the_model(data: Path, tmp_path: Path, asked: list[Any]) -> None:
    options = [
        "--device",
        "cpu",
        "--batch-size",
        2,
        "--beams",
        5,
        "--beams",
        2,
        "--no-gate",
        "--limit",
        2,
        "--threads",
        1,
        "--split",
        "test",
        "--sanity",
        0,
    ]
    assert run("folder", data, "-o", tmp_path / "out", "--no-gallery", "-q", *options).exit_code == 0
    assert asked == [("folder", "cpu"), (5, 2, False), (2, 2, False)]


@pytest.mark.parametrize(("split", "warning"), [("train", "no row of a fixed sentence"), ("test", "looks better than it is"), ("none", "")])
def test_a_fixed_sentence_that_cannot_be_fair_is_warned_of(data: Path, tmp_path: Path, split: str, warning: str) -> None:
    options = ["--fixed-from", split, "--vocabulary", "references", "--sanity", 0]
    result = run("folder", data, "-o", tmp_path / "out", "--no-gallery", "-q", *options)
    assert result.exit_code == 0
    assert warning in result.stderr
    assert ("fixed sentence" in result.stderr) is bool(warning)


def test_an_unknown_split_is_an_error_of_ours(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no split 'tset'"):
        run("folder", data, "-o", tmp_path / "out", "--split", "tset")


def test_help_shows_examples() -> None:
    result = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "120", "TERM": "dumb"})
    assert "deltascribe evaluate shipped data/LEVIR-CC" in result.stdout
    for option in ("--split", "--beams", "--fixed-from", "--looks", "--no-gallery", "--json"):
        assert option in result.stdout
