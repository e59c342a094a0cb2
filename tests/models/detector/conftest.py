"""A small detector with random weights, and pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from deltascribe.models.backbones import BackboneConfig
from deltascribe.models.detector import ChangeDetector, DetectorConfig

EMPTY = BackboneConfig(weights="none", tuned_stages=4)


@pytest.fixture(scope="session")
def build() -> Callable[..., ChangeDetector]:
    """Builds a detector of width 16 in evaluation mode whose masks differ from place to place."""

    def make(**settings: Any) -> ChangeDetector:
        torch.manual_seed(0)
        model = ChangeDetector(DetectorConfig(**{"backbone": EMPTY, "width": 16, **settings})).eval()
        for name, parameter in model.named_parameters():
            if "refine" in name or "gate" in name:  # these start at zero
                torch.nn.init.normal_(parameter, std=0.1)
        return model

    return make


@pytest.fixture(scope="session")
def pair() -> torch.Tensor:
    """[2, 2, 3, 64, 96]."""
    return torch.rand(2, 2, 3, 64, 96, generator=torch.Generator().manual_seed(0))
