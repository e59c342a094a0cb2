"""The configurations with published sizes build what the papers had, without a hub or the memory for it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from deltascribe.models import create_model, list_models

from .conftest import PUBLISHED, published, published_run

transformers = pytest.importorskip("transformers")

NAMES = sorted(path.stem for path in PUBLISHED.glob("*.yaml"))
LEVELS = {
    "chg2cap": (2048, 32),
    "mci": (512, 32),
    "plain": (768, 32),
    "psnet": (768, 32),
    "rsiccformer": (1024, 16),
    "rsicrc": (2048, 32),
    "sparse_focus": (2048, 32),
}
"""Channels and stride of the level that each reads, as published."""
TUNED = {"chg2cap": 3, "mci": 4, "plain": 6, "psnet": 0, "rsiccformer": 0, "rsicrc": 3, "sparse_focus": 3}


def architecture(name: str) -> dict[str, Any]:
    """The settings of a backbone that lies on the hub."""
    known = {
        "auto:microsoft/resnet-50": transformers.ResNetConfig(depths=[3, 4, 6, 3]),
        "auto:microsoft/resnet-101": transformers.ResNetConfig(depths=[3, 4, 23, 3]),
        "auto:OpenGVLab/pvt_v2_b1": transformers.PvtV2Config(hidden_sizes=[64, 128, 320, 512], depths=[2, 2, 2, 2]),
        "clip:openai/clip-vit-base-patch32": transformers.CLIPVisionConfig(),
    }
    return {**known[name].to_dict(), "image_mean": [0.5] * 3, "image_std": [0.5] * 3}


def test_every_peer_has_its_published_sizes() -> None:
    assert NAMES == sorted(LEVELS) == sorted(set(list_models()) - {"dfm"})


@pytest.mark.parametrize("name", NAMES)
def test_they_build_on_the_published_level(name: str) -> None:
    config = published(name)
    assert config.backbone.weights == "pretrained"
    backbone = config.backbone.model_copy(update={"weights": "none", "architecture": architecture(config.backbone.name)})
    with torch.device("meta"):
        model: Any = create_model(name, config.model_copy(update={"backbone": backbone}), 500)
    level = config.level
    assert (model.backbone.channels[level], model.backbone.strides[level]) == LEVELS[name]
    assert config.backbone.tuned_stages == TUNED[name]
    tuned = [parameter for parameter in model.backbone.parameters() if parameter.requires_grad]
    assert bool(tuned) == bool(TUNED[name])


@pytest.mark.parametrize("name", NAMES)
def test_their_losses_are_those_of_the_papers(name: str) -> None:
    run = published_run(name)
    assert run.objective.smoothing == 0
    assert run.optimiser.lr == run.optimiser.backbone_lr == 1e-4
    assert (run.objective.tgcl > 0) == (name == "rsicrc")
    assert (run.objective.mask > 0) == (name == "mci")
