"""Writes a tiny SECOND-CC-AUG: 32x32 images and land-cover maps in the colours of SECOND. Usage: data.py OUT"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

UNCHANGED, GROUND, TREE, BUILDING = (255, 255, 255), (128, 128, 128), (0, 255, 0), (128, 0, 0)
PAIRS = [
    ("train", "00001_0_0", "built", 5),
    ("train", "00001_0_1", "same", 3),
    ("val", "00007_1_0", "trees", 5),
    ("test", "00009_0_0", "demolished", 5),
]
TRANSITIONS = {"built": (GROUND, BUILDING), "trees": (GROUND, TREE), "demolished": (BUILDING, GROUND), "same": (UNCHANGED, UNCHANGED)}
CAPTIONS = {
    "built": "A building was constructed on the ground.",
    "trees": "Trees were planted.",
    "demolished": "The building was demolished.",
    "same": "There is no change.",
}


def make(root, seed=0, brightened=()):
    """Writes the data set into `root`; maps of the names in `brightened` are 80 brighter, as those of augmented copies are."""
    root, rng = Path(root), np.random.default_rng(seed)
    images = []
    for imgid, (split, stem, kind, captions) in enumerate(PAIRS):
        name = f"{stem}.png"
        before = rng.integers(0, 100, (32, 32, 3), np.uint8)
        after = before + 20
        maps = [np.full((32, 32, 3), 255, np.uint8) for _ in range(2)]
        if kind != "same":
            after[8:16, 8:24] = 230
        for image, colour in zip(maps, TRANSITIONS[kind], strict=True):
            image[8:16, 8:24] = colour
        if stem in brightened:
            maps = [np.minimum(image.astype(int) + 80, 255).astype(np.uint8) for image in maps]
        for folder, image in (("rgb/A", before), ("rgb/B", after), ("sem/A", maps[0]), ("sem/B", maps[1])):
            path = root / split / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)
        caption = CAPTIONS[kind]
        sentences = [
            {"tokens": caption.lower().rstrip(".").split(), "raw": caption, "imgid": imgid, "sentid": 5 * imgid + k}
            for k in range(captions)
        ]
        images.append(
            {"filepath": split, "filename": name, "imgid": imgid, "split": split, "changeflag": int(kind != "same"), "sentences": sentences}
        )
    (root / "SECOND-CC-AUG.json").write_text(json.dumps({"images": images}))


if __name__ == "__main__":
    make(sys.argv[1])
