"""The data set that every reader gives, and the registry of layouts that `open_dataset` recognises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.data import Dataset

from deltascribe.datasets.masks import Mask
from deltascribe.datasets.sample import SPLITS, ChangeRecord, ChangeSample, Split, machine_source
from deltascribe.errors import DatasetError, DatasetNotFoundError, ImageNotFoundError, SizeMismatchError
from deltascribe.imaging import read_image
from deltascribe.pair import scale_images


def _no_mask(record: ChangeRecord) -> Mask | None:
    return None


@dataclass(frozen=True)
class DatasetFormat:
    """A layout on disk. All functions are module-level ones, so that a data set can be sent to loader workers.

    Attributes:
        name: how it is called in code and on the command line, `levir_cc`.
        title: how papers call it, `LEVIR-CC`.
        source: where to get it.
        layout: its files and folders in one line.
        detect: tells cheaply whether a folder is laid out so.
        read: root and split (None: all) to records; checks that the folders are there, not every file.
        read_mask: record to class indices, or None where no mask is known.
        counts: published number of pairs a split; empty where there is none.
        counts_note: what to know when one compares with `counts`.
        size: samples are resampled to this height and width when they are read; None leaves them as they are.
        mask_has_roads: the mask tells changed buildings from changed roads; else it shows buildings alone, or change of any kind.
        mask_is_partial: the mask shows only some kinds of change, so that an empty one does not mean "nothing changed".
    """

    name: str
    title: str
    source: str
    layout: str
    detect: Callable[[Path], bool]
    read: Callable[[Path, Split | None], list[ChangeRecord]]
    read_mask: Callable[[ChangeRecord], Mask | None] = _no_mask
    counts: Mapping[Split, int] = field(default_factory=dict)
    counts_note: str = ""
    size: int | None = None
    mask_has_roads: bool = False
    mask_is_partial: bool = False


class ChangeDataset(Dataset[ChangeSample]):
    """Captioned pairs on disk; indexing opens the images of one pair.

    Attributes:
        records: what is known of each pair without opening it.
        root: folder of the data set.
        format: its layout.
        split: the part that was asked for; None: all.
    """

    def __init__(self, records: Sequence[ChangeRecord], root: Path, format: DatasetFormat, split: Split | None = None) -> None:
        self.records = list(records)
        self.root = root
        self.format = format
        self.split = split

    @property
    def name(self) -> str:
        """Name of the layout, such as `levir_cc`."""
        return self.format.name

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, index: int) -> ChangeSample:
        """Reads one pair.

        Returns:
            A sample with `pair` float32 [2, 3, H, W] in 0..1 and `mask` uint8 [H, W] of class indices, or None.

        Raises:
            DatasetNotFoundError: an image or a label is not on disk.
            ImageError: an image is corrupt, or the sizes of before, after and mask differ.
        """
        record = self.records[index]
        pair = torch.from_numpy(np.stack(self._read_images(record)))  # [2, 3, H, W]
        array = self.format.read_mask(record)
        mask = None if array is None else torch.from_numpy(np.ascontiguousarray(array))
        if mask is not None and mask.shape != pair.shape[-2:]:
            raise SizeMismatchError(
                f"The label of {record.name} is {mask.shape[1]}x{mask.shape[0]}, its images are {pair.shape[-1]}x{pair.shape[-2]}: "
                f"{record.label}. Make the label at the size of the images."
            )
        if self.format.size is not None:
            pair, mask = _resample(pair, mask, self.format.size)
        return ChangeSample(
            name=record.name,
            split=record.split,
            pair=pair,
            captions=list(record.captions),
            changed=record.changed,
            mask=mask,
            ground=record.ground,
            caption_source=record.caption_source,
            quality=record.quality,
            source=(record.before, record.after),
        )

    @property
    def machine_source(self) -> str | None:
        """The source of all captions, such as `grammar`, where it is one and no person; else None."""
        return machine_source(record.caption_source for record in self.records)

    def draw(self, epoch: int, index: int) -> ChangeSample:
        """The pair that an epoch of training reads at an index: the same in every epoch here."""
        return self[index]

    def captions(self) -> list[str]:
        """All captions that any epoch can meet; those of a pair that comes several times once."""
        return [caption for record in dict.fromkeys(self.records) for caption in record.captions]

    def subset(self, keep: Callable[[ChangeRecord], bool]) -> ChangeDataset:
        """The pairs whose record `keep` accepts, in the same order."""
        return ChangeDataset([record for record in self.records if keep(record)], self.root, self.format, self.split)

    def repeated(self, times: Callable[[ChangeRecord], int]) -> ChangeDataset:
        """The same pairs, each as often in a row as `times` says."""
        records = [record for record in self.records for _ in range(times(record))]
        return ChangeDataset(records, self.root, self.format, self.split)

    def at_size(self, size: int) -> ChangeDataset:
        """The same pairs, resampled to this height and width when they are read."""
        return ChangeDataset(self.records, self.root, replace(self.format, size=size), self.split)

    def counts(self) -> dict[Split, int]:
        """Number of pairs a split; splits without any are left out."""
        numbers = {split: sum(record.split == split for record in self.records) for split in SPLITS}
        return {split: number for split, number in numbers.items() if number}

    def _read_images(self, record: ChangeRecord) -> list[np.ndarray]:
        try:
            images = [read_image(path) for path in (record.before, record.after)]
        except ImageNotFoundError as error:
            raise DatasetNotFoundError(
                f"An image of the pair {record.name} is missing: {error} {self.format.title} comes from: {self.format.source}"
            ) from error
        before, after = images
        if before.shape != after.shape:
            raise SizeMismatchError(
                f"The images of {record.name} differ in size: {record.before} is {before.shape[2]}x{before.shape[1]}, "
                f"{record.after} is {after.shape[2]}x{after.shape[1]}. Crop or resample one of them."
            )
        return images


_FORMATS: dict[str, DatasetFormat] = {}


def register_format(format: DatasetFormat) -> DatasetFormat:
    """Makes a layout known to `open_dataset`. Where several fit a folder, the one registered first is taken.

    Raises:
        DatasetError: the name is taken.
    """
    if format.name in _FORMATS:
        raise DatasetError(f"A data set layout called '{format.name}' is registered already. Choose another name.")
    _FORMATS[format.name] = format
    return format


def list_formats() -> list[str]:
    """Names of all layouts."""
    return list(_FORMATS)


def get_format(name: str) -> DatasetFormat:
    """The layout of a name.

    Raises:
        DatasetError: there is none of that name.
    """
    if name not in _FORMATS:
        raise DatasetError(f"There is no data set layout called '{name}'. Known are: {', '.join(_FORMATS)}.")
    return _FORMATS[name]


def detect_format(root: Path) -> DatasetFormat:
    """Recognises the layout of a folder.

    Raises:
        DatasetNotFoundError: no folder there, or none of the known layouts.
    """
    if not root.is_dir():
        raise DatasetNotFoundError(
            f"The data set folder {root} does not exist. `deltascribe data formats` tells where to get the data sets."
        )
    for format in _FORMATS.values():
        if format.detect(root):
            return format
    # archives often unpack into a folder of their own, so that the user gives one level too few
    for child in sorted(path for path in root.iterdir() if path.is_dir()):
        inside = next((format for format in _FORMATS.values() if format.detect(child)), None)
        if inside is not None:
            raise DatasetNotFoundError(f"{root} is not a data set itself, but {child} looks like {inside.title}: give that folder.")
    raise DatasetNotFoundError(
        f"{root} is in none of the known layouts ({', '.join(_FORMATS)}): no caption file was found there. "
        "`deltascribe data formats` lists the files that each layout needs and where to get it."
    )


def open_dataset(root: str | Path, split: Split | None = None, format: str | None = None) -> ChangeDataset:
    """Opens a data set.

    Args:
        root: its folder.
        split: `train`, `val` or `test`; None gives all pairs.
        format: name of its layout; None recognises it.

    Raises:
        DatasetNotFoundError: the folder, its caption file, its image folders, or any pair of the split is missing.
        CaptionFileError: the caption file is not valid.
        DatasetError: no layout of that name.
    """
    root = Path(root)
    if split is not None and split not in SPLITS:
        raise DatasetError(f"There is no split '{split}'. Choose one of: {', '.join(SPLITS)}.")
    layout = detect_format(root) if format is None else get_format(format)
    if not root.is_dir():
        raise DatasetNotFoundError(f"The data set folder {root} does not exist. Where to get {layout.title}: {layout.source}")
    records = layout.read(root, split)
    if not records:
        raise DatasetNotFoundError(_nothing_listed(root, split, layout))
    return ChangeDataset(records, root, layout, split)


def list_splits(root: str | Path, format: str | None = None) -> tuple[Split, ...]:
    """The splits of a data set that have pairs.

    Raises:
        DatasetError: as `open_dataset`.
    """
    return tuple(open_dataset(root, None, format).counts())


def _nothing_listed(root: Path, split: Split | None, layout: DatasetFormat) -> str:
    """Why there is no pair, and what to do."""
    # only a data set that is published can be fetched
    fetch = f", or fetch {layout.title}: {layout.source}" if layout.counts else ""
    try:
        there = [] if split is None else list(list_splits(root, layout.name))
    except DatasetError:  # another split, which nobody asked for, is not in order
        there = []
    if not there:
        part = "any pair" if split is None else f"any pair of the split '{split}'"
        return f"The caption file of {root} does not list {part}. Add pairs to it{fetch or f': {layout.source}'}"
    other = "val" if "val" in there else there[0]
    advice = f"try --split {other}" if split == "test" else f"let its caption file put pairs into '{split}'"
    return f"{root} has {' and '.join(there)}, but no pair of the split '{split}': {advice}{fetch}"


def _resample(pair: torch.Tensor, mask: torch.Tensor | None, size: int) -> tuple[torch.Tensor, torch.Tensor | None]:
    if tuple(pair.shape[-2:]) == (size, size):
        return pair, mask
    pair = scale_images(pair, size, size)
    if mask is not None:
        mask = F.interpolate(mask[None, None].float(), size=(size, size), mode="nearest")[0, 0].to(torch.uint8)
    return pair, mask
