"""Records of a folder laid out as LEVIR-CC: one caption JSON and `images/{split}/{A,B,label}`."""

from __future__ import annotations

import re
from pathlib import Path

from deltascribe.datasets.caption_json import CaptionEntry, read_caption_json
from deltascribe.datasets.paths import require_file, require_folder
from deltascribe.datasets.sample import SPLITS, ChangeRecord, Split

LEVIR_CAPTIONS = "LevirCCcaptions.json"

_CELLS = 16
_LAST_KNOWN_NUMBER = {"train": 7120, "val": 1024, "test": 2048}
_LEVIR_NAME = re.compile(r"(train|val|test)_(\d{6})$")


def levir_ground(name: str) -> str | None:
    """The LEVIR-CD scene that a LEVIR-CC pair was cut from, such as `test_18` for `test_000274`.

    Number N of a split is cell (N - 1) mod 16 of the 4x4 row-major grid of image (N - 1) div 16 + 1 of that split of LEVIR-CD,
    for N up to 7120 / 1024 / 2048 (train / val / test). The ground of higher numbers is unknown: None.
    """
    match = _LEVIR_NAME.match(name)
    if match is None:
        return None
    split, number = match[1], int(match[2])
    if not 1 <= number <= _LAST_KNOWN_NUMBER[split]:
        return None
    return f"{split}_{(number - 1) // _CELLS + 1}"


def has_labels(root: Path) -> bool:
    """Whether any split has a folder of labels."""
    return any((root / "images" / split / "label").is_dir() for split in SPLITS)


def read_levir_layout(
    root: Path, captions: str, split: Split | None, *, labels: bool, levir_names: bool, title: str, source: str
) -> list[ChangeRecord]:
    """Reads the records of a folder in LEVIR-CC's layout.

    Images are found by the name in the caption file. A label is expected where the file says `mask_known`; where it does not say,
    for each pair of a split that has a `label` folder.

    Args:
        root: the folder.
        captions: name of the caption file in it.
        split: the part to read; None: all.
        labels: whether to give labels at all.
        levir_names: whether names follow LEVIR-CC's numbering, which tells the ground where the file does not.
        title, source: for messages about what is missing.

    Raises:
        DatasetNotFoundError, CaptionFileError: as `open_dataset`.
    """
    entries = read_caption_json(require_file(root / captions, title, source))
    entries = [entry for entry in entries if split is None or entry.split == split]
    images = require_folder(root / "images", title, source)
    labelled: dict[str, bool] = {}
    for folder in sorted({entry.folder for entry in entries}):
        require_folder(images / folder / "A", title, source)
        require_folder(images / folder / "B", title, source)
        labelled[folder] = labels and (images / folder / "label").is_dir()
    return [_record(images / entry.folder, entry, _has_label(entry, labels, labelled[entry.folder]), levir_names) for entry in entries]


def _has_label(entry: CaptionEntry, labels: bool, folder_there: bool) -> bool:
    return labels and (folder_there if entry.mask_known is None else entry.mask_known)


def _record(folder: Path, entry: CaptionEntry, has_label: bool, levir_names: bool) -> ChangeRecord:
    return ChangeRecord(
        name=entry.name,
        split=entry.split,
        before=folder / "A" / entry.filename,
        after=folder / "B" / entry.filename,
        captions=entry.captions,
        changed=entry.changed,
        label=folder / "label" / entry.filename if has_label else None,
        ground=levir_ground(entry.name) if entry.ground is None and levir_names else entry.ground or None,
        caption_source=entry.caption_source,
        quality=entry.quality,
    )
