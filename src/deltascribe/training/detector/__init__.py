"""Training change detectors on masks."""

from deltascribe.training.detector.config import DetectorTrainConfig
from deltascribe.training.detector.loop import train_detector

__all__ = ["DetectorTrainConfig", "train_detector"]
