"""`deltascribe train`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def train(
    config: Annotated[Path, typer.Argument(help="YAML configuration of the run.")],
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Settings to change.")] = None,
    init: Annotated[Path | None, typer.Option(help="Checkpoint folder to start from (fine-tuning).")] = None,
    devices: Annotated[int | None, typer.Option(help="Number of devices; several train data-parallel.")] = None,
    nodes: Annotated[int | None, typer.Option(help="Number of machines.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Train a change captioner, or go on with an interrupted run.

    Examples:

      deltascribe train configs/dfm_lite0.yaml data.root=LEVIR-MCI output=runs/first

      deltascribe train configs/dfm_lite0.yaml data.root=my-town output=runs/my-town --init runs/first/best

    Run the same command again after an interruption: it goes on where the last resume point was written.
    """
    from deltascribe.training import load_config
    from deltascribe.training import train as run

    given = {"init": init, "devices": devices, "nodes": nodes}
    settings = load_config(config, [*(overrides or ()), *(f"{key}={value}" for key, value in given.items() if value is not None)])
    best = run(settings, quiet=quiet)
    if os.environ.get("LOCAL_RANK", "0") == "0":  # a data-parallel run has a process for each device
        typer.echo(f"The best checkpoint is {best}. Score it with: deltascribe evaluate {best} {settings.data.root}")
