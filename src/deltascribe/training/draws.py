"""Random draws of the augmentation, all from a generator whose seed names the draw."""

from __future__ import annotations

import hashlib

import torch


def generator_of(numbers: tuple[int, ...]) -> torch.Generator:
    """A generator for whole numbers that name a draw; neighbouring tuples have nothing in common."""
    return torch.Generator().manual_seed(seed_of(numbers))


def seed_of(numbers: tuple[int, ...]) -> int:
    """A 63-bit seed in which neighbouring tuples have nothing in common."""
    digest = hashlib.blake2b(repr(tuple(int(number) for number in numbers)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def happens(probability: float, generator: torch.Generator) -> bool:
    """Whether an event of that probability happens."""
    return float(torch.rand((), generator=generator)) < probability


def whole(low: int, high: int, generator: torch.Generator) -> int:
    """A whole number from `low` to `high`, both included."""
    return int(torch.randint(low, high + 1, (), generator=generator))
