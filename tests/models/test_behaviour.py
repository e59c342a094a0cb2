"""What every registered model keeps to: sizes, gradients, saving, cached features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from deltascribe.losses import ObjectiveConfig, objective
from deltascribe.models import Batch, CaptionModel, create_model, list_models
from deltascribe.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from deltascribe.text import Vocabulary

WORDS = Vocabulary(("<pad>", "<start>", "<end>", "<unk>", "a", "house", "appears", "road"))
BARE: dict[str, Any] = {"weights": "none", "tuned_stages": 4}
PEERS = ("chg2cap", "mci", "plain", "psnet", "rsiccformer", "rsicrc", "sparse_focus")
SMALL: dict[str, dict[str, Any]] = {
    "dfm": {"backbone": BARE, "width": 32, "heads": 4, "grid": 8, "embedding": 16, "text_dimension": 12},
    **{name: {"backbone": BARE, "width": 32, "heads": 4} for name in PEERS},
}
"""Settings of a small model of each kind; a new model adds its own."""


def make(name: str, **settings: Any) -> Any:
    torch.manual_seed(0)
    return create_model(name, {**SMALL[name], **settings}, len(WORDS))


def batch_of(side: int) -> Batch:
    generator = torch.Generator().manual_seed(1)
    return Batch(
        pair=torch.rand(2, 2, 3, side, side, generator=generator),
        tokens=torch.tensor([[[1, 4, 5, 6, 2], [1, 4, 7, 2, 0]], [[1, 5, 2, 0, 0], [0, 0, 0, 0, 0]]]),
        text=torch.nn.functional.normalize(torch.randn(2, 12, generator=generator), dim=-1),
        changed=torch.tensor([1.0, 1.0]),
        mask=torch.randint(0, 3, (2, side, side), generator=generator).to(torch.uint8),
    )


def test_every_model_has_small_settings() -> None:
    assert set(SMALL) == set(list_models())


@pytest.mark.parametrize("name", sorted(SMALL))
class TestEveryModel:
    def test_follows_the_interface(self, name: str) -> None:
        assert isinstance(make(name), CaptionModel)

    @pytest.mark.parametrize("side", [64, 96])
    def test_takes_any_size(self, name: str, side: int) -> None:
        output = make(name)(batch_of(side))
        memory = output.memory
        assert output.logits.shape == (2, 2, 4, len(WORDS))
        assert memory.tokens.shape[0] == 2
        assert memory.tokens.shape[1] >= memory.grid[0] * memory.grid[1]
        assert memory.change_logit.shape == (2,)
        torch.testing.assert_close(memory.embedding.norm(dim=-1), torch.ones(2))
        if output.text_embedding is not None:
            torch.testing.assert_close(output.text_embedding.norm(dim=-1), torch.ones(2))
        if memory.level_weights is not None:
            torch.testing.assert_close(memory.level_weights.sum(1), torch.ones(2))

    def test_every_trainable_weight_gets_a_finite_gradient(self, name: str) -> None:
        model = make(name).train()
        batch = batch_of(64)
        objective(model(batch), batch, ObjectiveConfig())["loss"].backward()
        for key, parameter in model.named_parameters():
            if parameter.requires_grad:
                assert parameter.grad is not None, key
                assert bool(parameter.grad.isfinite().all()), key

    @pytest.mark.parametrize("half", [False, True])
    def test_gives_the_same_after_saving(self, name: str, half: bool, tmp_path: Path) -> None:
        model = make(name).eval()
        if half:  # what 16 bits can hold comes back as it was
            model.load_state_dict({key: value.half().float() for key, value in model.state_dict().items()})
        settings = model.config.model_dump(mode="json")
        save_checkpoint(tmp_path, Checkpoint(model, WORDS, name, settings, {"size": 64}, {}), "card", half=half)
        loaded: Any = load_checkpoint(tmp_path).model
        batch = batch_of(64)
        with torch.no_grad():
            one, two = model(batch), loaded(batch)
        assert not loaded.training
        assert torch.equal(one.logits, two.logits)
        assert torch.equal(one.memory.change_logit, two.memory.change_logit)

    @pytest.mark.parametrize("tuned_stages", [0, 1, 2, 4])
    def test_cached_features_give_the_same_memory(self, name: str, tuned_stages: int) -> None:
        model = make(name, backbone={"weights": "none", "tuned_stages": tuned_stages}).eval()
        batch = batch_of(64)
        features = model.frozen_part(batch.pair)
        assert (features is None) == (tuned_stages == 4)
        if features is None:
            return
        with torch.no_grad():
            one, two = model.encode(batch), model.encode(Batch(features=features))
        assert torch.equal(one.tokens, two.tokens)
        assert torch.equal(one.embedding, two.embedding)
        assert torch.equal(one.change_logit, two.change_logit)

    def test_a_pair_is_read_without_regard_to_its_batch(self, name: str) -> None:
        model = make(name).eval()
        batch = batch_of(64)
        with torch.no_grad():
            together, alone = model.encode(batch), model.encode(Batch(pair=batch.pair[1:]))
        torch.testing.assert_close(together.tokens[1:], alone.tokens, rtol=1e-4, atol=1e-5)

    def test_a_batch_without_what_it_needs_raises(self, name: str) -> None:
        model = make(name)
        with pytest.raises(ValueError, match="`pair` or `features`"):
            model.encode(Batch())
        with pytest.raises(ValueError, match="`tokens`"):
            model(Batch(pair=torch.rand(1, 2, 3, 64, 64)))
