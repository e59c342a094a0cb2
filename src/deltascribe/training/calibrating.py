"""Calibrates the change flag of a finished checkpoint: an average or an ensemble has lost what its parts were given in training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from rich.progress import track

from deltascribe.datasets import ChangeDataset, is_changed
from deltascribe.errors import DatasetError
from deltascribe.generation import Calibration, fit_calibration
from deltascribe.models import Batch
from deltascribe.models.checkpoint import Checkpoint

FEWEST = 10
"""Pairs of each kind, changed and not, without which a flag is not calibrated."""
_BATCH = 16


def calibration_of(logits: list[float], changed: list[bool]) -> Calibration | None:
    """What the change flag's logits on held-out pairs make its calibration.

    Args:
        logits: of the pairs.
        changed: whether each changed.

    Returns:
        None where there are fewer than `FEWEST` pairs of a kind, and for a flag that is no better than chance, which is not to be turned
        round.
    """
    if min(sum(changed), len(changed) - sum(changed)) < FEWEST:
        return None
    fitted = fit_calibration(logits, changed)
    return fitted if fitted.scale > 0 else None


def calibrated(checkpoint: Checkpoint, dataset: ChangeDataset, quiet: bool = False) -> Checkpoint:
    """Fits the calibration of a checkpoint's change flag on held-out pairs.

    Args:
        checkpoint: on the CPU or another device.
        dataset: pairs that it was not trained on, at its image size.
        quiet: no progress bar.

    Raises:
        DatasetError: there are too few pairs of a kind, or the flag can't tell the kinds apart.
    """
    model: Any = checkpoint.model
    device = next(model.parameters()).device
    logits: list[float] = []
    changed: list[bool] = []
    for first in track(range(0, len(dataset), _BATCH), description="calibrating", disable=quiet):
        samples = [dataset[index] for index in range(first, min(first + _BATCH, len(dataset)))]
        changed += [is_changed(sample) for sample in samples]
        with torch.inference_mode():
            logits += model.encode(Batch(pair=torch.stack([sample.pair for sample in samples]).to(device))).change_logit.tolist()
    calibration = calibration_of(logits, changed)
    if calibration is None:
        kinds = f"{sum(changed)} pairs with a change and {len(changed) - sum(changed)} without"
        raise DatasetError(
            f"the change flag can't be calibrated on {dataset.root}, whose split {dataset.split} has {kinds}: "
            f"that needs at least {FEWEST} of each kind, and a flag that is better than chance"
        )
    return replace(checkpoint, preprocessing={**checkpoint.preprocessing, "calibration": calibration.to_dict()})
