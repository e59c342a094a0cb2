"""The change detector: a mask of what changed, and features for those who tell it in words."""

from deltascribe.models.detector.checkpoint import DetectorCheckpoint, load_detector, save_detector
from deltascribe.models.detector.config import CLASS_NAMES, DetectorConfig
from deltascribe.models.detector.network import ChangeDetector, DetectorOutput, at_size, change_probability

__all__ = [
    "CLASS_NAMES",
    "ChangeDetector",
    "DetectorCheckpoint",
    "DetectorConfig",
    "DetectorOutput",
    "at_size",
    "change_probability",
    "load_detector",
    "save_detector",
]
