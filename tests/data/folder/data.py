"""Writes a tiny folder of one's own data: before/, after/, label/ and captions.csv or captions.jsonl. Usage: data.py OUT"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROWS = [
    ("harbour", "train", "A quay, longer than before, was built.", "port"),
    ("harbour", "train", "the harbour grew", "port"),
    ("meadow", "train", "no change has occurred", ""),
    ("school", "val", "a school replaces the trees", "town"),
    ("bridge", "test", "a bridge crosses the river", "river"),
    ("bridge", "test", "a road leads to the new bridge", "river"),
]
COLUMNS = ("name", "split", "caption", "ground")


def make(root, seed=0, table="captions.csv", splits=True):
    """Writes the folder into `root`, with `table` as its caption file; `splits=False` leaves the column split empty."""
    root, rng = Path(root), np.random.default_rng(seed)
    for folder in ("before", "after", "label"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name in dict.fromkeys(row[0] for row in ROWS):
        before = rng.integers(0, 100, (24, 32, 3), np.uint8)
        after, label = before + 20, np.zeros((24, 32), np.uint8)
        if name != "meadow":
            after[4:10, 6:20], label[4:10, 6:20] = 240, 255
            after[15:18], label[15:18] = 160, 128
        Image.fromarray(before).save(root / "before" / f"{name}.png")
        Image.fromarray(after).save(root / "after" / f"{name}.tif")
        if name != "school":
            Image.fromarray(label).save(root / "label" / f"{name}.png")
    rows = [(name, split if splits else "", caption, ground) for name, split, caption, ground in ROWS]
    write_table(root / table, rows)


def write_table(path, rows, columns=COLUMNS):
    """Writes a caption table as CSV or JSONL, by the ending of `path`."""
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows(rows)
    else:
        path.write_text("".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows))


if __name__ == "__main__":
    make(sys.argv[1])
