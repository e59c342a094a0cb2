"""The objective is the weighted sum of its parts."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from pydantic import ValidationError
from torch.nn import functional as F

from deltascribe.losses import (
    ObjectiveConfig,
    binary_gate,
    caption_cross_entropy,
    flag_loss,
    mask_loss,
    objective,
    text_guided_contrastive,
)
from deltascribe.models import Batch, Memory, ModelOutput


@pytest.fixture
def batch() -> Batch:
    return Batch(
        tokens=torch.tensor([[[1, 4, 2]], [[1, 5, 2]], [[1, 4, 2]]]),
        changed=torch.tensor([1.0, 0.0, 1.0]),
        mask=torch.randint(0, 2, (3, 8, 8), generator=torch.Generator().manual_seed(0)).to(torch.uint8),
    )


@pytest.fixture
def output() -> ModelOutput:
    generator = torch.Generator().manual_seed(1)
    vectors = F.normalize(torch.randn(2, 3, 4, generator=generator), dim=-1)
    memory = Memory(
        tokens=torch.zeros(3, 1, 4),
        grid=(1, 1),
        embedding=vectors[0],
        change_logit=torch.randn(3, generator=generator),
        mask_logits=torch.randn(3, 1, 2, 2, generator=generator),
    )
    return ModelOutput(torch.randn(3, 1, 2, 6, generator=generator), memory, vectors[1], torch.tensor(7.0))


def expected(output: ModelOutput, batch: Batch, gate: torch.Tensor | None) -> dict[str, torch.Tensor]:
    memory = output.memory
    assert batch.tokens is not None
    assert batch.changed is not None
    assert batch.mask is not None
    assert memory.mask_logits is not None
    assert output.text_embedding is not None
    assert output.logit_scale is not None
    return {
        "caption": caption_cross_entropy(output.logits, batch.tokens, 0.2),
        "tgcl": text_guided_contrastive(memory.embedding, output.text_embedding, output.logit_scale, gate),
        "flag": flag_loss(memory.change_logit, batch.changed),
        "mask": mask_loss(memory.mask_logits, batch.mask),
    }


@pytest.mark.parametrize("gate", ["binary", "none"])
def test_the_sum_and_its_parts(output: ModelOutput, batch: Batch, gate: str) -> None:
    assert batch.changed is not None
    config = ObjectiveConfig.model_validate({"smoothing": 0.2, "tgcl": 0.3, "gate": gate, "flag": 0.7, "mask": 1.1})
    losses = objective(output, batch, config)
    parts = expected(output, batch, binary_gate(batch.changed) if gate == "binary" else None)
    assert set(losses) == {"loss", *parts}
    for name, value in parts.items():
        torch.testing.assert_close(losses[name], value)
    torch.testing.assert_close(losses["loss"], parts["caption"] + 0.3 * parts["tgcl"] + 0.7 * parts["flag"] + 1.1 * parts["mask"])


def test_a_weight_of_zero_leaves_a_part_out(output: ModelOutput, batch: Batch) -> None:
    losses = objective(output, batch, ObjectiveConfig(tgcl=0, flag=0, mask=0))
    assert set(losses) == {"loss", "caption"}
    assert torch.equal(losses["loss"], losses["caption"])


def test_what_a_batch_or_a_model_lacks_is_left_out(output: ModelOutput, batch: Batch) -> None:
    bare = replace(output, text_embedding=None, memory=replace(output.memory, mask_logits=None))
    assert set(objective(bare, batch, ObjectiveConfig())) == {"loss", "caption", "flag"}
    assert set(objective(output, Batch(tokens=batch.tokens), ObjectiveConfig())) == {"loss", "caption", "tgcl"}


def test_a_batch_without_captions_raises(output: ModelOutput) -> None:
    with pytest.raises(ValueError, match="tokens"):
        objective(output, Batch(), ObjectiveConfig())


@pytest.mark.parametrize("settings", [{"tgcl": -1}, {"smoothing": 1}, {"gate": "other"}, {"wieght": 1}])
def test_settings_out_of_range_raise(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ObjectiveConfig.model_validate(settings)
