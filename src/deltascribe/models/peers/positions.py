"""Position codes for grids of any shape, so that a peer takes images of any size."""

from __future__ import annotations

from torch import Tensor

from deltascribe.models.layers import sine_grid


def grid_codes(like: Tensor) -> Tensor:
    """Sine codes [H * W, C] for the places of a map [B, C, H, W], row-major, on its device and in its type."""
    channels, height, width = like.shape[1:]
    side = max(height, width)
    codes = sine_grid(side, channels).reshape(side, side, channels)[:height, :width]
    return codes.reshape(height * width, channels).to(like)
