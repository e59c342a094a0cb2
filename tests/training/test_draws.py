"""Random draws that a seed names."""

from __future__ import annotations

import torch

from deltascribe.training.draws import generator_of, happens, seed_of, whole


def test_seeds_of_neighbours_have_nothing_in_common() -> None:
    seeds = [seed_of((0, epoch, index)) for epoch in range(10) for index in range(10)]
    assert len(set(seeds)) == 100
    assert all(0 <= seed < 2**63 for seed in seeds)
    bits = torch.tensor([[seed >> place & 1 for place in range(63)] for seed in seeds]).float()
    assert bool(((bits.mean(0) > 0.25) & (bits.mean(0) < 0.75)).all())


def test_the_same_numbers_give_the_same_draws() -> None:
    one, two = generator_of((1, 2, 3)), generator_of((1, 2, 3))
    assert [whole(0, 1000, one) for _ in range(5)] == [whole(0, 1000, two) for _ in range(5)]


def test_draws_keep_to_their_bounds_and_frequencies() -> None:
    generator = generator_of((0,))
    assert {whole(-2, 2, generator) for _ in range(200)} == {-2, -1, 0, 1, 2}
    assert 240 < sum(happens(0.3, generator) for _ in range(1000)) < 360
    assert not any(happens(0, generator) for _ in range(100))
    assert all(happens(1, generator) for _ in range(100))
