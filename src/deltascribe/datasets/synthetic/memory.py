"""Synthetic pairs as a data set that makes each pair when it is asked for; nothing is written."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from deltascribe import __version__
from deltascribe.datasets.base import ChangeDataset, DatasetFormat
from deltascribe.datasets.sample import ChangeRecord, ChangeSample, Split
from deltascribe.datasets.synthetic.makers import Makers, default_makers
from deltascribe.datasets.synthetic.pair import SyntheticPair, pair_name
from deltascribe.datasets.synthetic.recipe import RENDERER, Recipe
from deltascribe.errors import DatasetError
from deltascribe.files import write_json


def _is_no_folder(root: Path) -> bool:
    return False


def _no_records(root: Path, split: Split | None) -> list[ChangeRecord]:
    return []


IN_MEMORY = DatasetFormat(
    name="synthetic",
    title="synthetic pairs",
    source="deltascribe.datasets.synthetic",
    layout="made when they are read; `deltascribe data synth` writes them as a folder",
    detect=_is_no_folder,
    read=_no_records,
    mask_is_partial=True,
)
"""Not registered: no folder is in this layout."""


class SyntheticDataset(ChangeDataset):
    """The pairs of a recipe, as samples like those of any data set on disk.

    The captions are written when the data set is opened, since training needs their words first; images are rendered on access.

    Args:
        recipe: what the pairs are made from.
        count: number of pairs.
        split: all pairs are given as one of this split.
        keep: number of rendered pairs that are kept in memory, the last used ones.
        cache: folder in which the captions are kept for the next time; None writes them anew.
        makers: the renderer's parts; None: the package's own.

    Raises:
        DatasetError: the count is not positive.
        MissingDependencyError: the extra `synth` is not installed.
    """

    def __init__(
        self,
        recipe: Recipe,
        count: int,
        *,
        split: Split = "train",
        keep: int = 0,
        cache: Path | None = None,
        makers: Makers | None = None,
    ) -> None:
        if count < 1:
            raise DatasetError(f"{count} synthetic pairs cannot be made. Give a count of at least 1.")
        texts = _texts(recipe, count, cache, makers or default_makers())
        records = [_record(index, split, captions, changed) for index, (captions, changed) in enumerate(texts)]
        super().__init__(records, Path("synthetic"), IN_MEMORY, split)
        self.recipe = recipe
        self.keep = keep
        self._makers = makers
        self._indices = list(range(count))
        self._kept: OrderedDict[int, ChangeSample] = OrderedDict()

    def __getitem__(self, index: int) -> ChangeSample:
        """Makes one pair; `pair` is float32 [2, 3, H, W] in 0..1 and `mask` uint8 [H, W] of class indices."""
        number = self._indices[index]
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        sample = to_sample(self.recipe.pair(number, self._makers), self.records[index].split)
        if self.keep:
            self._kept[number] = sample
            if len(self._kept) > self.keep:
                self._kept.popitem(last=False)
        return sample

    def subset(self, keep: Callable[[ChangeRecord], bool]) -> SyntheticDataset:
        """The pairs whose record `keep` accepts, in the same order."""
        chosen = [position for position, record in enumerate(self.records) if keep(record)]
        part = SyntheticDataset.__new__(SyntheticDataset)
        ChangeDataset.__init__(part, [self.records[position] for position in chosen], self.root, self.format, self.split)
        part.recipe, part.keep, part._makers = self.recipe, self.keep, self._makers
        part._indices, part._kept = [self._indices[position] for position in chosen], OrderedDict()
        return part


def to_sample(pair: SyntheticPair, split: Split) -> ChangeSample:
    """A pair as a sample of the data sets."""
    images = torch.from_numpy(np.stack([pair.before, pair.after]).transpose(0, 3, 1, 2).copy())
    return ChangeSample(
        name=pair.name,
        split=split,
        pair=images.float() / 255,
        captions=list(pair.captions),
        changed=pair.changed,
        mask=torch.from_numpy(np.ascontiguousarray(pair.mask)),
        ground=pair.ground,
        caption_source="grammar",
        quality="synthetic",
    )


def _record(index: int, split: Split, captions: Sequence[str], changed: bool) -> ChangeRecord:
    name = pair_name(index)
    # no such files: `before` and `after` only have to differ from those of other pairs
    before, after = (Path("synthetic") / date / f"{name}.png" for date in ("before", "after"))
    return ChangeRecord(name, split, before, after, tuple(captions), changed, ground=name, caption_source="grammar", quality="synthetic")


def _texts(recipe: Recipe, count: int, cache: Path | None, makers: Makers) -> list[tuple[list[str], bool]]:
    """Captions and flag of each pair."""
    if cache is None:
        return [recipe.text(index, makers) for index in range(count)]
    key = hashlib.sha256(json.dumps([__version__, RENDERER, count, recipe.settings()], sort_keys=True).encode()).hexdigest()[:16]
    path = cache / f"synthetic-{key}.json"
    if path.exists():
        return [(list(captions), bool(changed)) for captions, changed in json.loads(path.read_text(encoding="utf-8"))]
    texts = [recipe.text(index, makers) for index in range(count)]
    write_json(path, texts, indent=None)
    return texts
