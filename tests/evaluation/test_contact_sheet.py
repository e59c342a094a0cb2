from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deltascribe.errors import PredictionsError
from deltascribe.evaluation import GalleryItem, Prediction, gallery_png
from deltascribe.metrics import ItemScores


def make_item(colour: tuple[int, int, int], *, mask: bool = False) -> GalleryItem:
    picture = Image.new("RGB", (20, 20), colour)
    said = Prediction("name", "a road is built", ("a road appears " * 20, "a road"), True, False, 0.2)
    return GalleryItem(said, ItemScores("name", 0, 0, 0), picture, picture, np.ones((20, 20), dtype=np.uint8) if mask else None)


def test_the_sheet_shows_the_best_above_the_worst(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sheet.png"
    gallery_png(path, [make_item((200, 0, 0))], [make_item((0, 0, 200))])
    sheet = np.asarray(Image.open(path))
    red, blue = ((sheet == colour).all(axis=2) for colour in ((200, 0, 0), (0, 0, 200)))
    assert red.sum() == blue.sum() == 2 * 160 * 160
    assert np.nonzero(red)[0].max() < np.nonzero(blue)[0].min()


def test_a_mask_takes_a_third_column(tmp_path: Path) -> None:
    gallery_png(tmp_path / "two.png", [make_item((9, 9, 9))], [])
    gallery_png(tmp_path / "three.png", [make_item((9, 9, 9), mask=True)], [])
    assert Image.open(tmp_path / "three.png").width - Image.open(tmp_path / "two.png").width == 170


def test_nothing_to_draw_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match="no pair to draw"):
        gallery_png(tmp_path / "sheet.png", [], [])
    assert list(tmp_path.iterdir()) == []
