"""Trains until it kills itself without warning. Usage: killed_run.py CONFIG {step,write} STEP"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch

from deltascribe.training import load_config, log, resume, train

config, how, last = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


log_losses, save = log.RunLog.losses, torch.save


def losses_then_die(self: log.RunLog, step: int, *rest: Any) -> None:
    log_losses(self, step, *rest)
    if step == last:
        die()


def half_a_save(state: dict[str, Any], path: Path) -> None:
    save(state, path)
    if state["state"]["step"] == last:
        os.truncate(path, path.stat().st_size // 2)
        die()


if how == "step":
    log.RunLog.losses = losses_then_die  # type: ignore[method-assign]
else:
    resume.torch.save = half_a_save  # type: ignore[attr-defined]
train(load_config(config), quiet=True)
