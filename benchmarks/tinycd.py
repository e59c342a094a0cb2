"""TinyCD (Codegoni et al., arXiv 2207.13159), written anew from the paper to measure its released weights beside our detector.

It is a peer to compare with, no part of the package: its weights are for non-commercial use, and nothing of ours is trained on it.
The names of the layers follow the released state dicts, so that these load key by key.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# of EfficientNet-B4's first three stages: repeats, kernel, stride, expansion, channels out
_STAGES = ((2, 3, 1, 1, 24), (4, 3, 2, 6, 32), (4, 5, 2, 6, 56))


def _conv_norm(channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(out))


class _SqueezeExcite(nn.Module):
    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, inner, 1), nn.Conv2d(inner, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        weight: Tensor = self.fc2(F.silu(self.fc1(x.mean((-2, -1), keepdim=True)))).sigmoid()
        return x * weight


class _InvertedBottleneck(nn.Module):
    def __init__(self, channels: int, out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = channels * expansion
        expand = [nn.Sequential(*_conv_norm(channels, hidden, 1), nn.SiLU())] if expansion > 1 else []
        depthwise = nn.Sequential(*_conv_norm(hidden, hidden, kernel, stride, hidden), nn.SiLU())
        self.block = nn.Sequential(*expand, depthwise, _SqueezeExcite(hidden, max(channels // 4, 1)), _conv_norm(hidden, out, 1))
        self.residual = stride == 1 and channels == out

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.block(x)
        return x + y if self.residual else y


class _Mix(nn.Module):
    """Interleaves the channels of both dates and convolves each couple by itself."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self._convmix = nn.Sequential(
            nn.Conv2d(2 * channels, channels, 3, padding=1, groups=channels), nn.PReLU(), nn.InstanceNorm2d(channels)
        )

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return self._convmix(torch.stack((first, second), 2).flatten(1, 2))  # type: ignore[no-any-return]


class _Pixelwise(nn.Module):
    """A perceptron over the channels of each place."""

    def __init__(self, widths: tuple[int, ...], last: nn.Module | None = None) -> None:
        super().__init__()
        count = len(widths) - 1
        act = [last if last is not None and place == count - 1 else nn.PReLU() for place in range(count)]
        self._linears = nn.Sequential(
            *(nn.Sequential(nn.Conv2d(widths[place], widths[place + 1], 1), act[place]) for place in range(count))
        )

    def forward(self, x: Tensor) -> Tensor:
        return self._linears(x)  # type: ignore[no-any-return]


class _MaskAttention(nn.Module):
    """Mixes both dates and makes one weight a place of the mixture."""

    def __init__(self, channels: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self._mixing, self._linear = _Mix(channels), _Pixelwise(widths)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return self._linear(self._mixing(first, second))  # type: ignore[no-any-return]


class _Up(nn.Module):
    """Twice the resolution, weighted by a finer level's mask."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self._convolution = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels),
            nn.PReLU(),
            nn.InstanceNorm2d(channels),
            nn.Conv2d(channels, out, 1),
            nn.PReLU(),
            nn.InstanceNorm2d(out),
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        return self._convolution(x * mask)  # type: ignore[no-any-return]


class TinyCD(nn.Module):
    """The model: pairs [B, 2, 3, H, W] in 0..1, sides multiples of 8 -> probability of change [B, 1, H, W]."""

    def __init__(self) -> None:
        super().__init__()
        stages: list[nn.Module] = [nn.Sequential(*_conv_norm(3, 48, 3, 2), nn.SiLU())]
        channels = 48
        for repeats, kernel, stride, expansion, out in _STAGES:
            blocks = []
            for repeat in range(repeats):
                blocks.append(_InvertedBottleneck(channels, out, kernel, stride if repeat == 0 else 1, expansion))
                channels = out
            stages.append(nn.Sequential(*blocks))
        self._backbone = nn.ModuleList(stages)
        self._first_mix = _MaskAttention(3, (3, 10, 5, 1))
        self._mixing_mask = nn.ModuleList([_MaskAttention(24, (24, 12, 6, 1)), _MaskAttention(32, (32, 16, 8, 1)), _Mix(56)])
        self._up = nn.ModuleList([_Up(56, 64), _Up(64, 64), _Up(64, 32)])
        self._classify = _Pixelwise((32, 16, 8, 1), nn.Sigmoid())

    def forward(self, pair: Tensor) -> Tensor:
        mean, std = (pair.new_tensor(values).view(3, 1, 1) for values in (_IMAGENET_MEAN, _IMAGENET_STD))
        first, second = ((pair - mean) / std).unbind(1)
        levels = [self._first_mix(first, second)]
        for place, stage in enumerate(self._backbone):
            first, second = stage(first), stage(second)
            if place > 0:
                levels.append(self._mixing_mask[place - 1](first, second))
        x = levels.pop()
        for up in self._up:
            x = up(x, levels.pop())
        return self._classify(x)  # type: ignore[no-any-return]


def load_tinycd(weights: Path) -> TinyCD:
    """The model with released weights, every key of which must fit."""
    model = TinyCD()
    model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    return model.eval()
