"""Painted pictures: what they depend on, and what they must not depend on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from shapely import box

from deltascribe.datasets.synthetic.painting import Look, draw_looks, paint, picture
from deltascribe.datasets.synthetic.painting.grid import Bytes, Grid
from deltascribe.datasets.synthetic.planning import plan_place
from deltascribe.datasets.synthetic.world import Building, Cover, Layout, Place
from deltascribe.errors import DatasetError

CLEAN = Look(sun_azimuth=180, sun_elevation=45, noise=0.0, quality=None)
ROUGH = Look(sun_azimuth=140, sun_elevation=40, quality=50, sharpen=0.5, resample=0.5, shift=(1.3, -2.6), noise=3.0)


def bare(*buildings: Building, size: float = 64.0) -> Layout:
    return Layout(covers=(Cover(1, "concrete", box(-20, -20, size + 20, size + 20), 1, soft=0.0),), buildings=buildings)


def test_a_picture_has_the_size_of_its_place(full_place: Place) -> None:
    image = paint(full_place, "before", CLEAN)
    assert image.shape == (192, 192, 3)
    assert image.dtype == np.uint8
    assert image.std() > 10


def test_the_same_arguments_give_the_same_pixels(full_place: Place) -> None:
    assert np.array_equal(paint(full_place, "before", ROUGH), paint(full_place, "before", ROUGH))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_window_of_a_planned_place_is_a_piece_of_the_whole(seed: int) -> None:
    place = plan_place(seed, 0, width=192.0, height=192.0)
    whole = paint(place, "after", ROUGH)
    for x, y in ((16.0, 96.0), (128.0, 48.0)):
        part = paint(place, "after", ROUGH, window=(x, y, x + 48, y + 40))
        piece = whole[int(2 * y) : int(2 * y) + 80, int(2 * x) : int(2 * x) + 96]
        assert np.mean(np.abs(part.astype(int) - piece).max(2) > 2) < 0.001


@pytest.mark.parametrize("look", [CLEAN, ROUGH])
@pytest.mark.parametrize("window", [(16.0, 24.0, 60.0, 70.0), (33.5, 0.0, 96.0, 48.5), (50.0, 40.0, 50.5, 40.5)])
def test_a_window_is_a_piece_of_the_whole(full_place: Place, look: Look, window: tuple[float, float, float, float]) -> None:
    whole, part = paint(full_place, "before", look), paint(full_place, "before", look, window=window)
    x0, y0, x1, y1 = (int(2 * value) for value in window)
    assert part.shape == (y1 - y0, x1 - x0, 3)
    # what is left are roundings of float arithmetic on arrays of other lengths
    assert np.abs(part.astype(int) - whole[y0:y1, x0:x1]).max() <= 1


def test_large_windows_are_drawn_in_tiles_that_join(full_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = paint(full_place, "after", ROUGH)
    sizes: list[tuple[int, int]] = []
    draw = picture._tile

    def spy(*arguments: object) -> Bytes:
        assert isinstance(arguments[-1], Grid)
        sizes.append(arguments[-1].shape)
        return draw(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(picture, "_tile", spy)
    monkeypatch.setattr(picture, "TILE", 80)
    tiled = paint(full_place, "after", ROUGH)
    assert len(sizes) == 9
    assert max(max(size) for size in sizes) == 80
    assert np.abs(tiled.astype(int) - whole).max() <= 1


def test_an_unchanged_place_looks_the_same_on_both_dates_under_one_look(full_place: Place) -> None:
    again = Place(96.0, 96.0, full_place.before, replace(full_place.before), seed=full_place.seed)
    assert np.array_equal(paint(again, "before", ROUGH), paint(again, "after", ROUGH))


def test_a_removed_building_changes_nothing_beyond_its_shadow(make_house: Callable[..., Building]) -> None:
    kept, lost = make_house(2, 14, 14), make_house(3, 40, 40, roof="flat", height=5.0)
    place = Place(64.0, 64.0, bare(kept, lost), bare(kept), seed=5)
    changed = np.abs(paint(place, "before", CLEAN).astype(int) - paint(place, "after", CLEAN)).max(2) > 2
    rows, columns = np.nonzero(changed)
    # the sun stands in the south at 45 degrees: parapet 5.7 m and machines up to 7 m high throw shadows of that length northward
    assert 2 * (40 - 6 - 8) - 4 <= rows.min() <= 2 * (40 - 6 - 5)
    assert rows.max() <= 2 * (40 + 6) + 6
    assert columns.min() >= 2 * (40 - 8) - 6
    assert columns.max() <= 2 * (40 + 8) + 6


@pytest.mark.parametrize(
    ("azimuth", "dark", "bright"), [(180, (20, 32), (44, 32)), (90, (32, 18), (32, 46)), (0, (44, 32), (20, 32)), (270, (32, 46), (32, 18))]
)
def test_shadows_fall_away_from_the_sun(
    make_house: Callable[..., Building], azimuth: float, dark: tuple[int, int], bright: tuple[int, int]
) -> None:
    layout = bare(make_house(2, 32, 32, size=(20.0, 16.0), roof="flat", height=8.0))
    image = paint(Place(64.0, 64.0, layout, layout), "before", replace(CLEAN, sun_azimuth=azimuth)).mean(2)
    shaded, sunny = (image[2 * y - 2 : 2 * y + 3, 2 * x - 2 : 2 * x + 3].mean() for y, x in (dark, bright))
    assert shaded < 0.6 * sunny


def test_roof_faces_towards_the_sun_are_brighter(make_house: Callable[..., Building]) -> None:
    layout = bare(make_house(2, 32, 32, size=(24.0, 18.0), roof="gable"))
    image = paint(Place(64.0, 64.0, layout, layout), "before", CLEAN).mean(2)
    north, south = image[2 * 27 : 2 * 30, 50:78].mean(), image[2 * 34 : 2 * 37, 50:78].mean()
    assert south > 1.15 * north


def test_a_coarser_resolution_shows_the_same_place(full_place: Place) -> None:
    fine, coarse = paint(full_place, "before", CLEAN).mean(2), paint(full_place, "before", CLEAN, resolution=1.0).mean(2)
    assert coarse.shape == (96, 96)
    assert np.corrcoef(fine.reshape(96, 2, 96, 2).mean((1, 3)).ravel(), coarse.ravel())[0, 1] > 0.9


def test_looks_change_the_picture_but_not_where_things_are(full_place: Place) -> None:
    first, second = draw_looks(np.random.default_rng(2))
    one, two = (paint(full_place, "before", replace(look, shift=(0.0, 0.0))).mean(2).ravel() for look in (first, second))
    assert abs(one.mean() - two.mean()) > 5
    assert np.corrcoef(one, two)[0, 1] > 0.6


@pytest.mark.parametrize("window", [(0.0, 0.0, 10.2, 10.0), (5.0, 5.0, 5.0, 9.0), (9.0, 0.0, 3.0, 9.0)])
def test_windows_off_the_pixels_or_empty_are_refused(full_place: Place, window: tuple[float, float, float, float]) -> None:
    with pytest.raises(DatasetError, match="window"):
        paint(full_place, "before", CLEAN, window=window)


def test_an_unknown_date_is_refused(full_place: Place) -> None:
    with pytest.raises(DatasetError, match="before"):
        paint(full_place, "then", CLEAN)  # type: ignore[arg-type]
