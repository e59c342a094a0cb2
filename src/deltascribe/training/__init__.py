"""Training change captioners."""

from deltascribe.training.config import TrainConfig, load_config
from deltascribe.training.loop import train

__all__ = ["TrainConfig", "load_config", "train"]
