"""Windows of a date: pixels where they belong on the ground, whatever the file's map, and what is missing marked."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from deltascribe.errors import ImageDecodeError, RasterError
from deltascribe.scenes.alignment import align
from deltascribe.scenes.grid import Grid, reproject_points
from deltascribe.scenes.rasters import RasterInfo
from deltascribe.scenes.reading import DatePixels, DateSource, open_date, open_dates, read_pair
from deltascribe.tiling import Window

from .rasters_for_tests import LEFT, TOP, UTM, Transform, date, info, noise, north_up, write

rasterio = pytest.importorskip("rasterio")

GRID = Grid(UTM, LEFT, TOP, 0.5, 64, 64, 0.5)
ALL = (0, 0, 64, 64)
SHIFT = (3.0, 2.0)
Array = npt.NDArray[Any]


def read(source: DateSource, grid: Grid = GRID, window: Window | None = None, shape: tuple[int, int] | None = None) -> DatePixels:
    with open_date(source, grid) as reader:
        return reader.read(window or (0, 0, grid.height, grid.width), shape)


def ramps(height: int, width: int) -> Array:
    """Two bands that hold each pixel's middle in columns and in rows, and one without a use."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack((columns + 0.5, rows + 0.5, np.ones_like(rows)))


def places(grid: Grid, of: RasterInfo) -> tuple[Array, Array]:
    """(columns, rows) in a raster of the middles of a grid's pixels, by PROJ and the raster's transform alone."""
    rows, columns = np.mgrid[0 : grid.height, 0 : grid.width] + 0.5
    xs, ys = grid.left + columns * grid.step, grid.top - rows * grid.step
    moved = reproject_points(list(xs.ravel()), list(ys.ravel()), grid.crs, of.crs)
    x, y = (np.array(values).reshape(xs.shape) for values in moved)
    a, b, c, d, e, f = of.transform
    inverse = np.linalg.inv(np.array([[a, b], [d, e]]))
    return inverse[0, 0] * (x - c) + inverse[0, 1] * (y - f), inverse[1, 0] * (x - c) + inverse[1, 1] * (y - f)


# where pixels come from


MAPS: dict[str, tuple[str, Transform]] = {
    "degrees": ("EPSG:4326", north_up(0.5 / 100_000, 17.9, 45.16)),
    "web": ("EPSG:3857", north_up(0.7, 1_992_000.0, 5_640_000.0)),
    "next zone": ("EPSG:32634", north_up(0.5, 265_000.0, 5_000_000.0)),
    "feet": ("EPSG:2264", north_up(1.64, 1_450_000.0, 540_000.0)),
}


@pytest.mark.parametrize("name", MAPS)
def test_warped_pixels_come_from_their_place_on_the_ground(tmp_path: Path, name: str) -> None:
    crs, transform = MAPS[name]
    raster = info(write(tmp_path / "a.tif", ramps(500, 400), crs=crs, transform=transform))
    target = "EPSG:32617" if name == "feet" else UTM
    around = align(raster, raster, 0.5, "native").grid
    x, y = reproject_points([around.left + 50], [around.top - 50], around.crs, target)
    grid = Grid(target, x[0], y[0], 0.6, 200, 150, 0.6)
    found = read(DateSource(raster, (1, 2)), grid)
    columns, rows = places(grid, raster)
    inside = (columns > 1) & (columns < 399) & (rows > 1) & (rows < 499)
    assert inside.mean() > 0.9
    assert found.valid[inside].all()
    assert np.abs(found.raw[0] - columns)[inside].max() < 0.05
    assert np.abs(found.raw[1] - rows)[inside].max() < 0.05


def test_a_rotated_raster_is_read_north_up(tmp_path: Path) -> None:
    turn = math.radians(30)
    cos, sin = 0.5 * math.cos(turn), 0.5 * math.sin(turn)
    raster = info(write(tmp_path / "a.tif", ramps(200, 240), transform=(cos, sin, LEFT, sin, -cos, TOP)))
    grid = align(raster, raster, 0.5).grid
    found = read(DateSource(raster, (1, 2)), grid)
    columns, rows = places(grid, raster)
    inside = (columns > 1) & (columns < 239) & (rows > 1) & (rows < 199)
    outside = (columns < -1) | (columns > 241) | (rows < -1) | (rows > 201)
    assert found.valid[inside].all()
    assert not found.valid[outside].any()
    assert np.abs(found.raw[0] - columns)[inside].max() < 1e-4
    assert np.abs(found.raw[1] - rows)[inside].max() < 1e-4
    # the raster covers 200 * 240 pixels of as many square metres
    assert found.valid.sum() == pytest.approx(200 * 240, rel=0.02)


@pytest.mark.parametrize(
    ("transform", "seen"),
    [
        ((0.5, 0.0, LEFT, 0.0, 0.5, TOP - 32), lambda values: values[:, ::-1]),
        ((-0.5, 0.0, LEFT + 32, 0.0, -0.5, TOP), lambda values: values[:, :, ::-1]),
        ((0.0, 0.5, LEFT, -0.5, 0.0, TOP), lambda values: values.transpose(0, 2, 1)),
    ],
    ids=["south up", "east first", "columns down"],
)
def test_a_raster_in_another_orientation_is_turned_north_up(tmp_path: Path, transform: Transform, seen: Any) -> None:
    values = noise()
    found = read(date(write(tmp_path / "a.tif", values, transform=transform)))
    np.testing.assert_array_equal(found.raw, seen(values))
    assert found.valid.all()


def test_a_part_of_the_rasters_own_grid_is_read_as_it_is(tmp_path: Path) -> None:
    values = noise()
    source = date(write(tmp_path / "a.tif", values, transform=north_up(0.5, LEFT - 5, TOP + 3)))
    part = Grid(UTM, LEFT, TOP, 0.5, 40, 50, 0.5)
    found = read(source, part)
    np.testing.assert_array_equal(found.raw, values[:, 6:56, 10:50])
    np.testing.assert_array_equal(read(source, part, (7, 9, 20, 10)).raw, values[:, 13:33, 19:29])


@pytest.mark.parametrize("step", [0.1, 0.05])
def test_a_finer_raster_is_averaged_and_not_thinned(tmp_path: Path, step: float) -> None:
    side = round(32 / step)
    board = np.where(np.indices((side, side)).sum(0) % 2, 220, 20).astype(np.uint8)[None]
    found = read(date(write(tmp_path / "a.tif", board, transform=north_up(step))))
    assert found.valid.all()
    assert np.abs(found.raw.astype(int) - 120).max() <= 2


@pytest.mark.parametrize("nodata", [None, 0])
def test_a_window_alone_is_that_part_of_a_larger_one(tmp_path: Path, nodata: float | None) -> None:
    raster = info(write(tmp_path / "a.tif", noise(3, 700, 800), crs="EPSG:4326", transform=north_up(5e-6, 17.9, 45.1), nodata=nodata))
    grid = align(raster, raster, 0.5, "native").grid
    source = DateSource(raster, (1, 2, 3))
    whole = read(source, grid)
    assert whole.raw.std() > 20
    for row, column, height, width in ((0, 0, 64, 64), (37, 91, 256, 256), (311, 100, 64, 200), (10, 20, grid.height - 20, 600)):
        part = read(source, grid, (row, column, height, width))
        np.testing.assert_array_equal(part.raw, whole.raw[:, row : row + height, column : column + width])
        np.testing.assert_array_equal(part.valid, whole.valid[row : row + height, column : column + width])


@pytest.mark.parametrize("overviews", [False, True])
@pytest.mark.parametrize("shift", [(0.0, 0.0), (16.0, 16.0)], ids=["direct", "warped"])
def test_windows_can_be_read_smaller(tmp_path: Path, shift: tuple[float, float], overviews: bool) -> None:
    values = noise(3, 256, 256)
    values[:, :128, :128] = 200
    path = write(tmp_path / "a.tif", values)
    if overviews:
        with rasterio.open(path, "r+") as target:
            target.build_overviews([2, 4, 8], rasterio.enums.Resampling.average)
    found = read(date(path, shift=shift), Grid(UTM, LEFT, TOP, 0.5, 256, 256, 0.5), shape=(16, 16))
    means = values.reshape(3, 16, 16, 16, 16).mean(axis=(2, 4))
    moved = int(shift[0]) // 16
    assert found.valid.shape == (16, 16)
    assert found.valid[moved:, moved:].all()
    assert not found.valid[:moved].any()
    inner = (slice(None), slice(moved + 1, None), slice(moved + 1, None))
    np.testing.assert_allclose(found.raw[inner], means[:, 1 : 16 - moved, 1 : 16 - moved], atol=2 if overviews else 0.51)


# what is missing


def _colours(**profile: Any) -> dict[str, Any]:
    return {"photometric": "rgb", "alpha": "no", **profile}


def _missing(kind: str) -> tuple[Array, dict[str, Any], Array]:
    """Values, profile and what is missing: a square at rows 50..59, columns 50..59, unless the kind says another thing."""
    values = noise()
    values[:, 10, 10] = 0, 0, 9  # blue, not missing
    hole = np.zeros((64, 64), bool)
    hole[50:60, 50:60] = True
    alpha = np.where(hole, 0, 255).astype(np.uint8)[None]
    empty = np.where(hole, 0, values).astype(np.uint8)
    infrared = noise(1, seed=1)
    if kind == "nodata":
        return empty, {"nodata": 0}, hole
    if kind == "another nodata":
        return np.where(hole, 255, values).astype(np.uint8), {"nodata": 255}, hole
    if kind == "nodata of 16 bit":
        return empty.astype(np.uint16) * 200, {"nodata": 0}, hole
    if kind == "nodata of signed":
        return np.where(hole, -999, values.astype(np.int16)), {"nodata": -999}, hole
    if kind == "infrared, nodata in all bands":
        return np.concatenate((empty, np.where(hole, 0, infrared))).astype(np.uint8), _colours(nodata=0), hole
    if kind == "infrared that is 0 in water":
        infrared[0, 20:30] = 0
        return np.concatenate((values, infrared)), _colours(nodata=0), hole & False
    if kind == "dark colours, infrared known":
        return np.concatenate((empty, infrared)), _colours(nodata=0), hole & False
    if kind == "alpha":
        return np.concatenate((values, alpha)), {"photometric": "rgb", "alpha": "yes"}, hole
    if kind == "half transparent":
        return (
            np.concatenate((values, np.where(hole, 100, 255).astype(np.uint8)[None])),
            {"photometric": "rgb", "alpha": "yes"},
            hole & False,
        )
    if kind == "alpha of 16 bit":
        return np.concatenate((values, alpha)).astype(np.uint16) * 257, {"photometric": "rgb", "alpha": "yes"}, hole
    if kind == "alpha of floats":
        return np.concatenate((values, alpha)).astype(np.float32) / 255, {"photometric": "rgb", "alpha": "yes"}, hole
    if kind == "alpha of signed":
        return np.concatenate((values, alpha)).astype(np.int16), {"photometric": "rgb", "alpha": "yes"}, hole
    if kind == "infrared and alpha":
        roles = ("red", "green", "blue", "undefined", "alpha")
        return np.concatenate((values, infrared, alpha)), _colours(roles=roles), hole
    if kind == "nodata and alpha":
        dark = values.copy()
        dark[:, 30:40, 30:40] = 0
        both = hole.copy()
        both[30:40, 30:40] = True
        return np.concatenate((dark, alpha)), {"photometric": "rgb", "alpha": "yes", "nodata": 0}, both
    if kind == "mask":
        return values, {"mask": ~hole}, hole
    if kind == "mask of a JPEG":
        profile = {"compress": "jpeg", "photometric": "ycbcr", "jpeg_quality": 95, "tiled": True, "blockxsize": 64, "blockysize": 64}
        return values, {"mask": ~hole, **profile}, hole
    if kind == "mask of floats":
        return values.astype(np.float32), {"mask": ~hole}, hole
    if kind == "NaN":
        return np.where(hole, np.nan, values).astype(np.float32), {}, hole
    if kind == "NaN declared":
        return np.where(hole, np.nan, values).astype(np.float32), {"nodata": math.nan}, hole
    if kind == "infinite in one band":
        some = values.astype(np.float32)
        some[1, hole] = math.inf
        return some, {}, hole
    if kind == "all nodata":
        return values * 0, {"nodata": 0}, ~(hole & False)
    assert kind == "nothing", kind
    return values, {}, hole & False


KINDS = [
    "nothing", "nodata", "another nodata", "nodata of 16 bit", "nodata of signed", "infrared, nodata in all bands",
    "infrared that is 0 in water", "dark colours, infrared known", "alpha", "half transparent", "alpha of 16 bit", "alpha of floats",
    "alpha of signed", "infrared and alpha", "nodata and alpha", "mask", "mask of a JPEG", "mask of floats", "NaN", "NaN declared",
    "infinite in one band", "all nodata",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_is_marked_alike_with_and_without_warping(tmp_path: Path, kind: str) -> None:
    values, profile, missing = _missing(kind)
    source = date(write(tmp_path / "a.tif", values, **profile))
    direct = read(source)
    np.testing.assert_array_equal(direct.valid, ~missing)
    if kind != "mask of a JPEG":
        np.testing.assert_array_equal(direct.raw[:, ~missing], values[:3, ~missing])
    # moved by whole pixels through the warper
    warped = read(DateSource(source.info, source.bands, shift=SHIFT))
    moved = np.ones_like(missing)
    moved[2:, 3:] = missing[:-2, :-3]
    np.testing.assert_array_equal(warped.valid, ~moved)
    np.testing.assert_array_equal(warped.raw[:, ~moved], direct.raw[:, :-2, :-3][:, ~moved[2:, 3:]])


@pytest.mark.parametrize("transform", [north_up(0.5), north_up(0.31, LEFT - 3.3, TOP + 3.7)], ids=["own grid", "warped"])
@pytest.mark.parametrize(
    ("dtype", "bands", "value"),
    [("uint8", 1, 0), ("uint8", 3, 255), ("uint16", 3, 0), ("int16", 4, -9999), ("float32", 3, -9999.0), ("float32", 1, 0.5)],
)
def test_a_missing_value_that_was_given_is_as_one_that_is_declared(
    tmp_path: Path, dtype: str, bands: int, value: float, transform: Transform
) -> None:
    values = noise(bands, 150, 150).astype(dtype) % 200
    values[:, :60, 20:70] = value
    values[0, 80, 80] = value  # one band alone is known
    profile = {"transform": transform} | ({} if bands < 4 else _colours())
    told = date(write(tmp_path / "a.tif", values, **profile), nodata=value)
    declared = date(write(tmp_path / "b.tif", values, nodata=value, **profile))
    for shape in (None, (32, 32)):
        found, expected = read(told, shape=shape), read(declared, shape=shape)
        np.testing.assert_array_equal(found.valid, expected.valid)
        if shape is None:
            np.testing.assert_array_equal(found.raw[:, found.valid], expected.raw[:, expected.valid])
    assert 0.1 < found.valid.mean() < 0.9
    assert read(date(tmp_path / "a.tif")).valid.mean() > 0.99


def test_a_missing_value_goes_with_alpha(tmp_path: Path) -> None:
    values, profile, missing = _missing("nodata and alpha")
    del profile["nodata"]
    found = read(date(write(tmp_path / "a.tif", values, **profile), nodata=0.0))
    np.testing.assert_array_equal(found.valid, ~missing)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
@pytest.mark.parametrize("bands", [1, 3, 4])
def test_beyond_the_raster_nothing_is_known(tmp_path: Path, dtype: str, bands: int) -> None:
    values = noise(bands, 40, 40).astype(dtype)
    profile = {} if bands < 4 else _colours()
    source = date(write(tmp_path / "a.tif", values, transform=north_up(0.5, LEFT + 5.1, TOP - 5.1), **profile), (1,))
    valid = read(source).valid
    rows, columns = np.nonzero(valid)
    # pixels count whose middle the raster covers
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (10, 49, 10, 49)
    assert valid.sum() == 40 * 40


def test_what_either_date_misses_is_black_on_both(tmp_path: Path) -> None:
    before, after = noise(seed=1), noise(seed=2)
    before[:, :10], after[:, :, :10] = 0, 0
    sources = [date(write(tmp_path / f"{name}.tif", values, nodata=0)) for name, values in (("b", before), ("a", after))]
    with open_dates(*sources, GRID) as readers:
        pair, valid = read_pair(readers, ALL)
    known = np.ones((64, 64), bool)
    known[:10], known[:, :10] = False, False
    np.testing.assert_array_equal(valid, known)
    assert pair.dtype == np.float32
    assert (pair[:, :, ~known] == 0).all()
    np.testing.assert_allclose(pair[0][:, known], before[:, known] / 255, rtol=1e-6)
    np.testing.assert_allclose(pair[1][:, known], after[:, known] / 255, rtol=1e-6)


# values


def test_values_become_0_to_1_by_the_dates_own_mapping(tmp_path: Path) -> None:
    values = np.linspace(0, 4000, 64 * 64).reshape(1, 64, 64).astype(np.uint16)
    source = date(write(tmp_path / "a.tif", values), low=1000.0, high=3000.0)
    with open_date(source, GRID) as reader:
        pixels, valid = reader.pixels(ALL)
    assert pixels.shape == (3, 64, 64)
    np.testing.assert_allclose(pixels, np.clip((values / 1000 - 1) / 2, 0, 1).repeat(3, 0), atol=1e-6)
    assert valid.all()


def test_bands_are_read_in_the_order_asked_for(tmp_path: Path) -> None:
    values = noise(5)
    path = write(tmp_path / "a.tif", values, photometric="minisblack", alpha="no")
    np.testing.assert_array_equal(read(date(path, (5, 1, 3))).raw, values[[4, 0, 2]])
    np.testing.assert_array_equal(read(date(path, (5, 1, 3), shift=SHIFT)).raw[:, 2:, 3:], values[[4, 0, 2], :-2, :-3])


# shifts


def test_a_shift_moves_the_content_by_parts_of_a_pixel(tmp_path: Path) -> None:
    source = date(write(tmp_path / "a.tif", ramps(64, 64)), (1,), shift=(0.25, -1.5))
    found = read(source)
    columns = np.arange(64) + 0.5
    assert np.abs(found.raw[0, 5:60, 2:62] - (columns[2:62] - 0.25)).max() < 1e-4
    rows = date(tmp_path / "a.tif", (2,), shift=(0.25, -1.5))
    assert np.abs(read(rows).raw[0, 5:60, 2:62] - (columns[5:60, None] + 1.5)).max() < 1e-4


# clouds


def test_clouds_are_unknown_on_their_own_grid(tmp_path: Path) -> None:
    clouds = np.zeros((1, 64, 64), np.uint8)
    clouds[0, 5:9, 30:40], clouds[0, 40, 2] = 1, 7
    mask = write(tmp_path / "c.tif", clouds)
    found = read(date(write(tmp_path / "a.tif", noise()), clouds=str(mask)))
    np.testing.assert_array_equal(found.valid, clouds[0] == 0)


def test_clouds_on_a_coarse_grid_cover_the_pixels_below(tmp_path: Path) -> None:
    clouds = np.zeros((1, 20, 20), np.uint8)
    clouds[0, 3, 4] = 255
    mask = write(tmp_path / "c.tif", clouds, transform=north_up(2.0, LEFT - 2, TOP + 2))
    valid = read(date(write(tmp_path / "a.tif", noise()), clouds=str(mask))).valid
    cloudy = np.zeros((64, 64), bool)
    cloudy[8:12, 12:16] = True  # metres 4 to 6 from the top, 6 to 8 from the left
    np.testing.assert_array_equal(valid, ~cloudy)


def test_clouds_on_another_map_lie_at_their_place(tmp_path: Path) -> None:
    rows, columns = np.indices((40, 40))
    clouds = ((rows + columns) % 7 < 3).astype(np.uint8)[None]
    raster = info(write(tmp_path / "c.tif", clouds, crs="EPSG:4326", transform=north_up(2e-5, 14.9998, 45.1537)))
    valid = read(date(write(tmp_path / "a.tif", noise()), clouds=raster.path)).valid
    across, down = places(GRID, raster)
    expected = clouds[0, down.astype(int), across.astype(int)] == 0
    near = np.minimum(across % 1, down % 1) < 0.05  # at the edge of a cloud pixel, rounding decides
    near |= np.maximum(across % 1, down % 1) > 0.95
    assert near.mean() < 0.3
    np.testing.assert_array_equal(valid[~near], expected[~near])


def test_clouds_move_with_their_date(tmp_path: Path) -> None:
    clouds = np.zeros((1, 64, 64), np.uint8)
    clouds[0, 20:30, 20:30] = 1
    mask = write(tmp_path / "c.tif", clouds)
    valid = read(date(write(tmp_path / "a.tif", noise()), clouds=str(mask), shift=SHIFT)).valid
    cloudy = np.zeros((64, 64), bool)
    cloudy[22:32, 23:33] = True
    cloudy[:2], cloudy[:, :3] = True, True  # moved in from beyond the raster
    np.testing.assert_array_equal(valid, ~cloudy)


def test_beyond_a_cloud_mask_the_sky_is_clear(tmp_path: Path) -> None:
    mask = write(tmp_path / "c.tif", np.ones((1, 10, 10), np.uint8))
    valid = read(date(write(tmp_path / "a.tif", noise()), clouds=str(mask))).valid
    assert (~valid).sum() == 100


def test_what_a_mask_declares_missing_is_a_value_like_others_and_does_not_reach_beyond_it(tmp_path: Path) -> None:
    values = np.zeros((1, 10, 10), np.uint8)
    values[0, 2, 3] = 255
    mask = write(tmp_path / "c.tif", values, nodata=255)
    found = read(date(write(tmp_path / "a.tif", noise()), clouds=str(mask)))
    assert found.hidden is not None
    assert found.hidden.sum() == 1
    assert found.hidden[2, 3]
    np.testing.assert_array_equal(found.valid, ~found.hidden)


# damaged files


@pytest.mark.parametrize("shift", [(0.0, 0.0), SHIFT], ids=["direct", "warped"])
@pytest.mark.parametrize("compress", ["none", "deflate", "jpeg"])
def test_a_block_cut_off_is_named_with_its_place(tmp_path: Path, compress: str, shift: tuple[float, float]) -> None:
    path = write(tmp_path / "a.tif", noise(3, 512, 512), tiled=True, blockxsize=128, blockysize=128, compress=compress, photometric="rgb")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    grid = Grid(UTM, LEFT, TOP, 0.5, 512, 512, 0.5)
    with open_date(date(path, shift=shift), grid) as reader:
        assert reader.read((10, 10, 100, 100)).valid.mean() > 0.9
        with pytest.raises(ImageDecodeError, match=r"near x=500224\.00, y=4999776\.00 \(EPSG:32633\).*copy or export it again.*--bbox"):
            reader.read((384, 384, 128, 128))
        # what lies before it can still be read
        assert reader.read((200, 10, 50, 50)).valid.mean() > 0.9


def test_a_block_of_a_cloud_mask_cut_off_is_named(tmp_path: Path) -> None:
    mask = write(tmp_path / "c.tif", noise(1, 512, 512), tiled=True, blockxsize=128, blockysize=128)
    mask.write_bytes(mask.read_bytes()[: mask.stat().st_size * 6 // 10])
    source = date(write(tmp_path / "a.tif", noise(3, 512, 512)), clouds=str(mask))
    grid = Grid(UTM, LEFT, TOP, 0.5, 512, 512, 0.5)
    with open_date(source, grid) as reader, pytest.raises(ImageDecodeError, match=r"^Cloud mask .*c\.tif: a block near x=500224\.00"):
        reader.read((384, 384, 128, 128))


def test_a_cloud_mask_at_a_web_address_needs_the_network(tmp_path: Path) -> None:
    source = date(write(tmp_path / "a.tif", noise()), clouds="https://example.org/clouds.tif")
    with pytest.raises(RasterError, match="--network"), open_date(source, GRID):
        pass
