"""Which scenes a user means: files, STAC items, a CSV list; and the polygon to keep to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import shapely

from deltascribe.errors import MissingDependencyError, PairListError, SceneError
from deltascribe.inputs import read_pair_rows, stem_of
from deltascribe.scenes.alignment import DEGREES
from deltascribe.scenes.dates import item_dates
from deltascribe.scenes.preparing import ScenePair

_IMAGE_KEYS = ("visual", "image", "data", "B04")
_IMAGE_TYPES = ("image/tiff", "image/jp2")


def scene_pairs(scenes: Sequence[str], clouds: Sequence[str] = ()) -> list[ScenePair]:
    """The pairs of two or more dates of one place: each with the next.

    Args:
        scenes: GeoTIFFs or STAC items (`.json`), the earliest first.
        clouds: cloud masks, one for each scene or none at all; an empty name stands for none.

    Raises:
        PairListError: fewer than two scenes, or another number of masks.
        SceneError: a STAC item has no image that can be told.
    """
    if len(scenes) < 2:
        raise PairListError("Give two scenes or more, the earliest first: deltascribe scene BEFORE.tif AFTER.tif -o OUT")
    if clouds and len(clouds) != len(scenes):
        raise PairListError(f"{len(scenes)} scenes and {len(clouds)} cloud masks: give --clouds once for each scene, '' for none.")
    masks = [mask or None for mask in clouds] or [None] * len(scenes)
    files = [resolve_scene(scene) for scene in scenes]
    names = [stem_of(scene) for scene in scenes]
    dates = [item_dates(scene) for scene in scenes]
    return [
        ScenePair(
            files[place],
            files[following],
            _name(names, place, following),
            masks[place],
            masks[following],
            (dates[place], dates[following]),
        )
        for place, following in pairwise(range(len(scenes)))
    ]


def listed_pairs(path: Path) -> list[ScenePair]:
    """The pairs of a CSV list, see `deltascribe.inputs.read_pair_list`; a scene may be a web address there too.

    Raises:
        PairListError, SceneError: see there and `resolve_scene`.
    """

    def placed(text: str) -> str:
        return text if "://" in text else str(path.parent / text)

    rows = [(name, placed(before), placed(after)) for name, before, after in read_pair_rows(path)]
    return [
        ScenePair(resolve_scene(before), resolve_scene(after), name, dates=(item_dates(before), item_dates(after)))
        for name, before, after in rows
    ]


def resolve_scene(source: str) -> str:
    """A raster's path; of a STAC item the image among its assets.

    Raises:
        SceneError: no such item, not a STAC item, or it isn't clear which asset is meant.
    """
    source = _local(source) if source.startswith("file://") else source
    if not source.lower().endswith((".json", ".geojson")):
        return source
    path = Path(source)
    try:
        item: Any = json.loads(path.read_text(encoding="utf-8"))
        assets = item["assets"]
        found = {str(key): asset for key, asset in assets.items() if str(asset.get("type", "")).lower().startswith(_IMAGE_TYPES)}
    except (OSError, UnicodeDecodeError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SceneError(
            f"{source} is no STAC item ({type(error).__name__}: {error}). Give an item with `assets`, or the GeoTIFF."
        ) from error
    key = next((name for name in _IMAGE_KEYS if name in found), None) or (next(iter(found)) if len(found) == 1 else None)
    if key is None or "href" not in found[key]:
        raise SceneError(
            f"{source} has no asset that is clearly the image ({', '.join(sorted(found)) or 'none is a TIFF'}). Give its file itself."
        )
    href = str(found[key]["href"])
    if href.startswith("file://"):
        return _local(href)
    return href if "://" in href else str(path.parent / href)


def read_polygon(path: Path) -> str:
    """The polygon of a vector file as GeoJSON geometry in degrees; all of its features together.

    Raises:
        SceneError: no such file, it can't be read, or it holds no polygon.
        MissingDependencyError: the file is not GeoJSON, and geopandas is not installed.
    """
    if not path.is_file():
        raise SceneError(f"There is no file {path}. Give a GeoJSON, GeoPackage or Shapefile with a polygon.")
    geometry = _geojson(path) if path.suffix.lower() in (".json", ".geojson") else _vector(path)
    if geometry.geom_type not in ("Polygon", "MultiPolygon") or geometry.is_empty:
        raise SceneError(f"{path} holds no polygon but {geometry.geom_type}. Give an area, not a point or a line.")
    return json.dumps(shapely.geometry.mapping(geometry))


def _geojson(path: Path) -> Any:
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        kind = content["type"]
        features = content["features"] if kind == "FeatureCollection" else [content]
        shapes = [shapely.geometry.shape(entry["geometry"] if entry["type"] == "Feature" else entry) for entry in features]
        return shapely.union_all(shapes)
    except (UnicodeDecodeError, ValueError, TypeError, KeyError, AttributeError, shapely.errors.ShapelyError) as error:
        raise SceneError(
            f"{path} is no GeoJSON that can be read ({type(error).__name__}: {error}). Give a Feature or FeatureCollection with a polygon."
        ) from error


def _vector(path: Path) -> Any:
    try:
        import geopandas
    except ImportError as error:
        raise MissingDependencyError("geopandas", "Reading a polygon from this kind of file", "geo") from error
    try:
        table = geopandas.read_file(path)
    except Exception as error:  # the drivers raise many kinds; for a user they all mean the same
        raise SceneError(f"{path} can't be read ({type(error).__name__}: {error}). Give a GeoJSON, GeoPackage or Shapefile.") from error
    if table.crs is None:
        raise SceneError(f"{path} doesn't say in which coordinate system it is. Give it one, for example with ogr2ogr -a_srs.")
    return table.to_crs(DEGREES).union_all()


def _local(address: str) -> str:
    return url2pathname(urlsplit(address).path)


def _name(names: Sequence[str], place: int, following: int) -> str:
    """What a pair is called: by both scenes; by place where two scenes have one name."""
    if names[place] == names[following] or len(set(names)) < len(names):
        return f"{place + 1}-{names[place]}_{following + 1}-{names[following]}"
    return f"{names[place]}_{names[following]}"
