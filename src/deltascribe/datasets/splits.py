"""Puts pairs without a split into train, val or test, the same way on every machine and in every order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from deltascribe.datasets.sample import Split

TRAIN_SHARE, VAL_SHARE = 0.8, 0.1


def split_of(key: str) -> Split:
    """The split of a name or a ground: 80 % train, 10 % val, 10 % test, by a hash of `key`."""
    position = int.from_bytes(hashlib.sha256(key.encode("utf-8")).digest()[:8], "big") / 2**64
    if position < TRAIN_SHARE:
        return "train"
    return "val" if position < TRAIN_SHARE + VAL_SHARE else "test"


def assign_splits(given: Mapping[str, Split | None], grounds: Mapping[str, str | None]) -> dict[str, Split]:
    """Completes the splits of a set of pairs, so that no ground falls on two sides of a split by our doing.

    Args:
        given: split of each name; None where there is none.
        grounds: ground of each name; None where unknown.

    Returns:
        The split of each name: as given; else that of a pair of the same ground that has one; else by the hash of the ground, or of the
        name where the ground is unknown.
    """
    by_ground: dict[str, Split] = {}
    for name, split in given.items():
        ground = grounds.get(name)
        if split is not None and ground is not None:
            by_ground.setdefault(ground, split)
    result: dict[str, Split] = {}
    for name, split in given.items():
        ground = grounds.get(name)
        if split is None:
            split = split_of(name) if ground is None else by_ground.get(ground) or split_of(ground)
        result[name] = split
    return result
