"""WHU-CDC: 7,434 pairs of 256x256 pixels at 0.075 m over Christchurch, with masks of changed buildings."""

from __future__ import annotations

from pathlib import Path

from deltascribe.datasets.base import DatasetFormat, register_format
from deltascribe.datasets.levir_layout import read_levir_layout
from deltascribe.datasets.masks import read_building_mask
from deltascribe.datasets.sample import ChangeRecord, Split

TITLE = "WHU-CDC"
SOURCE = "https://huggingface.co/datasets/hygge10111/RS-CDC (unpack the archive)"
CAPTIONS = "whuCCcaptions.json"


def read(root: Path, split: Split | None = None) -> list[ChangeRecord]:
    """Records with building masks; see `read_levir_layout`."""
    return read_levir_layout(root, CAPTIONS, split, labels=True, levir_names=False, title=TITLE, source=SOURCE)


def detect(root: Path) -> bool:
    """Whether the caption file is there."""
    return (root / CAPTIONS).is_file()


WHU_CDC = register_format(
    DatasetFormat(
        name="whu_cdc",
        title=TITLE,
        source=SOURCE,
        layout="whuCCcaptions.json, images/{train,val,test}/{A,B,label}/NAME.png",
        detect=detect,
        read=read,
        read_mask=read_building_mask,
        counts={"train": 5947, "val": 743, "test": 744},
    )
)
