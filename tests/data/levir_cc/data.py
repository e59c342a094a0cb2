"""Writes a tiny LEVIR-CC: 32x32 images, names with gaps, human captions. Usage: data.py OUT"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

NO_CHANGE = [
    "the scene is the same as before",
    "there is no difference",
    "the two scenes seem identical",
    "no change has occurred",
    "almost nothing has changed",
]
CHANGED = [
    "a house is built on the bareland",
    "a villa appears next to the road",
    "some trees are replaced by a house",
    "a building has been constructed in the middle",
    "the bareland turns into a residential area",
]
PAIRS = [
    ("train", 1, True),
    ("train", 2, False),
    ("train", 18, True),
    ("train", 7121, True),
    ("val", 17, False),
    ("test", 274, True),
    ("test", 2049, False),
]


def make(root, seed=0, changeflag=True):
    """Writes the data set into `root`; `changeflag=False` writes the JSON as the oldest files have it."""
    root, rng = Path(root), np.random.default_rng(seed)
    images = []
    for imgid, (split, number, changed) in enumerate(PAIRS):
        name = f"{split}_{number:06d}.png"
        before = rng.integers(0, 100, (32, 32, 3), np.uint8)
        after = before + 20
        if changed:
            after[8:16, 8:20] = 230
        for date, image in (("A", before), ("B", after)):
            path = root / "images" / split / date / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)
        sentences = [
            {"tokens": caption.split(), "raw": f" {caption} .", "imgid": imgid, "sentid": 5 * imgid + k}
            for k, caption in enumerate(CHANGED if changed else NO_CHANGE)
        ]
        flag = {"changeflag": int(changed)} if changeflag else {}
        images.append(
            {"filepath": split, "filename": name, "imgid": imgid, "split": split, **flag, "sentids": [s["sentid"] for s in sentences]}
            | {"sentences": sentences}
        )
    (root / "LevirCCcaptions.json").write_text(json.dumps({"images": images}))


if __name__ == "__main__":
    make(sys.argv[1])
