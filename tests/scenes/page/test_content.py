from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import shapely

from deltascribe.scenes.answer import SceneAnswer
from deltascribe.scenes.grid import Grid
from deltascribe.scenes.page import content
from deltascribe.scenes.page.content import changed_tiles, drawn_areas, outline, scene_json, short_crs
from deltascribe.scenes.page.ramp import colour

pytest.importorskip("rasterio")
GRID = Grid("EPSG:32633", 1000.0, 2000.0, 0.5, 100, 80, 0.5)


def read(answer: SceneAnswer) -> dict[str, Any]:
    block = scene_json(answer)
    text = block.removeprefix('<script type="application/json" id="scene">').removesuffix("</script>")
    values: dict[str, Any] = json.loads(text)
    return values


def test_tiles_come_with_their_place_words_and_figures(make_answer: Callable[..., SceneAnswer]) -> None:
    values = read(make_answer(skipped=[0]))
    assert (values["width"], values["height"], values["gsd"]) == (192, 128, 0.5)
    number, row, column, window, own, said, probability, changed, valid, area, longitude, latitude, shade = values["tiles"][3]
    assert (number, row, column, window, own) == (3, 1, 0, [64, 0, 64, 64], [64, 0, 64, 64])
    assert (values["captions"][said], probability, changed, valid, area) == ("trees were removed", 0.89, 1, 1.0, 256.0)
    # 16 m east and 48 m south of the corner, which lies on the zone's central meridian
    assert longitude == pytest.approx(15.0002, abs=2e-5)
    assert latitude == pytest.approx(45.1532, abs=2e-3)
    assert shade == colour(0.89)
    assert values["tiles"][0][5] == -1


def test_areas_come_with_bounds_in_pixels_and_their_tiles(make_answer: Callable[..., SceneAnswer]) -> None:
    values = read(make_answer())
    number, bounds, area, probability, tiles, said, longitude, _ = values["areas"][0]
    assert (number, bounds, area, probability, tiles) == (1, [16, 80, 32, 32], 256.0, 0.9, [1])
    assert values["captions"][said] == "a house is built"
    assert longitude == pytest.approx(15.00061, abs=2e-5)


def test_no_caption_can_end_the_block_of_data(make_answer: Callable[..., SceneAnswer]) -> None:
    evil = "</script><script>alert(1)</script>"
    answer = make_answer(changed={0: evil})
    assert scene_json(answer).count("<") == 2
    assert evil in read(answer)["captions"]


def test_a_changed_tile_comes_the_earlier_the_more_probable_it_is(make_answer: Callable[..., SceneAnswer]) -> None:
    answer = make_answer(changed={4: "a", 0: "b", 2: "c"})
    assert [entry.tile.index for entry in changed_tiles(answer)] == [4, 0, 2]
    equal = replace(answer, tiles=tuple(replace(entry, probability=0.7) for entry in answer.tiles))
    assert [entry.tile.index for entry in changed_tiles(equal)] == [0, 2, 4]


def test_only_the_largest_areas_are_drawn(make_answer: Callable[..., SceneAnswer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MAX_AREAS", 2)
    answer = make_answer(changed={0: "a", 1: "b", 2: "c"})
    areas = tuple(replace(area, area=size) for area, size in zip(answer.areas, (5.0, 1.0, 7.0), strict=True))
    assert [area.index for area in drawn_areas(replace(answer, areas=areas))] == [1, 3]


def test_an_outline_is_written_in_pixels_with_its_holes() -> None:
    assert outline(shapely.box(1001, 1990, 1003, 1999), GRID) == "M6 20l0 -18 -4 0 0 18z"
    ring = shapely.box(1000, 1990, 1010, 2000).difference(shapely.box(1002, 1992, 1004, 1994))
    assert outline(ring, GRID).count("M") == 2
    two = shapely.MultiPolygon([shapely.box(1000, 1990, 1001, 1991), shapely.box(1005, 1990, 1006, 1991)])
    assert outline(two, GRID).count("z") == 2


def test_a_coordinate_system_is_named() -> None:
    assert short_crs("EPSG:32633") == "WGS 84 / UTM zone 33N (EPSG:32633)"


@pytest.mark.parametrize(
    ("probability", "expected"), [(0, "#440154"), (0.5, "#21918c"), (1, "#fde725"), (2, "#fde725"), (0.125, "#402a70")]
)
def test_colours_follow_the_ramp(probability: float, expected: str) -> None:
    assert colour(probability) == expected
