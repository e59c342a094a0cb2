"""What a level does not depend on is out of training."""

from __future__ import annotations

import pytest
import torch

from deltascribe.models.backbones import BackboneConfig, build_backbone
from deltascribe.models.peers.one_level import freeze_unread


@pytest.mark.parametrize(("level", "last_block"), [(0, 5), (1, 11), (2, 16)])
def test_training_changes_the_stages_up_to_the_level(level: int, last_block: int) -> None:
    backbone = build_backbone(BackboneConfig(weights="none", tuned_stages=4))
    freeze_unread(backbone, level)
    tuned = {name for name, parameter in backbone.named_parameters() if parameter.requires_grad}
    blocks = {int(name.split(".")[1]) for name in tuned if name.startswith("_blocks.")}
    assert blocks == set(range(last_block))
    backbone(torch.rand(1, 3, 64, 64))[level].sum().backward()
    assert {name for name, parameter in backbone.named_parameters() if parameter.grad is not None} == tuned


def test_what_was_frozen_stays_frozen() -> None:
    backbone = build_backbone(BackboneConfig(weights="none", tuned_stages=1))
    freeze_unread(backbone, 1)
    assert not any(parameter.requires_grad for parameter in backbone.parameters())
