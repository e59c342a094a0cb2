"""DFM's settings and heads."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from deltascribe.errors import ConfigError
from deltascribe.losses import ObjectiveConfig, objective
from deltascribe.models import Batch, create_model

SMALL: dict[str, Any] = {"backbone": {"weights": "none", "tuned_stages": 4}, "width": 32, "heads": 4, "grid": 4}


@pytest.mark.parametrize(("grid", "fits"), [(1, True), (4, True), (16, True), (64, True), (14, False), (24, False)])
def test_the_grid_divides_the_thumbnail(grid: int, fits: bool) -> None:
    if not fits:
        with pytest.raises(ConfigError, match=f"grid={grid}"):
            create_model("dfm", {**SMALL, "grid": grid}, 6)
        return
    model: Any = create_model("dfm", {**SMALL, "grid": grid}, 6)
    memory = model.encode(Batch(pair=torch.rand(1, 2, 3, 64, 64)))
    assert memory.tokens.shape == (1, grid * grid, 32)


def test_the_mask_has_a_quarter_of_the_resolution_or_is_left_out() -> None:
    pair = torch.rand(1, 2, 3, 64, 96)
    model: Any = create_model("dfm", SMALL, 6)
    assert model.encode(Batch(pair=pair)).mask_logits.shape == (1, 1, 16, 24)
    bare: Any = create_model("dfm", {**SMALL, "mask_head": False}, 6)
    assert bare.encode(Batch(pair=pair)).mask_logits is None


def test_levels_of_more_cells_are_pooled_before_they_are_compared() -> None:
    pair = torch.rand(1, 2, 3, 64, 96)
    torch.manual_seed(0)
    whole: Any = create_model("dfm", SMALL, 6).eval()
    coarse: Any = create_model("dfm", {**SMALL, "most_cells": 4}, 6).eval()
    coarse.load_state_dict(whole.state_dict())
    assert whole.encode(Batch(pair=pair)).mask_logits.shape == (1, 1, 16, 24)
    assert coarse.encode(Batch(pair=pair)).mask_logits.shape == (1, 1, 8, 8)
    # pooling before a linear comparison or after it is the same: what differs is what lies between, the norm and the gates
    levels = [torch.rand(2, count, 8, 8) for count in whole.backbone.channels]
    small = torch.rand(1, 2, 3, 64, 64)
    flat = [level.mean((-2, -1), keepdim=True).expand_as(level).contiguous() for level in levels]
    one, other = (model.difference(flat, small, []).tokens for model in (whole, coarse))
    torch.testing.assert_close(one, other)
    assert not torch.allclose(whole.difference(levels, small, []).tokens, coarse.difference(levels, small, []).tokens, atol=1e-4)


@pytest.mark.parametrize("cells", [2, 20])
def test_cells_that_are_too_few_or_do_not_divide_are_refused(cells: int) -> None:
    with pytest.raises(ConfigError, match=f"most_cells={cells} is not possible.*from grid=4 on"):
        create_model("dfm", {**SMALL, "most_cells": cells}, 6)


@pytest.mark.parametrize(("stored", "scale"), [(50.0, 100.0), (-3.0, 1.0)])
def test_the_temperature_stays_in_bounds(stored: float, scale: float) -> None:
    model: Any = create_model("dfm", SMALL, 6)
    with torch.no_grad():
        model.log_scale.fill_(stored)
    output = model(Batch(pair=torch.rand(1, 2, 3, 64, 64), tokens=torch.tensor([[[1, 4, 2]]])))
    assert output.logit_scale.item() == pytest.approx(scale)


def small(**settings: Any) -> Any:
    torch.manual_seed(0)
    return create_model("dfm", {**SMALL, "embedding": 16, "text_dimension": 12, **settings}, 6)


def batch(captions: int | None = None) -> Batch:
    generator = torch.Generator().manual_seed(2)
    shape = (2, 12) if captions is None else (2, captions, 12)
    text = torch.nn.functional.normalize(torch.randn(shape, generator=generator), dim=-1)
    tokens = torch.tensor([[[1, 4, 2]], [[1, 5, 2]]])
    return Batch(pair=torch.rand(2, 2, 3, 64, 64, generator=generator), tokens=tokens, text=text, changed=torch.ones(2))


@pytest.mark.parametrize("captions", [None, 3])
def test_untrained_gates_are_half_open_for_pairs_and_open_for_channels(captions: int | None) -> None:
    output = small(learned_gate=True, channel_gate=True)(batch(captions))
    torch.testing.assert_close(output.gate, torch.full((2,), 0.5))
    assert output.channel_gate.shape == output.text_embedding.shape
    torch.testing.assert_close(output.channel_gate, torch.ones_like(output.channel_gate))


def test_without_gates_the_output_has_none() -> None:
    output = small()(batch())
    assert (output.gate, output.channel_gate, output.mimicry) == (None, None, None)


def test_both_gates_learn() -> None:
    model = small(learned_gate=True, channel_gate=True)
    torch.nn.init.normal_(model.pair_gate.out.weight)
    losses = objective(model(batch()), batch(), ObjectiveConfig(gate="learned"))
    losses["loss"].backward()
    for layer in (model.pair_gate.out, model.pair_gate.hidden, model.channel_gate):
        assert bool(layer.weight.grad.any())


def test_captions_that_a_pair_lacks_do_not_move_its_gate() -> None:
    model = small(learned_gate=True).eval()
    torch.nn.init.normal_(model.pair_gate.out.weight)
    given = batch(2)
    assert given.text is not None
    padded = replace(given, text=torch.cat((given.text, torch.zeros(2, 3, 12)), 1))
    torch.testing.assert_close(model(padded).gate, model(given).gate)


def test_the_shared_space_has_unit_vectors_in_32_bits_under_autocast() -> None:
    model = small()
    with torch.autocast("cpu", torch.bfloat16):
        output = model(batch())
    for vectors in (output.memory.embedding, output.text_embedding):
        assert vectors.dtype == torch.float32
        torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(2), rtol=1e-5, atol=1e-5)


def test_a_temperature_out_of_bounds_can_come_back() -> None:
    model = small().train()
    with torch.no_grad():
        model.log_scale.fill_(50.0)
    model(batch()).logit_scale.backward()
    assert model.log_scale.item() == pytest.approx(math.log(100))
    assert model.log_scale.grad.item() > 0


def test_the_learned_gate_moves_no_vector() -> None:
    model = small(learned_gate=True)
    torch.nn.init.normal_(model.pair_gate.out.weight)
    model(batch()).gate.sum().backward()
    assert model.visual.weight.grad is None
    assert model.textual.weight.grad is None


def test_the_plain_fusion_has_no_joint_layers_and_level_weights_of_one_kind() -> None:
    model = small(fusion="plain")
    memory = model.encode(batch())
    assert not any("layers" in name for name, _ in model.joint.named_parameters())
    torch.testing.assert_close(memory.level_weights, torch.full((2, 3), 1 / 3))


def test_the_parts_of_jfm_are_settings() -> None:
    model = small(difference="plain", level_weights=False, pixel_level=False, joint_layers=0)
    whole = small()
    assert set(dict(model.joint.named_parameters())) == set(dict(small(fusion="plain").joint.named_parameters()))
    assert whole.joint.pixels is not None
    assert len(whole.joint.layers) == 2
    assert model(batch()).memory.tokens.shape == (2, 16, 32)


@pytest.mark.parametrize("gated", [True, False])
def test_whether_the_flag_decides_is_a_setting(gated: bool) -> None:
    assert small(gated=gated).gated is gated
