"""Masks of tiles become one raster without seams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltascribe.errors import ManifestError
from deltascribe.files import atomic_write
from deltascribe.scenes import mosaic
from deltascribe.scenes.grid import Grid
from deltascribe.scenes.manifest import Manifest
from deltascribe.scenes.mosaic import UNKNOWN, TileLookup, blocks, enlarged, least_percent, write_cog, write_mosaic
from deltascribe.scenes.plan import ScenePlan, Tile, plan_scene
from deltascribe.scenes.results import BatchResult, TileResult

from .small import write_raster

rasterio = pytest.importorskip("rasterio")
shapely = pytest.importorskip("shapely")

SIDE = 16
"""Of the masks; tiles are 64 pixels wide."""
Mask = Callable[[Tile], Any]


def plan_of(height: int, width: int, overlap: int = 16, **settings: Any) -> ScenePlan:
    return plan_scene(Grid("EPSG:32633", 500_000.0, 5_000_000.0, 0.5, width, height, 0.5), 64, overlap, **settings)


@contextmanager
def answered(root: Path, plan: ScenePlan, mask: Mask) -> Iterator[Manifest]:
    """A record in which each tile has the mask [16, 16] that a function gives it, or none."""
    with Manifest(root / "record", {"plan": plan.digest()}) as manifest:
        tiles = [TileResult(tile.index, 1.0, "a house is built", 0.9, True, mask(tile)) for tile in plan.tiles]
        manifest.append(BatchResult(tuple(tiles), 0, 0))
        yield manifest


def mosaic_of(root: Path, plan: ScenePlan, mask: Mask) -> Any:
    with answered(root, plan, mask) as manifest:
        write_mosaic(root / "probability.tif", plan, manifest)
    with rasterio.open(root / "probability.tif") as dataset:
        return dataset.read(1)


def random_mask(tile: Tile) -> Any:
    return np.random.default_rng(tile.index).integers(0, 256, (SIDE, SIDE)).astype(np.uint8)


def percent_of(mask: Any) -> Any:
    return np.rint(enlarged(mask, 64) * np.float32(100 / 255))


def test_one_tile_gives_its_enlarged_mask_on_the_grid(tmp_path: Path) -> None:
    plan = plan_of(64, 64)
    found = mosaic_of(tmp_path, plan, random_mask)
    assert np.abs(found - percent_of(random_mask(plan.tiles[0]))).max() <= 1  # a half may be rounded to either side
    with rasterio.open(tmp_path / "probability.tif") as dataset:
        assert (dataset.crs.to_epsg(), dataset.transform[:6], dataset.nodata) == (32633, plan.grid.transform, UNKNOWN)
        assert dataset.dtypes == ("uint8",)


def test_what_a_tile_does_not_know_its_neighbour_tells_or_nobody(tmp_path: Path) -> None:
    plan = plan_of(64, 112)  # two tiles that share 16 columns, 48 to 63
    known = np.ones((2, 64, 64), np.bool_)
    known[0, :, 40:] = False
    known[1, 10:20, :12] = False
    tiles = [TileResult(at, 0.9, "a house is built", 0.9, True, np.full((SIDE, SIDE), 51 * (at + 1), np.uint8), known[at]) for at in (0, 1)]
    with Manifest(tmp_path / "record", {}) as manifest:
        manifest.append(BatchResult(tuple(tiles), 0, 0))
        write_mosaic(tmp_path / "probability.tif", plan, manifest)
    with rasterio.open(tmp_path / "probability.tif") as dataset:
        found = dataset.read(1)
    wanted = np.full((64, 112), 40)
    wanted[:, :40], wanted[:, 40:48] = 20, UNKNOWN
    wanted[10:20, 48:60] = UNKNOWN
    np.testing.assert_array_equal(found, wanted)


def test_a_scene_smaller_than_a_tile_takes_the_upper_left_of_its_mask(tmp_path: Path) -> None:
    plan = plan_of(40, 50)
    found = mosaic_of(tmp_path, plan, random_mask)
    assert found.shape == (40, 50)
    assert np.abs(found - percent_of(random_mask(plan.tiles[0]))[:40, :50]).max() <= 1


@pytest.mark.parametrize(("value", "percent"), [(0, 0), (128, 50), (255, 100)])
def test_what_is_the_same_in_all_tiles_is_the_same_in_all_overlaps(tmp_path: Path, value: int, percent: int) -> None:
    found = mosaic_of(tmp_path, plan_of(150, 201), lambda tile: np.full((SIDE, SIDE), value, np.uint8))
    assert (found == percent).all()


def test_tiles_of_one_smooth_field_give_the_field_back_without_seams(tmp_path: Path) -> None:
    height, width = 200, 330
    plan = plan_of(height, width)

    def field(rows: Any, columns: Any) -> Any:
        return 50 + 45 * np.sin(rows / 40)[:, None] * np.cos(columns / 50)[None]

    def mask(tile: Tile) -> Any:
        middles = (np.arange(SIDE) + 0.5) * 4 - 0.5
        return np.rint(2.55 * field(tile.window[0] + middles, tile.window[1] + middles)).astype(np.uint8)

    found = mosaic_of(tmp_path, plan, mask).astype(float)
    wanted = field(np.arange(height), np.arange(width))
    assert np.abs(found - wanted)[2:-2, 2:-2].max() < 1.5
    assert np.abs(found - wanted).max() < 3  # at the scene's border a mask is as it is in its outermost pixels' middle
    for axis in (0, 1):
        assert np.abs(np.diff(found, axis=axis)).max() <= np.abs(np.diff(wanted, axis=axis)).max() + 2


def test_where_tiles_disagree_one_passes_into_the_other(tmp_path: Path) -> None:
    plan = plan_of(64, 112)
    found = mosaic_of(tmp_path, plan, lambda tile: np.full((SIDE, SIDE), 255 * tile.column, np.uint8))
    assert plan.tiles[1].window[1] == 48
    row = found[32].astype(int)
    assert (row[:48] == 0).all()
    assert (row[64:] == 100).all()
    steps = np.diff(row[47:65])
    assert (steps > 0).all()
    assert steps.max() < 10


def test_what_no_tile_knows_is_unknown(tmp_path: Path) -> None:
    plan = plan_of(64, 160)
    without = plan.tiles[1]
    found = mosaic_of(tmp_path, plan, lambda tile: None if tile == without else np.full((SIDE, SIDE), 51, np.uint8))
    assert [tile.window[1] for tile in plan.tiles] == [0, 48, 96]
    assert (found[:, 64:96] == UNKNOWN).all()
    assert (found[:, :64] == 20).all()
    assert (found[:, 96:] == 20).all()


def test_what_lies_outside_of_the_polygon_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left, _, _, top = plan_of(150, 201).grid.bounds
    ring = shapely.Point(left + 50, top - 40).buffer(35) - shapely.Point(left + 60, top - 40).buffer(10)
    plan, whole = plan_of(150, 201, polygon=ring), plan_of(150, 201)
    assert len(plan.tiles) == len(whole.tiles)
    xs, ys = np.meshgrid(left + 0.5 * np.arange(201) + 0.25, top - 0.5 * np.arange(150) - 0.25)
    wanted = np.where(shapely.contains_xy(ring, xs, ys), mosaic_of(tmp_path / "whole", whole, random_mask), UNKNOWN)
    assert 0.3 < (wanted == UNKNOWN).mean() < 0.8
    assert (mosaic_of(tmp_path / "part", plan, random_mask) == wanted).all()
    monkeypatch.setattr(mosaic, "blocks", partial(blocks, side=37))
    assert (mosaic_of(tmp_path / "part", plan, random_mask) == wanted).all()


@pytest.mark.parametrize("side", [37, 64, 129])
def test_the_result_does_not_depend_on_the_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: int) -> None:
    plan = plan_of(150, 201, limit=14)
    wanted = mosaic_of(tmp_path, plan, random_mask)
    monkeypatch.setattr(mosaic, "blocks", partial(blocks, side=side))
    assert (mosaic_of(tmp_path, plan, random_mask) == wanted).all()


def test_blocks_cover_a_raster_once() -> None:
    count = np.zeros((150, 201), int)
    for row, column, height, width in blocks(150, 201, 64):
        count[row : row + height, column : column + width] += 1
    assert (count == 1).all()


def test_tiles_that_touch_a_window_are_all_found() -> None:
    whole = plan_of(300, 410)
    plan = ScenePlan(whole.grid, 64, 16, tuple(tile for tile in whole.tiles if tile.index % 3), whole.lattice)
    lookup = TileLookup(plan)
    rng = np.random.default_rng(0)
    for _ in range(200):
        row, column = int(rng.integers(0, 300)), int(rng.integers(0, 410))
        height, width = int(rng.integers(1, 301 - row)), int(rng.integers(1, 411 - column))
        wanted = [
            tile.index
            for tile in sorted(plan.tiles, key=lambda entry: entry.index)
            if tile.window[0] < row + height
            and row < tile.window[0] + 64
            and tile.window[1] < column + width
            and column < tile.window[1] + 64
        ]
        assert [tile.index for tile in lookup.touching((row, column, height, width))] == wanted


@pytest.mark.parametrize("height_width_overlap", [(300, 410, 16), (65, 65, 16), (129, 100, 31), (40, 300, 8), (201, 153, 0)])
@pytest.mark.parametrize("kept", ["all", "first", "every third missing", "few"])
def test_each_pixel_that_tiles_show_belongs_to_the_nearest_of_them(height_width_overlap: tuple[int, int, int], kept: str) -> None:
    whole = plan_of(*height_width_overlap)
    rng = np.random.default_rng(1)
    keep = {
        "all": lambda index: True,
        "first": lambda index: index < max(len(whole.tiles) * 2 // 5, 1),
        "every third missing": lambda index: index % 3 != 1,
        "few": lambda index: rng.random() < 0.4,
    }[kept]
    plan = ScenePlan(whole.grid, 64, height_width_overlap[2], tuple(tile for tile in whole.tiles if keep(tile.index)), whole.lattice)
    lookup = TileLookup(plan)
    shown, owned, drawn = (np.zeros(height_width_overlap[:2], int) for _ in range(3))
    for tile in plan.tiles:
        row, column, height, width = tile.window
        shown[row : row + height, column : column + width] = 1
        owned[row : row + height, column : column + width] += lookup.own_pixels(tile)
        top, left, tall, wide = plan.own_window(tile)
        drawn[top : top + tall, left : left + wide] = 1
        if kept == "all":
            assert lookup.own_pixels(tile).sum() == tall * wide
            assert lookup.own_pixels(tile)[top - row : top - row + tall, left - column : left - column + wide].all()
    assert (owned == shown).all()
    assert (drawn == shown).all()


def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(64, 64)
    (tmp_path / "probability.tif").write_bytes(b"of before")

    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mosaic, "check_room", full)
    with pytest.raises(ManifestError, match=r"probability.tif can't be written \(No space left on device\)\. All tiles are saved"):
        mosaic_of(tmp_path, plan, random_mask)
    assert (tmp_path / "probability.tif").read_bytes() == b"of before"


@pytest.mark.parametrize("share", [0.2, 0.7, 1.0])
def test_no_full_disk_goes_unnoticed_where_gdal_keeps_silent(tmp_path: Path, tiny_disk: Callable[[str], Path], share: float) -> None:
    plan = plan_of(700, 700)
    disk = tiny_disk("remount,size=8m")
    with answered(tmp_path, plan, random_mask) as manifest:
        for name, write in (("probability.tif", partial(write_mosaic, plan=plan, manifest=manifest)), ("cog.tif", written_cog(tmp_path))):
            write(disk / name)
            pages = int((disk / name).stat().st_size * share) // 4096
            (disk / name).unlink()
            tiny_disk(f"remount,size={4 * pages}k")
            with pytest.raises((ManifestError, OSError)):  # in words of GDAL, of the system, or of TIFF
                write(disk / name)
            assert not (disk / name).exists()
            tiny_disk("remount,size=8m")


def written_cog(folder: Path) -> Callable[[Path], None]:
    """Writes the cloud optimised copy of a raster of noise."""
    values = np.random.default_rng(0).integers(0, 100, (1, 700, 700)).astype(np.uint8)
    write_raster(folder / "noise.tif", values)

    def write(path: Path) -> None:
        with atomic_write(path) as temporary:
            write_cog(folder / "noise.tif", temporary)

    return write


def test_the_cloud_optimised_copy_holds_the_same_and_is_the_same_each_time(tmp_path: Path) -> None:
    plan = plan_of(600, 1300)
    values = mosaic_of(tmp_path, plan, lambda tile: None if tile.row == 0 else random_mask(tile))
    for name in ("one.tif", "other.tif"):
        write_cog(tmp_path / "probability.tif", tmp_path / name)
    assert (tmp_path / "one.tif").read_bytes() == (tmp_path / "other.tif").read_bytes()
    with rasterio.open(tmp_path / "one.tif") as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert dataset.overviews(1) == [2, 4]
        assert dataset.block_shapes == [(512, 512)]
        assert (dataset.nodata, dataset.compression.name, dataset.crs.to_epsg()) == (UNKNOWN, "deflate", 32633)
        assert (dataset.read(1) == values).all()
        assert (dataset.read(1, out_shape=(300, 650))[:20] == UNKNOWN).all()


def test_rounding_does_not_raise_a_threshold() -> None:
    assert 100 * 0.55 > 55
    assert [least_percent(percent / 100) for percent in range(1, 100)] == list(range(1, 100))
