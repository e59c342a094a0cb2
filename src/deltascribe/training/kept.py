"""The checkpoints of a run's last epochs, kept for averaging."""

from __future__ import annotations

import shutil
from pathlib import Path

from deltascribe.models.checkpoint import Checkpoint, save_checkpoint
from deltascribe.training.card import model_card


def keep_epoch(output: Path, checkpoint: Checkpoint, epoch: int, keep: int) -> None:
    """Writes a checkpoint as `epoch-NN` and removes those of earlier epochs than the last `keep`.

    Args:
        output: folder of the run.
        checkpoint: after the epoch.
        epoch: its number, from 1 on.
        keep: checkpoints to keep; 1 writes none, since `last` is the one.
    """
    if keep == 1:
        return
    save_checkpoint(output / f"epoch-{epoch:02d}", checkpoint, model_card(checkpoint))
    for folder in output.glob("epoch-*"):
        number = folder.name.removeprefix("epoch-")
        if number.isdigit() and int(number) <= epoch - keep:
            shutil.rmtree(folder)
