"""LEVIR-MCI: the pairs and sentences of LEVIR-CC with masks of changed buildings and roads (Liu et al., TGRS 2024)."""

from __future__ import annotations

from pathlib import Path

from deltascribe.datasets.base import DatasetFormat, register_format
from deltascribe.datasets.levir_layout import LEVIR_CAPTIONS, has_labels, read_levir_layout
from deltascribe.datasets.masks import read_levir_mask
from deltascribe.datasets.sample import ChangeRecord, Split

TITLE = "LEVIR-MCI"
SOURCE = "https://huggingface.co/datasets/lcybuaa/LEVIR-MCI (unpack the archive; for academic use)"


def read(root: Path, split: Split | None = None) -> list[ChangeRecord]:
    """Records with masks; see `read_levir_layout`."""
    return read_levir_layout(root, LEVIR_CAPTIONS, split, labels=True, levir_names=True, title=TITLE, source=SOURCE)


def detect(root: Path) -> bool:
    """Whether the caption file and a label folder are there."""
    return (root / LEVIR_CAPTIONS).is_file() and has_labels(root)


LEVIR_MCI = register_format(
    DatasetFormat(
        name="levir_mci",
        title=TITLE,
        source=SOURCE,
        layout="LevirCCcaptions.json, images/{train,val,test}/{A,B,label}/NAME.png (label: 0, 128 road, 255 building)",
        detect=detect,
        read=read,
        read_mask=read_levir_mask,
        mask_has_roads=True,
        counts={"train": 6815, "val": 1333, "test": 1929},
    )
)
