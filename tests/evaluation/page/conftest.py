"""Score tables with known figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deltascribe.evaluation import GalleryItem, Prediction
from deltascribe.metrics import METRICS, ItemScores, PredictorScores, ScoreTable, SubsetScores

HUMAN = "human, leave one out, perfect flag"
FIXED = 'perfect flag + always "a road is built" (best on val)'
STILL = 'always "the scene is the same as before"'


def make_row(label: str, level: float, change: float = 1.0, no_change: float = 1.0, **others: Any) -> PredictorScores:
    """All scores are `level`, on the changed subset half of it; no CIDEr-D without a change."""
    levels = {"all": level, "balanced": level, "changed": level / 2, "no_change": level}
    subsets = [SubsetScores(name, 2, dict.fromkeys(METRICS, value)) for name, value in levels.items()]
    subsets[-1] = SubsetScores("no_change", 2, {**dict.fromkeys(METRICS, level), "cider_d": None, "s_m": None})
    return PredictorScores(label, tuple(subsets), change, no_change, **others)


@pytest.fixture
def make_table() -> Callable[..., ScoreTable]:
    """A table of four pairs: the model has 0.6, the fixed sentence 0.5, people 0.7, "always no change" 0.4."""

    def make(label: str = "model", level: float = 0.6, mode: str = "ids", *, constants: bool = True) -> ScoreTable:
        rows: tuple[PredictorScores, ...] = (
            make_row(STILL, 0.4, 0.0, 1.0, kind="constant"),
            make_row(FIXED, 0.5, kind="oracle"),
            make_row(HUMAN, 0.7, kind="human"),
        )
        rows = rows if constants else ()
        return ScoreTable(
            make_row(label, level, 0.9, 0.8, flag_change_accuracy=0.95, flag_no_change_accuracy=0.85),
            tuple(ItemScores(f"pair_{index}", 0.125, 0.5, 1.5 - index, 0.25) for index in range(4)),
            4,
            2,
            mode,
            f"{mode}: as it is",
            rows,
            {"all": {"s_m": (0.55, 0.65)}, "changed": {"cider_d": (0.2, 0.45)}},
            (f"a note on {mode}",),
        )

    return make


@pytest.fixture
def predictions() -> list[Prediction]:
    """Four pairs, the first two changed."""
    sayings = [("a road is built", True, 0.97), ("the scene is the same as before", False, 0.31)]
    sayings += [("the scene is the same as before", False, 0.02), ("a house appears", True, 0.77)]
    return [
        Prediction(f"pair_{index}", caption, ("a new road", "a road is built here"), index < 2, flag, probability)
        for index, (caption, flag, probability) in enumerate(sayings)
    ]


@pytest.fixture
def make_item() -> Callable[..., GalleryItem]:
    """A pair with pictures of random blocks, and a mask over the upper half."""

    def make(
        index: int, *, changed: bool = True, predicted: bool = True, caption: str = "a road is built", mask: bool = True
    ) -> GalleryItem:
        rng = np.random.default_rng(index)
        blocks = [rng.integers(0, 256, (3, 4, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1) for _ in range(2)]
        before, after = (Image.fromarray(block) for block in blocks)
        said = Prediction(f"pair_{index}", caption, ("a road appears", "A road is new ."), changed, predicted, 0.9997, -1.25)
        layer = np.zeros((24, 32), dtype=np.float32)
        layer[:12] = 0.8
        scores = ItemScores(said.name, 0.125, 0.5, 1.5 - index)
        return GalleryItem(said, scores, before, after, layer if mask else None, layer.astype(np.uint8))

    return make
