"""Pairs for tests of the detector."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture(scope="session")
def pair() -> torch.Tensor:
    """[2, 2, 3, 64, 96]."""
    return torch.rand(2, 2, 3, 64, 96, generator=torch.Generator().manual_seed(0))
