"""Dubai-CCD: 500 pairs of 50x50 pixels of Landsat-7 (2000 and 2010), 2,500 sentences (Hoxha et al., TGRS 2022)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from deltascribe.datasets.base import DatasetFormat, register_format
from deltascribe.datasets.caption_json import read_caption_json
from deltascribe.datasets.paths import require_folder
from deltascribe.datasets.sample import SPLITS, ChangeRecord, Split
from deltascribe.errors import DatasetError, DatasetNotFoundError
from deltascribe.text import is_no_change, normalise

TITLE = "Dubai-CCD"
SOURCE = "https://disi.unitn.it/~melgani/datasets.html (Dubai-CC)"
SIZE = 256
"""Peers train on these tiles upsampled to 256x256, so samples are given at that size."""

_CAPTIONS = "description_jsontr_te_val"
_TILES = Path("imgs_tiles") / "RGB"
_PREFIXES: dict[Split, str] = {"train": "Train", "val": "Validation", "test": "Test"}
_NO_CHANGE = frozenset(
    (
        "nothing has changed",
        "no change occurred",
        "there is no change to mention",
        "there is no difference",
        "everything remains the same",
        "the area appears the same",
        "no change in this area",
        "all remained the same",
        "no difference in this area",
    )
)


def says_no_change(captions: Iterable[str]) -> bool:
    """Whether most of the sentences of a pair say that nothing changed; the file has no flag for it."""
    answers = [is_no_change([caption]) or normalise(caption) in _NO_CHANGE for caption in captions]
    return 2 * sum(answers) > len(answers)


def read(root: Path, split: Split | None = None) -> list[ChangeRecord]:
    """Reads the records of the three caption files.

    Raises:
        DatasetNotFoundError, CaptionFileError: as `open_dataset`.
    """
    captions = require_folder(root / _CAPTIONS, TITLE, SOURCE)
    before = require_folder(root / _TILES / "500_2000", TITLE, SOURCE)
    after = require_folder(root / _TILES / "500_2010", TITLE, SOURCE)
    return [
        ChangeRecord(
            name=entry.name,
            split=part,
            before=before / entry.filename,
            after=after / entry.filename,
            captions=entry.captions,
            changed=entry.changed,
            ground=entry.ground or None,
            caption_source=entry.caption_source,
            quality=entry.quality,
        )
        for part in SPLITS
        if split is None or part == split
        for entry in read_caption_json(_caption_file(captions, part), split=part, no_change=says_no_change)
    ]


def detect(root: Path) -> bool:
    """Whether the folder of caption files is there."""
    return (root / _CAPTIONS).is_dir()


def _caption_file(folder: Path, split: Split) -> Path:
    found = sorted(folder.glob(f"{_PREFIXES[split]}_*.json"))
    if not found:
        raise DatasetNotFoundError(f"{TITLE}: no file {_PREFIXES[split]}_*.json in {folder}. Where to get it: {SOURCE}")
    if len(found) > 1:
        raise DatasetError(f"{TITLE}: {folder} holds several files {_PREFIXES[split]}_*.json. Keep the published one only.")
    return found[0]


DUBAI_CC = register_format(
    DatasetFormat(
        name="dubai_cc",
        title=TITLE,
        source=SOURCE,
        layout="description_jsontr_te_val/{Train,Validation,Test}_*.json, imgs_tiles/RGB/{500_2000,500_2010}/NAME",
        detect=detect,
        read=read,
        counts={"train": 300, "val": 50, "test": 150},
        size=SIZE,
    )
)
