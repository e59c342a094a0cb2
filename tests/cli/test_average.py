"""`deltascribe average`."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from deltascribe.cli import main
from deltascribe.models import create_model
from deltascribe.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from deltascribe.text import Vocabulary

WORDS = Vocabulary(("<pad>", "<start>", "<end>", "<unk>", "a", "house"))


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main.app, list(map(str, arguments)), env={"COLUMNS": "160"})
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    made = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        settings = {"backbone": {"weights": "none", "tuned_stages": 4}, "width": 32, "heads": 4, "grid": 4}
        model = create_model("dfm", settings, len(WORDS))
        save_checkpoint(tmp_path / str(seed), Checkpoint(model, WORDS, "dfm", settings, {"size": 64, "gsd": 0.5}, {}), "a card")
        made.append(tmp_path / str(seed))
    return made


@pytest.mark.parametrize(("options", "tolerance"), [([], 1e-7), (["--half"], 1e-3)])
def test_it_writes_a_checkpoint_of_the_mean(folders: list[Path], tmp_path: Path, options: list[str], tolerance: float) -> None:
    output = tmp_path / "mean"
    code, stdout, stderr = invoke("average", *folders, "-o", output, *options)
    assert (code, stderr) == (0, "")
    assert stdout == f"The average of 2 checkpoints is {output}. Score it with: deltascribe evaluate {output} DATA\n"
    one, two, mean = (load_checkpoint(folder).model.state_dict() for folder in (*folders, output))
    torch.testing.assert_close(mean["decoder.bias"], (one["decoder.bias"] + two["decoder.bias"]) / 2)
    name = "decoder.embedding.weight"
    torch.testing.assert_close(mean[name], (one[name] + two[name]) / 2, rtol=tolerance, atol=tolerance)
    assert "deltascribe average" in (output / "README.md").read_text()


def test_what_cannot_be_averaged_is_told_in_one_line_with_exit_code_2(folders: list[Path], tmp_path: Path) -> None:
    code, _, stderr = invoke("average", folders[0], "-o", tmp_path / "mean")
    assert code == 2
    assert "two or more different checkpoints" in stderr
    code, _, stderr = invoke("average", *folders, "-o", folders[1])
    assert code == 2
    assert "is one of the checkpoints to put together" in stderr
    code, _, stderr = invoke("average", *folders, tmp_path / "nothing", "-o", tmp_path / "mean")
    assert code == 2
    assert "there is no checkpoint folder" in stderr
    assert not (tmp_path / "mean").exists()
