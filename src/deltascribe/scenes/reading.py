"""Reads windows of both dates on the common grid: warped where needed, with what is missing marked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from deltascribe.errors import ImageDecodeError
from deltascribe.pixels import Pixels
from deltascribe.scenes.addresses import shown
from deltascribe.scenes.alignment import on_grid, pixel_steps
from deltascribe.scenes.grid import Grid
from deltascribe.scenes.rasters import RasterInfo, import_rasterio, opened, raster_environment, raster_errors, reason_of
from deltascribe.tiling import Window

Valid = npt.NDArray[np.bool_]
_FINER = 0.75
"""A raster whose pixels are smaller than this share of the grid's is averaged while it is warped."""


@dataclass(frozen=True)
class DateSource:
    """One date of a scene and how it is read.

    Attributes:
        info: header of the raster.
        bands: band numbers read as red, green and blue (or one, grey), counted from 1.
        low, high: values that become 0 and 1, the same in the whole scene.
        shift: (columns, rows) on the grid by which this date's content is moved.
        nodata: value that means missing where the file itself declares none; None for none.
        clouds: raster in which every value but 0 marks what can't be used, on whatever grid; or None.
    """

    info: RasterInfo
    bands: tuple[int, ...]
    low: float = 0.0
    high: float = 255.0
    shift: tuple[float, float] = (0.0, 0.0)
    nodata: float | None = None
    clouds: str | None = None


@dataclass(frozen=True, eq=False)
class DatePixels:
    """A window of one date.

    Attributes:
        raw: values as the file has them [1 or 3, h, w].
        valid: [h, w], false where there is no value, or a cloud.
        hidden: [h, w], true where the cloud mask marks what can't be used; None without a mask.
    """

    raw: npt.NDArray[Any]
    valid: Valid
    hidden: Valid | None = None


class DateReader:
    """An open date; not to be shared between threads.

    Args:
        source: what to read.
        grid: common grid.
        dataset: open raster, or a warped view of it.
        offset: (row, column) of the grid's corner in the dataset.
        clouds: open mask on the grid, or None.
    """

    def __init__(self, source: DateSource, grid: Grid, dataset: Any, offset: tuple[int, int], clouds: Any | None) -> None:
        self.source, self.grid = source, grid
        self._dataset, self._offset, self._clouds = dataset, offset, clouds
        roles = source.info.roles
        self._values = [band for band, role in enumerate(roles, 1) if role != "alpha"]
        # GDAL's own masks leave out an alpha band beside other than one or three bands, or of other than unsigned values
        self._alpha = roles.index("alpha") + 1 if "alpha" in roles else dataset.count if dataset.count > len(roles) else None

    def read(self, window: Window, shape: tuple[int, int] | None = None) -> DatePixels:
        """A window of the grid.

        Args:
            window: (row, column, height, width).
            shape: (height, width) that pixels are averaged to, from smaller versions stored in the file where there are such; None for
                all pixels.

        Raises:
            ImageDecodeError: a block of the file, or of its cloud mask, can't be decoded; the message says where.
        """
        rasterio = import_rasterio()
        row, column, height, width = window
        area = rasterio.windows.Window(column + self._offset[1], row + self._offset[0], width, height)
        with self._damage_named(self.source.info.shown, window):
            bands = list(self.source.bands)
            size = None if shape is None else (len(bands), *shape)
            raw = self._dataset.read(bands, window=area, out_shape=size, resampling=rasterio.enums.Resampling.average)
            valid = self._known(area, shape)
        if raw.dtype.kind == "f":
            valid &= np.isfinite(raw).all(axis=0)
        if self._clouds is None:
            return DatePixels(raw, valid)
        with self._damage_named(f"Cloud mask {shown(self.source.clouds or '')}", window):
            hidden: Valid = self._clouds.read(1, window=rasterio.windows.Window(column, row, width, height), out_shape=shape) != 0
        return DatePixels(raw, valid & ~hidden, hidden)

    @contextmanager
    def _damage_named(self, file: str, window: Window) -> Iterator[None]:
        try:
            yield
        except raster_errors() as error:
            row, column, height, width = window
            x, y = self.grid.point(row + height / 2, column + width / 2)
            raise ImageDecodeError(
                f"{file}: a block near x={x:.2f}, y={y:.2f} ({self.grid.crs}) can't be decoded "
                f"({reason_of(error, self.source.info.path, self.source.clouds or '')}). The file is damaged or cut short there: copy or "
                "export it again, or leave that part out with --bbox."
            ) from error

    def _known(self, area: Any, shape: tuple[int, int] | None) -> Valid:
        """Where any band has a value, and alpha isn't transparent."""
        size = None if shape is None else (len(self._values), *shape)
        valid: Valid = (self._dataset.read_masks(self._values, window=area, out_shape=size) > 0).any(axis=0)
        if self._alpha is not None:
            valid &= self._dataset.read(self._alpha, window=area, out_shape=shape) > 0
        return valid

    def pixels(self, window: Window, shape: tuple[int, int] | None = None) -> tuple[Pixels, Valid]:
        """A window as float32 [3, h, w] in 0..1, and where it is valid [h, w]; see `read`."""
        found = self.read(window, shape)
        return self.scaled(found), found.valid

    def scaled(self, found: DatePixels) -> Pixels:
        """What was read as float32 [3, h, w] in 0..1."""
        low, high = np.float32(self.source.low), np.float32(self.source.high)
        scaled = np.nan_to_num((found.raw.astype(np.float32) - low) / (high - low), nan=0.0, posinf=1.0, neginf=0.0)
        np.clip(scaled, 0, 1, out=scaled)
        return np.repeat(scaled, 3, axis=0) if len(scaled) == 1 else scaled


@contextmanager
def open_date(source: DateSource, grid: Grid, *, network: bool = False) -> Iterator[DateReader]:
    """Opens a date on a grid; it is warped only if its pixels aren't the grid's already, or if it is told what is missing.

    Raises:
        ImageNotFoundError, ImageDecodeError, RasterError: the file, or its cloud mask, can't be opened.
    """
    with ExitStack() as stack:
        rasterio = stack.enter_context(raster_environment(network))
        dataset = stack.enter_context(opened(source.info.path, network))
        offset = _offset(source, grid)
        if offset is None:
            dataset = stack.enter_context(_warped(rasterio, dataset, source, grid))
            offset = (0, 0)
        clouds = None
        if source.clouds is not None:
            clouds = stack.enter_context(_mask_on(rasterio, stack.enter_context(opened(source.clouds, network)), source, grid))
        yield DateReader(source, grid, dataset, offset, clouds)


@contextmanager
def open_dates(before: DateSource, after: DateSource, grid: Grid, *, network: bool = False) -> Iterator[tuple[DateReader, DateReader]]:
    """Both dates on their grid; see `open_date`."""
    with open_date(before, grid, network=network) as one, open_date(after, grid, network=network) as other:
        yield one, other


def read_pair(readers: tuple[DateReader, DateReader], window: Window) -> tuple[Pixels, Valid]:
    """A window of both dates: float32 [2, 3, h, w] in 0..1, black on both where either has no value, and where both have one [h, w]."""
    (before, known), (after, known_after) = (reader.pixels(window) for reader in readers)
    valid = known & known_after
    pair = np.stack((before, after))
    # what one date doesn't show would be a change of everything there
    pair[:, :, ~valid] = 0
    return pair, valid


def _offset(source: DateSource, grid: Grid) -> tuple[int, int] | None:
    """Where the grid's corner lies in the raster, in whole pixels; None if it has to be warped."""
    # the warper knows of a missing value that the file doesn't declare
    if source.nodata is not None or source.shift != (0.0, 0.0) or not on_grid(source.info, grid):
        return None
    _, _, left, _, _, top = source.info.transform
    return round((top - grid.top) / grid.step), round((grid.left - left) / grid.step)


def _warped(rasterio: Any, dataset: Any, source: DateSource, grid: Grid) -> Any:
    missing = {} if source.nodata is None else {"src_nodata": source.nodata}
    return rasterio.vrt.WarpedVRT(
        dataset,
        **_place(rasterio, source, grid),
        resampling=rasterio.enums.Resampling.bilinear,
        # tells what lies beyond the raster, whatever its type and bands
        add_alpha="alpha" not in source.info.roles,
        **missing,
        **_filter(source, grid),
    )


def _filter(source: DateSource, grid: Grid) -> dict[str, float]:
    """Pixels of the grid a pixel of the raster, where that is much less than 1: so wide is the filter against aliasing.

    What GDAL guesses for each of its blocks takes a rotation for a change of scale, and moves the content by up to a quarter of a pixel.
    """
    steps = pixel_steps(source.info, grid.bounds, grid.crs)
    scales = (math.hypot(steps[0][axis], steps[1][axis]) / grid.step for axis in (0, 1))
    return {name: scale if scale < _FINER else 1.0 for name, scale in zip(("XSCALE", "YSCALE"), scales, strict=True)}


def _mask_on(rasterio: Any, dataset: Any, source: DateSource, grid: Grid) -> Any:
    """A cloud mask on the grid, moved with the date that it belongs to; clear beyond its border."""
    # a value that it declares as nodata would fill what lies beyond
    return rasterio.vrt.WarpedVRT(
        dataset, **_place(rasterio, source, grid), src_nodata=None, nodata=None, resampling=rasterio.enums.Resampling.nearest
    )


def _place(rasterio: Any, source: DateSource, grid: Grid) -> dict[str, Any]:
    """Where a warped view of a date lies."""
    columns, rows = source.shift
    left, top = grid.point(-rows, -columns)
    return {
        "crs": grid.crs,
        "transform": rasterio.Affine(grid.step, 0, left, 0, -grid.step, top),
        "width": grid.width,
        "height": grid.height,
        "warp_mem_limit": 64,
    }
