"""Tiles and areas in the forms that GIS programs read, read back by others."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deltascribe.scenes.answer import SceneAnswer
from deltascribe.scenes.outputs import tables as module
from deltascribe.scenes.outputs.tables import area_table, tile_table, write_csv, write_geojson, write_geopackage, write_geoparquet

geopandas = pytest.importorskip("geopandas")
pyogrio = pytest.importorskip("pyogrio")
shapely = pytest.importorskip("shapely")

MakeAnswer = Callable[..., SceneAnswer]
TILE_COLUMNS = ["tile", "row", "column", "caption", "changed", "probability", "changed_m2", "own_changed_m2", "valid"]
AREA_COLUMNS = ["area", "area_m2", "probability", "caption", "tiles"]


@pytest.fixture
def answer(make_answer: MakeAnswer) -> SceneAnswer:
    """2 x 3 tiles, of which 1 and 3 changed and 5 was skipped."""
    return make_answer(skipped=(5,))


@pytest.fixture
def empty(make_answer: MakeAnswer) -> SceneAnswer:
    return make_answer(changed={})


def test_a_geopackage_has_both_layers_in_the_grid_s_coordinates(answer: SceneAnswer, tmp_path: Path) -> None:
    path = tmp_path / "changes.gpkg"
    write_geopackage(path, {"tiles": tile_table(answer), "areas": area_table(answer)})
    assert pyogrio.list_layers(path).tolist() == [["tiles", "Polygon"], ["areas", "Polygon"]]
    tiles, areas = (geopandas.read_file(path, layer=layer) for layer in ("tiles", "areas"))
    assert tiles.crs.to_epsg() == areas.crs.to_epsg() == 32633
    assert list(tiles.columns) == [*TILE_COLUMNS, "geometry"]
    assert list(areas.columns) == [*AREA_COLUMNS, "geometry"]
    assert tiles.tile.tolist() == list(range(6))
    assert (tiles.row.tolist(), tiles.column.tolist()) == ([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2])
    assert tiles.changed.tolist() == [False, True, False, True, False, False]
    assert tiles.caption.fillna("").tolist()[3:] == ["trees were removed", "there is no difference", ""]
    assert tiles.geometry[0].equals(shapely.box(500_000, 5_000_000 - 32, 500_032, 5_000_000))
    assert areas.area.tolist() == [256.0, 256.0] == areas.area_m2.tolist()
    assert areas.tiles.tolist() == ["1", "3"]
    assert areas.geometry[0].equals(shapely.box(500_040, 5_000_000 - 24, 500_056, 5_000_000 - 8))
    with sqlite3.connect(path) as base:
        assert {date for (date,) in base.execute("SELECT last_change FROM gpkg_contents")} == {"2000-01-01T00:00:00.000Z"}


def test_geojson_is_in_degrees_with_outer_rings_against_the_clock(answer: SceneAnswer, tmp_path: Path) -> None:
    for name, table, count in (("tiles", tile_table(answer), 6), ("areas", area_table(answer), 2)):
        write_geojson(tmp_path / name, table)
        content = json.loads((tmp_path / name).read_text())
        assert content["type"] == "FeatureCollection"
        assert "crs" not in content  # RFC 7946, 4: always WGS 84
        assert len(content["features"]) == count
        for feature in content["features"]:
            (ring,) = feature["geometry"]["coordinates"]
            assert ring[0] == ring[-1]
            assert shapely.LinearRing(ring).is_ccw  # RFC 7946, 3.1.6
            for longitude, latitude in ring:
                assert (round(longitude, 2), round(latitude, 2)) == (15.0, 45.15)
                assert (round(longitude, 7), round(latitude, 7)) == (longitude, latitude)


def test_holes_run_with_the_clock(answer: SceneAnswer, tmp_path: Path) -> None:
    table = area_table(answer).iloc[:1]
    outer = shapely.box(500_000, 4_999_900, 500_100, 5_000_000)
    table = table.set_geometry(geopandas.GeoSeries([outer - outer.buffer(-30)], crs=table.crs, index=table.index))
    write_geojson(tmp_path / "areas.geojson", table)
    (feature,) = json.loads((tmp_path / "areas.geojson").read_text())["features"]
    assert [shapely.LinearRing(ring).is_ccw for ring in feature["geometry"]["coordinates"]] == [True, False]


def test_geoparquet_keeps_types_and_the_coordinate_system(answer: SceneAnswer, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path = tmp_path / "tiles.parquet"
    write_geoparquet(path, tile_table(answer))
    found = geopandas.read_parquet(path)
    assert list(found.columns) == [*TILE_COLUMNS, "geometry"]
    assert found.crs.to_epsg() == 32633
    kinds = {name: str(kind) for name, kind in found.dtypes.items()}
    assert [kinds[name] for name in ("tile", "changed", "probability", "geometry")] == ["int64", "bool", "float64", "geometry"]
    assert found.geometry.geom_equals(tile_table(answer).geometry).all()
    assert found.caption[5] is None or found.caption.isna()[5]


def test_csv_has_a_row_a_tile_with_its_middle_in_degrees(answer: SceneAnswer, tmp_path: Path) -> None:
    write_csv(tmp_path / "tiles.csv", tile_table(answer))
    content = (tmp_path / "tiles.csv").read_bytes()
    assert b"\r" not in content
    rows = list(csv.DictReader(content.decode().splitlines()))
    assert list(rows[0]) == [*TILE_COLUMNS, "longitude", "latitude"]
    assert len(rows) == 6
    assert rows[1] | {"longitude": "", "latitude": ""} == {
        "tile": "1",
        "row": "0",
        "column": "1",
        "caption": "a house is built",
        "changed": "True",
        "probability": "0.9",
        "changed_m2": "256.0",
        "own_changed_m2": "256.0",
        "valid": "1.0",
        "longitude": "",
        "latitude": "",
    }
    assert rows[5]["caption"] == ""
    # 16 m to the east of the central meridian of UTM zone 33, at 45 degrees
    assert float(rows[0]["longitude"]) == pytest.approx(15 + 16 / 78_800, abs=1e-6)


def test_a_caption_may_hold_whatever_text_can(make_answer: MakeAnswer, tmp_path: Path) -> None:
    words = 'a "house", <b>built</b>\u00e4\U0001f3e0; new'
    answer = make_answer(changed={1: words})
    write_csv(tmp_path / "tiles.csv", tile_table(answer))
    write_geojson(tmp_path / "tiles.geojson", tile_table(answer))
    write_geopackage(tmp_path / "tiles.gpkg", {"tiles": tile_table(answer)})
    assert list(csv.DictReader((tmp_path / "tiles.csv").open(encoding="utf-8", newline="")))[1]["caption"] == words
    assert json.loads((tmp_path / "tiles.geojson").read_text())["features"][1]["properties"]["caption"] == words
    assert geopandas.read_file(tmp_path / "tiles.gpkg").caption[1] == words


def test_tables_without_a_row_keep_their_columns(empty: SceneAnswer, tmp_path: Path) -> None:
    areas = area_table(empty)
    write_geopackage(tmp_path / "changes.gpkg", {"tiles": tile_table(empty), "areas": areas})
    write_geojson(tmp_path / "areas.geojson", areas)
    write_geoparquet(tmp_path / "areas.parquet", areas)
    write_csv(tmp_path / "areas.csv", areas)
    info = pyogrio.read_info(tmp_path / "changes.gpkg", layer="areas")
    assert (info["features"], list(info["fields"]), info["geometry_type"]) == (0, AREA_COLUMNS, "Polygon")
    assert info["crs"] == "EPSG:32633"
    assert json.loads((tmp_path / "areas.geojson").read_text())["features"] == []
    assert list(geopandas.read_parquet(tmp_path / "areas.parquet").columns) == [*AREA_COLUMNS, "geometry"]
    assert (tmp_path / "areas.csv").read_text() == ",".join([*AREA_COLUMNS, "longitude", "latitude"]) + "\n"


def test_the_same_content_makes_the_same_bytes(answer: SceneAnswer, tmp_path: Path) -> None:
    jobs: dict[str, Callable[[Path], None]] = {
        "gpkg": lambda path: write_geopackage(path, {"tiles": tile_table(answer), "areas": area_table(answer)}),
        "geojson": lambda path: write_geojson(path, tile_table(answer)),
        "parquet": lambda path: write_geoparquet(path, area_table(answer)),
        "csv": lambda path: write_csv(path, tile_table(answer)),
    }
    for kind, write in jobs.items():
        one, other = tmp_path / f"one.{kind}", tmp_path / f"other.{kind}"
        write(one)
        write(other)
        assert one.read_bytes() == other.read_bytes(), kind


@pytest.mark.parametrize("kind", ["gpkg", "geojson"])
def test_no_full_disk_goes_unnoticed(make_answer: MakeAnswer, tmp_path: Path, tiny_disk: Any, kind: str) -> None:
    table = tile_table(make_answer(rows=14, columns=20))
    disk = tiny_disk("remount,size=8m")
    path = disk / f"tiles.{kind}"

    def write() -> None:
        if kind == "gpkg":
            write_geopackage(path, {"tiles": table})
        else:
            write_geojson(path, table)

    write()
    size = path.stat().st_size
    path.unlink()
    for share in (0.3, 0.9, 1.0):
        tiny_disk(f"remount,size={4 * int(share * size / 4096)}k")
        with pytest.raises((OSError, RuntimeError)):
            write()
        assert list(disk.iterdir()) == []


def test_gdal_s_clock_is_set_back_after_a_geopackage(answer: SceneAnswer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(pyogrio, "write_dataframe", fail)
    with pytest.raises(RuntimeError, match="no"):
        write_geopackage(tmp_path / "changes.gpkg", {"tiles": tile_table(answer)})
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None
    assert list(tmp_path.glob("*.gpkg")) == []


def test_a_missing_package_is_named(answer: SceneAnswer, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(module.importlib, "import_module", missing)
    with pytest.raises(ImportError, match=r"pip install 'deltascribe\[geo\]'"):
        tile_table(answer)
