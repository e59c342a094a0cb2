"""Writes a tiny WHU-CDC: 32x32 images with one-bit building labels. Usage: data.py OUT"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

PAIRS = [("train", 1, True), ("train", 2, False), ("val", 1, True), ("test", 1, False)]


def make(root, seed=0):
    """Writes the data set into `root`."""
    root, rng = Path(root), np.random.default_rng(seed)
    images = []
    for imgid, (split, number, changed) in enumerate(PAIRS):
        name = f"{split}_{number:06d}.png"
        before = rng.integers(0, 100, (32, 32, 3), np.uint8)
        after, label = before + 20, np.zeros((32, 32), bool)
        if changed:
            after[10:20, 2:12], label[10:20, 2:12] = 230, True
        for folder, image in (("A", before), ("B", after), ("label", label)):
            path = root / "images" / split / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)
        caption = "a large building is built on the grass" if changed else "there is no difference"
        sentences = [{"tokens": caption.split(), "raw": f" {caption} .", "imgid": imgid, "sentid": 5 * imgid + k} for k in range(5)]
        images.append(
            {"filepath": split, "filename": name, "imgid": imgid, "split": split, "changeflag": int(changed), "sentences": sentences}
        )
    (root / "whuCCcaptions.json").write_text(json.dumps({"images": images}))


if __name__ == "__main__":
    make(sys.argv[1])
