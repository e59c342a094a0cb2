"""Writes a tiny Dubai-CCD: 50x50 tiles, capitalised captions, one JSON a split. Usage: data.py OUT"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

CHANGED = [
    "A new road appeared.",
    "Houses were built on the desert",
    "An island was formed .",
    "The lake is larger",
    "There is a residential area",
]
SAME = ["Nothing has changed", "There is no difference", "No change occurred.", "All remained the same", "A few dunes moved"]
PAIRS = {"Train": [("0001", True), ("0005", False)], "Validation": [("0002", True)], "Test": [("0003", False), ("0004", True)]}


def make(root, seed=0):
    """Writes the data set into `root`."""
    root, rng = Path(root), np.random.default_rng(seed)
    captions = root / "description_jsontr_te_val"
    captions.mkdir(parents=True)
    for part, pairs in PAIRS.items():
        images = []
        for imgid, (name, changed) in enumerate(pairs):
            before = rng.integers(0, 200, (50, 50, 3), np.uint8)
            after = before + 20 + 10 * changed
            for year, image in ((2000, before), (2010, after)):
                path = root / "imgs_tiles" / "RGB" / f"500_{year}" / f"{name}.tif"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(image).save(path)
            sentences = [{"raw": raw, "imgid": imgid, "sentid": k} for k, raw in enumerate(CHANGED if changed else SAME)]
            images.append({"filename": f"{name}.tif", "imgid": imgid, "sentences": sentences})
        (captions / f"{part}_Dubai_CC.json").write_text(json.dumps({"images": images}))


if __name__ == "__main__":
    make(sys.argv[1])
