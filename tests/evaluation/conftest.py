"""A tiny data set and a captioner that needs no model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deltascribe.datasets import ChangeDataset, ChangeRecord, DatasetFormat
from deltascribe.pair import ImagePair
from deltascribe.report import ChangeReport
from deltascribe.text.special import NO_CHANGE_CAPTION, NO_CHANGE_SENTENCES

CHANGED = [
    ("Two houses are built on the left .", "some houses appear on the left"),
    ("a road is built through the woods", "the woods are cut by a new road"),
    ("many trees are removed at the top", "the trees at the top disappear"),
]
SIZE = 16


class FakeCaptioner:
    """Says the first reference of each pair; `sayings` overrides by name: a caption, or (caption, changed)."""

    def __init__(self, dataset: ChangeDataset, sayings: dict[str, tuple[str, bool]] | None = None, *, masks: bool = True) -> None:
        self.truth = {
            record.name: (record.captions[0] if record.changed else NO_CHANGE_CAPTION, bool(record.changed)) for record in dataset.records
        }
        self.truth.update(sayings or {})
        self.masks = masks
        self.calls: list[tuple[int, int, int, bool]] = []

    def caption(self, pairs: Sequence[ImagePair], *, beams: int = 3, batch_size: int = 16, gate: bool = True) -> list[ChangeReport]:
        self.calls.append((len(pairs), beams, batch_size, gate))
        return [self._report(pair, beams) for pair in pairs]

    def _report(self, pair: ImagePair, beams: int) -> ChangeReport:
        caption, changed = self.truth[pair.name]
        mask = np.zeros(pair.size, dtype=np.float32)
        mask[:4] = 0.9 if changed else 0.0
        return ChangeReport(
            pair.name,
            caption,
            changed,
            0.75 if changed else 0.25,
            mask=mask if self.masks else None,
            token_log_probabilities=[(word, -0.5) for word in caption.split()],
            provenance={"model": "fake", "beams": beams, "files": list(pair.source)},
        )


def _write_image(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)).save(path)
    return path


def _read_mask(record: ChangeRecord) -> np.ndarray | None:
    return None if record.label is None else np.array(Image.open(record.label))


FORMAT = DatasetFormat("tiny", "Tiny set", "made here", "none", lambda root: False, lambda root, split: [], read_mask=_read_mask)


@pytest.fixture(autouse=True)
def quick_meteor(no_paraphrase_table: None) -> None:
    """No test of an evaluation needs the paraphrases themselves."""


@pytest.fixture
def make_dataset(tmp_path: Path) -> Callable[..., ChangeDataset]:
    """Makes a data set of `changed` pairs that changed and `still` that did not, on disk."""

    def make(changed: int = 3, still: int = 2, *, extra: dict[str, tuple[str, ...]] | None = None, label: bool = True) -> ChangeDataset:
        captions = {f"pair_{index}": CHANGED[index % 3] for index in range(changed)}
        captions |= {f"still_{index}": NO_CHANGE_SENTENCES for index in range(still)}
        captions |= extra or {}
        records = []
        for index, (name, sentences) in enumerate(captions.items()):
            folder = tmp_path / "tiny"
            before = _write_image(folder / "A" / f"{index}.png", 2 * index)
            after = _write_image(folder / "B" / f"{index}.png", 2 * index + 1)
            mask = folder / "label" / f"{index}.png"
            mask.parent.mkdir(exist_ok=True)
            Image.fromarray(np.full((SIZE, SIZE), 2, dtype=np.uint8)).save(mask)
            moved = not name.startswith("still")
            records.append(ChangeRecord(name, "test", before, after, tuple(sentences), moved, mask if label else None))
        return ChangeDataset(records, tmp_path / "tiny", FORMAT, "test")

    return make
