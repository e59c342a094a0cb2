"""`deltascribe models`: captioners and detectors are told apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deltascribe.cli.main import app


def invoke(*arguments: str, columns: int = 200) -> str:
    result = CliRunner().invoke(app, ["models", *arguments], env={"COLUMNS": str(columns)})
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_table_tells_what_each_shipped_model_is(shipped: Path) -> None:
    (shipped / "detector_lite0" / "model.safetensors").write_bytes(b"cut")
    rows = {cells[0]: cells[1:] for cells in ([cell.strip() for cell in line.split("│")[1:-1]] for line in invoke().splitlines()) if cells}
    assert rows["dfm_lite0"][0] == "captioner"
    assert rows["dfm_lite0"][2] == "checked"
    assert rows["detector_lite0"][:3] == ["detector", "0.0 MB", "DAMAGED"]


@pytest.mark.parametrize("columns", [20, 80])
def test_the_paths_of_model_cards_are_whole_in_a_narrow_terminal(shipped: Path, columns: int) -> None:
    lines = invoke(columns=columns).splitlines()
    assert lines[-2:] == [str(shipped / name / "README.md") for name in ("detector_lite0", "dfm_lite0")]


def test_json_tells_it_too(shipped: Path) -> None:
    (shipped / "dfm_lite0" / "config.json").write_text("{}")
    values = json.loads(invoke("--json"))
    assert "dfm" in values["models"]
    found = {model["name"]: (model["kind"], model["integrity"], model["folder"]) for model in values["shipped"]}
    assert found == {
        "detector_lite0": ("detector", "right", str(shipped / "detector_lite0")),
        "dfm_lite0": (None, "wrong", str(shipped / "dfm_lite0")),
    }
