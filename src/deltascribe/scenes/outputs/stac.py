"""A STAC item of a run: where, what, and from what it was made."""

from __future__ import annotations

from typing import Any

import shapely

from deltascribe.scenes.alignment import DEGREES
from deltascribe.scenes.answer import SceneAnswer
from deltascribe.scenes.dates import as_text, span_of
from deltascribe.scenes.grid import Grid, reproject_bounds

_VERSION = "1.0.0"
_ROLES = {
    "areas.geojson": ("application/geo+json", "Changed areas", ["data"]),
    "areas.parquet": ("application/vnd.apache.parquet", "Changed areas", ["data"]),
    "changes.gpkg": ("application/geopackage+sqlite3", "Tiles and changed areas", ["data"]),
    "index.html": ("text/html", "Page to look at", ["overview"]),
    "probability.tif": ("image/tiff; application=geotiff; profile=cloud-optimized", "Probability of change in percent", ["data"]),
    "summary.json": ("application/json", "Summary in words", ["metadata"]),
    "tiles.csv": ("text/csv", "Tiles", ["data"]),
    "tiles.geojson": ("application/geo+json", "Tiles", ["data"]),
    "tiles.parquet": ("application/vnd.apache.parquet", "Tiles", ["data"]),
}


def stac_item(answer: SceneAnswer, checksums: dict[str, str]) -> dict[str, Any]:
    """A STAC item (version 1.0.0) over the shared ground.

    It holds from the before to the after scene. Where it isn't known when they were taken, as of GeoTIFFs, the time is one that holds
    any image; the files' own checksums tell which scenes they were.

    Args:
        answer: of the run.
        checksums: name of each written file -> its SHA-256.
    """
    grid = answer.plan.grid
    bbox, geometry = _place(grid)
    start, end = span_of(answer.dates)
    code = grid.crs.removeprefix("EPSG:")
    return {
        "type": "Feature",
        "stac_version": _VERSION,
        "stac_extensions": [
            "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
            "https://stac-extensions.github.io/file/v2.1.0/schema.json",
            "https://stac-extensions.github.io/processing/v1.2.0/schema.json",
        ],
        "id": answer.name,
        "bbox": bbox,
        "geometry": geometry,
        "properties": {
            "datetime": None,
            "start_datetime": as_text(start),
            "end_datetime": as_text(end),
            "title": f"Changes described by deltascribe: {answer.name}",
            "description": answer.summary.headline,
            "gsd": round(grid.gsd, 4),
            "proj:epsg": int(code) if code.isdigit() else None,
            **({} if code.isdigit() else {"proj:wkt2": grid.crs}),
            "proj:transform": list(grid.transform),
            "proj:shape": [grid.height, grid.width],
            "processing:software": {"deltascribe": answer.provenance["software"].removeprefix("deltascribe ")},
            "deltascribe:dates": {
                role: None if span is None else [as_text(moment) for moment in span]
                for role, span in zip(("before", "after"), answer.dates, strict=True)
            },
            "deltascribe:provenance": answer.provenance,
            "deltascribe:notes": list(answer.notes),
        },
        "links": [],
        "assets": {
            name: {"href": f"./{name}", "type": kind, "title": title, "roles": roles, "file:checksum": f"1220{checksums[name]}"}
            for name, (kind, title, roles) in _ROLES.items()
            if name in checksums
        },
    }


def _place(grid: Grid) -> tuple[list[float], dict[str, Any]]:
    """Bounding box and outline in degrees. Across the meridian of 180 degrees the outline has two parts (RFC 7946, 3.1.9), and west is
    greater than east (5.2)."""
    west, south, east, north = (round(value, 7) for value in reproject_bounds(grid.bounds, grid.crs, DEGREES))
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    spans = [(left, right) for left, right in spans if left < right]  # a border on the meridian itself is no part
    boxes = [shapely.box(left, south, right, north) for left, right in spans]
    outline = boxes[0] if len(boxes) == 1 else shapely.MultiPolygon(boxes)
    return [spans[0][0], south, spans[-1][1], north], shapely.geometry.mapping(outline)
