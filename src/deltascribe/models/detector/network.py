"""The change detector: siamese levels, gated differences, a light top-down decoder. One pair in, a mask and features out.

The form is ours. The pieces are common ground of the field: siamese encoders with shared weights (Daudt et al., arXiv 1810.08462)
and top-down merging of levels (Lin et al., arXiv 1612.03144).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from deltascribe.models.backbones import Backbone, build_backbone, by_pair, levels_of_pairs
from deltascribe.models.detector.config import CLASS_NAMES, DetectorConfig
from deltascribe.models.joint import GatedDifference
from deltascribe.models.layers import LayerNorm2d

_PRIOR = -2.5
"""First logit of change: changed pixels are few, and a start at one half would waste the first steps on learning that."""


@dataclass
class DetectorOutput:
    """What the detector gives for B pairs.

    Attributes:
        mask_logits: [B, K, h, w] at half the finest level's stride; K = 1 for `binary`, 3 for `three-class`.
        features: difference features after the top-down path, each [B, C_l, h_l, w_l], finest first.
        change_map: soft probability of any change [B, 1, h, w] in 0..1.
    """

    mask_logits: Tensor
    features: list[Tensor]
    change_map: Tensor


class OrderFreeDifference(GatedDifference):
    """The gated difference taken both ways and added up: whoever comes first, the map is the same to the last bit.

    Unlike per-channel absolute values it keeps how the signs of the channels relate to each other.
    """

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Two maps [B, C, H, W] -> difference map [B, d, H, W]."""
        return super().forward(before, after) + super().forward(after, before)


class Refine(nn.Module):
    """Pre-normalised residual 3x3 convolution; its branch starts at zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = LayerNorm2d(width)
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.conv.weight)
        nn.init.zeros_(self.conv.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> the same shape."""
        return x + self.conv(F.gelu(self.norm(x)))  # type: ignore[no-any-return]


class Context(nn.Module):
    """Adds to every place what the whole map shows, so that a change of light over the entire image is known for one."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Conv2d(width, width, 1)
        self.out = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> the same shape."""
        return x + self.out(F.gelu(self.inner(x.mean((-2, -1), keepdim=True))))  # type: ignore[no-any-return]


class ChangeDetector(nn.Module):
    """Where something changed between two images.

    Args:
        config: settings.

    Attributes:
        strides: pixels of the image that a cell of each level spans, finest first.
        feature_channels: channels of each of the output's `features`, finest first.
    """

    def __init__(self, config: DetectorConfig) -> None:
        super().__init__()
        self.backbone: Backbone = build_backbone(config.backbone, config.finest)
        # a checkpoint is loaded without a hub: its settings must say how the backbone was built
        backbone = config.backbone.model_copy(update={"architecture": self.backbone.architecture})
        self.config = config.model_copy(update={"backbone": backbone})
        self.strides = self.backbone.strides
        self.feature_channels = tuple(config.width // 4 if stride <= 2 else config.width for stride in self.strides)
        kind = OrderFreeDifference if config.order_free else GatedDifference
        levels = list(zip(self.backbone.channels, self.feature_channels, strict=True))
        self.differences = nn.ModuleList(kind(channels, width) for channels, width in levels)
        self.refine = nn.ModuleList(Refine(width) for width in self.feature_channels)
        # from each level to the next finer one
        self.down = nn.ModuleList(
            nn.Conv2d(coarse, fine, 1) for fine, coarse in zip(self.feature_channels, self.feature_channels[1:], strict=False)
        )
        self.context = Context(self.feature_channels[-1])
        self.dropout = nn.Dropout2d(config.dropout)
        finest = self.feature_channels[0]
        # each cell speaks for its four quarters
        self.head = nn.Sequential(LayerNorm2d(finest), nn.GELU(), nn.Conv2d(finest, 4 * self.classes, 1), nn.PixelShuffle(2))
        first = torch.full((self.classes, 4), _PRIOR)
        if self.classes > 1:
            first[0] = 0  # "none"
        self.head[2].bias = nn.Parameter(first.flatten())

    @property
    def classes(self) -> int:
        """Channels K of the mask's logits."""
        return len(CLASS_NAMES[self.config.classes])

    def forward(self, pair: Tensor) -> DetectorOutput:
        """Pairs [B, 2, 3, H, W] in 0..1, before first -> mask logits, features and change map."""
        return self.compare([by_pair(level) for level in levels_of_pairs(self.backbone, pair)])

    def compare(self, levels: list[Tensor]) -> DetectorOutput:
        """The same from the backbone's levels of both dates, each [B, 2, C_l, h_l, w_l], finest first."""
        maps = [difference(level[:, 0], level[:, 1]) for difference, level in zip(self.differences, levels, strict=True)]
        x = self.refine[-1](self.context(self.dropout(maps[-1])))
        features = [x]
        for place in reversed(range(len(maps) - 1)):
            above = F.interpolate(self.down[place](x), maps[place].shape[-2:], mode="bilinear", align_corners=False)
            x = self.refine[place](maps[place] + above)
            features.insert(0, x)
        logits = self.head(x)
        return DetectorOutput(logits, features, change_probability(logits))


def change_probability(logits: Tensor) -> Tensor:
    """Logits [B, K, h, w] -> probability of any change [B, 1, h, w]."""
    if logits.shape[1] == 1:
        return logits.sigmoid()
    return logits[:, 1:].logsumexp(1, keepdim=True).sub(logits[:, :1]).sigmoid()


def at_size(logits: Tensor, height: int, width: int) -> Tensor:
    """Logits [B, K, h, w] -> [B, K, height, width], bilinear: masks are cut from logits at the image's own size."""
    return F.interpolate(logits.float(), (height, width), mode="bilinear", align_corners=False)
