"""Writes GeoTIFFs block by block in bounded memory: tiled, compressed, with overviews; and warps them to another CRS."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltascribe.errors import DatasetError
from deltascribe.files import atomic_write
from deltascribe.geotiff import import_rasterio

TILE = 512
"""Side in pixels of the tiles of a file."""

Block = tuple[int, int, NDArray[np.uint8]]
"""First row, first column, and values [bands, h, w] of a part of a raster; corners lie on whole tiles."""


@dataclass(frozen=True)
class RasterProfile:
    """Form and place of a raster.

    Attributes:
        width, height: in pixels.
        bands: 3 for an image, 1 for a mask.
        crs: such as `EPSG:32614`.
        transform: affine transform, six numbers as GDAL's and rasterio's `Affine` order them.
        nodata: value that stands for "no image here"; None where there is none.
    """

    width: int
    height: int
    bands: int
    crs: str
    transform: tuple[float, float, float, float, float, float]
    nodata: int | None = None


def require_rasterio() -> Any:
    """The module rasterio.

    Raises:
        MissingDependencyError: it is not installed.
    """
    return import_rasterio("Writing GeoTIFF scenes", "enums", "vrt", "warp", "windows")


def require_crs(name: str) -> None:
    """Checks the name of a coordinate reference system: a code, since GDAL would take any other text for a file or a web address.

    Raises:
        DatasetError: it is not known.
    """
    rasterio = require_rasterio()
    advice = "Give a code such as EPSG:32614 or EPSG:3857."
    if not re.fullmatch(r"[A-Za-z]+:\d+", name):
        raise DatasetError(f"The CRS '{name}' is not known. {advice}")
    try:
        rasterio.crs.CRS.from_string(name)
    except rasterio.errors.CRSError as error:
        raise DatasetError(f"The CRS '{name}' is not known ({error}). {advice}") from error


def write_raster(
    path: Path, profile: RasterProfile, blocks: Iterable[Block], colours: dict[int, tuple[int, int, int]] | None = None
) -> None:
    """Writes a raster from its blocks; the file appears as a whole or not at all.

    Args:
        path: of the GeoTIFF.
        profile: its form.
        blocks: its parts, in any order.
        colours: of the values of a mask, for viewers; overviews of a raster with colours keep its values.

    Raises:
        DatasetError: the file cannot be written, for instance because the disk is full.
    """
    rasterio = require_rasterio()
    try:
        _write(rasterio, path, profile, blocks, colours)
    except rasterio.errors.RasterioError as error:
        raise DatasetError(
            f"{path} could not be written ({error.__cause__ or error}). Perhaps the disk is full: make room and give the same command "
            "again; files that are finished are kept."
        ) from error


def _write(
    rasterio: Any, path: Path, profile: RasterProfile, blocks: Iterable[Block], colours: dict[int, tuple[int, int, int]] | None
) -> None:
    with atomic_write(path) as temporary:
        with rasterio.open(temporary, "w", **_creation(rasterio, profile)) as target:
            for row, column, values in blocks:
                window = rasterio.windows.Window(column, row, values.shape[2], values.shape[1])
                target.write(values, window=window)
            if colours is not None:
                target.write_colormap(1, colours)
        method = rasterio.enums.Resampling.average if colours is None else rasterio.enums.Resampling.nearest
        with rasterio.Env(COMPRESS_OVERVIEW="DEFLATE", GDAL_TIFF_OVR_BLOCKSIZE=str(TILE)), rasterio.open(temporary, "r+") as target:
            target.build_overviews(_levels(profile), method)


def _creation(rasterio: Any, profile: RasterProfile) -> dict[str, Any]:
    return {
        "driver": "GTiff",
        "width": profile.width,
        "height": profile.height,
        "count": profile.bands,
        "dtype": "uint8",
        "crs": profile.crs,
        "transform": rasterio.Affine(*profile.transform),
        "nodata": profile.nodata,
        "tiled": True,
        "blockxsize": TILE,
        "blockysize": TILE,
        "compress": "deflate",
        "predictor": 2,
        "interleave": "pixel",
        "BIGTIFF": "IF_SAFER",
    }


def _levels(profile: RasterProfile) -> list[int]:
    """Factors 2, 4, 8 ... down to a picture of one tile."""
    levels = []
    factor = 2
    while max(profile.width, profile.height) / factor > TILE / 2:
        levels.append(factor)
        factor *= 2
    return levels


def block_corners(width: int, height: int, side: int) -> Iterator[tuple[int, int, int, int]]:
    """First row and column, height and width of the blocks that a raster is written in."""
    for row in range(0, height, side):
        for column in range(0, width, side):
            yield row, column, min(side, height - row), min(side, width - column)


def warp_raster(source: Path, path: Path, crs: str, progress: Callable[[], None] | None = None) -> RasterProfile:
    """Writes an image again in another CRS, at about its resolution; what lies outside it is 0.

    Args:
        source: GeoTIFF with `nodata` 0.
        path: of the new one.
        crs: of the new one.
        progress: called after each block.

    Returns:
        The form of the new one.
    """
    rasterio = require_rasterio()
    with rasterio.open(source) as opened:
        transform, width, height = rasterio.warp.calculate_default_transform(opened.crs, crs, opened.width, opened.height, *opened.bounds)
        profile = RasterProfile(width, height, opened.count, crs, tuple(transform)[:6], opened.nodata)
        cubic = rasterio.enums.Resampling.cubic
        with rasterio.vrt.WarpedVRT(opened, crs=crs, transform=transform, width=width, height=height, resampling=cubic) as warped:
            write_raster(path, profile, _read_blocks(rasterio, warped, progress))
    return profile


def _read_blocks(rasterio: Any, opened: Any, progress: Callable[[], None] | None) -> Iterator[Block]:
    for row, column, height, width in block_corners(opened.width, opened.height, 2 * TILE):
        yield row, column, opened.read(window=rasterio.windows.Window(column, row, width, height))
        if progress is not None:
            progress()
