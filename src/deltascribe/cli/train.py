"""`deltascribe train`."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deltascribe.own_code import import_options

if TYPE_CHECKING:
    from deltascribe.training import TrainConfig


def train(
    config: Annotated[Path, typer.Argument(help="YAML configuration of the run.")],
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Settings to change.")] = None,
    init: Annotated[Path | None, typer.Option(help="Checkpoint folder, or shipped model by name, to start from (fine-tuning).")] = None,
    devices: Annotated[int | None, typer.Option(help="Number of devices; several train data-parallel.")] = None,
    nodes: Annotated[int | None, typer.Option(help="Number of machines.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Train a change captioner, or go on with an interrupted run.

    Examples:

      deltascribe train configs/dfm_lite0.yaml data.root=LEVIR-MCI output=runs/first

      deltascribe train configs/dfm_lite0.yaml data.root=my-town output=runs/my-town --init dfm_lite0

    Run the same command again after an interruption: it goes on where the last resume point was written.
    """
    from deltascribe.training import load_config
    from deltascribe.training import train as run

    given = {"init": init, "devices": devices, "nodes": nodes}
    # JSON is YAML in which text stays text, whatever it looks like
    options = [f"{key}={json.dumps(value, default=str)}" for key, value in given.items() if value is not None]
    settings = load_config(config, [*(overrides or ()), *options])
    try:
        best = run(settings, quiet=quiet)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_going_on(settings.output)) from None
    if os.environ.get("LOCAL_RANK", "0") == "0":  # a data-parallel run has a process for each device
        typer.echo(f"The best checkpoint is {best}. Score it with: {_scoring(best, settings)}")


def _going_on(output: Path) -> str:
    """What an interrupted run has kept, and the next step."""
    points = sorted((output / "resume").glob("step-*.pt"))
    if not points:
        return "no resume point was written yet; the same command begins anew"
    return f"the same command goes on from step {int(points[-1].stem.removeprefix('step-'))}"


def _scoring(best: Path, settings: TrainConfig) -> str:
    """The command that scores a checkpoint on the data's test split, or on val where there is none."""
    from deltascribe.datasets import list_splits

    data = settings.data
    split = [] if "test" in list_splits(data.root, data.format) else ["--split", "val"]
    layout = [] if data.format is None else ["--format", data.format]
    return shlex.join(["deltascribe", *import_options(), "evaluate", str(best), str(data.root), *split, *layout])
