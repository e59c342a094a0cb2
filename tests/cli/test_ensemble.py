"""`deltascribe ensemble`, and what it shares with `deltascribe average`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from deltascribe.cli import main
from deltascribe.models import create_model
from deltascribe.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from deltascribe.text import NO_CHANGE_CAPTION, Vocabulary
from deltascribe.training import calibrating

WORDS = Vocabulary(("<pad>", "<start>", "<end>", "<unk>", "a", "house"))
SETTINGS = {"backbone": {"weights": "none", "tuned_stages": 0}, "width": 32, "heads": 4, "grid": 4}


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main.app, list(map(str, arguments)), env={"COLUMNS": "160"})
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Two checkpoints with the same frozen encoder."""
    torch.manual_seed(0)
    first = create_model("dfm", SETTINGS, len(WORDS))
    for name in ("one", "two"):
        torch.nn.init.normal_(first.get_parameter("decoder.bias"))
        save_checkpoint(tmp_path / name, Checkpoint(first, WORDS, "dfm", SETTINGS, {"size": 64, "gsd": 0.5}, {}), "a card")
    return [tmp_path / "one", tmp_path / "two"]


@pytest.fixture
def data(write_data: Callable[..., Path]) -> Path:
    """Two changed pairs in val and one without a change."""
    return write_data([("val", ["a house is built"]), ("val", ["a road is built"]), ("val", [NO_CHANGE_CAPTION])])


@pytest.mark.parametrize("options", [[], ["--half"]])
def test_it_writes_a_checkpoint_of_both(folders: list[Path], tmp_path: Path, options: list[str]) -> None:
    output = tmp_path / "both"
    code, stdout, stderr = invoke("ensemble", *folders, "-o", output, *options)
    assert (code, stderr) == (0, "")
    assert stdout == f"The ensemble of 2 models is {output}. Score it with: deltascribe evaluate {output} DATA\n"
    made = load_checkpoint(output)
    assert (made.name, made.settings["members"]) == ("dfm_ensemble", 2)
    for place, folder in enumerate(folders):
        bias = load_checkpoint(folder).model.state_dict()["decoder.bias"]
        torch.testing.assert_close(made.model.state_dict()[f"members.{place}.decoder.bias"], bias, atol=1e-3, rtol=1e-3)
    assert "deltascribe ensemble" in (output / "README.md").read_text()


@pytest.mark.parametrize("command", ["ensemble", "average"])
def test_the_flag_is_calibrated_on_val(
    command: str, folders: list[Path], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "both"
    code, _, stderr = invoke(command, *folders, "-o", output, "--calibrate", data)
    assert code == 2
    assert "at least 10 of each kind" in stderr
    assert not output.exists()
    monkeypatch.setattr(calibrating, "FEWEST", 1)
    monkeypatch.setattr(calibrating, "fit_calibration", lambda logits, changed: calibrating.Calibration(len(logits), sum(changed)))
    assert invoke(command, *folders, "-o", output, "--calibrate", data)[0] == 0
    assert load_checkpoint(output).preprocessing["calibration"] == {"scale": 3, "shift": 2}


def test_what_cannot_be_put_together_is_told_in_one_line_with_exit_code_2(folders: list[Path], tmp_path: Path) -> None:
    code, _, stderr = invoke("ensemble", folders[0], "-o", tmp_path / "both")
    assert code == 2
    assert "an ensemble needs two or more different checkpoints" in stderr
    code, _, stderr = invoke("ensemble", *folders, "-o", folders[1])
    assert code == 2
    assert "is one of the checkpoints to put together" in stderr
