"""SECOND-CC and SECOND-CC-AUG: pairs of 256x256 pixels with land-cover maps of both dates (JSTARS 2025, Zenodo 16937571)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from deltascribe.datasets.base import DatasetFormat, register_format
from deltascribe.datasets.caption_json import read_caption_json
from deltascribe.datasets.masks import BUILDING, Mask, read_label_image
from deltascribe.datasets.paths import require_folder
from deltascribe.datasets.sample import ChangeRecord, Split
from deltascribe.errors import DatasetNotFoundError, SizeMismatchError

TITLE = "SECOND-CC"
SOURCE = "https://zenodo.org/records/16937571 (SECOND-CC-AUG.zip)"

_PALETTE = ((255, 255, 255), (0, 0, 255), (128, 128, 128), (0, 128, 0), (0, 255, 0), (128, 0, 0), (255, 0, 0))
"""Unchanged, water, ground, low vegetation, tree, building, sports field: the colours of SECOND."""
_BUILDING = (128, 0, 0)
_BRIGHTENED_BY = 80
"""Maps of the augmented copies were brightened together with their images: 80 was added to each channel, clipped at 255."""


def read(root: Path, split: Split | None = None) -> list[ChangeRecord]:
    """Reads the records; `label` is the land-cover map of the second date, its twin under `sem/A` is found from it.

    Raises:
        DatasetNotFoundError, CaptionFileError: as `open_dataset`.
    """
    path = _caption_file(root)
    if path is None:
        raise DatasetNotFoundError(f"{TITLE}: the caption file {root / 'SECOND-CC-AUG.json'} is missing. Where to get it: {SOURCE}")
    entries = [entry for entry in read_caption_json(path) if split is None or entry.split == split]
    mapped = {}
    for folder in sorted({entry.folder for entry in entries}):
        require_folder(root / folder / "rgb" / "A", TITLE, SOURCE)
        require_folder(root / folder / "rgb" / "B", TITLE, SOURCE)
        mapped[folder] = all((root / folder / "sem" / date).is_dir() for date in "AB")
    return [
        ChangeRecord(
            name=entry.name,
            split=entry.split,
            before=root / entry.folder / "rgb" / "A" / entry.filename,
            after=root / entry.folder / "rgb" / "B" / entry.filename,
            captions=entry.captions,
            changed=entry.changed,
            label=root / entry.folder / "sem" / "B" / entry.filename if mapped[entry.folder] else None,
            ground=entry.ground or None,
            caption_source=entry.caption_source,
            quality=entry.quality,
        )
        for entry in entries
    ]


def read_mask(record: ChangeRecord) -> Mask | None:
    """Where a building appeared or disappeared, from the land-cover maps of both dates.

    Other kinds of change (trees, water ...) have no class of ours and stay 0.

    Returns:
        uint8 [H, W] of 0 and 1; None without maps, or where a map holds a colour that is in no known palette.
    """
    if record.label is None:
        return None
    after = read_label_image(record.label)
    before = read_label_image(record.label.parent.parent / "A" / record.label.name)
    if before.shape != after.shape:
        raise SizeMismatchError(f"The land-cover maps of {record.name} differ in size: {record.label}. Fetch them again from {SOURCE}")
    buildings = [_buildings(image) for image in (before, after)]
    if buildings[0] is None or buildings[1] is None:
        return None
    return np.where(buildings[0] != buildings[1], BUILDING, 0).astype(np.uint8)


def detect(root: Path) -> bool:
    """Whether the caption file is there."""
    return _caption_file(root) is not None


def _caption_file(root: Path) -> Path | None:
    return next((path for path in (root / "SECOND-CC-AUG.json", root / "SECOND-CC.json") if path.is_file()), None)


def _buildings(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_] | None:
    """Pixels of the colour of buildings [H, W]; None for an image that is not in a known palette."""
    if image.ndim != 3:
        return None
    codes = _code(image.astype(np.int32))
    found = set(np.unique(codes).tolist())
    for shift in (0, _BRIGHTENED_BY):
        palette = _code(np.minimum(np.asarray(_PALETTE, np.int32) + shift, 255))
        if found <= set(palette.tolist()):
            return np.asarray(codes == palette[_PALETTE.index(_BUILDING)])
    return None


def _code(colours: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    return np.asarray(colours[..., 0] * 65536 + colours[..., 1] * 256 + colours[..., 2], np.int32)


SECOND_CC = register_format(
    DatasetFormat(
        name="second_cc",
        title=TITLE,
        source=SOURCE,
        layout="SECOND-CC-AUG.json, {train,val,test}/{rgb,sem}/{A,B}/NAME.png",
        detect=detect,
        read=read,
        read_mask=read_mask,
        counts={"train": 4219, "val": 595, "test": 1227},
        counts_note="SECOND-CC-AUG holds augmented copies beside the 6,041 pairs, 10,855 in all",
        mask_is_partial=True,
    )
)
