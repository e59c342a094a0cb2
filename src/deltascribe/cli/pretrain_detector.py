"""`deltascribe pretrain-detector`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def pretrain_detector(
    config: Annotated[Path, typer.Argument(help="YAML configuration of the run.")],
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Settings to change.")] = None,
    init: Annotated[Path | None, typer.Option(help="Checkpoint folder of a detector to start from (fine-tuning).")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Train a change detector on pairs with masks, or go on with an interrupted run.

    Examples:

      deltascribe pretrain-detector configs/detector.yaml output=runs/detector

      deltascribe pretrain-detector configs/detector.yaml 'data.train=[{root: D}]' 'data.val=[{root: D, split: val}]' data.held_out=[]

      deltascribe pretrain-detector configs/detector.yaml epochs=2 --init runs/detector/best

    Run the same command again after an interruption: it goes on where the last resume point was written.
    """
    from deltascribe.training.config import load_settings
    from deltascribe.training.detector import DetectorTrainConfig, train_detector

    options = [] if init is None else [f"init={json.dumps(str(init))}"]
    settings = load_settings(config, [*(overrides or ()), *options], DetectorTrainConfig)
    best = train_detector(settings, quiet=quiet)
    typer.echo(f"The best checkpoint is {best}. Use it with: deltascribe detect BEFORE AFTER --model {best}")
