"""From two files and settings to a plan: everything that is decided before the model looks at the first tile."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from deltascribe import __version__
from deltascribe.captioner import ChangeCaptioner
from deltascribe.errors import ResolutionError, SceneError
from deltascribe.own_code import own_code
from deltascribe.scenes.alignment import DEGREES, Alignment, align
from deltascribe.scenes.clouds import covered_share, inspect_clouds
from deltascribe.scenes.dates import Span
from deltascribe.scenes.grid import Grid, reproject_bounds
from deltascribe.scenes.identity import checksum
from deltascribe.scenes.notes import band_notes, cloud_notes, date_notes, nodata_notes, partial_notes, shift_notes, value_notes
from deltascribe.scenes.options import SceneOptions
from deltascribe.scenes.plan import ScenePlan, plan_scene
from deltascribe.scenes.rasters import RasterInfo, import_rasterio, inspect_raster
from deltascribe.scenes.reading import DateSource
from deltascribe.scenes.sampling import Misregistration, sample_dates, with_scale
from deltascribe.scenes.worker import WorkOrder

MAX_PIXELS = 4_000_000_000
"""Pixels of a raster above which it is refused unless the limit is raised: a scene of 63,000 pixels a side."""


@dataclass(frozen=True)
class ScenePair:
    """The files of one run.

    Attributes:
        before, after: GeoTIFFs.
        name: what the pair is called.
        clouds_before, clouds_after: rasters in which every value but 0 marks what can't be used; None without.
        dates: when each scene was taken; None where that isn't known.
        notes: what a user should know of how the files were chosen, one sentence each.
    """

    before: str
    after: str
    name: str
    clouds_before: str | None = None
    clouds_after: str | None = None
    dates: tuple[Span | None, Span | None] = (None, None)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PreparedScene:
    """A run that can start.

    Attributes:
        pair: files.
        before, after: how each date is read.
        alignment: common grid and what was found on the way to it.
        misregistration: by how much the dates lie beside each other before any correction.
        plan: tiles.
        options: settings.
        notes: what a user should know, one sentence each.
    """

    pair: ScenePair
    before: DateSource
    after: DateSource
    alignment: Alignment
    misregistration: Misregistration
    plan: ScenePlan
    options: SceneOptions
    notes: tuple[str, ...]

    def question(self, captioner: ChangeCaptioner, *, network: bool = False) -> dict[str, Any]:
        """All that a tile's answer depends on: the contents of the files, how they are read and cut, the model and its settings.

        Which tiles are looked at (`limit`, `polygon`) is no part of it, so that a wider run takes over what a narrower one has found.
        """
        return {
            "version": __version__,
            "before": _identity(self.before, network),
            "after": _identity(self.after, network),
            "plan": self.plan.digest(),
            "model": captioner.fingerprint,
            "arithmetic": captioner.device.type,
            "beams": self.options.beams,
            "min_valid": self.options.min_valid,
        }

    def order(self, captioner: ChangeCaptioner, *, network: bool = False) -> WorkOrder:
        """What a worker, here or elsewhere, must know."""
        return WorkOrder(
            self.before,
            self.after,
            self.plan.grid,
            self.plan.size,
            captioner.source,
            str(captioner.device),
            self.options.beams,
            self.options.min_valid,
            network,
            captioner.fingerprint,
            own_code(),
        )


def prepare(
    pair: ScenePair, captioner: ChangeCaptioner, options: SceneOptions, *, max_pixels: int = MAX_PIXELS, network: bool = False
) -> PreparedScene:
    """Checks two rasters and plans the run.

    Args:
        pair: files.
        captioner: the model, for its input's size and resolution.
        options: settings.
        max_pixels: see `inspect_raster`.
        network: whether web addresses are read.

    Raises:
        ImageError, SceneError: one of their named kinds, for each way in which a file, or the two together, can be unfit.
    """
    infos = [inspect_raster(path, max_pixels=max_pixels, network=network) for path in (pair.before, pair.after)]
    masks = [
        None if path is None else inspect_clouds(path, max_pixels=max_pixels, network=network)
        for path in (pair.clouds_before, pair.clouds_after)
    ]
    alignment = align(infos[0], infos[1], captioner.gsd, options.resolution, options.bbox)
    grid = alignment.grid
    if grid.width * grid.height > max_pixels:
        raise ResolutionError(
            f"At {grid.gsd:g} m a pixel the shared ground has {grid.width} x {grid.height} pixels, more than the limit of {max_pixels:.3g}."
            " Choose a coarser --resolution, a part with --bbox, or raise the limit with --max-pixels."
        )
    covered = [None if mask is None else covered_share(mask, grid) for mask in masks]
    after_bands = options.bands if options.bands_after is None else options.bands_after
    sources = [
        with_scale(_source(info, bands, clouds, options.nodata), grid, options.scale, network=network)
        for info, bands, clouds in zip(infos, (options.bands, after_bands), (pair.clouds_before, pair.clouds_after), strict=True)
    ]
    sampled = sample_dates(sources[0], sources[1], grid, network=network)
    shift = sampled.misregistration
    if options.correct_shift and shift.certain:
        sources[1] = replace(sources[1], shift=(-shift.columns, -shift.rows))
    polygon = None if options.polygon is None else _polygon(options.polygon, grid)
    size = captioner.size
    if options.overlap >= size // 2:
        raise SceneError(f"An overlap of {options.overlap} pixels is too much for tiles of {size}. Give less than {size // 2}.")
    plan = plan_scene(grid, size, options.overlap, infos, polygon=polygon, limit=options.limit)
    notes = (
        *pair.notes,
        *date_notes(pair.dates),
        *alignment.notes,
        *band_notes(sources),
        *value_notes(sources, options),
        *nodata_notes(sources, options, sampled.black),
        *cloud_notes(sources, covered, sampled.hidden),
        *shift_notes(shift, options, grid),
        *partial_notes(plan, options),
    )
    return PreparedScene(pair, sources[0], sources[1], alignment, shift, plan, options, notes)


def _source(info: RasterInfo, bands: Sequence[int] | None, clouds: str | None, nodata: float | None) -> DateSource:
    kinds = info.bands(bands)
    usable = nodata is not None and info.nodata is None and _holds(info.dtype, nodata)
    return DateSource(info, tuple(band + 1 for band in kinds.colour), nodata=nodata if usable else None, clouds=clouds)


def _holds(dtype: str, value: float) -> bool:
    """Whether a type has a value."""
    if dtype.startswith(("uint", "int")):
        limits = np.iinfo(dtype)
        return value.is_integer() and limits.min <= value <= limits.max
    if not dtype.startswith("float"):
        return False
    with np.errstate(over="ignore"):  # the largest value, written with fewer digits, is rounded to it
        return bool(np.isfinite(np.dtype(dtype).type(value)))


def _polygon(text: str, grid: Grid) -> Any:
    """A GeoJSON geometry in degrees, in the grid's coordinates."""
    around = _around(grid)
    try:
        # only what is near: places far away have no coordinates on the grid's map, and long sides are curves there
        near = shapely.make_valid(shapely.geometry.shape(json.loads(text))).intersection(around)
        near = shapely.segmentize(_surfaces(near), around.length / 400)
    except (ValueError, TypeError, AttributeError, KeyError, shapely.errors.ShapelyError) as error:
        raise SceneError(f"The polygon is no GeoJSON geometry in degrees ({error}). Give one with `type` and `coordinates`.") from error
    moved = None if near.is_empty else import_rasterio().warp.transform_geom(DEGREES, grid.crs, shapely.geometry.mapping(near))
    polygon = shapely.geometry.shape(moved) if moved else near
    if polygon.is_empty or not polygon.intersects(shapely.box(*grid.bounds)):
        raise SceneError("The polygon lies outside the ground that the scenes share. Check that it is in degrees, longitude first.")
    return polygon


def _surfaces(geometry: Any) -> Any:
    """A geometry without its lines and points, such as those that mending an outline leaves."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _around(grid: Grid) -> Any:
    """The grid's bounds in degrees, a little enlarged; in two parts across the meridian of 180 degrees."""
    west, south, east, north = reproject_bounds(grid.bounds, grid.crs, DEGREES)
    rim = (north - south) / 10
    parts = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    return shapely.union_all([shapely.box(left - rim, south - rim, right + rim, north + rim) for left, right in parts])


def _identity(source: DateSource, network: bool) -> dict[str, Any]:
    """What a date's pixels depend on, without where its file lies."""
    return {
        "content": checksum(source.info.path, network=network),
        "bands": source.bands,
        "range": [source.low, source.high],
        "shift": source.shift,
        "nodata": source.nodata,
        "clouds": None if source.clouds is None else checksum(source.clouds, network=network),
    }
