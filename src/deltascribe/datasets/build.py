"""Turns one's own data into a LEVIR-CC style folder: `LevirCCcaptions.json` and `images/{split}/{A,B,label}/NAME.png`."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from deltascribe.datasets.base import ChangeDataset
from deltascribe.datasets.check import DatasetCheck, check_dataset
from deltascribe.datasets.levir_layout import LEVIR_CAPTIONS
from deltascribe.datasets.masks import Mask, to_levir_label
from deltascribe.datasets.sample import ChangeRecord, Split
from deltascribe.errors import DatasetError
from deltascribe.files import write_json
from deltascribe.imaging import read_image
from deltascribe.pixels import to_bytes

MADE_BY = "deltascribe data build"
"""What the captions file says under `made_by`; readers of LEVIR-CC don't look at it."""


@dataclass(frozen=True)
class BuildReport:
    """What `build_dataset` wrote.

    Attributes:
        target: the new folder.
        counts: pairs a split.
        captions: number of captions.
        labels: number of labels.
        check: the check of the source that it passed, with its warnings.
    """

    target: Path
    counts: dict[Split, int]
    captions: int
    labels: int
    check: DatasetCheck

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values for JSON."""
        return {**asdict(self), "target": str(self.target), "check": self.check.to_dict()}


def build_dataset(
    source: ChangeDataset, target: Path, *, force: bool = False, progress: Callable[[str, int, int], None] | None = None
) -> BuildReport:
    """Writes a LEVIR-CC style folder that every tool for LEVIR-CC can read.

    The source is checked first. Images become 8-bit RGB PNG, labels LEVIR-MCI's code (0, 128 road, 255 building). The folder appears as a
    whole or not at all.

    Args:
        source: the data set, usually one's own folder opened with `open_dataset`.
        target: the new folder.
        force: whether to replace `target` if it is an earlier result of this function (its captions file says so) or empty.
        progress: called with the step (`check` or `write`), the number done and the number of all.

    Raises:
        DatasetError: the source has errors, or the target is there already, or lies in the source.
        OSError: the disk is full or may not be written; an earlier target is still there.
    """
    target = Path(target).absolute()
    _require_free(target, source.root.absolute(), force)
    check = check_dataset(source, None if progress is None else lambda done, total: progress("check", done, total))
    errors = [problem.message for problem in check.problems if problem.severity == "error"]
    if errors:
        raise DatasetError(f"{source.root} has errors, nothing was written: {'; '.join(errors)}. `deltascribe data check` lists them all.")
    target.parent.mkdir(parents=True, exist_ok=True)
    # beside the target, so that the last step is one rename on the same disk
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", suffix=".tmp", dir=target.parent) as folder:
        made = Path(folder) / "new"
        made.mkdir()
        report = _write(source, made, target, check, progress)
        _swap(made, target)
    return report


def _swap(made: Path, target: Path) -> None:
    """Puts the new folder in the place of the target; where that fails the old one is put back."""
    if not target.exists():
        made.rename(target)
        return
    # not in the temporary folder, which is deleted whatever happens
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", suffix=".old", dir=target.parent))
    old = aside / target.name
    try:
        target.rename(old)
        made.rename(target)
    except BaseException:
        if old.exists():
            old.rename(target)
        aside.rmdir()
        raise
    shutil.rmtree(aside)


def _require_free(target: Path, source: Path, force: bool) -> None:
    if target == source or source in target.parents or target in source.parents:
        raise DatasetError(f"The target {target} and the source {source} lie in each other. Choose a target elsewhere.")
    if not target.exists():
        return
    if not force:
        raise DatasetError(f"{target} exists already, nothing was written. Choose another target, or replace it with --force.")
    # --force must not remove a folder that merely happens to have this name
    if not target.is_dir() or (any(target.iterdir()) and not _made_here(target)):
        raise DatasetError(f"{target} was not made by `{MADE_BY}`, so --force does not replace it. Choose another OUT.")


def _made_here(folder: Path) -> bool:
    try:
        document = json.loads((folder / LEVIR_CAPTIONS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.get("made_by") == MADE_BY


def _write(
    source: ChangeDataset, made: Path, target: Path, check: DatasetCheck, progress: Callable[[str, int, int], None] | None
) -> BuildReport:
    entries: list[dict[str, Any]] = []
    labels = sentence = 0
    for number, record in enumerate(source.records):
        folder = made / "images" / record.split
        for date, path in (("A", record.before), ("B", record.after)):
            _save_png(to_bytes(read_image(path)), folder / date / f"{record.name}.png")
        mask = source.format.read_mask(record)
        if mask is not None:
            _save_png(label_image(mask), folder / "label" / f"{record.name}.png")
            labels += 1
        entries.append(caption_entry(record, number, sentence, mask is not None))
        sentence += len(record.captions)
        if progress is not None:
            progress("write", number + 1, len(source))
    write_json(made / LEVIR_CAPTIONS, {"made_by": MADE_BY, "images": entries}, indent=None)
    return BuildReport(target=target, counts=source.counts(), captions=sentence, labels=labels, check=check)


def caption_entry(record: ChangeRecord, number: int, sentence: int, mask_known: bool) -> dict[str, Any]:
    """One pair in LEVIR-CC's caption file; `number` counts the pairs, `sentence` the sentences before it."""
    sentences = [
        {"tokens": caption.split(), "raw": f" {caption} .", "imgid": number, "sentid": sentence + position}
        for position, caption in enumerate(record.captions)
    ]
    entry: dict[str, Any] = {"filepath": record.split, "filename": f"{record.name}.png", "imgid": number, "split": record.split}
    if record.changed is not None:
        entry["changeflag"] = int(record.changed)
    entry["sentids"] = [item["sentid"] for item in sentences]
    entry["sentences"] = sentences
    extras = {"caption_source": record.caption_source, "quality": record.quality, "ground": record.ground, "mask_known": mask_known}
    return entry | extras


def label_image(mask: Mask) -> np.ndarray:
    """A mask [H, W] as LEVIR-MCI stores it: uint8 [H, W, 3]."""
    # LEVIR-MCI's labels have three channels, of which its readers take the first
    return np.ascontiguousarray(np.repeat(to_levir_label(mask)[..., None], 3, axis=-1))


def _save_png(array: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, format="PNG")
