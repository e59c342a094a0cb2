"""`deltascribe average`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def average(
    checkpoints: Annotated[list[Path], typer.Argument(help="Checkpoint folders, or shipped models by name; two or more.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the new checkpoint.")],
    half: Annotated[bool, typer.Option("--half", help="Store the weights in 16 bits.")] = False,
) -> None:
    """Average the weights of several checkpoints of one model.

    Examples:

      deltascribe average runs/first/epoch-03 runs/first/epoch-04 runs/first/epoch-05 -o runs/first/average

      deltascribe average runs/tuned-1/best runs/tuned-2/best -o runs/soup

    They must have the same settings and vocabulary: the last epochs of one run (`keep=3` keeps them), or runs that were tuned from one
    checkpoint. Runs that started apart lie too far from each other, and their mean is worth nothing.
    """
    from deltascribe.errors import CheckpointError
    from deltascribe.models.averaging import average_card, average_checkpoints
    from deltascribe.models.checkpoint import save_checkpoint
    from deltascribe.shipped import require_folder

    folders = [require_folder(folder, "captioner") for folder in checkpoints]
    if output.resolve() in {folder.resolve() for folder in folders}:
        raise CheckpointError(f"{output} is one of the checkpoints to average; give another folder with --output")
    mean = average_checkpoints(folders)
    save_checkpoint(output, mean, average_card(mean), half)
    typer.echo(f"The average of {len(folders)} checkpoints is {output}. Score it with: deltascribe evaluate {output} DATA")
