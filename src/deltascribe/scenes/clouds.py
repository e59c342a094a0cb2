"""Cloud masks: whether a raster can be one, and how much of the ground it tells about."""

from __future__ import annotations

import numpy as np

from deltascribe.errors import BandError, ImageError, NoOverlapError, SceneError
from deltascribe.scenes.addresses import shown
from deltascribe.scenes.grid import Grid, reproject_points
from deltascribe.scenes.rasters import RasterInfo, inspect_raster

_POINTS = 64
"""Rows and columns of the lattice of points that are looked up in a mask's outline."""


def inspect_clouds(path: str, *, max_pixels: int, network: bool = False) -> RasterInfo:
    """Reads and checks a cloud mask's header.

    Args:
        path, max_pixels, network: see `inspect_raster`.

    Raises:
        ImageError: as `inspect_raster`, of the same kinds.
        BandError: more than one band besides alpha.
    """
    try:
        info = inspect_raster(path, max_pixels=max_pixels, network=network, scene=False)
    except ImageError as error:
        raise type(error)(f"Cloud mask: {error}") from error
    bands = sum(role != "alpha" for role in info.roles)
    if bands != 1:
        raise BandError(
            f"The cloud mask {shown(path)} has {bands} bands, and it isn't known which marks the clouds. Write that one into a file of its "
            "own: gdal_translate -b NUMBER IN.tif OUT.tif"
        )
    return info


def covered_share(clouds: RasterInfo, grid: Grid) -> float:
    """Share of the grid, above 0, that lies within a cloud mask's border; a lattice of points is looked up.

    Raises:
        NoOverlapError: none does.
    """
    rows, columns = (np.linspace(0.5, side - 0.5, _POINTS) for side in (grid.height, grid.width))
    xs, ys = (values.ravel() for values in np.meshgrid(grid.left + columns * grid.step, grid.top - rows * grid.step))
    try:
        moved = reproject_points(list(xs), list(ys), grid.crs, clouds.crs)
    except SceneError:  # the ground has no coordinates on the mask's map
        moved = ([], [])
    a, b, c, d, e, f = clouds.transform
    x, y = (np.asarray(values) for values in moved)
    across, down = np.linalg.solve([[a, b], [d, e]], np.stack((x - c, y - f)))
    inside = (across >= 0) & (across <= clouds.width) & (down >= 0) & (down <= clouds.height)
    if not inside.any():
        raise NoOverlapError(
            f"The cloud mask {clouds.shown} lies beside the ground that is described. Check its coordinate system with gdalinfo, and that "
            "--clouds is given once for each scene, in their order."
        )
    return float(inside.mean())
