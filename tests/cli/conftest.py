"""Fixtures that tests of several commands use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

WriteData = Callable[[Sequence[tuple[str, Sequence[str]]]], Path]


@pytest.fixture
def write_data(tmp_path: Path) -> WriteData:
    """Writes one's own data, layout `folder`: a pair of noise p0, p1, ... for each split and its sentences; gives the folder."""

    def write(pairs: Sequence[tuple[str, Sequence[str]]]) -> Path:
        root, rows = tmp_path / "own", ["name,split,caption"]
        for index, (split, sentences) in enumerate(pairs):
            for position, date in enumerate(("before", "after")):
                (root / date).mkdir(parents=True, exist_ok=True)
                pixels = np.random.default_rng(2 * index + position).integers(0, 256, (16, 16, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(root / date / f"p{index}.png")
            rows += [f"p{index},{split},{sentence}" for sentence in sentences]
        (root / "captions.csv").write_text("\n".join(rows) + "\n")
        return root

    return write
