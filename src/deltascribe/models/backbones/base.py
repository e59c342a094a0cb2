"""The backbone interface: one image in, a few feature maps out, split into a frozen and a tuned part."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

IMAGES_AT_ONCE = 2


class BackboneConfig(BaseModel):
    """Which backbone, where its first weights come from, and how much of it is tuned.

    Attributes:
        name: `efficientnet_lite0`; `clip:NAME` or `auto:NAME` for a `transformers` model by local folder or hub name.
        weights: `imagenet`, `none`, or a change detector on the same backbone, by folder or shipped name, for the built-in one;
            `pretrained` or `none` for the others.
        tuned_stages: number of last stages (CNN) or blocks (ViT) that training changes; 0 freezes all.
        architecture: the `transformers` configuration, filled in when a checkpoint is saved, so that loading needs no hub.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "efficientnet_lite0"
    weights: str = "imagenet"
    tuned_stages: int = Field(default=2, ge=0)
    architecture: dict[str, object] | None = None


class Backbone(nn.Module, ABC):
    """Feature maps of several levels, finest first.

    `frozen_part` and `tuned_part` compose to the whole: what the first gives never changes in training and may be cached.

    Attributes:
        channels: channels of each level.
        strides: pixels of the image that a cell of each level spans.
        architecture: what `BackboneConfig.architecture` needs to build it again without a hub, or None.
    """

    channels: tuple[int, ...]
    strides: tuple[int, ...]
    architecture: dict[str, object] | None = None

    @abstractmethod
    def frozen_part(self, images: Tensor) -> list[Tensor]:
        """The part without training: images [N, 3, H, W] in 0..1 -> what `tuned_part` starts from, each [N, C, h, w]."""

    @abstractmethod
    def tuned_part(self, features: list[Tensor]) -> list[Tensor]:
        """What `frozen_part` gave -> feature maps, each [N, C_l, H_l, W_l]."""

    @property
    @abstractmethod
    def cacheable(self) -> bool:
        """Whether `frozen_part` does more than hand the image on."""

    def fold(self) -> None:
        """Merges layers that only training needs apart, in place, so that inference is faster; the default merges nothing."""

    def forward(self, images: Tensor) -> list[Tensor]:
        """Images [N, 3, H, W] in 0..1 -> feature maps, each [N, C_l, H_l, W_l]."""
        return self.tuned_part(self.frozen_part(images))


def freeze(module: nn.Module) -> None:
    """Takes a module's parameters out of training."""
    for parameter in module.parameters():
        parameter.requires_grad_(False)


def levels_of_pairs(backbone: Backbone, pair: Tensor) -> list[Tensor]:
    """Pairs [B, 2, 3, H, W] -> feature maps of both dates, each [2B, C_l, H_l, W_l], the dates of a pair side by side.

    Without gradients a few images at a time, whose activations fit the processor's caches: twice as fast on CPU as all at once.
    """
    return backbone(pair.flatten(0, 1)) if torch.is_grad_enabled() else _few_at_a_time(backbone, pair.flatten(0, 1))


def frozen_levels_of_pairs(backbone: Backbone, pair: Tensor) -> list[Tensor]:
    """What the backbone's frozen part makes of pairs [B, 2, 3, H, W], each [B, 2, C, h, w]; a few images at a time, as above."""
    with torch.no_grad():
        return [by_pair(level) for level in _few_at_a_time(backbone.frozen_part, pair.flatten(0, 1))]


def _few_at_a_time(part: Callable[[Tensor], list[Tensor]], images: Tensor) -> list[Tensor]:
    if images.device.type != "cpu":
        return part(images)
    return [torch.cat(parts) for parts in zip(*(part(few) for few in torch.split(images, IMAGES_AT_ONCE)), strict=True)]


def by_pair(x: Tensor) -> Tensor:
    """[2B, ...], the dates of a pair side by side -> [B, 2, ...]."""
    return x.reshape(-1, 2, *x.shape[1:])
