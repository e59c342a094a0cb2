"""Writes a tiny LEVIR-MCI: 32x32 images with labels of buildings (255) and roads (128). Usage: data.py OUT"""

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
CHANGED = ["a road with two houses is built", "two houses appear", "a new road is there", "houses line the road", "a road has been built"]
PAIRS = [("train", 1, True), ("train", 2, False), ("train", 40, True), ("val", 3, True), ("val", 1024, False), ("test", 16, True)]


def make(root, seed=0, extras=False):
    """Writes the data set into `root`.

    With `extras`, entries have the optional keys caption_source, quality, ground and mask_known, and the last training pair has no mask.
    """
    root, rng = Path(root), np.random.default_rng(seed)
    images = []
    for imgid, (split, number, changed) in enumerate(PAIRS):
        name = f"{split}_{number:06d}.png"
        known = not (extras and number == 40)
        before = rng.integers(0, 100, (32, 32, 3), np.uint8)
        after, label = before + 20, np.zeros((32, 32, 3), np.uint8)
        if changed:
            after[4:12, 4:12], label[4:12, 4:12] = 230, 255
            after[20:24], label[20:24] = 150, 128
        for folder, image in (("A", before), ("B", after), ("label", label)):
            path = root / "images" / split / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if known or folder != "label":
                Image.fromarray(image).save(path)
        sentences = [
            {"tokens": caption.split(), "raw": f" {caption} .", "imgid": imgid, "sentid": 5 * imgid + k}
            for k, caption in enumerate(CHANGED if changed else NO_CHANGE)
        ]
        entry = {"filepath": split, "filename": name, "imgid": imgid, "split": split, "changeflag": int(changed), "sentences": sentences}
        if extras:
            entry |= {"caption_source": "model", "quality": "half-res", "ground": f"view {imgid}", "mask_known": known}
        images.append(entry)
    (root / "LevirCCcaptions.json").write_text(json.dumps({"images": images}))


if __name__ == "__main__":
    make(sys.argv[1])
