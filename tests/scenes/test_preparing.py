"""From two files to a plan: what is decided, noted and refused before the model looks."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from deltascribe.errors import (
    BandError,
    ImageDecodeError,
    ImageNotFoundError,
    NoOverlapError,
    PixelValueError,
    RasterError,
    ResolutionError,
    SceneError,
    UnplacedError,
)
from deltascribe.scenes.grid import reproject_bounds
from deltascribe.scenes.options import SceneOptions
from deltascribe.scenes.preparing import PreparedScene, ScenePair, prepare
from deltascribe.scenes.reading import open_date

from .rasters_for_tests import LEFT, TOP, UTM, noise, north_up, texture, write

shapely = pytest.importorskip("shapely")

MODEL: Any = SimpleNamespace(size=64, gsd=0.5, fingerprint="weights", device=torch.device("cpu"))


def levels(side: int = 300, seed: int = 0) -> Any:
    scene = texture(side, side, seed)
    return np.clip(120 + 40 * scene / scene.std(), 1, 254).astype(np.uint8)[None].repeat(3, 0)


def pair_of(folder: Path, before: Any = None, after: Any = None, *, place: Any = None, **profile: Any) -> ScenePair:
    """Two files of 300 x 300 pixels on one grid, unless told otherwise; `place` and `profile` are those of the after image."""
    one = write(folder / "before.tif", levels() if before is None else before)
    other = write(folder / "after.tif", levels() if after is None else after, transform=place or north_up(0.5), **profile)
    return ScenePair(str(one), str(other), "pair")


def scene_of(pair: ScenePair, **options: Any) -> PreparedScene:
    return prepare(pair, MODEL, SceneOptions(**{"overlap": 16, **options}))


def square(left: float, bottom: float, right: float, top: float) -> str:
    """A rectangle in metres from the grid's corner, as GeoJSON in degrees."""
    bounds = reproject_bounds((LEFT + left, TOP + bottom, LEFT + right, TOP + top), UTM, "EPSG:4326")
    return json.dumps(shapely.geometry.mapping(shapely.box(*bounds)))


# what is decided


def test_two_scenes_on_one_grid_need_no_note(tmp_path: Path) -> None:
    scene = scene_of(pair_of(tmp_path))
    assert scene.notes == ()
    assert (scene.plan.size, scene.plan.overlap, scene.plan.lattice) == (64, 16, (6, 6))
    assert scene.plan.grid == scene.alignment.grid
    assert (scene.before.bands, scene.before.low, scene.before.high, scene.before.shift) == ((1, 2, 3), 0.0, 255.0, (0.0, 0.0))
    assert scene.misregistration.distance == 0.0


def test_options_reach_what_they_are_for(tmp_path: Path) -> None:
    scene = scene_of(pair_of(tmp_path), bands=(3, 2, 1), bands_after=(1,), scale=(10, 90), limit=4, overlap=0, resolution=0.6)
    assert (scene.before.bands, scene.after.bands) == ((3, 2, 1), (1,))
    assert (scene.after.low, scene.after.high) == (10.0, 90.0)
    assert len(scene.plan.tiles) == 4
    assert scene.plan.grid.gsd == pytest.approx(0.6)


def test_each_date_has_its_own_range(tmp_path: Path) -> None:
    scene = scene_of(pair_of(tmp_path, after=levels().astype(np.uint16) * 100))
    assert (scene.before.low, scene.before.high) == (0.0, 255.0)
    assert 2000 < scene.after.low < 6000 < 18_000 < scene.after.high < 25_400
    assert scene.notes[0] == "The uint8 values of the before image are taken as they are."
    assert scene.notes[1].startswith(
        f"The uint16 values of the after image are mapped alike in all tiles: {scene.after.low:g} becomes black"
    )


def test_a_polygon_leaves_tiles_out(tmp_path: Path) -> None:
    scene = scene_of(pair_of(tmp_path), polygon=square(5, -60, 20, -40))
    touched = {tile.index for tile in scene.plan.tiles}
    windows = {tile.index: tile.window for tile in scene_of(pair_of(tmp_path)).plan.tiles}
    # 10 to 40 pixels from the left, 80 to 120 from the top
    assert touched == {number for number, (row, column, _, _) in windows.items() if column <= 40 and row <= 120 and row + 64 >= 80}
    assert 0 < len(touched) < 36


@pytest.mark.parametrize("coordinates", [[[-180, -90], [180, -90], [180, 90], [-180, 90]], [[0, 10], [40, 10], [40, 80], [0, 80]]])
def test_a_polygon_around_everything_keeps_all_tiles(tmp_path: Path, coordinates: list[list[float]]) -> None:
    polygon = json.dumps({"type": "Polygon", "coordinates": [[*coordinates, coordinates[0]]]})
    assert len(scene_of(pair_of(tmp_path), polygon=polygon).plan.tiles) == 36


def test_lines_beside_a_polygon_are_no_part_of_it(tmp_path: Path) -> None:
    alone = square(5, -60, 20, -40)
    west, south, east, north = reproject_bounds((LEFT, TOP - 150, LEFT + 150, TOP), UTM, "EPSG:4326")
    line = {"type": "LineString", "coordinates": [[west, south], [east, north]]}
    both = json.dumps({"type": "GeometryCollection", "geometries": [json.loads(alone), line]})
    plan = scene_of(pair_of(tmp_path), polygon=both).plan
    assert plan == scene_of(pair_of(tmp_path), polygon=alone).plan
    assert plan.polygon is not None
    assert plan.polygon.area == pytest.approx(15 * 20, rel=0.01)


def test_a_polygon_that_crosses_itself_is_used(tmp_path: Path) -> None:
    west, south, east, north = reproject_bounds((LEFT, TOP - 150, LEFT + 150, TOP), UTM, "EPSG:4326")
    bow = {"type": "Polygon", "coordinates": [[[west, south], [east, north], [east, south], [west, north], [west, south]]]}
    tiles = {(tile.row, tile.column) for tile in scene_of(pair_of(tmp_path), polygon=json.dumps(bow)).plan.tiles}
    assert {(0, 0), (5, 5), (2, 2)} <= tiles
    assert not {(0, 2), (0, 3)} & tiles


# shifts


def shifted(folder: Path, rows: int, columns: int) -> ScenePair:
    whole = levels(420)
    return pair_of(folder, whole[:, 50:350, 50:350], whole[:, 50 - rows : 350 - rows, 50 - columns : 350 - columns])


def wide(folder: Path, rows: int, columns: int) -> ScenePair:
    """Large enough for four windows."""
    whole = levels(720)
    return pair_of(folder, whole[:, 50:650, 50:650], whole[:, 50 - rows : 650 - rows, 50 - columns : 650 - columns])


def test_a_shift_is_told_and_left(tmp_path: Path) -> None:
    scene = scene_of(wide(tmp_path, 4, -3))
    assert scene.after.shift == (0.0, 0.0)
    (note,) = scene.notes
    assert "-3.0 pixels to the right and +4.0 below" in note
    assert "2.5 m" in note
    assert "--correct-shift moves it back" in note


def test_a_shift_is_taken_back_on_request(tmp_path: Path) -> None:
    scene = scene_of(wide(tmp_path, 4, -3), correct_shift=True)
    assert scene.after.shift == pytest.approx((3.0, -4.0), abs=0.1)
    assert scene.before.shift == (0.0, 0.0)
    assert "moved back" in scene.notes[0]


def test_a_shift_below_a_pixel_and_a_half_needs_no_note(tmp_path: Path) -> None:
    assert scene_of(wide(tmp_path, 1, 0)).notes == ()


def test_one_window_is_too_few_to_move_a_date(tmp_path: Path) -> None:
    scene = scene_of(shifted(tmp_path, 8, 8), correct_shift=True)
    assert scene.misregistration.windows == 1
    assert scene.after.shift == (0.0, 0.0)
    assert scene.notes == ()


# bands


def test_grey_beside_colour_is_told(tmp_path: Path) -> None:
    scene = scene_of(pair_of(tmp_path, before=levels()[:1]))
    assert any("grey and the other in colour" in note for note in scene.notes)


def test_bands_of_other_meaning_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BandError, match=r"red, green, blue before and blue, green, red after.*--bands-after"):
        scene_of(pair_of(tmp_path), bands_after=(3, 2, 1))


def test_bands_without_a_meaning_are_taken_as_they_come(tmp_path: Path) -> None:
    scene = scene_of(pair_of(tmp_path, after=levels().astype(np.uint16)))
    assert scene.after.info.roles == ("grey", "undefined", "undefined")
    assert scene.after.bands == (1, 2, 3)


def test_more_bands_than_colours_need_a_choice(tmp_path: Path) -> None:
    pair = pair_of(tmp_path, after=noise(4, 300, 300), photometric="minisblack", alpha="no")
    with pytest.raises(BandError, match=r"4 bands.*--bands 3,2,1"):
        scene_of(pair)
    assert scene_of(pair, bands_after=(3, 2, 1)).after.bands == (3, 2, 1)


# what is missing


def collar(dtype: str = "uint8") -> Any:
    values = levels().astype(dtype)
    values[:, :, :100] = 0
    return values


def test_a_black_collar_is_told_until_it_is_declared(tmp_path: Path) -> None:
    pair = pair_of(tmp_path, after=collar())
    # the one window that is sampled begins at column 22
    assert scene_of(pair).notes[0].startswith("25.0 % of the overlap, by a sample, is 0 in all bands of the after image")
    scene = scene_of(pair, nodata=0)
    assert (scene.before.nodata, scene.after.nodata, scene.notes) == (0.0, 0.0, ())


def test_a_missing_value_is_no_part_of_the_percentiles(tmp_path: Path) -> None:
    pair = pair_of(tmp_path, after=collar("uint16"))
    assert scene_of(pair).after.low == 0
    assert scene_of(pair, nodata=0).after.low > 10


@pytest.mark.parametrize(("dtype", "nodata", "used"), [
    ("uint8", 0, True), ("uint8", 256, False), ("uint8", -1, False), ("uint8", 0.5, False), ("int16", -9999, True),
    ("uint16", 65535, True), ("float32", 0.5, True), ("float32", -9999, True),
    ("float32", 1e300, False), ("float32", -3.4028235e38, True), ("float64", 1e300, True),
])  # fmt: skip
def test_a_missing_value_is_used_where_the_type_has_it(tmp_path: Path, dtype: str, nodata: float, used: bool) -> None:
    scene = scene_of(pair_of(tmp_path, after=levels().astype(dtype)), nodata=nodata)
    assert scene.after.nodata == (nodata if used else None)


def test_scenes_in_the_wrong_order_are_told(tmp_path: Path) -> None:
    taken = [(datetime(year, 6, 1, tzinfo=UTC),) * 2 for year in (2024, 2019)]
    pair = replace(pair_of(tmp_path), dates=(taken[0], taken[1]))
    assert scene_of(pair).notes[0].startswith("The before scene was taken after the after scene (2024-06-01T")
    assert not any("by date" in note for note in scene_of(replace(pair, dates=(taken[1], taken[0]))).notes)


def test_black_ground_made_transparent_leaves_room_for_a_missing_value(tmp_path: Path) -> None:
    values = collar()
    values[:, :, 200:] = 255
    alpha = np.where((values == 0).all(0), 0, 255).astype(np.uint8)
    scene = scene_of(pair_of(tmp_path, after=np.concatenate((values, alpha[None])), photometric="rgb", alpha="yes"), nodata=255)
    with open_date(scene.after, scene.plan.grid) as reader:
        known = reader.read((0, 0, 300, 300)).valid.all(axis=0)
    assert (scene.notes, known.nonzero()[0].tolist()) == ((), list(range(100, 200)))


def test_a_file_that_declares_what_is_missing_keeps_its_own(tmp_path: Path) -> None:
    scene = scene_of(pair_of(tmp_path, nodata=255), nodata=0)
    assert (scene.before.nodata, scene.after.nodata) == (0.0, None)
    assert "which declares 255 itself" in scene.notes[0]


# what is refused


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    pair = pair_of(tmp_path)
    with pytest.raises(ImageNotFoundError, match="missing"):
        scene_of(ScenePair(pair.before, str(tmp_path / "missing.tif"), "pair"))


def test_a_cloud_mask_is_checked_first(tmp_path: Path) -> None:
    pair = pair_of(tmp_path)
    broken = tmp_path / "clouds.tif"
    broken.write_text("clouds")
    with pytest.raises(ImageDecodeError, match=r"^Cloud mask: .*clouds\.tif is neither a TIFF"):
        scene_of(ScenePair(pair.before, pair.after, "pair", str(broken)))


def masked(folder: Path, **fields: Any) -> ScenePair:
    """A pair whose after image has a cloud mask with clouds in its left half."""
    values = np.zeros((1, 300, 300), np.uint8)
    values[:, :, :150] = 1
    mask = write(folder / "clouds.tif", fields.pop("values", values), **fields)
    pair = pair_of(folder)
    return ScenePair(pair.before, pair.after, "pair", None, str(mask))


def test_what_a_cloud_mask_hides_is_told(tmp_path: Path) -> None:
    (note,) = scene_of(masked(tmp_path)).notes
    assert re.fullmatch(
        r"The cloud mask clouds\.tif hides 50\.0 % of the after image's ground, by a sample \(every value but 0 does\)\.", note
    )


def test_a_cloud_mask_of_a_part_is_told(tmp_path: Path) -> None:
    notes = scene_of(masked(tmp_path, values=np.zeros((1, 150, 300), np.uint8))).notes
    assert notes[1] == "The cloud mask clouds.tif covers 50.0 % of the ground; the rest of the after image is taken as clear."


def test_a_cloud_mask_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoOverlapError, match=r"The cloud mask .*clouds\.tif lies beside the ground"):
        scene_of(masked(tmp_path, transform=north_up(0.5, LEFT + 1000)))


def test_a_cloud_mask_without_a_place_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(UnplacedError, match=r"^Cloud mask: .*clouds\.tif has no coordinate reference system.*BOTTOM FILE\)\.$"):
        scene_of(masked(tmp_path, crs=None))


def test_scenes_apart_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NoOverlapError, match=r"before\.tif .*after\.tif"):
        scene_of(pair_of(tmp_path, place=north_up(0.5, LEFT + 1000)))


def test_coarse_scenes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ResolutionError, match="--resolution native"):
        scene_of(pair_of(tmp_path, place=north_up(10.0)))


@pytest.mark.parametrize("overlap", [32, 64, 1000])
def test_an_overlap_of_half_a_tile_is_too_much(tmp_path: Path, overlap: int) -> None:
    with pytest.raises(SceneError, match=rf"overlap of {overlap} pixels is too much for tiles of 64. Give less than 32"):
        scene_of(pair_of(tmp_path), overlap=overlap)


def test_a_grid_beyond_the_limit_is_refused_before_it_is_planned(tmp_path: Path) -> None:
    with pytest.raises(ResolutionError, match=r"1\d{7} x 1\d{7} pixels.*limit of 4e\+09.*coarser --resolution.*--bbox.*--max-pixels"):
        scene_of(pair_of(tmp_path), resolution=0.00001)


def test_a_raster_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RasterError, match="--max-pixels"):
        prepare(pair_of(tmp_path), MODEL, SceneOptions(), max_pixels=1000)


def test_16_bits_without_a_value_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PixelValueError, match=r"after\.tif holds no valid value"):
        scene_of(pair_of(tmp_path, after=levels().astype(np.uint16) * 0, nodata=0))


@pytest.mark.parametrize(
    ("polygon", "message"),
    [
        (square(1000, 1000, 1100, 1100), "outside the ground.*longitude first"),
        (
            json.dumps({"type": "Polygon", "coordinates": [[[500_000, 5e6], [500_100, 5e6], [500_100, 4.9e6], [500_000, 5e6]]]}),
            "in degrees",
        ),
        (json.dumps({"type": "Polygon", "coordinates": []}), "outside the ground"),
        (json.dumps({"type": "Nothing"}), "no GeoJSON geometry.*`type` and `coordinates`"),
        (json.dumps([1, 2]), "no GeoJSON geometry"),
        ("{", "no GeoJSON geometry"),
        ('{"type": "Polygon", "coordinates": [[[Infinity, 45], [15.1, 45], [15.1, 46], [Infinity, 45]]]}', "no GeoJSON geometry"),
    ],
)
def test_a_polygon_elsewhere_is_refused(tmp_path: Path, polygon: str, message: str) -> None:
    with pytest.raises(SceneError, match=message):
        scene_of(pair_of(tmp_path), polygon=polygon)


# the question


def test_the_question_is_the_same_wherever_the_files_lie(tmp_path: Path) -> None:
    pair = pair_of(tmp_path)
    question = scene_of(pair).question(MODEL)
    json.dumps(question)
    (tmp_path / "elsewhere").mkdir()
    moved = [shutil.copy(path, tmp_path / "elsewhere" / f"{place}.tif") for place, path in enumerate((pair.before, pair.after))]
    assert scene_of(ScenePair(str(moved[0]), str(moved[1]), "other name")).question(MODEL) == question
    # what only the outputs depend on
    assert scene_of(pair, threshold=0.7, min_area=50.0).question(MODEL) == question


def test_all_that_answers_depend_on_changes_the_question(tmp_path: Path) -> None:
    pair = wide(tmp_path, 4, -3)
    clouds = write(tmp_path / "clouds.tif", np.zeros((1, 600, 600), np.uint8))
    other_clouds = write(tmp_path / "other_clouds.tif", np.ones((1, 600, 600), np.uint8))
    (tmp_path / "changed").mkdir()
    values = levels(600)
    changed = pair_of(tmp_path / "changed", values, values)
    questions = [
        scene_of(pair, **options).question(MODEL)
        for options in (
            {}, {"bands": (1,)}, {"scale": (0, 200)}, {"nodata": 7}, {"beams": 1}, {"min_valid": 0.5}, {"overlap": 20},
            {"resolution": 0.55}, {"correct_shift": True},
        )
    ]  # fmt: skip
    questions += [
        scene_of(ScenePair(pair.before, changed.after, "pair")).question(MODEL),
        scene_of(ScenePair(changed.before, pair.after, "pair")).question(MODEL),
        scene_of(ScenePair(pair.before, pair.after, "pair", str(clouds))).question(MODEL),
        scene_of(ScenePair(pair.before, pair.after, "pair", str(other_clouds))).question(MODEL),
        scene_of(ScenePair(pair.before, pair.after, "pair", None, str(clouds))).question(MODEL),
        scene_of(pair).question(SimpleNamespace(**{**vars(MODEL), "fingerprint": "others"})),  # type: ignore[arg-type]
        scene_of(pair).question(SimpleNamespace(**{**vars(MODEL), "device": torch.device("meta")})),  # type: ignore[arg-type]
    ]
    texts = {json.dumps(question, sort_keys=True) for question in questions}
    assert len(texts) == len(questions)
    for narrower in ({"limit": 3}, {"polygon": square(5, -60, 20, -40)}):
        assert scene_of(pair, **narrower).question(MODEL) == questions[0]
