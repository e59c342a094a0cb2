from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deltascribe.scenes.answer import SceneAnswer
from deltascribe.scenes.page import pictures
from deltascribe.scenes.page.content import changed_tiles
from deltascribe.scenes.page.pictures import GAP, preview, preview_size, tile_crops
from deltascribe.scenes.reading import open_date

rasterio = pytest.importorskip("rasterio")


def pixels_of(jpeg: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(jpeg))).astype(int)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((100, 300), (100, 300)), ((2048, 2048), (2048, 2048)), ((20_000, 10_000), (2048, 1024)), ((4, 16_000), (1, 2048))],
)
def test_the_longer_side_of_a_whole_date_is_bounded(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert preview_size(*size) == expected


def test_a_small_scene_is_shown_pixel_by_pixel(make_answer: Callable[..., SceneAnswer]) -> None:
    answer = make_answer(changed={1: "a house is built"})
    shown = preview(answer, answer.after)
    assert shown.size == (128, 192)
    assert not shown.gaps
    picture = pixels_of(shown.jpeg)
    assert picture[16:48, 80:112].mean() == pytest.approx(189.5, abs=3)  # the changed middle of the second tile
    assert picture[70:128].mean() == pytest.approx(89.5, abs=3)


def test_a_large_scene_is_averaged_and_stays_in_place(make_answer: Callable[..., SceneAnswer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "LONGEST", 50)
    monkeypatch.setattr(pictures, "_ROWS", 7)  # strips that don't divide the height
    answer = make_answer(changed={5: "a house is built"})
    monkeypatch.setattr(pictures, "preview_size", lambda height, width: preview_size(height, width, 50))
    picture = pixels_of(preview(answer, answer.after).jpeg)
    assert picture.shape == (33, 50, 3)
    # the last tile's middle lies in rows 80 to 112 of 128 and columns 144 to 176 of 192
    bright = np.argwhere(picture.mean(2) > 140)
    assert bright.min(0) / (33, 50) == pytest.approx((80 / 128, 144 / 192), abs=0.03)
    assert (bright.max(0) + 1) / (33, 50) == pytest.approx((112 / 128, 176 / 192), abs=0.03)


def test_what_is_unknown_is_grey(make_answer: Callable[..., SceneAnswer]) -> None:
    answer = make_answer(skipped=[0])
    shown = preview(answer, answer.before)
    assert shown.gaps
    assert pixels_of(shown.jpeg)[8:56, 8:56].mean() == pytest.approx(GAP, abs=1)
    assert not preview(answer, answer.after).gaps


def test_smaller_versions_in_a_file_are_read_instead_of_its_pixels(make_answer: Callable[..., SceneAnswer]) -> None:
    answer = make_answer(rows=4, columns=4)
    path = answer.before.info.path
    with rasterio.open(path, "r+") as target:
        target.build_overviews([4], rasterio.enums.Resampling.average)
        target.write(np.full((3, 256, 256), 250, np.uint8))
    with open_date(answer.before, answer.plan.grid) as reader:
        assert reader.read((0, 0, 256, 256), (64, 64)).raw.mean() == pytest.approx(89.5, abs=1)
        assert reader.read((0, 0, 256, 256)).raw.mean() == pytest.approx(250)


def test_a_shifted_date_is_shown_where_its_tiles_are(make_answer: Callable[..., SceneAnswer]) -> None:
    answer = make_answer(changed={1: "a house is built"})
    moved = replace(answer.after, shift=(10.0, 0.0))
    picture = pixels_of(preview(answer, moved).jpeg)
    assert picture[20:44, 94:118].mean() > 180
    assert picture[20:44, 80:86].mean() < 110


def test_tiles_are_kept_in_their_order_until_the_budget_is_used_up(make_answer: Callable[..., SceneAnswer]) -> None:
    answer = make_answer(changed={4: "a", 0: "b", 2: "c"})
    tiles = changed_tiles(answer)
    crops = tile_crops(answer, tiles)
    assert list(crops) == [4, 0, 2]
    before, after = (pixels_of(crop) for crop in crops[4])
    assert before.shape == (64, 64, 3)
    assert after[20:44, 20:44].mean() - before[20:44, 20:44].mean() == pytest.approx(100, abs=4)
    first = sum(map(len, crops[4]))
    assert list(tile_crops(answer, tiles, budget=first)) == [4]
    assert tile_crops(answer, tiles, budget=first - 1) == {}


def test_no_more_tiles_are_read_than_are_shown(make_answer: Callable[..., SceneAnswer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_CROPS", 1)
    answer = make_answer()
    assert list(tile_crops(answer, changed_tiles(answer))) == [1]
