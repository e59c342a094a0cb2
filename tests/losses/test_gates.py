"""The gates of TGCL against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from deltascribe.losses import area_gate, binary_gate, changed_area, gate_budget, text_affinity

NAN = float("nan")


def test_the_binary_gate_opens_for_pairs_known_to_have_changed() -> None:
    assert binary_gate(torch.tensor([1.0, 0.0, NAN])).tolist() == [1.0, 0.0, 0.0]


def test_the_area_gate_is_half_way_up_at_its_half_and_shut_for_the_unchanged() -> None:
    changed = torch.tensor([1.0, 1.0, 1.0, 0.0, NAN, 1.0])
    area = torch.tensor([0.0, 0.02, 0.18, 0.5, 0.5, NAN])
    gate = area_gate(changed, area, half=0.02, floor=0.2)
    torch.testing.assert_close(gate, torch.tensor([0.2, 0.6, 0.92, 0.0, 0.0, 0.6]))


def test_a_known_mask_gives_the_area_and_a_predicted_one_stands_in() -> None:
    mask = torch.zeros(3, 4, 4, dtype=torch.uint8)
    mask[0, :2] = 1
    mask[1, 0, 0] = 255
    logits = torch.tensor([9.0, math.log(3.0), -9.0]).reshape(3, 1, 1, 1).expand(3, 1, 2, 2)
    area = changed_area(mask, logits)
    assert area is not None
    torch.testing.assert_close(area, torch.tensor([0.5, 0.75, 0.0]))
    alone = changed_area(mask, None)
    assert alone is not None
    assert alone.isnan().tolist() == [False, True, False]
    assert changed_area(None, None) is None


def test_the_area_of_a_predicted_mask_carries_no_gradient() -> None:
    logits = torch.zeros(1, 1, 2, 2, requires_grad=True)
    area = changed_area(None, logits)
    assert area is not None
    assert not area.requires_grad


def test_the_budget_is_the_squared_distance_of_the_mean_over_changed_pairs() -> None:
    gate = torch.tensor([0.2, 0.6, 0.9], requires_grad=True)
    loss = gate_budget(gate, torch.tensor([1.0, 1.0, 0.0]), 0.5)
    loss.backward()
    assert loss.item() == pytest.approx(0.01)
    assert gate.grad is not None
    torch.testing.assert_close(gate.grad, torch.tensor([-0.1, -0.1, 0.0]))
    assert gate_budget(gate, torch.zeros(3), 0.5).item() == 0


def test_near_texts_are_soft_positives_and_far_ones_are_not() -> None:
    vectors = torch.tensor([[1.0, 0.0], [0.9, math.sqrt(0.19)], [0.0, 1.0]])
    affinity = text_affinity(vectors, 0.8)
    expected = torch.tensor([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    torch.testing.assert_close(affinity, expected)


def test_captions_that_are_missing_do_not_move_a_pairs_text() -> None:
    one = torch.tensor([[[1.0, 0.0], [0.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]])
    torch.testing.assert_close(text_affinity(one, -0.5), torch.tensor([[1.0, 1 / 3], [1 / 3, 1.0]]))
