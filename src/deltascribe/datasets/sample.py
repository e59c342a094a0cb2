"""The one sample that every reader gives, and the record that points to it on disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import torch

from deltascribe.text.no_change import is_no_change

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")


@dataclass(frozen=True)
class ChangeRecord:
    """One captioned pair as files: what a reader knows before it opens an image.

    Attributes:
        name: name of the pair, unique within its data set and split (file stem).
        split: the part of the data set that it belongs to.
        before: image of the first date.
        after: image of the second date.
        captions: reference sentences, as published (not normalised).
        changed: whether something changed; None where the data set does not say.
        label: mask image, or None where no mask is known.
        ground: what must stay on one side of a split (a scene), or None where unknown.
        caption_source: who wrote the captions: `human`, `model`, `grammar` ...
        quality: what is known of the image quality, free text.
    """

    name: str
    split: Split
    before: Path
    after: Path
    captions: tuple[str, ...]
    changed: bool | None = None
    label: Path | None = None
    ground: str | None = None
    caption_source: str = "human"
    quality: str = ""


def is_changed(record: ChangeRecord | ChangeSample) -> bool:
    """Whether a pair changed: by the data set's flag, or where it has none by its references (the published rule)."""
    return record.changed if record.changed is not None else not is_no_change(record.captions)


def machine_source(sources: Iterable[str]) -> str | None:
    """The source of all captions, such as `grammar`, where it is one and no person; else None."""
    found = set(sources)
    return next(iter(found)) if len(found) == 1 and "human" not in found else None


def is_named(record: ChangeRecord, patterns: Sequence[str]) -> bool:
    """Whether the name of a pair fits one of the patterns, such as `*_blurred`."""
    return any(fnmatchcase(record.name, pattern) for pattern in patterns)


@dataclass(frozen=True)
class ChangeSample:
    """One captioned pair in memory.

    Attributes:
        name, split, captions, changed, ground, caption_source, quality: as in `ChangeRecord`.
        pair: float32 tensor [2, 3, H, W] in 0..1: before, after.
        mask: uint8 tensor [H, W] of class indices (0 none, 1 building, 2 road), or None where unknown.
        source: the files that the sample was read from: before, after.
    """

    name: str
    split: Split
    pair: torch.Tensor
    captions: list[str]
    changed: bool | None = None
    mask: torch.Tensor | None = None
    ground: str | None = None
    caption_source: str = "human"
    quality: str = ""
    source: tuple[Path, Path] | None = field(default=None)
