"""Tiles and changed areas as tables with geometries, in the forms that GIS programs read."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import shapely

from deltascribe.errors import MissingDependencyError
from deltascribe.files import atomic_write, check_room
from deltascribe.scenes.alignment import DEGREES
from deltascribe.scenes.answer import SceneAnswer

PINNED_DATE = "2000-01-01T00:00:00.000Z"
"""What a GeoPackage says of its last change, so that equal content makes equal bytes."""
_DIGITS = 7
"""Decimals of a degree in GeoJSON and CSV: a centimetre."""


def tile_table(answer: SceneAnswer) -> Any:
    """The tiles, one row each by number, as a GeoDataFrame on the grid's coordinate reference system."""
    grid = answer.plan.grid
    return _frame(
        {
            "tile": ([entry.tile.index for entry in answer.tiles], "int64"),
            "row": ([entry.tile.row for entry in answer.tiles], "int64"),
            "column": ([entry.tile.column for entry in answer.tiles], "int64"),
            "caption": ([entry.caption for entry in answer.tiles], "object"),
            "changed": ([entry.changed for entry in answer.tiles], "bool"),
            "probability": ([entry.probability for entry in answer.tiles], "float64"),
            "changed_m2": ([entry.changed_area for entry in answer.tiles], "float64"),
            "own_changed_m2": ([entry.own_area for entry in answer.tiles], "float64"),
            "valid": ([entry.valid for entry in answer.tiles], "float64"),
        },
        [shapely.box(*grid.window_bounds(entry.tile.window)) for entry in answer.tiles],
        grid.crs,
    )


def area_table(answer: SceneAnswer) -> Any:
    """The changed areas, one row each by number, as a GeoDataFrame on the grid's coordinate reference system."""
    return _frame(
        {
            "area": ([entry.index for entry in answer.areas], "int64"),
            "area_m2": ([entry.area for entry in answer.areas], "float64"),
            "probability": ([entry.probability for entry in answer.areas], "float64"),
            "caption": ([entry.caption for entry in answer.areas], "object"),
            "tiles": ([" ".join(map(str, entry.tiles)) for entry in answer.areas], "object"),
        },
        [entry.polygon for entry in answer.areas],
        answer.plan.grid.crs,
    )


def write_geopackage(path: Path, layers: dict[str, Any]) -> None:
    """Tables as layers of one GeoPackage."""
    pyogrio = _import("pyogrio")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": PINNED_DATE})
    try:
        with atomic_write(path) as temporary:
            temporary.unlink()  # the driver wants to make the file itself
            for name, table in layers.items():
                pyogrio.write_dataframe(table, temporary, layer=name, driver="GPKG", geometry_type="Polygon", append=temporary.exists())
            check_room(path.parent)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def write_geojson(path: Path, table: Any) -> None:
    """A table as GeoJSON (RFC 7946: degrees, longitude first)."""
    pyogrio = _import("pyogrio")

    def write(temporary: Path) -> None:
        temporary.unlink()
        options = {"RFC7946": "YES", "COORDINATE_PRECISION": str(_DIGITS), "WRITE_NAME": "NO"}
        pyogrio.write_dataframe(table.to_crs(DEGREES), temporary, driver="GeoJSON", geometry_type="Polygon", layer_options=options)
        check_room(path.parent)

    _write(path, write)


def write_geoparquet(path: Path, table: Any) -> None:
    """A table as GeoParquet."""
    _import("pyarrow")
    _write(path, lambda temporary: table.to_parquet(temporary, index=False))


def write_csv(path: Path, table: Any) -> None:
    """A table without its shapes, with the middle of each in degrees."""
    middles = table.geometry.representative_point().to_crs(DEGREES)
    plain = table.drop(columns="geometry").assign(longitude=middles.x.round(_DIGITS), latitude=middles.y.round(_DIGITS))
    _write(path, lambda temporary: plain.to_csv(temporary, index=False, lineterminator="\n"))


def _frame(columns: dict[str, tuple[list[Any], str]], shapes: list[Any], crs: str) -> Any:
    """A table whose columns have a type even where there is no row."""
    geopandas, pandas = _import("geopandas"), _import("pandas")
    series = {name: pandas.Series(values, dtype=kind) for name, (values, kind) in columns.items()}
    return geopandas.GeoDataFrame(series, geometry=geopandas.GeoSeries(shapes, crs=crs), crs=crs)


def _write(path: Path, write: Callable[[Path], Any]) -> None:
    with atomic_write(path) as temporary:
        write(temporary)


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingDependencyError(name, "Writing maps and tables of a scene", "geo") from error
