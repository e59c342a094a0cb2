"""The ground that two rasters share, and the grid that both are read on."""

from __future__ import annotations

import math
import re

import pytest

from deltascribe.errors import NoOverlapError, ResolutionError, SceneError, UnplacedError
from deltascribe.scenes.alignment import Alignment, align, on_grid
from deltascribe.scenes.grid import Bounds, reproject_bounds, reproject_points
from deltascribe.scenes.options import Resolution
from deltascribe.scenes.rasters import RasterInfo

from .rasters_for_tests import LEFT, TOP, UTM, header, north_up

pytest.importorskip("rasterio")

MODEL = 0.5
DEGREE = 111_194.9  # metres along a meridian of the mean sphere
SITE = 'LOCAL_CS["site",UNIT["metre",1]]'


def at(crs: str, longitude: float, latitude: float, step: float, size: tuple[int, int] = (300, 300)) -> RasterInfo:
    """A north-up raster whose upper left corner lies at a place in degrees."""
    xs, ys = reproject_points([longitude], [latitude], "EPSG:4326", crs)
    return header(crs, north_up(step, xs[0], ys[0]), size)


def bounds_of(info: RasterInfo) -> Bounds:
    a, b, c, d, e, f = info.transform
    xs = [c, c + a * info.width, c + b * info.height, c + a * info.width + b * info.height]
    ys = [f, f + d * info.width, f + e * info.height, f + d * info.width + e * info.height]
    return min(xs), min(ys), max(xs), max(ys)


def native(before: RasterInfo, after: RasterInfo) -> Alignment:
    return align(before, after, MODEL, "native")


# one system


def test_rasters_on_one_grid_are_read_without_resampling_where_both_are() -> None:
    found = align(header(), header(transform=north_up(0.5, LEFT + 20, TOP - 15)), MODEL)
    grid = found.grid
    assert (grid.crs, grid.left, grid.top, grid.step, grid.gsd) == (UTM, LEFT + 20, TOP - 15, 0.5, 0.5)
    assert (grid.height, grid.width) == (270, 260)
    assert found.warped == (False, False)
    assert found.shared == pytest.approx((260 * 270 / 90_000,) * 2)
    assert found.gsd == pytest.approx((0.5, 0.5))
    assert found.notes == ()


def test_shares_are_of_each_rasters_own_ground() -> None:
    found = align(header(), header(size=(600, 900)), MODEL)
    assert found.shared == pytest.approx((1.0, 90_000 / 540_000))


def test_half_a_pixel_beside_the_grid_is_that_of_the_before_raster() -> None:
    found = align(header(), header(transform=north_up(0.5, LEFT + 0.25, TOP - 0.25)), MODEL)
    assert (found.grid.left, found.grid.top) == (LEFT + 0.5, TOP - 0.5)
    assert (found.grid.height, found.grid.width) == (299, 299)
    assert found.warped == (False, True)


def test_a_twentieth_of_a_pixel_is_no_reason_to_resample() -> None:
    found = align(header(), header(transform=north_up(0.5, LEFT + 0.02, TOP)), MODEL)
    assert found.warped == (False, False)
    assert align(header(), header(transform=north_up(0.5, LEFT + 0.03, TOP)), MODEL).warped == (False, True)


def test_a_step_that_drifts_over_the_scene_is_resampled() -> None:
    slow, fast = header(transform=north_up(0.50005)), header(transform=north_up(0.501))
    assert align(header(), slow, MODEL).warped == (False, False)  # 0.03 pixels in the end
    assert align(header(), fast, MODEL).warped == (False, True)  # 0.6 pixels


def test_the_coarser_of_two_resolutions_is_read_and_told() -> None:
    found = align(header(transform=north_up(0.5)), header(transform=north_up(0.6)), MODEL)
    assert found.gsd == pytest.approx((0.5, 0.6))
    assert found.grid.gsd == pytest.approx(0.6)
    assert found.warped[0]
    assert "The scenes have 0.5 and 0.6 m a pixel; both are read at 0.6 m." in found.notes


@pytest.mark.parametrize("transform", [(0.5, 0.0, LEFT, 0.0, 0.5, TOP - 150), (-0.5, 0.0, LEFT + 150, 0.0, -0.5, TOP)])
def test_a_raster_that_is_not_north_up_lies_where_its_transform_says(transform: tuple[float, ...]) -> None:
    flipped = header(transform=transform)
    found = align(flipped, header(), MODEL)
    assert found.warped == (True, False)
    assert found.grid.bounds == pytest.approx((LEFT, TOP - 150, LEFT + 150, TOP))
    assert not on_grid(flipped, found.grid)


def test_a_rotated_raster_is_read_on_a_north_up_grid_over_its_bounds() -> None:
    turn = math.radians(30)
    transform = (0.5 * math.cos(turn), 0.5 * math.sin(turn), LEFT, 0.5 * math.sin(turn), -0.5 * math.cos(turn), TOP)
    rotated = header(transform=transform)
    found = align(rotated, rotated, MODEL)
    assert found.warped == (True, True)
    assert found.gsd == pytest.approx((0.5, 0.5))
    left, bottom, right, top = bounds_of(rotated)
    assert found.grid.bounds == pytest.approx((left, bottom, right, top), abs=0.5)
    assert found.grid.left >= left
    assert found.grid.top <= top


def test_long_pixels_become_squares_of_their_area() -> None:
    long = header(transform=(1.0, 0.0, LEFT, 0.0, -0.25, TOP))
    found = align(long, long, MODEL)
    assert found.gsd == pytest.approx((0.5, 0.5))
    assert found.warped == (True, True)
    assert (found.grid.height, found.grid.width) == (150, 600)


# two systems


PLACES = [
    # before, after, and the grid's system
    (at(UTM, 15.0, 45.0, 0.5), at("EPSG:4326", 14.9995, 45.0005, 0.5 / DEGREE), UTM),
    (at("EPSG:4326", 14.9995, 45.0005, 0.5 / DEGREE), at(UTM, 15.0, 45.0, 0.5), UTM),
    (at(UTM, 15.0, 45.0, 0.5), at("EPSG:3857", 14.9995, 45.0005, 0.7), UTM),
    (at("EPSG:3857", 15.0, 45.0, 0.7), at("EPSG:4326", 14.9995, 45.0005, 0.5 / DEGREE), UTM),
    (at("EPSG:4326", 15.0, 45.0, 0.5 / DEGREE), at("EPSG:4326", 15.0005, 45.0005, 0.5 / DEGREE), UTM),
    (at("EPSG:32633", 17.9995, 45.0, 0.5), at("EPSG:32634", 17.999, 45.0005, 0.5), "EPSG:32633"),
    (at("EPSG:32634", 17.9995, 45.0, 0.5), at("EPSG:32633", 17.999, 45.0005, 0.5), "EPSG:32634"),
    (at("EPSG:4326", -76.0, -12.0, 0.5 / DEGREE), at("EPSG:3857", -76.0003, -11.9998, 0.5), "EPSG:32718"),
    (at("EPSG:4326", 11.0, 60.0, 0.7 / DEGREE), at("EPSG:3857", 11.0, 60.0, 1.0), "EPSG:32632"),
    (at("EPSG:2264", -80.84, 35.22, 1.64), at("EPSG:4326", -80.8402, 35.2202, 0.5 / DEGREE), "EPSG:2264"),
    (at("EPSG:4326", -80.84, 35.22, 0.5 / DEGREE), at("EPSG:2264", -80.8402, 35.2202, 1.64), "EPSG:2264"),
    (at("EPSG:3395", 11.0, 60.0, 1.0), at("EPSG:3395", 11.0, 60.0, 1.0), "EPSG:32632"),
    (at("EPSG:3035", 15.0, 45.0, 0.5), at(UTM, 15.0, 45.0, 0.5), "EPSG:3035"),
    (at("EPSG:3031", 30.0, -85.0, 0.5), at("EPSG:4326", 29.99, -84.999, 0.5 / DEGREE, (600, 6000)), "EPSG:3031"),
]


@pytest.mark.parametrize(("before", "after", "crs"), PLACES, ids=[f"{b.crs}-{a.crs}" for b, a, _ in PLACES])
def test_the_grid_is_a_metric_map_and_lies_within_the_shared_ground(before: RasterInfo, after: RasterInfo, crs: str) -> None:
    found = native(before, after)
    grid = found.grid
    assert grid.crs == crs
    one, other = (reproject_bounds(bounds_of(info), info.crs, crs) for info in (before, after))
    shared = max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
    slack = 1e-5 * grid.step
    left, bottom, right, top = grid.bounds
    assert shared[0] - slack <= left <= shared[0] + grid.step
    assert shared[1] - slack <= bottom <= shared[1] + grid.step
    assert shared[2] - grid.step <= right <= shared[2] + slack
    assert shared[3] - grid.step <= top <= shared[3] + slack
    assert grid.gsd == pytest.approx(max(found.gsd), rel=1e-3)  # lengths on two maps of true scale differ by less
    assert grid.gsd / grid.step == pytest.approx(0.3048006096 if crs == "EPSG:2264" else 1.0, rel=1e-9)
    assert all(0 < share <= 1 for share in found.shared)
    if before.crs != after.crs:
        assert any(before.crs in note and after.crs in note for note in found.notes)


RESOLUTIONS = [
    # the Earth is no sphere: a third of a percent
    (at(UTM, 15.0, 45.0, 0.5), 0.5, 1e-9),
    (at("EPSG:4326", 15.0, 60.0, 1e-5), 1e-5 * DEGREE * math.sqrt(0.5), 3.5e-3),
    (at("EPSG:3857", 11.0, 60.0, 1.0), 0.5, 3.5e-3),
    (at("EPSG:3857", 11.0, 75.0, 2.0), 2 * math.cos(math.radians(75)), 3.5e-3),
    (at("EPSG:3395", 11.0, 60.0, 1.0), 0.5, 3.5e-3),
    (at("EPSG:2264", -80.84, 35.22, 1.64), 1.64 * 1200 / 3937, 1e-6),
    (at("ESRI:54034", 11.0, 60.0, 0.5), 0.5, 3.5e-3),  # true areas, but pixels four times as high as wide
]


@pytest.mark.parametrize(("info", "metres", "tolerance"), RESOLUTIONS, ids=[info.crs for info, _, _ in RESOLUTIONS])
def test_the_ground_resolution_is_in_metres_on_the_ground(info: RasterInfo, metres: float, tolerance: float) -> None:
    found = native(info, info)
    assert found.gsd == pytest.approx((metres, metres), rel=tolerance)
    # the area too: that of the raster, of which the grid may leave out its last lines
    assert found.grid.area == pytest.approx(info.width * info.height * metres**2, rel=0.15)


def test_a_meridian_of_180_degrees_is_crossed_on_a_metric_map() -> None:
    before, after = at("EPSG:32660", 179.9995, 10.0, 0.5), at("EPSG:32601", -179.9998, 10.0, 0.5)
    found = native(before, after)
    assert found.grid.crs == "EPSG:32660"
    # 0.0007 degrees beyond that meridian, where a degree has 109.6 km
    assert found.grid.width == pytest.approx(150 / 0.5 - 0.0007 * 109_640 / 0.5, abs=2)
    assert found.shared == pytest.approx((found.grid.width / 300,) * 2, rel=0.02)


# what can't be brought together


def test_scenes_apart_are_refused_with_both_places_in_degrees() -> None:
    with pytest.raises(NoOverlapError) as caught:
        native(at(UTM, 15.0, 45.0, 0.5), at("EPSG:32610", -123.0, 45.0, 0.5))
    message = str(caught.value)
    assert "15.0000, 44.9986, 15.0019, 45.0000" in message
    assert "-123.0000, 44.9986, -122.9981, 45.0000" in message
    assert "Check that they show one place" in message


def test_scenes_that_only_touch_share_nothing() -> None:
    with pytest.raises(NoOverlapError, match="share no ground"):
        align(header(), header(transform=north_up(0.5, LEFT + 150)), MODEL)


@pytest.mark.parametrize("pixels", [1, 31])
def test_an_overlap_below_32_pixels_is_too_small(pixels: int) -> None:
    with pytest.raises(NoOverlapError, match=rf"only {pixels} x 300 pixels.*32 x 32.*--resolution"):
        align(header(), header(transform=north_up(0.5, LEFT + 150 - pixels * 0.5)), MODEL)


def test_an_overlap_of_32_pixels_is_enough() -> None:
    assert align(header(), header(transform=north_up(0.5, LEFT + 150 - 16)), MODEL).grid.width == 32


@pytest.mark.parametrize(
    ("info", "message"),
    [
        (header("EPSG:4326"), r"no place on Earth in EPSG:4326.*gdal_edit"),
        (header("EPSG:4326", north_up(1e-5, 15.0, 900.0)), r"no place on Earth"),
        (header("EPSG:4326", north_up(1e-5, 250.0, 10.0)), r"beyond 180.*gdalwarp -t_srs EPSG:32612 IN OUT\.tif"),
        (header("EPSG:4326", north_up(1e-5, 179.9975, 10.0)), r"beyond 180.*gdalwarp -t_srs EPSG:32660 IN OUT\.tif"),
        (header("EPSG:4326", north_up(1e-5, -180.0025, -17.0)), r"beyond 180.*gdalwarp -t_srs EPSG:32760 IN OUT\.tif"),
        (header(UTM, north_up(0.5, 1e30, 1e30)), r"no place on Earth in EPSG:32633.*gdal_edit"),
        (header(SITE), r"on no map of the Earth.*gdalwarp"),
        (header("EPSG:4978"), r"on no map of the Earth.*gdalwarp"),
    ],
)
def test_coordinates_that_are_no_place_are_named(info: RasterInfo, message: str) -> None:
    for pair in ((info, header()), (header(), info)):
        with pytest.raises(UnplacedError, match=message):
            native(*pair)


def test_pixels_without_a_size_are_named() -> None:
    info = header("EPSG:4326", (1e-200, 0.0, 16.0, 0.0, -1e-5, 45.0))
    with pytest.raises(UnplacedError, match=r"no picture of the ground.*Export it again"):
        native(info, info)


def test_a_place_that_only_one_of_two_maps_knows_is_named() -> None:
    pole = header("EPSG:4326", (360 / 256, 0.0, -180.0, 0.0, -0.1 / 256, -89.9), (256, 256))
    with pytest.raises(SceneError, match=r"no coordinates.*gdalinfo"):
        native(header("EPSG:3031", north_up(0.5, -64.0, 64.0)), pole)


# the part that is wanted


def test_a_box_keeps_to_its_part() -> None:
    box = reproject_bounds((LEFT + 30, TOP - 100, LEFT + 90, TOP - 40), UTM, "EPSG:4326")
    grid = align(header(), header(), MODEL, bbox=box).grid
    left, bottom, right, top = grid.bounds
    # a box in degrees is a little turned against the map
    assert (left, bottom, right, top) == pytest.approx((LEFT + 30, TOP - 100, LEFT + 90, TOP - 40), abs=0.6)


def test_shares_are_those_of_the_overlap_and_the_boxs_own_is_told() -> None:
    box = reproject_bounds((LEFT, TOP - 60, LEFT + 60, TOP), UTM, "EPSG:4326")
    before, after = header(), header(size=(600, 300))
    found = align(before, after, MODEL, bbox=box)
    assert found.shared == align(before, after, MODEL).shared == pytest.approx((1.0, 0.5))
    (note,) = found.notes
    assert re.fullmatch(r"The box keeps 16\.\d % of the ground that the scenes share\.", note)


@pytest.mark.parametrize("box", [(14.0, 44.0, 16.0, 46.0), (-180.0, -90.0, 180.0, 90.0), (0.0, 0.0, 90.0, 90.0)])
def test_a_box_around_the_scene_changes_nothing(box: Bounds) -> None:
    assert align(header(), header(), MODEL, bbox=box) == align(header(), header(), MODEL)


@pytest.mark.parametrize(("box", "west", "width"), [((179.0, 9.0, 180.0, 11.0), 0, 110), ((-180.0, 9.0, -179.0, 11.0), 109, 191)])
def test_a_box_on_either_side_of_180_degrees_is_found(box: Bounds, west: int, width: int) -> None:
    info = at("EPSG:32660", 179.9995, 10.0, 0.5)
    grid = align(info, info, MODEL, bbox=box).grid
    assert (grid.left - info.transform[2]) / 0.5 == pytest.approx(west, abs=6)  # the meridian is not upright on this map
    assert grid.width == pytest.approx(width, abs=6)


@pytest.mark.parametrize(
    ("crs", "longitude", "box", "west", "width"),
    [
        ("EPSG:32660", 179.9995, (179.9997, 9.0, -179.9997, 11.0), 44, 131),
        ("EPSG:32660", 179.9995, (179.0, 9.0, -179.9997, 11.0), 0, 175),
        ("EPSG:32660", 179.9995, (179.9997, 9.0, -179.0, 11.0), 44, 256),
        ("EPSG:32660", 179.9995, (179.0, 9.0, -179.0, 11.0), 0, 300),
        ("EPSG:32660", 179.9995, (-180.0, -90.0, 180.0, 90.0), 0, 300),
        ("EPSG:32601", -179.9995, (179.0, 9.0, -179.9990, 11.0), 0, 110),
        ("EPSG:32660", 179.9980, (179.9985, 9.0, -179.0, 11.0), 110, 190),
    ],
)
def test_a_box_across_180_degrees_is_found(crs: str, longitude: float, box: Bounds, west: int, width: int) -> None:
    info = at(crs, longitude, 10.0, 0.5)
    grid = align(info, info, MODEL, bbox=box).grid
    assert (grid.left - info.transform[2]) / 0.5 == pytest.approx(west, abs=6)
    assert grid.width == pytest.approx(width, abs=6)
    assert grid.height == 300


def test_a_box_across_180_degrees_may_lie_elsewhere_too() -> None:
    with pytest.raises(NoOverlapError, match="lies outside the shared ground"):
        align(header(), header(), MODEL, bbox=(179.0, 44.0, -179.0, 46.0))


def test_a_box_elsewhere_is_refused_with_the_shared_ground() -> None:
    with pytest.raises(NoOverlapError, match=r"lies outside the shared ground: 15\.0000, 45\.1521, 15\.0019, 45\.1535.*Give a box"):
        align(header(), header(), MODEL, bbox=(16.0, 45.0, 16.1, 45.1))


# the resolution


@pytest.mark.parametrize(
    ("step", "gsd", "told"),
    [
        (0.5, 0.5, None),
        (0.42, 0.42, None),
        (0.62, 0.62, None),
        (0.3, 0.5, r"finer than what the model was trained on; they are read at its 0\.5 m"),
        (0.05, 0.5, "finer than"),
        (0.7, 0.7, "read at that: expect small things to be missed"),
        (1.0, 1.0, "expect small things to be missed"),
    ],
)
def test_auto_reads_near_the_models_resolution(step: float, gsd: float, told: str | None) -> None:
    size = round(300 * 0.5 / step)
    info = header(transform=north_up(step), size=(size, size))
    found = align(info, info, MODEL)
    assert found.grid.gsd == pytest.approx(gsd)
    assert bool(found.notes) == (told is not None)
    assert told is None or re.search(told, " ".join(found.notes))


@pytest.mark.parametrize("resolution", ["auto", 0.5, 2.0, 30.0])
@pytest.mark.parametrize("step", [1.05, 10.0, 30.0])
def test_what_the_model_can_not_see_is_refused_unless_native_is_asked_for(step: float, resolution: Resolution) -> None:
    with pytest.raises(ResolutionError, match=r"guesses.*--resolution native"):
        align(header(transform=north_up(step)), header(transform=north_up(0.5), size=(20_000, 20_000)), MODEL, resolution)


@pytest.mark.parametrize(("metres", "told"), [(0.5, False), (0.45, False), (0.44, True), (0.2, True)])
def test_pixels_that_are_made_up_are_told(metres: float, told: bool) -> None:
    coarse = header(transform=north_up(0.9))
    for pair in ((coarse, coarse), (header(size=(600, 600)), coarse)):
        notes = [note for note in align(*pair, MODEL, metres).notes if "made up by interpolation" in note]
        assert len(notes) == told
        assert all("0.9 m a pixel where they are coarser" in note for note in notes)


@pytest.mark.parametrize(("step", "far"), [(0.5, False), (0.45, False), (1.0, False), (0.3, True), (10.0, True)])
def test_native_reads_the_coarser_resolution_and_warns_where_that_is_far(step: float, far: bool) -> None:
    info = header(transform=north_up(step))
    found = align(info, info, MODEL, "native")
    assert found.grid.gsd == pytest.approx(step)
    assert found.warped == (False, False)
    assert any("don't rely on its sentences" in note for note in found.notes) == far


@pytest.mark.parametrize(("metres", "far"), [(0.5, False), (0.8, False), (0.25, True), (2.0, True)])
def test_a_number_is_the_resolution(metres: float, far: bool) -> None:
    found = align(header(), header(), MODEL, metres)
    assert found.grid.gsd == pytest.approx(metres)
    assert found.grid.width == pytest.approx(150 / metres, abs=1)
    assert any("don't rely on its sentences" in note for note in found.notes) == far


def test_a_number_of_metres_holds_on_a_map_in_feet() -> None:
    info = at("EPSG:2264", -80.84, 35.22, 1.64)
    grid = align(info, info, MODEL, 0.6).grid
    assert grid.gsd == pytest.approx(0.6)
    assert grid.step == pytest.approx(0.6 * 3937 / 1200)


# notes


def test_strips_are_told() -> None:
    (note,) = align(header(size=(2000, 2000), block=(4, 2000)), header(), MODEL).notes
    assert "stored in strips" in note
    assert "TILED=YES" in note


@pytest.mark.parametrize(("steps", "resolution", "read"), [((0.5, 0.25), "auto", 0.5), ((0.5, 0.25), 1.0, 1), ((0.2, 0.15), "auto", 0.5)])
def test_two_resolutions_are_told_with_the_one_that_is_read(steps: tuple[float, float], resolution: Resolution, read: float) -> None:
    notes = align(*(header(transform=north_up(step), size=(900, 900)) for step in steps), MODEL, resolution).notes  # type: ignore[misc]
    assert f"The scenes have {steps[0]} and {steps[1]} m a pixel; both are read at {read} m." in notes
