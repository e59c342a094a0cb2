"""Change detection data sets: pairs of images with a mask and without words, in the layouts in which they are handed on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from deltascribe.datasets.base import ChangeDataset, DatasetFormat, list_formats, open_dataset
from deltascribe.datasets.levir_layout import levir_ground
from deltascribe.datasets.masks import BACKGROUND, BUILDING, Mask, first_channel
from deltascribe.datasets.paths import index_by_stem, shorten
from deltascribe.datasets.sample import SPLITS, ChangeRecord, Split
from deltascribe.errors import DatasetError, DatasetNotFoundError

_SCENE = re.compile(r"((?:train|val|test)_[1-9]\d{0,2})(?:_.*)?$")
_NAMED_SPLIT = re.compile(r"(train|val|test)_")


@dataclass(frozen=True)
class _Folders:
    """How a family of data sets calls its three folders."""

    before: str
    after: str
    label: str

    def within(self, folder: Path) -> bool:
        return all((folder / name).is_dir() for name in (self.before, self.after, self.label))


def open_masks(root: str | Path, split: Split | None = None, format: str | None = None) -> ChangeDataset:
    """Opens pairs with masks: a change detection data set, or those pairs of a captioned one whose mask is known.

    Args:
        root: its folder. The three folders of a layout lie in it, with an optional `list/{train,val,test}.txt`, or in each of its folders
            `train`, `val` and `test`.
        split: `train`, `val` or `test`; None gives all pairs. Without lists and split folders the names tell it where they all begin with
            `train_`, `val_` or `test_`; else all pairs are for training.
        format: name of the layout, see `list_mask_formats`, or of a captioned one; None recognises it.

    Returns:
        A data set whose samples have a mask and, in the layouts of change detection, no captions.

    Raises:
        DatasetNotFoundError: the folder, a file, or any pair of the split is missing, or the layout is none of those known.
        DatasetError: no layout of that name, files that do not belong together, or no pair has a mask.
    """
    root = Path(root)
    if split is not None and split not in SPLITS:
        raise DatasetError(f"There is no split '{split}'. Choose one of: {', '.join(SPLITS)}.")
    layout = _find_format(root, format)
    if layout is None:
        return _masked_part(open_dataset(root, split, format))
    records = layout.read(root, split)
    if not records:
        raise DatasetNotFoundError(f"{root} has no pair of the split '{split}'. Choose another split, or add list/{split}.txt.")
    return ChangeDataset(records, root, layout, split)


def list_mask_formats() -> list[str]:
    """Names of the layouts of change detection."""
    return list(MASK_FORMATS)


def with_grounds(dataset: ChangeDataset, grounds: Mapping[str, str]) -> ChangeDataset:
    """The same pairs with the ground of each from a table by name; a name that the table lacks keeps its own."""
    records = [replace(record, ground=grounds.get(record.name, record.ground)) for record in dataset.records]
    return ChangeDataset(records, dataset.root, dataset.format, dataset.split)


def require_other_ground(training: ChangeDataset, held_out: ChangeDataset) -> None:
    """Makes sure that nothing is trained on that is measured on.

    Raises:
        DatasetError: a ground, or an image file, is in both.
    """
    grounds = {record.ground for record in held_out.records} - {None}
    files = {record.before.resolve() for record in held_out.records}
    shared = [r.name for r in training.records if r.ground in grounds or r.before.resolve() in files]
    if shared:
        raise DatasetError(
            f"{len(shared)} training pairs of {training.root} lie on ground that {held_out.root} holds out ({shorten(shared)}): "
            "scores would be too good. Leave them out."
        )


def read_change_mask(record: ChangeRecord) -> Mask | None:
    """Mask of a record whose label tells change from none: 0 and 1, or dark and bright (0 and 255, also after lossy compression)."""
    if record.label is None:
        return None
    label = first_channel(record.label)
    return np.where(label >= (1 if label.max(initial=0) <= 1 else 128), BUILDING, BACKGROUND).astype(np.uint8)


def _find_format(root: Path, name: str | None) -> DatasetFormat | None:
    """The layout of change detection that a folder has or that is asked for; None for a captioned one."""
    if name is not None:
        if name not in MASK_FORMATS and name not in list_formats():
            raise DatasetError(f"There is no data set layout called '{name}'. Known are: {', '.join([*MASK_FORMATS, *list_formats()])}.")
        return MASK_FORMATS.get(name)
    return next((layout for layout in MASK_FORMATS.values() if layout.detect(root)), None)


def _masked_part(dataset: ChangeDataset) -> ChangeDataset:
    masked = dataset.subset(lambda record: record.label is not None)
    if not len(masked):
        raise DatasetError(f"No pair of {dataset.root} has a mask. Add label images, or leave this data set out.")
    return masked


def _detect(folders: _Folders, root: Path) -> bool:
    return any(folders.within(folder) for folder in (root, *(root / split for split in SPLITS)))


def _read(folders: _Folders, root: Path, split: Split | None) -> list[ChangeRecord]:
    wanted = SPLITS if split is None else (split,)
    if not folders.within(root):
        there = [part for part in wanted if folders.within(root / part)]
        return [record for part in there for record in _records(folders, root / part, part, None)]
    if not (root / "list").is_dir():
        records = _records(folders, root, None, None)
        return [record for record in records if record.split in wanted]
    lists = [(part, root / "list" / f"{part}.txt") for part in wanted]
    return [record for part, path in lists if path.is_file() for record in _records(folders, root, part, _names(path))]


def _names(path: Path) -> list[str]:
    """Names in a list file, without endings."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [Path(line).stem for line in lines if line]


def _records(folders: _Folders, root: Path, split: Split | None, names: list[str] | None) -> list[ChangeRecord]:
    before, after, label = (index_by_stem(root / name) for name in (folders.before, folders.after, folders.label))
    names = sorted({*before, *after}) if names is None else names
    for folder, found in ((folders.before, before), (folders.after, after), (folders.label, label)):
        missing = [name for name in names if name not in found]
        if missing:
            raise DatasetNotFoundError(
                f"{root / folder} lacks {len(missing)} of {len(names)} images: {shorten(missing)}. "
                "The three images of a pair have the same name; fetch the missing ones, or remove their pairs."
            )
    by_name = all(_NAMED_SPLIT.match(name) for name in names)
    return [
        ChangeRecord(
            name=name,
            split=split or (_split_in(name) if by_name else "train"),
            before=before[name],
            after=after[name],
            captions=(),
            label=label[name],
            ground=_ground(name),
        )
        for name in names
    ]


def _split_in(name: str) -> Split:
    return next(split for split in SPLITS if name.startswith(split))


def _ground(name: str) -> str | None:
    """The LEVIR-CD scene of `train_12`, of its crop `train_12_3`, or of the LEVIR-CC crop `train_000012`; None for other names."""
    scene = _SCENE.match(name)
    return scene[1] if scene else levir_ground(name)


def _format(name: str, title: str, source: str, folders: _Folders) -> DatasetFormat:
    three = f"{folders.before},{folders.after},{folders.label}"
    return DatasetFormat(
        name=name,
        title=title,
        source=source,
        layout=f"{{{three}}}/NAME.* with optional list/{{train,val,test}}.txt, or {{train,val,test}}/{{{three}}}/NAME.*",
        detect=partial(_detect, folders),
        read=partial(_read, folders),
        read_mask=read_change_mask,
    )


MASK_FORMATS: dict[str, DatasetFormat] = {
    layout.name: layout
    for layout in (
        _format("levir_cd", "LEVIR-CD, WHU-CD", "https://justchenhao.github.io/LEVIR (academic use)", _Folders("A", "B", "label")),
        _format("whu_cd", "WHU-CD", "http://gpcv.whu.edu.cn/data/building_dataset.html", _Folders("A", "B", "OUT")),
        _format("clcd", "CLCD, SYSU-CD", "https://github.com/liumency/CropLand-CD", _Folders("time1", "time2", "label")),
        _format("s2looking", "S2Looking", "https://github.com/S2Looking/Dataset", _Folders("Image1", "Image2", "label")),
        _format("dsifn", "DSIFN", "https://github.com/GeoZcx/A-deeply-supervised-image-fusion-network", _Folders("t1", "t2", "mask")),
    )
}
"""Layouts of change detection data sets by name, and where they come from."""
