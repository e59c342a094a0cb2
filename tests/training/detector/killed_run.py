"""Trains a detector until it kills itself without warning. Usage: killed_run.py CONFIG STEP"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from deltascribe.training import log
from deltascribe.training.config import load_settings
from deltascribe.training.detector import DetectorTrainConfig, train_detector

config, last = Path(sys.argv[1]), int(sys.argv[2])
log_losses = log.RunLog.losses


def losses_then_die(self: log.RunLog, step: int, *rest: Any) -> None:
    log_losses(self, step, *rest)
    if step == last:
        os.kill(os.getpid(), signal.SIGKILL)


log.RunLog.losses = losses_then_die  # type: ignore[method-assign]
train_detector(load_settings(config, (), DetectorTrainConfig), quiet=True)
