"""Finds the ground that two rasters share, and the grid that both are read on.

Nothing is warped here: the grid is what the readers warp to, window by window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from deltascribe.errors import NoOverlapError, ResolutionError, SceneError, UnplacedError
from deltascribe.geotiff import WEB_MERCATOR, bounds_of
from deltascribe.report import format_percent
from deltascribe.scenes.grid import Bounds, Grid, intersection, reproject_bounds, reproject_points
from deltascribe.scenes.options import Resolution
from deltascribe.scenes.rasters import RasterInfo, import_rasterio

DEGREES = "EPSG:4326"
_SAME = 0.01
"""Ground resolutions that differ by less than this share are taken as equal."""
_FINEST, _COARSEST = 1.25, 2.0
"""A grid up to so many times finer, or coarser, than the model's resolution is read as it is."""
_LEAST = 32
"""Fewest pixels of a side that are worth describing."""
_TRUE = 0.05
"""A map whose lengths differ from the ground's by more than this share is not worked on."""
_SMALLEST = 1e-6
"""Metres below which a pixel is lost in the rounding of coordinates."""
_ALL = 0.995
"""A box around so much of the overlap keeps all of it."""


@dataclass(frozen=True)
class Alignment:
    """How two rasters come together.

    Attributes:
        grid: common grid of the shared ground.
        gsd: metres a pixel of the before and after raster, where they overlap.
        shared: share of the before and of the after raster's ground that lies in their overlap, within a box or not.
        notes: what a user should know, one sentence each.
        warped: whether the before and the after raster have to be resampled.
    """

    grid: Grid
    gsd: tuple[float, float]
    shared: tuple[float, float]
    notes: tuple[str, ...]
    warped: tuple[bool, bool]


def align(
    before: RasterInfo, after: RasterInfo, model_gsd: float, resolution: Resolution = "auto", bbox: Bounds | None = None
) -> Alignment:
    """Computes the overlap of two rasters and the grid to read it on.

    Args:
        before, after: headers.
        model_gsd: metres a pixel of the images that the model was trained on.
        resolution: see `SceneOptions.resolution`.
        bbox: (west, south, east, north) in degrees to keep to; west is greater than east where it lies across 180 degrees.

    Raises:
        NoOverlapError: they share no ground, or less than 32 pixels of it; so too within `bbox`.
        ResolutionError: the rasters are far coarser than what the model knows, and `native` was not asked for.
        UnplacedError: the coordinates of a raster are nowhere on Earth.
    """
    crs = _working_crs(before, after)
    overlap = _shared_bounds(before, after, crs)
    part = overlap if bbox is None else _within(overlap, crs, bbox)
    sides = _gsd_at(before, part, crs), _gsd_at(after, part, crs)
    wanted, notes = _choose_resolution(sides, model_gsd, resolution)
    scale = _metres_a_unit(crs)
    grid, whole = (_snap(before, crs, bounds, wanted, sides[0], scale) for bounds in (part, overlap))
    if min(grid.width, grid.height) < _LEAST:
        raise NoOverlapError(
            f"The scenes share only {grid.width} x {grid.height} pixels of {wanted:g} m, less than the {_LEAST} x {_LEAST} needed. "
            "Give scenes (or a --bbox) that share more, or a finer --resolution."
        )
    warped = not on_grid(before, grid), not on_grid(after, grid)
    shares = whole.area / _ground(before, crs), whole.area / _ground(after, crs)
    notes = [*_notes(before, after, sides, grid), *notes]
    if grid.area < _ALL * whole.area:
        notes.append(f"The box keeps {format_percent(grid.area / whole.area)} of the ground that the scenes share.")
    return Alignment(grid, sides, (min(shares[0], 1.0), min(shares[1], 1.0)), tuple(notes), warped)


def _working_crs(before: RasterInfo, after: RasterInfo) -> str:
    """The before raster's system where that is a map of true scale, else the after raster's, else UTM."""
    utm = [_utm(info) for info in (before, after)]
    return next((info.crs for info, local in zip((before, after), utm, strict=True) if _true_scale(info, local)), utm[0])


def _true_scale(info: RasterInfo, utm: str) -> bool:
    """Whether a metre on the raster's own map is one on the ground, in both directions; on Mercator's it is more away from the equator."""
    if not import_rasterio().crs.CRS.from_user_input(info.crs).is_projected or info.crs in WEB_MERCATOR:
        return False
    left, bottom, right, top = _bounds(info)
    x, y, side = (left + right) / 2, (bottom + top) / 2, 100 / _metres_a_unit(info.crs)
    xs, ys = reproject_points([x, x + side, x], [y, y, y + side], info.crs, utm)
    return all(abs(math.hypot(xs[end] - xs[0], ys[end] - ys[0]) / 100 - 1) < _TRUE for end in (1, 2))


def _utm(info: RasterInfo) -> str:
    """The UTM system of a raster's middle."""
    return _utm_of(*_degrees(info))


def _utm_of(west: float, south: float, east: float, north: float) -> str:
    zone = int(((west + east) / 2 + 180) % 360 // 6) + 1
    return f"EPSG:{(32600 if south + north >= 0 else 32700) + zone}"


def _degrees(info: RasterInfo) -> Bounds:
    """(west, south, east, north) of a raster; east is beyond 180 where the raster lies across that meridian.

    Raises:
        UnplacedError: its coordinates are nowhere on Earth.
    """
    system, bounds = import_rasterio().crs.CRS.from_user_input(info.crs), _bounds(info)
    if not (system.is_projected or system.is_geographic):
        raise UnplacedError(
            f"{info.shown} is on no map of the Earth ({_short(info.crs)}). Reproject it first: gdalwarp -t_srs EPSG:... IN OUT.tif"
        )
    nowhere = (
        f"{info.shown}: the coordinates {bounds} are no place on Earth in {_short(info.crs)}. Find out with gdalinfo which of the two is "
        "wrong, and write the right one into the file (gdal_edit.py -a_srs EPSG:... -a_ullr LEFT TOP RIGHT BOTTOM FILE)."
    )
    try:
        west, south, east, north = reproject_bounds(bounds, info.crs, DEGREES)
    except SceneError as error:
        raise UnplacedError(nowhere) from error
    pixel = abs(info.transform[0]) + abs(info.transform[1])
    if south > north or (system.is_geographic and max(-west, east) > 540):
        raise UnplacedError(nowhere)
    if system.is_geographic and max(-west, east) > 180 + pixel:
        raise UnplacedError(
            f"{info.shown} reaches from {west:.4f} to {east:.4f} degrees of longitude, beyond 180. Reproject it to a metric map, "
            f"on which that is no border: gdalwarp -t_srs {_utm_of(west, south, east, north)} IN OUT.tif"
        )
    return west, south, east + 360 if east < west else east, north


def _shared_bounds(before: RasterInfo, after: RasterInfo, crs: str) -> Bounds:
    try:
        one, other = (reproject_bounds(_bounds(info), info.crs, crs) for info in (before, after))
        shared = intersection(one, other)
    except SceneError:  # places far from a map's own have no coordinates on it
        shared = None
    if shared is None:
        places = [", ".join(f"{value:.4f}" for value in _degrees(info)) for info in (before, after)]
        raise NoOverlapError(
            f"The scenes share no ground. West, south, east, north in degrees: {before.name} {places[0]}; {after.name} {places[1]}. "
            "Check that they show one place, and that their coordinate systems are right."
        )
    return shared


def _within(shared: Bounds, crs: str, bbox: Bounds) -> Bounds:
    """The part of the shared bounds that lies in a box of degrees."""
    west, south, east, north = reproject_bounds(shared, crs, DEGREES)
    whole = (west, south, east + 360 if east < west else east, north)
    first, last = bbox[0], bbox[2] + 360 if bbox[2] < bbox[0] else bbox[2]
    turns = [(first + turn, bbox[1], last + turn, bbox[3]) for turn in (-360, 0, 360)]
    # only the part of the box that is near has coordinates on the map
    near = [part for turn in turns if (part := intersection(whole, turn))]
    found = [part for box in near if (part := intersection(shared, reproject_bounds(box, DEGREES, crs)))]
    if not found:
        place = ", ".join(f"{value:.4f}" for value in whole)
        raise NoOverlapError(
            f"The box {bbox} lies outside the shared ground: {place} (west, south, east, north in degrees). Give a box that lies in it."
        )
    lefts, bottoms, rights, tops = zip(*found, strict=True)  # of one part, or of those on either side of 180 degrees
    return min(lefts), min(bottoms), max(rights), max(tops)


def _choose_resolution(sides: tuple[float, float], model_gsd: float, resolution: Resolution) -> tuple[float, list[str]]:
    """Metres a pixel of the common grid, and what to tell about it."""
    coarser = max(sides)
    factor = coarser / model_gsd
    far = f"The scenes have {coarser:.3g} m a pixel where they are coarser; the model was trained on {model_gsd:g} m."
    if resolution == "native":
        return coarser, [] if 1 / _FINEST <= factor <= _COARSEST else [_UNSURE.format(coarser, model_gsd)]
    if factor > _COARSEST * (1 + _SAME):
        raise ResolutionError(
            f"{far} What it has learned to name, houses and roads, can't be made out there, so its sentences would be guesses. Give "
            "finer scenes, or go on all the same with --resolution native."
        )
    if isinstance(resolution, float | int):
        notes = [] if 1 / _FINEST <= resolution / model_gsd <= _COARSEST else [_UNSURE.format(resolution, model_gsd)]
        return float(resolution), notes + ([_MADE_UP.format(coarser, resolution)] if coarser > _COARSEST * (1 + _SAME) * resolution else [])
    if factor < 1 / _FINEST:
        return model_gsd, [f"The scenes are finer than what the model was trained on; they are read at its {model_gsd:g} m a pixel."]
    if factor > _FINEST:
        return coarser, [f"{far} They are read at that: expect small things to be missed."]
    return coarser, []


_MADE_UP = "The scenes have {:.3g} m a pixel where they are coarser; most pixels of {:.3g} m are made up by interpolation."
_UNSURE = "The scenes are read at {:.3g} m a pixel, far from the model's {:g} m: don't rely on its sentences."


def _snap(before: RasterInfo, crs: str, bounds: Bounds, gsd: float, own: float, scale: float) -> Grid:
    """A grid over the bounds, no larger than they: of the before raster's own lines where it fits, else on multiples of its step."""
    a, b, c, d, e, f = before.transform
    keeps = before.crs == crs and b == d == 0 and a > 0 > e and abs(a + e) < 1e-9 * a and abs(gsd / own - 1) < _SAME
    step = a if keeps else gsd / scale
    origin_x, origin_y = (c, f) if keeps else (0.0, 0.0)
    first, last = (math.ceil((bounds[0] - origin_x) / step - 1e-6), math.floor((bounds[2] - origin_x) / step + 1e-6))
    top, bottom = (math.floor((bounds[3] - origin_y) / step + 1e-6), math.ceil((bounds[1] - origin_y) / step - 1e-6))
    width, height = max(last - first, 0), max(top - bottom, 0)
    return Grid(crs, origin_x + first * step, origin_y + top * step, step, width, height, step * scale)


def on_grid(info: RasterInfo, grid: Grid) -> bool:
    """Whether the raster's pixels are the grid's, so that windows are read without resampling."""
    a, b, c, d, e, f = info.transform
    if info.crs != grid.crs or b != 0 or d != 0:
        return False
    drift = max(abs(a - grid.step), abs(-e - grid.step)) / grid.step * max(grid.width, grid.height)
    column, row = (grid.left - c) / grid.step, (f - grid.top) / grid.step
    return drift < 0.05 and abs(column - round(column)) < 0.05 and abs(row - round(row)) < 0.05


def _bounds(info: RasterInfo) -> Bounds:
    return bounds_of(info.transform, (info.height, info.width))


def pixel_steps(info: RasterInfo, bounds: Bounds, crs: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """(x, y) of a step from a raster's pixel to the next one in its row, and in its column, on another map, at the middle of bounds there.

    Raises:
        SceneError: the place has no coordinates in the raster's system.
    """
    xs, ys = reproject_points([(bounds[0] + bounds[2]) / 2], [(bounds[1] + bounds[3]) / 2], crs, info.crs)
    a, b, _, d, e, _ = info.transform
    xs, ys = reproject_points([xs[0], xs[0] + a, xs[0] + b], [ys[0], ys[0] + d, ys[0] + e], info.crs, crs)
    return (xs[1] - xs[0], ys[1] - ys[0]), (xs[2] - xs[0], ys[2] - ys[0])


def _gsd_at(info: RasterInfo, shared: Bounds, crs: str) -> float:
    """Metres a pixel of a raster at the middle of the shared ground: the side of a square of a pixel's area."""
    across, down = pixel_steps(info, shared, crs)
    side = math.sqrt(abs(across[0] * down[1] - across[1] * down[0])) * _metres_a_unit(crs)
    if side < _SMALLEST:
        raise UnplacedError(f"{info.shown} has pixels of {side:.3g} m, which is no picture of the ground. Export it again.")
    return side


def _metres_a_unit(crs: str) -> float:
    system: Any = import_rasterio().crs.CRS.from_user_input(crs)
    factor = float(system.linear_units_factor[1])
    if not math.isfinite(factor) or factor <= 0:
        raise SceneError(f"The unit of {crs} is unknown. Reproject one of the scenes to a metric system, such as UTM.")
    return factor


def _ground(info: RasterInfo, crs: str) -> float:
    """Square metres that a raster covers, at the scale of its middle."""
    bounds = reproject_bounds(_bounds(info), info.crs, crs)
    return info.width * info.height * _gsd_at(info, bounds, crs) ** 2


def _notes(before: RasterInfo, after: RasterInfo, sides: tuple[float, float], grid: Grid) -> list[str]:
    notes = []
    if before.crs != after.crs:
        notes.append(f"The coordinate systems differ ({_short(before.crs)} and {_short(after.crs)}); both scenes are read on one grid.")
    if abs(sides[0] / sides[1] - 1) > _SAME:
        notes.append(f"The scenes have {sides[0]:.3g} and {sides[1]:.3g} m a pixel; both are read at {grid.gsd:.3g} m.")
    for info in (before, after):
        if info.striped:
            notes.append(
                f"{info.name} is stored in strips over its whole width, which makes reading slower; "
                "gdal_translate -co TILED=YES makes tiles of them."
            )
    return notes


def _short(crs: str) -> str:
    return crs if len(crs) <= 30 else crs[:27] + "..."
