"""What the page's script must know of a scene: tiles, changed areas and where they lie, in pixels of the grid and in degrees."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from shapely.geometry.base import BaseGeometry

from deltascribe.scenes.alignment import DEGREES
from deltascribe.scenes.answer import ChangeArea, DescribedTile, SceneAnswer
from deltascribe.scenes.grid import Grid
from deltascribe.scenes.page.ramp import colour
from deltascribe.scenes.rasters import import_rasterio
from deltascribe.webpage import Html, tag

MAX_AREAS = 5000
"""Changed areas that are drawn: the largest ones."""
_DIGITS = 6
"""Decimals of a degree: a tenth of a metre."""

Point = tuple[float, float]


def changed_tiles(answer: SceneAnswer) -> list[DescribedTile]:
    """The tiles that tell of a change, the most probable first."""
    return sorted((entry for entry in answer.tiles if entry.changed), key=lambda entry: (-entry.probability, entry.tile.index))


def drawn_areas(answer: SceneAnswer) -> list[ChangeArea]:
    """The areas that the page shows, by number."""
    largest = sorted(answer.areas, key=lambda area: (-area.area, area.index))[:MAX_AREAS]
    return sorted(largest, key=lambda area: area.index)


def scene_json(answer: SceneAnswer) -> Html:
    """A block of data that the script reads; nothing in it can end the block."""
    grid = answer.plan.grid
    captions = {text: number for number, text in enumerate(sorted({entry.caption for entry in answer.tiles if entry.caption is not None}))}
    areas = drawn_areas(answer)
    values = {
        "width": grid.width,
        "height": grid.height,
        "gsd": grid.gsd,
        "left": grid.left,
        "top": grid.top,
        "step": grid.step,
        "captions": list(captions),
        "tiles": list(_tiles(answer, captions)),
        "areas": list(_areas(grid, areas, captions)),
    }
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return tag("script", Html(text), type="application/json", id="scene")


def outline(polygon: BaseGeometry, grid: Grid) -> str:
    """A polygon as path of SVG, in whole pixels of the grid."""
    polygons: Iterable[Any] = polygon.geoms if hasattr(polygon, "geoms") else [polygon]
    rings = [ring for part in polygons if part.geom_type == "Polygon" for ring in (part.exterior, *part.interiors)]
    return "".join(_ring([_pixel(grid, *point[:2]) for point in ring.coords]) for ring in rings)


def short_crs(crs: str) -> str:
    """`WGS 84 / UTM zone 33N (EPSG:32633)`: name and code of a coordinate reference system."""
    wkt = str(import_rasterio().crs.CRS.from_user_input(crs).to_wkt())
    name = wkt.split('"')[1] if '"' in wkt else ""
    return name if not crs.startswith("EPSG:") else f"{name} ({crs})" if name else crs


def _tiles(answer: SceneAnswer, captions: dict[str, int]) -> Iterator[list[Any]]:
    """Number, row, column; window; own window; caption, probability, changed, valid share, changed area, longitude, latitude, colour."""
    windows = [entry.tile.window for entry in answer.tiles]
    grid = answer.plan.grid
    middles = _degrees(grid, [grid.point(row + height / 2, column + width / 2) for row, column, height, width in windows])
    for entry, (longitude, latitude) in zip(answer.tiles, middles, strict=True):
        tile = entry.tile
        said = -1 if entry.caption is None else captions[entry.caption]
        figures = [
            said,
            entry.probability,
            int(entry.changed),
            entry.valid,
            entry.changed_area,
            longitude,
            latitude,
            colour(entry.probability),
        ]
        yield [tile.index, tile.row, tile.column, tile.window, answer.plan.own_window(tile), *figures]


def _areas(grid: Grid, areas: Sequence[ChangeArea], captions: dict[str, int]) -> Iterator[list[Any]]:
    """Number; bounds (row, column, height, width); area, probability, tiles, caption, longitude, latitude."""
    insides = [area.polygon.representative_point() for area in areas]
    for area, (longitude, latitude) in zip(areas, _degrees(grid, [(point.x, point.y) for point in insides]), strict=True):
        said = -1 if area.caption is None else captions.get(area.caption, -1)
        yield [area.index, grid.window_of(area.polygon.bounds), area.area, area.probability, area.tiles, said, longitude, latitude]


def _degrees(grid: Grid, points: Sequence[Point]) -> Iterable[Point]:
    """(longitude, latitude) of points of the grid's map."""
    if not points:
        return []
    xs, ys = import_rasterio().warp.transform(grid.crs, DEGREES, [point[0] for point in points], [point[1] for point in points])
    return [(round(x, _DIGITS), round(y, _DIGITS)) for x, y in zip(xs, ys, strict=True)]


def _pixel(grid: Grid, x: float, y: float) -> tuple[int, int]:
    return round((x - grid.left) / grid.step), round((grid.top - y) / grid.step)


def _ring(points: Sequence[tuple[int, int]]) -> str:
    """The first point, then steps from each to the next; the last one, which is the first again, is left to `z`."""
    steps = [f"{x1 - x0} {y1 - y0}" for (x0, y0), (x1, y1) in pairwise(points[:-1])]
    return "M{} {}l{}z".format(*points[0], " ".join(steps))
