"""One's own data: `before/`, `after/`, optional `label/`, and a table of captions."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from deltascribe.datasets.base import DatasetFormat, register_format
from deltascribe.datasets.caption_table import CAPTION_FILES, read_caption_table
from deltascribe.datasets.masks import read_own_mask
from deltascribe.datasets.paths import index_by_stem, require_folder
from deltascribe.datasets.sample import ChangeRecord, Split
from deltascribe.datasets.splits import assign_splits
from deltascribe.errors import CaptionFileError, DatasetError, DatasetNotFoundError
from deltascribe.imaging import IMAGE_SUFFIXES
from deltascribe.text import is_no_change

TITLE = "own data"
SOURCE = "yourself: before/NAME.png, after/NAME.png, optional label/NAME.png, captions.csv with the columns name, split, caption"


def read(root: Path, split: Split | None = None) -> list[ChangeRecord]:
    """Reads the records; images are found by the name in the table, with any usual ending.

    Pairs without a split get one by the hash of their ground or name (see `assign_splits`). Where the table has no column `changed`,
    it is derived from the sentences.

    Raises:
        DatasetNotFoundError, CaptionFileError: as `open_dataset`.
        DatasetError: both caption files are there, or a folder holds two images of one name.
    """
    table = read_caption_table(_caption_file(root))
    before = index_by_stem(require_folder(root / "before", TITLE, SOURCE))
    after = index_by_stem(require_folder(root / "after", TITLE, SOURCE))
    labels = index_by_stem(root / "label") if (root / "label").is_dir() else {}
    splits = assign_splits({name: row.split for name, row in table.items()}, {name: row.ground for name, row in table.items()})
    stems = {name: _stem(name) for name in table}
    _require_distinct(stems, root)
    return [
        ChangeRecord(
            name=stems[name],
            split=splits[name],
            before=before.get(stems[name], root / "before" / f"{stems[name]}.png"),
            after=after.get(stems[name], root / "after" / f"{stems[name]}.png"),
            captions=tuple(row.captions),
            changed=not is_no_change(row.captions) if row.changed is None else row.changed,
            label=labels.get(stems[name]),
            ground=row.ground,
            caption_source=row.caption_source or "human",
            quality=row.quality,
        )
        for name, row in table.items()
        if split is None or splits[name] == split
    ]


def detect(root: Path) -> bool:
    """Whether a table of captions is there."""
    return any((root / name).is_file() for name in CAPTION_FILES)


def _caption_file(root: Path) -> Path:
    found = [root / name for name in CAPTION_FILES if (root / name).is_file()]
    if not found:
        raise DatasetNotFoundError(f"{root} holds neither {' nor '.join(CAPTION_FILES)}. What your own data needs: {SOURCE}")
    if len(found) > 1:
        raise DatasetError(f"{root} holds both {' and '.join(CAPTION_FILES)}. Remove one of them.")
    return found[0]


def _stem(name: str) -> str:
    path = PurePosixPath(name)
    return path.stem if path.suffix.lower() in IMAGE_SUFFIXES else name


def _require_distinct(stems: dict[str, str], root: Path) -> None:
    seen: dict[str, str] = {}
    for name, stem in stems.items():
        if stem in seen:
            raise CaptionFileError(f"The caption table of {root} calls one pair both {seen[stem]!r} and {name!r}. Use one of the two.")
        seen[stem] = name


FOLDER = register_format(
    DatasetFormat(
        name="folder",
        title=TITLE,
        source=SOURCE,
        layout="before/NAME.*, after/NAME.*, optional label/NAME.*, captions.csv or captions.jsonl (name, split, caption)",
        detect=detect,
        read=read,
        read_mask=read_own_mask,
        mask_has_roads=True,
    )
)
