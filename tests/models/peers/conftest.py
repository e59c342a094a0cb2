"""The published settings of peers, as in `configs/peers/published`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deltascribe.models import check_model_config
from deltascribe.training import TrainConfig, load_config

PUBLISHED = Path(__file__).resolve().parents[3] / "configs" / "peers" / "published"


def published_run(name: str) -> TrainConfig:
    """The training configuration of a peer at its published sizes."""
    return load_config(PUBLISHED / f"{name}.yaml")


def published(name: str) -> Any:
    """The peer's own settings in it."""
    return check_model_config(name, published_run(name).model.settings)
