"""Runs as evaluations leave them, small enough to score in no time."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from deltascribe.evaluation.predictions import Prediction, write_predictions
from deltascribe.text.special import NO_CHANGE_SENTENCES

SCENES = ("a road", "a house", "some trees", "a parking lot", "a bare field", "two villas", "a lake", "an arc road")
MakeRun = Callable[..., Path]


def references_of(index: int) -> tuple[str, ...]:
    """Five sentences of pair `index`; every third pair has no change."""
    if index % 3 == 2:
        return NO_CHANGE_SENTENCES
    first, second = SCENES[index % 8], SCENES[(index + 3) % 8]
    return tuple(f"{first} {verb} near {second}" for verb in ("appears", "is built", "was added", "shows up", "has been built"))


def predictions(pairs: Sequence[int], quality: float, seed: int) -> list[Prediction]:
    """Says a reference with probability `quality`, else a sentence of another pair."""
    generator = random.Random(seed)
    entries = []
    for index in pairs:
        source = index if generator.random() < quality else generator.randrange(30)
        said = generator.choice(references_of(source))
        changed = references_of(index) != NO_CHANGE_SENTENCES
        entries.append(Prediction(f"p{index:02d}", said, references_of(index), changed, said not in NO_CHANGE_SENTENCES, 0.5))
    return entries


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Writes a folder with predictions and, where something is to be recorded, `scores.json`."""

    def make(
        name: str, quality: float = 0.5, *, seed: int = 0, pairs: Sequence[int] = range(30), record: dict[str, Any] | None = None
    ) -> Path:
        folder = tmp_path / name
        write_predictions(folder / "predictions.jsonl", predictions(pairs, quality, seed))
        if record is not None:
            (folder / "scores.json").write_text(json.dumps(record))
        return folder

    return make
