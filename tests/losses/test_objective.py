"""The objective is the weighted sum of its parts."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from pydantic import ValidationError
from torch.nn import functional as F

from deltascribe.errors import ConfigError
from deltascribe.losses import (
    ObjectiveConfig,
    area_gate,
    binary_gate,
    caption_cross_entropy,
    changed_area,
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


def test_weights_of_pairs_reach_the_words_and_the_flag(output: ModelOutput, batch: Batch) -> None:
    assert batch.tokens is not None
    assert batch.changed is not None
    batch.weight = torch.tensor([0.5, 2.0, 0.5])
    batch.flag_weight = torch.tensor([1.5, 0.25, 0.0])
    losses = objective(output, batch, ObjectiveConfig(tgcl=0, mask=0))
    words = [caption_cross_entropy(output.logits[row : row + 1], batch.tokens[row : row + 1], 0.1) for row in range(3)]
    flags = [flag_loss(output.memory.change_logit[row : row + 1], batch.changed[row : row + 1]) for row in range(3)]
    torch.testing.assert_close(losses["caption"], (0.5 * words[0] + 2 * words[1] + 0.5 * words[2]) / 3)
    torch.testing.assert_close(losses["flag"], (1.5 * flags[0] + 0.25 * flags[1]) / 2)
    batch.flag_weight = torch.zeros(3)
    assert float(objective(output, batch, ObjectiveConfig(tgcl=0, mask=0))["flag"]) == 0


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


def test_the_area_gate_reads_the_masks(output: ModelOutput, batch: Batch) -> None:
    assert batch.changed is not None
    gate = area_gate(batch.changed, changed_area(batch.mask, None), 0.1)  # type: ignore[arg-type]
    losses = objective(output, batch, ObjectiveConfig(gate="area", area_half=0.1))
    torch.testing.assert_close(losses["tgcl"], expected(output, batch, gate)["tgcl"])


def test_a_learned_gate_counts_only_changed_pairs_and_keeps_its_budget(output: ModelOutput, batch: Batch) -> None:
    own = torch.tensor([0.8, 0.7, 0.4])
    losses = objective(
        replace(output, gate=own), batch, ObjectiveConfig(gate="learned", budget=0.5, budget_weight=2.0, tgcl=0.3, flag=0, mask=0)
    )
    torch.testing.assert_close(losses["tgcl"], expected(output, batch, torch.tensor([0.8, 0.0, 0.4]))["tgcl"])
    torch.testing.assert_close(losses["budget"], torch.tensor(0.01))
    torch.testing.assert_close(losses["loss"], losses["caption"] + 0.3 * losses["tgcl"] + 0.3 * 2.0 * losses["budget"])


def test_a_learned_gate_without_one_in_the_model_raises(output: ModelOutput, batch: Batch) -> None:
    with pytest.raises(ConfigError, match="learned_gate"):
        objective(output, batch, ObjectiveConfig(gate="learned"))


def test_near_texts_are_no_negatives(output: ModelOutput, batch: Batch) -> None:
    text = F.normalize(torch.tensor([[1.0, 0.1], [0.0, 1.0], [1.0, 0.0]]), dim=-1)
    losses = objective(output, replace(batch, text=text), ObjectiveConfig(similar_from=0.5))
    parts = expected(output, batch, torch.tensor([1.0, 0.0, 1.0]))
    assert losses["tgcl"] != parts["tgcl"]


def test_captions_that_a_pair_lacks_are_no_texts(output: ModelOutput, batch: Batch) -> None:
    assert output.text_embedding is not None
    several = torch.stack((output.text_embedding, output.text_embedding.flip(0)), 1)
    text = torch.ones(3, 2, 4)
    text[:, 1] = 0
    losses = objective(replace(output, text_embedding=several), replace(batch, text=text), ObjectiveConfig())
    torch.testing.assert_close(losses["tgcl"], expected(output, batch, torch.tensor([1.0, 0.0, 1.0]))["tgcl"])


def test_a_pair_without_captions_is_closed(output: ModelOutput, batch: Batch) -> None:
    text = torch.ones(3, 4)
    text[0] = 0
    assert batch.changed is not None
    everything = replace(batch, text=text, changed=torch.ones(3))
    losses = objective(output, everything, ObjectiveConfig())
    torch.testing.assert_close(losses["tgcl"], expected(output, batch, torch.tensor([0.0, 1.0, 1.0]))["tgcl"])


def test_mimicry_is_the_mean_over_pairs(output: ModelOutput, batch: Batch) -> None:
    losses = objective(replace(output, mimicry=torch.tensor([1.0, 2.0, 6.0])), batch, ObjectiveConfig(tgcl=0, flag=0, mask=0, mimicry=0.1))
    torch.testing.assert_close(losses["mimicry"], torch.tensor(3.0))
    torch.testing.assert_close(losses["loss"], losses["caption"] + 0.3)


def test_a_batch_without_captions_raises(output: ModelOutput) -> None:
    with pytest.raises(ValueError, match="tokens"):
        objective(output, Batch(), ObjectiveConfig())


@pytest.mark.parametrize("settings", [{"tgcl": -1}, {"smoothing": 1}, {"gate": "other"}, {"wieght": 1}])
def test_settings_out_of_range_raise(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ObjectiveConfig.model_validate(settings)
