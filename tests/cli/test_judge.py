from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deltascribe.cli.judge import app
from deltascribe.errors import DatasetError, VerdictError
from deltascribe.evaluation import runner as evaluation_runner
from deltascribe.pair import ImagePair
from deltascribe.report import ChangeReport
from deltascribe.shipped import DEFAULT_BEAMS


@pytest.fixture
def data(write_data: Callable[..., Path]) -> Path:
    """Three pairs of test and one of val."""
    return write_data([("test", ["a secret reference"])] * 3 + [("val", ["a secret reference"])])


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Stands in for the model, and remembers what was asked of it."""
    asked: list[Any] = []

    class Captioner:
        def caption(self, pairs: Sequence[ImagePair], *, beams: int, batch_size: int, gate: bool) -> list[ChangeReport]:
            asked.append((len(pairs), beams, batch_size, gate))
            return [ChangeReport(pair.name, "a road is built", True, 0.9) for pair in pairs]

    def load(model: str | Path | None, device: str) -> Captioner:
        asked.append((model, device))
        return Captioner()

    monkeypatch.setattr(evaluation_runner, "load_captioner", load)
    return asked


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_sheets_are_drawn_filled_in_and_counted(data: Path, tmp_path: Path, asked: list[Any]) -> None:
    out = tmp_path / "judge"
    result = run("sheets", "shipped", data, "-o", out, "-n", 2, "--quiet")
    assert result.exit_code == 0
    assert asked == [(None, "auto"), (2, DEFAULT_BEAMS, 16, True)]
    assert f"2 sheets in {out}" in result.stdout
    assert f"deltascribe judge count {out / 'verdicts.csv'}" in result.stdout
    assert sorted(path.name for path in out.iterdir()) == ["key.json", "pair-1.png", "pair-2.png", "verdicts.csv"]
    form = (out / "verdicts.csv").read_text()
    assert "secret" not in form
    (out / "verdicts.csv").write_text(
        form.replace("1,a road is built,,,", "1,a road is built,true,,").replace("built,,,", "built,false,missed,")
    )
    counted = run("count", out / "verdicts.csv")
    assert "2 pairs: 1 true (50 %" in counted.stdout
    assert "- 2 changed pairs: 1 true (50 %" in counted.stdout
    assert "| a change missed | 0 | 1 |" in counted.stdout
    assert json.loads(run("count", out / "verdicts.csv", "--json").stdout)["verdicts"] == {"true": 1, "partly": 0, "false": 1}


def test_options_reach_the_model_and_the_draw(data: Path, tmp_path: Path, asked: list[Any]) -> None:
    options = ["--split", "val", "--beams", 1, "--no-gate", "--batch-size", 2, "--device", "cpu", "--threads", 1, "--seed", 5, "--plain"]
    assert run("sheets", "folder", data, "-o", tmp_path / "judge", "-q", *options).exit_code == 0
    assert asked == [("folder", "cpu"), (1, 1, 2, False)]
    settings = json.loads((tmp_path / "judge" / "key.json").read_text())["settings"]
    assert settings == {"split": "val", "seed": 5, "beams": 1, "gate": False, "plain": True}


def test_a_key_elsewhere_can_be_named_and_a_wrong_one_is_an_error_of_ours(data: Path, tmp_path: Path) -> None:
    out, key = tmp_path / "judge", tmp_path / "apart.json"
    run("sheets", "shipped", data, "-o", out, "-n", 1, "-q")
    form = out / "verdicts.csv"
    form.write_text(form.read_text().replace("built,,,", "built,true,,"))
    (out / "key.json").rename(key)
    assert "changed pairs" not in run("count", form).stdout
    assert "- 1 changed pairs: 1 true" in run("count", form, "--key", key).stdout
    with pytest.raises(VerdictError, match="is no key of sheets"):
        run("count", form, "--key", form)
    assert "does not exist" in " ".join(run("count", form, "--key", tmp_path / "nowhere.json").output.split())
    key.write_text('{"pairs": [{"pair": 7, "changed": true}, {"pair": [1], "changed": true}, 3]}')
    with pytest.raises(VerdictError, match="whether pairs of the form changed: 1"):
        run("count", form, "--key", key)


def test_a_key_without_flags_beside_the_form_is_not_asked(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "judge"
    run("sheets", "shipped", data, "-o", out, "-n", 1, "-q")
    form, key = out / "verdicts.csv", json.loads((out / "key.json").read_text())
    form.write_text(form.read_text().replace("built,,,", "built,true,,"))
    del key["pairs"][0]["changed"]
    (out / "key.json").write_text(json.dumps(key))
    assert run("count", form).stdout.startswith("1 pairs: 1 true")


def test_an_unfilled_form_is_an_error_of_ours(data: Path, tmp_path: Path) -> None:
    run("sheets", "shipped", data, "-o", tmp_path / "judge", "-q")
    with pytest.raises(VerdictError, match="pair 1: has no verdict"):
        run("count", tmp_path / "judge" / "verdicts.csv")


def test_an_unknown_split_is_an_error_of_ours(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no split 'tset'"):
        run("sheets", "shipped", data, "-o", tmp_path / "judge", "--split", "tset")


@pytest.mark.parametrize(
    ("command", "example"), [("sheets", "deltascribe judge sheets shipped"), ("count", "deltascribe judge count runs")]
)
def test_help_shows_examples(command: str, example: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "120", "TERM": "dumb"})
    assert example in result.stdout
