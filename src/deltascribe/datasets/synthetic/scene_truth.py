"""Ground truth of a scene as GeoJSON: what came and went, and the captions of each window of 256 pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shapely import Polygon, box
from shapely.affinity import affine_transform
from shapely.geometry import mapping

from deltascribe.datasets.synthetic.makers import Makers
from deltascribe.datasets.synthetic.pair import caption_pair
from deltascribe.datasets.synthetic.raster import block_corners
from deltascribe.datasets.synthetic.scene import CORNER, CRS, Scene
from deltascribe.datasets.synthetic.windows import PlaceIndex
from deltascribe.datasets.synthetic.world import describe

WINDOW = 256
"""Side of a captioned window in pixels."""


def scene_truth(index: PlaceIndex, scene: Scene, makers: Makers, progress: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """A feature a changed object (`change`: `added` or `removed`) and a feature a window (`change`: `window`, with its captions).

    Coordinates are those of the scene's CRS, which the member `crs` names as GDAL and QGIS read it.
    """
    place = index.place
    features = [_object(thing, change) for change, things in (("added", place.added()), ("removed", place.removed())) for thing in things]
    corners = list(block_corners(scene.size, scene.size, WINDOW))
    for number, corner in enumerate(corners):
        features.append(_window(index, scene, makers, number, corner))
        if progress is not None:
            progress(number + 1, len(corners))
    code = CRS.removeprefix("EPSG:")
    return {
        "type": "FeatureCollection",
        "name": "truth",
        "crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}},
        "features": features,
    }


def _object(thing: Any, change: str) -> dict[str, Any]:
    about = {key: value for key, value in describe(thing).items() if key not in ("polygon", "line")}
    return _feature(thing.polygon, {"change": change, **about})


def _window(index: PlaceIndex, scene: Scene, makers: Makers, number: int, corner: tuple[int, int, int, int]) -> dict[str, Any]:
    row, column, height, width = corner
    step = scene.resolution
    bounds = (column * step, row * step, (column + width) * step, (row + height) * step)
    place = index.window(bounds)
    captions = caption_pair(place, scene.seed, number, makers)
    about = {"row": row, "column": column, "size": height, "changed": place.changed, "captions": captions}
    return _feature(box(*bounds), {"change": "window", "name": f"{row:05d}_{column:05d}", **about})


def _feature(polygon: Polygon, properties: dict[str, Any]) -> dict[str, Any]:
    placed = affine_transform(polygon, (1, 0, 0, -1, CORNER[0], CORNER[1]))
    geometry = mapping(placed)
    return {"type": "Feature", "properties": properties, "geometry": {**geometry, "coordinates": _rounded(geometry["coordinates"])}}


def _rounded(value: Any) -> Any:
    return [_rounded(item) for item in value] if isinstance(value, (list, tuple)) else round(value, 2)
