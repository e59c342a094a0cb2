"""Writes tiny change detection data sets in every layout. Usage: data.py OUT"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

FOLDERS = {
    "levir_cd": ("A", "B", "label"),
    "whu_cd": ("A", "B", "OUT"),
    "clcd": ("time1", "time2", "label"),
    "s2looking": ("Image1", "Image2", "label"),
    "dsifn": ("t1", "t2", "mask"),
}
SPLITS = {"train": ["train_1", "train_2", "train_30"], "val": ["val_1"], "test": ["test_1", "test_2"]}


def make(root, layout="levir_cd", style="splits", size=32, seed=0, names=None):
    """Writes a data set into `root`; every second pair has a bright square that is new.

    `style`: `splits` ({train,val,test}/{A,B,label}), `lists` ({A,B,label} and list/*.txt) or `flat` ({A,B,label} alone).
    """
    root, rng = Path(root), np.random.default_rng(seed)
    before_folder, after_folder, label_folder = FOLDERS[layout]
    for split, listed in (names or SPLITS).items():
        folder = root / split if style == "splits" else root
        for number, name in enumerate(listed):
            before = rng.integers(0, 90, (size, size, 3), np.uint8)
            after, label = before + 10, np.zeros((size, size), np.uint8)
            if number % 2 == 0:
                start = size // 8 + 2 * number
                after[start : start + size // 2, 4 : 4 + size // 2] = 240
                label[start : start + size // 2, 4 : 4 + size // 2] = 255
            for place, image in ((before_folder, before), (after_folder, after), (label_folder, label)):
                (folder / place).mkdir(parents=True, exist_ok=True)
                Image.fromarray(image).save(folder / place / f"{name}.png")
        if style == "lists":
            (root / "list").mkdir(exist_ok=True)
            (root / "list" / f"{split}.txt").write_text("".join(f"{name}.png\n" for name in listed))


if __name__ == "__main__":
    make(sys.argv[1])
