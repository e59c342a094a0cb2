"""Writes the small GeoTIFFs, and makes the headers without files, of the tests of reading."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from deltascribe.scenes.rasters import RasterInfo, inspect_raster
from deltascribe.scenes.reading import DateSource

rasterio = pytest.importorskip("rasterio")

UTM = "EPSG:32633"
LEFT, TOP = 500_000.0, 5_000_000.0
"""A corner on the middle meridian (15 degrees east) of UTM's zone 33."""
Transform = tuple[float, float, float, float, float, float]


def north_up(step: float, left: float = LEFT, top: float = TOP) -> Transform:
    """The transform of square pixels."""
    return (step, 0.0, left, 0.0, -step, top)


def header(crs: str = UTM, transform: Transform = north_up(0.5), size: tuple[int, int] = (300, 300), **fields: Any) -> RasterInfo:  # noqa: B008
    """What a raster of (height, width) would declare; there is no file."""
    height, width = size
    usual: dict[str, Any] = {
        "path": "folder/scene.tif",
        "driver": "GTiff",
        "roles": ("red", "green", "blue"),
        "dtype": "uint8",
        "nodata": None,
        "block": (64, 64),
        "compressed": None,
        "overviews": False,
    }
    return RasterInfo(width=width, height=height, crs=crs, transform=transform, **{**usual, **fields})


def write(
    path: Path,
    values: npt.NDArray[Any],
    *,
    transform: Transform | None = north_up(0.5),  # noqa: B008
    roles: Sequence[str] = (),
    mask: npt.NDArray[Any] | None = None,
    **profile: Any,
) -> Path:
    """A GeoTIFF of [bands, h, w].

    Args:
        path: where to.
        values: of all bands.
        transform: from pixels to the ground.
        roles: rasterio's names of what the bands mean.
        mask: [h, w], not 0 where there are values; kept inside the file.
        profile: of `rasterio.open`.
    """
    bands, height, width = values.shape
    place = {} if transform is None else {"transform": rasterio.Affine(*transform)}
    usual = {"driver": "GTiff", "count": bands, "height": height, "width": width, "dtype": values.dtype, "crs": UTM, **place}
    with warnings.catch_warnings(), rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(path, "w", **{**usual, **profile}) as target:
            if roles:
                target.colorinterp = [rasterio.enums.ColorInterp[role] for role in roles]
            target.write(values)
            if mask is not None:
                target.write_mask(mask)
    return path


def noise(bands: int = 3, height: int = 64, width: int = 64, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Values 1..254."""
    return np.random.default_rng(seed).integers(1, 255, (bands, height, width), dtype=np.uint8)


def texture(height: int, width: int, seed: int = 0) -> npt.NDArray[np.float64]:
    """Soft blobs of a few pixels, which have no period."""
    spectrum = np.fft.rfft2(np.random.default_rng(seed).normal(size=(height, width)))
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    return np.fft.irfft2(spectrum * np.exp(-((rows**2 + columns**2) / 0.02)), s=(height, width))


def info(path: Path) -> RasterInfo:
    """A file's header."""
    return inspect_raster(path, max_pixels=10**8)


def date(path: Path, bands: Sequence[int] | None = None, **fields: Any) -> DateSource:
    """A file as a date of a scene."""
    found = info(path)
    return DateSource(found, tuple(band + 1 for band in found.bands(bands).colour), **fields)
