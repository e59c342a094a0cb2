"""What the commands share that make one checkpoint of several."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deltascribe.own_code import import_options

if TYPE_CHECKING:
    from deltascribe.models.checkpoint import Checkpoint

Checkpoints = Annotated[list[Path], typer.Argument(help="Checkpoint folders, or shipped models by name; two or more.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder of the new checkpoint.")]
Half = Annotated[bool, typer.Option("--half", help="Store the weights in 16 bits.")]
Calibrate = Annotated[
    Path | None,
    typer.Option(help="Data set whose val split the change flag is calibrated on; without it, its probability is taken as it is."),
]


def folders_of(checkpoints: list[Path], output: Path) -> list[Path]:
    """The folders that are meant.

    Raises:
        CheckpointError: there is none of a name, or the output is among them.
    """
    from deltascribe.errors import CheckpointError
    from deltascribe.shipped import require_folder

    folders = [require_folder(folder, "captioner") for folder in checkpoints]
    if output.resolve() in {folder.resolve() for folder in folders}:
        raise CheckpointError(f"{output} is one of the checkpoints to put together; give another folder with --output")
    return folders


def write(checkpoint: Checkpoint, card: str, what: str, output: Path, half: bool, calibrate: Path | None) -> None:
    """Calibrates a new checkpoint if that is wanted, saves it and tells what is next.

    Raises:
        DatasetError: the data set can't be read, or not be calibrated on.
    """
    from deltascribe.datasets import open_dataset
    from deltascribe.models.checkpoint import save_checkpoint
    from deltascribe.training.calibrating import calibrated

    if calibrate is not None:
        checkpoint = calibrated(checkpoint, open_dataset(calibrate, "val").at_size(checkpoint.preprocessing["size"]))
    save_checkpoint(output, checkpoint, card, half)
    typer.echo(f"{what} is {output}. Score it with: {shlex.join(['deltascribe', *import_options(), 'evaluate', str(output)])} DATA")
