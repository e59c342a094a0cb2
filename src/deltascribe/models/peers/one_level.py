"""A peer whose method is an encoder over one level of the backbone."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deltascribe.models.backbones import Backbone
from deltascribe.models.peers.base import Fused, Peer, PeerConfig

_SIDE = 64


class OneLevelPeer(Peer):
    """Backbone -> level -> `encoder` -> memory. What the level does not depend on is frozen.

    Args:
        config: settings.
        vocabulary_size: number of words, special tokens included.
        encoder: type of the method; called with the level's channels and the settings, it gives a module that takes the level of
            both dates, each [B, C, h, w], to memory tokens [B, N, d], the first h * w of them a row-major grid.
    """

    def __init__(self, config: PeerConfig, vocabulary_size: int, encoder: type[nn.Module]) -> None:
        super().__init__(config, vocabulary_size)
        freeze_unread(self.backbone, config.level)
        self.encoder = encoder(self.backbone.channels[config.level], config)

    def fuse(self, before: list[Tensor], after: list[Tensor]) -> Fused:
        """See `Peer.fuse`."""
        one, two = before[self.config.level], after[self.config.level]
        return Fused(self.encoder(one, two), (one.shape[-2], one.shape[-1]))


def freeze_unread(backbone: Backbone, level: int) -> None:
    """Takes those parameters out of training that `level` does not depend on; data-parallel training would wait for their gradients."""
    parameters = [parameter for parameter in backbone.parameters() if parameter.requires_grad]
    if not parameters:
        return
    with torch.enable_grad():
        seen = backbone(torch.zeros(1, 3, _SIDE, _SIDE))[level].sum()
    read = torch.autograd.grad(seen, parameters, allow_unused=True) if seen.requires_grad else [None] * len(parameters)
    for parameter, gradient in zip(parameters, read, strict=True):
        parameter.requires_grad_(gradient is not None)
