"""Writes a change map: mask as PNG or GeoTIFF, a picture, polygons as GeoJSON, and the figures as JSON."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from deltascribe.datasets.masks import to_levir_label
from deltascribe.detection.mapper import ChangeMap
from deltascribe.errors import UnplacedError
from deltascribe.files import atomic_write, write_json
from deltascribe.geotiff import SIGNATURES, Georeference, import_rasterio, read_georeference, read_tags
from deltascribe.outlines import Ring, outline_areas
from deltascribe.pair import ImagePair
from deltascribe.picture import draw_mask, panel_size
from deltascribe.pixels import to_bytes

MaskFormat = Literal["auto", "png", "tif"]

_WGS84 = "EPSG:4326"


def georeference_of(path: Path) -> Georeference | None:
    """Where an image file lies on the ground; None where it does not say."""
    with path.open("rb") as stream:
        if stream.read(4) not in SIGNATURES:
            return None
        tags = read_tags(stream)
    return read_georeference(path, tags)


def write_mask(change: ChangeMap, path: Path, reference: Georeference | None = None) -> None:
    """Writes the mask, values as in LEVIR-MCI: 0 none, 255 change or building, 128 road.

    Args:
        change: what to write.
        path: with the ending `.png`, or `.tif` for a GeoTIFF.
        reference: where the pair lies; needed for a GeoTIFF.

    Raises:
        UnplacedError: a GeoTIFF is asked for without a georeference.
        MissingDependencyError: a GeoTIFF is asked for without rasterio.
    """
    label = to_levir_label(change.mask)
    if path.suffix == ".png":
        with atomic_write(path) as temporary:
            Image.fromarray(label).save(temporary, format="PNG")
        return
    if reference is None:
        raise UnplacedError(f"{change.name} says nowhere where it lies, so its mask cannot be a GeoTIFF; choose --format png")
    rasterio = import_rasterio("Writing a mask as GeoTIFF")
    height, width = label.shape
    with atomic_write(path) as temporary:
        options = {"driver": "GTiff", "height": height, "width": width, "count": 1, "dtype": "uint8", "compress": "deflate"}
        transform = rasterio.Affine(*reference.transform)
        with rasterio.open(temporary, "w", crs=reference.crs, transform=transform, **options) as dataset:
            dataset.write(label, 1)


def write_overlay(change: ChangeMap, pair: ImagePair, path: Path) -> None:
    """Writes the after image with the changed area laid over it, at most 1,024 pixels wide or high."""
    width, height = (2 * side if max(pair.size) > 512 else side for side in panel_size(*pair.size))
    image = Image.fromarray(to_bytes(pair.after)).resize((width, height), Image.Resampling.LANCZOS)
    with atomic_write(path) as temporary:
        draw_mask(image, (change.mask > 0).astype(np.float32)).save(temporary, format="PNG")


def polygons(change: ChangeMap, reference: Georeference | None = None, min_area: float = 0.0) -> dict[str, Any]:
    """The changed areas as a GeoJSON feature collection, largest first.

    Each feature has `class`, `pixels`, `probability` (the mean within) and, where the ground resolution is known, `area_m2`.

    Args:
        change: what to outline; areas that touch at a corner alone are two.
        reference: where the pair lies; coordinates are then WGS 84 degrees (RFC 7946), else pixels (column, row) from the upper left.
        min_area: smaller areas are left out, in square metres, or in pixels where the ground resolution is unknown.

    Raises:
        MissingDependencyError: rasterio is not installed.
    """
    unit = 1.0 if change.gsd is None else change.gsd**2
    features: list[dict[str, Any]] = []
    for area in outline_areas(change.mask, change.probability):
        if area.pixels * unit < min_area:
            continue
        name, mean = change.class_names[area.value - 1], area.total / area.pixels
        properties: dict[str, Any] = {"class": name, "pixels": area.pixels, "probability": round(mean, 4)}
        if change.gsd is not None:
            properties["area_m2"] = round(area.pixels * unit, 2)
        geometry = {"type": "Polygon", "coordinates": [_placed(ring, reference) for ring in area.rings]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    features.sort(key=lambda feature: -feature["properties"]["pixels"])
    if reference is not None and features:
        _to_wgs84(features, reference.crs)
    note = "WGS 84 longitude and latitude" if reference is not None else "pixels (column, row) from the upper left; no place is known"
    return {"type": "FeatureCollection", "name": change.name, "coordinate_note": note, "features": features}


def summary(change: ChangeMap, polygon_count: int | None = None) -> dict[str, Any]:
    """The figures of a change map as plain values for JSON."""
    kinds = {name: int((change.mask == index).sum()) for index, name in enumerate(change.class_names, start=1)}
    return {
        "name": change.name,
        "changed_share": change.changed_share,
        "changed_pixels": change.changed_pixels,
        "changed_area_m2": change.changed_area,
        "pixels_by_class": kinds,
        "polygons": polygon_count,
        "threshold": change.threshold,
        "gsd": change.gsd,
        "warnings": list(change.warnings),
    }


def write_outputs(
    change: ChangeMap, pair: ImagePair, folder: Path, reference: Georeference | None, format: MaskFormat, outline: bool, min_area: float
) -> dict[str, Any]:
    """Writes NAME_mask.png or .tif, NAME_overlay.png, NAME.geojson (where `outline`) and NAME.json; gives the last one's values."""
    as_tiff = format == "tif" or (format == "auto" and reference is not None)
    write_mask(change, folder / f"{change.name}_mask{'.tif' if as_tiff else '.png'}", reference)
    write_overlay(change, pair, folder / f"{change.name}_overlay.png")
    count = None
    if outline:
        collection = polygons(change, reference, min_area)
        count = len(collection["features"])
        write_json(folder / f"{change.name}.geojson", collection, indent=None)
    values = summary(change, count)
    write_json(folder / f"{change.name}.json", values)
    return values


def _placed(ring: Ring, reference: Georeference | None) -> Ring:
    if reference is None:
        return ring
    a, b, c, d, e, f = reference.transform
    return [(a * x + b * y + c, d * x + e * y + f) for x, y in ring]


def _to_wgs84(features: list[dict[str, Any]], crs: str) -> None:
    """Brings the geometries of features to WGS 84, in place, outer rings counter-clockwise as RFC 7946 asks."""
    from rasterio.warp import transform

    for feature in features:
        rings = []
        for place, ring in enumerate(feature["geometry"]["coordinates"]):
            xs, ys = transform(crs, _WGS84, *zip(*ring, strict=True))
            points = [(round(x, 8), round(y, 8)) for x, y in zip(xs, ys, strict=True)]
            # from its own first point: far from the origin the products of degrees would swallow a small ring's area
            local = [(x - points[0][0], y - points[0][1]) for x, y in points]
            signed = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(local))
            rings.append(points if (signed > 0) == (place == 0) else points[::-1])
        feature["geometry"]["coordinates"] = rings
