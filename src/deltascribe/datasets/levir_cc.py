"""LEVIR-CC: 10,077 pairs of 256x256 pixels at 0.5 m, five sentences each (Liu et al., TGRS 2022)."""

from __future__ import annotations

from pathlib import Path

from deltascribe.datasets.base import DatasetFormat, register_format
from deltascribe.datasets.levir_layout import LEVIR_CAPTIONS, has_labels, read_levir_layout
from deltascribe.datasets.sample import ChangeRecord, Split

TITLE = "LEVIR-CC"
SOURCE = "https://huggingface.co/datasets/lcybuaa/LEVIR-CC (unpack the archive; for academic use)"


def read(root: Path, split: Split | None = None) -> list[ChangeRecord]:
    """Records without masks; see `read_levir_layout`."""
    return read_levir_layout(root, LEVIR_CAPTIONS, split, labels=False, levir_names=True, title=TITLE, source=SOURCE)


def detect(root: Path) -> bool:
    """Whether the caption file is there and no split has labels; a folder with labels is LEVIR-MCI."""
    return (root / LEVIR_CAPTIONS).is_file() and not has_labels(root)


LEVIR_CC = register_format(
    DatasetFormat(
        name="levir_cc",
        title=TITLE,
        source=SOURCE,
        layout="LevirCCcaptions.json, images/{train,val,test}/{A,B}/NAME.png",
        detect=detect,
        read=read,
        counts={"train": 6815, "val": 1333, "test": 1929},
    )
)
