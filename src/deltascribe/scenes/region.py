"""The polygon to keep to, from a vector file."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely

from deltascribe.errors import MissingDependencyError, SceneError
from deltascribe.scenes.alignment import DEGREES
from deltascribe.scenes.rasters import import_rasterio, raster_errors

_ANY = ("Unknown", "Geometry", "GeometryCollection")
"""What layers call themselves that may hold polygons too."""


def read_polygon(path: Path) -> str:
    """The polygon of a vector file as GeoJSON geometry in degrees; all of its polygons together, points and lines left out.

    Args:
        path: GeoJSON, GeoPackage, Shapefile or another format of GDAL's; behind `#` the layer that is meant.

    Raises:
        SceneError: no such file or layer, it can't be read, it holds no polygon, or several layers do and none is named.
        MissingDependencyError: the file is not GeoJSON, and geopandas is not installed.
    """
    layer = ""
    if not path.is_file():
        file, _, layer = str(path).rpartition("#")
        path = Path(file) if layer and Path(file).is_file() else path
        if layer and path.is_file() and _is_geojson(path):
            raise SceneError(f"{path} is a GeoJSON, which has no layers. Give it without #{layer}.")
    if not path.is_file():
        raise SceneError(f"There is no file {path}. Give a GeoJSON, GeoPackage or Shapefile with a polygon.")
    shapes = _geojson(path) if _is_geojson(path) else _vector(path, layer)
    if not shapes:
        raise SceneError(f"{path} is empty: no feature in it has a geometry. Give a file with a polygon.")
    try:
        polygons = [polygon for shape in shapes for polygon in _polygons(shapely.make_valid(shape))]
        whole = shapely.union_all(polygons)
    except shapely.errors.ShapelyError as error:  # coordinates that are no numbers
        raise SceneError(f"{path} has a polygon that can't be used ({error}). Draw it again.") from error
    if not polygons:
        kinds = ", ".join(sorted({str(shape.geom_type) for shape in shapes}))
        raise SceneError(f"{path} holds no polygon but {kinds}. Give an area, not a point or a line.")
    return json.dumps(shapely.geometry.mapping(whole))


def _is_geojson(path: Path) -> bool:
    return path.suffix.lower() in (".json", ".geojson")


def _polygons(shape: Any) -> Iterator[Any]:
    if shape.geom_type == "GeometryCollection":
        for part in shape.geoms:
            yield from _polygons(part)
    elif shape.geom_type in ("Polygon", "MultiPolygon") and not shape.is_empty:
        yield shape


def _geojson(path: Path) -> list[Any]:
    """All geometries in degrees."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8-sig"))
        kind, crs = content["type"], content.get("crs")
        features = content["features"] if kind == "FeatureCollection" else [content]
        found = [entry["geometry"] if entry["type"] == "Feature" else entry for entry in features]
        # degrees by the standard of today; files of the one before may name another system
        shapes = [shapely.geometry.shape(_in_degrees(path, entry, crs)) for entry in found if entry is not None]
        return [shape for shape in shapes if not shape.is_empty]
    except (UnicodeDecodeError, ValueError, TypeError, KeyError, AttributeError, RecursionError, shapely.errors.ShapelyError) as error:
        raise SceneError(
            f"{path} is no GeoJSON that can be read ({type(error).__name__}: {error}). Give a Feature or FeatureCollection with a polygon."
        ) from error


def _in_degrees(path: Path, geometry: Any, crs: Any) -> Any:
    if crs is None:
        return geometry
    rasterio = import_rasterio()
    unknown: tuple[type[Exception], ...] = (KeyError, TypeError, *raster_errors())
    try:
        return rasterio.warp.transform_geom(rasterio.crs.CRS.from_user_input(crs["properties"]["name"]), DEGREES, geometry)
    except unknown as error:
        raise SceneError(
            f"{path} is in a coordinate system that isn't known ({json.dumps(crs)}). Bring it to degrees: ogr2ogr -t_srs EPSG:4326"
        ) from error


def _vector(path: Path, layer: str) -> list[Any]:
    """All geometries of a layer in degrees."""
    try:
        import geopandas
    except ImportError as error:
        raise MissingDependencyError("geopandas", "Reading a polygon from this kind of file", "geo") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what its drivers leave out, such as heights
            table = geopandas.read_file(path, layer=_layer(path, layer, geopandas.list_layers(path)))
    except SceneError:
        raise
    except Exception as error:  # the drivers raise many kinds; for a user they all mean the same
        raise SceneError(f"{path} can't be read ({type(error).__name__}: {error}). Give a GeoJSON, GeoPackage or Shapefile.") from error
    if not hasattr(table, "crs"):
        return []
    if table.crs is None:
        raise SceneError(f"{path} doesn't say in which coordinate system it is. Give it one, for example with ogr2ogr -a_srs.")
    return [shape for shape in table.to_crs(DEGREES).geometry if shape is not None and not shape.is_empty]


def _layer(path: Path, wanted: str, layers: Any) -> str:
    """Name of the layer that is wanted, else of the only one that holds polygons."""
    kinds = {str(name): str(kind) for name, kind in zip(layers["name"], layers["geometry_type"], strict=True)}
    if wanted in kinds:
        return wanted
    if wanted:
        raise SceneError(f"{path} has no layer {wanted} but {', '.join(kinds) or 'none at all'}. Name one of them.")
    named = [name for name, kind in kinds.items() if "Polygon" in kind or "Surface" in kind]
    found = named or [name for name, kind in kinds.items() if kind in _ANY]
    if not found:
        listed = ", ".join(f"{name}: {kind}" for name, kind in kinds.items()) or "there are none"
        raise SceneError(f"{path} has no layer with polygons ({listed}). Give an area, not a point or a line.")
    if len(found) > 1:
        raise SceneError(f"{path} has several layers with polygons ({', '.join(found)}). Name one: {path}#{found[0]}")
    return found[0]
