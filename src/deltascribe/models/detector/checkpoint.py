"""Checkpoints of change detectors: the folder of `deltascribe.models.checkpoint`, with a threshold instead of words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from deltascribe.errors import ConfigError
from deltascribe.models.checkpoint import read_folder, write_folder
from deltascribe.models.detector.config import DetectorConfig
from deltascribe.models.detector.network import ChangeDetector
from deltascribe.shipped import DETECTOR_NAME


@dataclass(frozen=True)
class DetectorCheckpoint:
    """A detector and what it needs to be used.

    Attributes:
        model: in evaluation mode; `model.config` holds its settings.
        size: side in pixels of the crops that it was trained on.
        gsd: their metres a pixel.
        threshold: probability of change from which on a pixel counts as changed, chosen in validation.
        training: what is known of its making: data, seed, scores.
    """

    model: ChangeDetector
    size: int
    gsd: float
    threshold: float
    training: dict[str, Any]


def save_detector(folder: Path, checkpoint: DetectorCheckpoint, card: str, half: bool = False) -> None:
    """Writes a checkpoint folder.

    Args:
        folder: made if missing.
        checkpoint: what to write.
        card: text of the model card.
        half: store floating-point weights in 16 bits (they are read back as 32).
    """
    description = {
        "model": DETECTOR_NAME,
        "settings": checkpoint.model.config.model_dump(mode="json"),
        "preprocessing": {"size": checkpoint.size, "gsd": checkpoint.gsd, "threshold": checkpoint.threshold},
        "training": checkpoint.training,
    }
    write_folder(folder, checkpoint.model, description, card, half)


def load_detector(folder: Path, device: torch.device | str = "cpu") -> DetectorCheckpoint:
    """Reads a checkpoint folder.

    Raises:
        CheckpointError: a file is missing, truncated or damaged, was made by a newer version, or the weights do not fit.
        ModelKindError: it holds a captioner.
    """

    def build(description: dict[str, Any]) -> tuple[ChangeDetector, tuple[int, float, float]]:
        if description["model"] != DETECTOR_NAME:
            raise ValueError(f"its model is {description['model']!r}, not '{DETECTOR_NAME}'")
        values = description["preprocessing"]
        preprocessing = int(values["size"]), float(values["gsd"]), float(values["threshold"])
        if min(preprocessing) <= 0:
            raise ValueError(f"its size, ground resolution and threshold are {preprocessing}")
        try:
            return ChangeDetector(DetectorConfig.model_validate(description["settings"])), preprocessing
        except ValidationError as error:
            raise ConfigError(f"its settings are not valid: {error}") from error

    description, model, (size, gsd, threshold) = read_folder(folder, "detector", build)
    # what `build` made
    detector: Any = model.to(device).eval()
    return DetectorCheckpoint(detector, size, gsd, threshold, description["training"])
