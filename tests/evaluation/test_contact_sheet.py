from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

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


def words_drawn(
    monkeypatch: pytest.MonkeyPatch, path: Path, best: list[GalleryItem], worst: list[GalleryItem], title: str = ""
) -> list[str]:
    drawn: list[str] = []
    draw = ImageDraw.ImageDraw.text

    def note(self: ImageDraw.ImageDraw, xy: tuple[float, float], text: str, *rest: Any, **settings: Any) -> None:
        drawn.append(text)
        draw(self, xy, text, *rest, **settings)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", note)
    gallery_png(path, best, worst, title=title)
    return drawn


def test_the_sheet_says_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    item = make_item((9, 9, 9), mask=True)
    drawn = words_drawn(monkeypatch, tmp_path / "sheet.png", [item], [item], "a model, test, beam 3")
    assert drawn[0] == "a model, test, beam 3"
    assert "best of the changed pairs by CIDEr-D" in drawn
    assert "worst of the changed pairs by CIDEr-D" in drawn
    assert [drawn.count(head) for head in ("before", "after", "mask")] == [2, 2, 2]
    legend = " ".join(drawn[1:8])
    for expected in ("prediction", "green: right", "red: wrong", "references", "road"):
        assert expected in legend


def test_without_masks_nothing_is_said_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    still = make_item((9, 9, 9))
    still = replace(still, prediction=replace(still.prediction, changed=False))
    drawn = words_drawn(monkeypatch, tmp_path / "sheet.png", [still], [])
    assert not any("mask" in text for text in drawn)
    assert "best of all pairs by CIDEr-D" in drawn


def test_a_title_takes_a_line_of_its_own(tmp_path: Path) -> None:
    for name, title in (("none", ""), ("one", "a title")):
        gallery_png(tmp_path / f"{name}.png", [make_item((9, 9, 9))], [], title=title)
    assert Image.open(tmp_path / "one.png").height - Image.open(tmp_path / "none.png").height == 34


@pytest.mark.parametrize("caption", ["road " * 5000, "x" * 5000])
def test_an_endless_caption_leaves_room_for_references(caption: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    item = make_item((9, 9, 9))
    item = replace(item, prediction=replace(item.prediction, caption=caption, references=("the reference",)))
    drawn = words_drawn(monkeypatch, tmp_path / "sheet.png", [item], [])
    assert "the reference" in drawn
    assert sum(text.endswith("...") for text in drawn) == 1
    assert all(ImageFont.load_default(15).getlength(text) <= 470 for text in drawn if text[:4] in ("road", "xxxx"))


def test_nothing_to_draw_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match="no pair to draw"):
        gallery_png(tmp_path / "sheet.png", [], [])
    assert list(tmp_path.iterdir()) == []
