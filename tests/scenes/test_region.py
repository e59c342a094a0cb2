"""The polygon to keep to, from GeoJSON and other files."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from deltascribe.errors import MissingDependencyError, SceneError
from deltascribe.scenes.region import read_polygon

rasterio = pytest.importorskip("rasterio")
shapely = pytest.importorskip("shapely")

SQUARE = {"type": "Polygon", "coordinates": [[[15.0, 45.0], [15.1, 45.0], [15.1, 45.1], [15.0, 45.1], [15.0, 45.0]]]}
OTHER = {"type": "Polygon", "coordinates": [[[16.0, 45.0], [16.1, 45.0], [16.1, 45.1], [16.0, 45.1], [16.0, 45.0]]]}
POINT = {"type": "Point", "coordinates": [15.0, 45.0]}


def save(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "content",
    [
        SQUARE,
        {"type": "Feature", "properties": {}, "geometry": SQUARE},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": None, "geometry": SQUARE}]},
    ],
    ids=["geometry", "feature", "collection"],
)
def test_a_polygon_is_read_from_any_geojson(tmp_path: Path, content: Any) -> None:
    found = shapely.geometry.shape(json.loads(read_polygon(save(tmp_path / "a.geojson", content))))
    assert found.equals(shapely.geometry.shape(SQUARE))


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(SQUARE), encoding="utf-8-sig")
    assert shapely.geometry.shape(json.loads(read_polygon(path))).equals(shapely.geometry.shape(SQUARE))


def test_all_features_together_are_the_polygon(tmp_path: Path) -> None:
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in (SQUARE, OTHER)]
    path = save(tmp_path / "a.json", {"type": "FeatureCollection", "features": features})
    found = shapely.geometry.shape(json.loads(read_polygon(path)))
    assert found.geom_type == "MultiPolygon"
    assert found.area == pytest.approx(0.02)


def test_a_geopackage_on_another_map_is_brought_to_degrees(tmp_path: Path) -> None:
    geopandas = pytest.importorskip("geopandas")
    table = geopandas.GeoDataFrame(geometry=[shapely.geometry.shape(SQUARE)], crs="EPSG:4326").to_crs("EPSG:32633")
    assert table.total_bounds[0] > 400_000
    table.to_file(tmp_path / "a.gpkg")
    found = shapely.geometry.shape(json.loads(read_polygon(tmp_path / "a.gpkg")))
    assert found.bounds == pytest.approx((15.0, 45.0, 15.1, 45.1), abs=1e-6)


def test_a_file_that_does_not_say_its_system_is_named(tmp_path: Path) -> None:
    geopandas = pytest.importorskip("geopandas")
    with pytest.warns(UserWarning, match="crs"):
        geopandas.GeoDataFrame(geometry=[shapely.geometry.shape(SQUARE)]).to_file(tmp_path / "a.shp")
    with pytest.raises(SceneError, match=r"coordinate system.*ogr2ogr -a_srs"):
        read_polygon(tmp_path / "a.shp")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"type": "Point", "coordinates": [15.0, 45.0]}, "no polygon but Point.*Give an area"),
        ({"type": "FeatureCollection", "features": []}, "is empty: no feature in it has a geometry.*Give a file with a polygon"),
        ({"type": "Feature", "properties": {}, "geometry": None}, "is empty"),
        ({"type": "Polygon", "coordinates": []}, "is empty"),
        ({"type": "GeometryCollection", "geometries": [POINT, {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}]}, "no polygon but"),
        ('{"type": "Polygon", "coordinates": [[[Infinity, 45], [15.1, 45], [15.1, 46], [Infinity, 45]]]}', "can't be used.*Draw it again"),
        (
            {**SQUARE, "crs": {"type": "name", "properties": {"name": "EPSG:999999"}}},
            "coordinate system that isn't known.*EPSG:999999.*ogr2ogr",
        ),
        ({**SQUARE, "crs": {"type": "link", "properties": {"href": "a.prj"}}}, "coordinate system that isn't known.*a.prj"),
        ({"type": "Polygon", "coordinates": [[[15.0, 45.0]]]}, "no GeoJSON that can be read.*Give"),
        ({"type": "Circle", "coordinates": []}, "no GeoJSON that can be read"),
        ({"type": "Feature"}, "no GeoJSON that can be read"),
        ([], "no GeoJSON that can be read"),
        ("nothing", "no GeoJSON that can be read"),
    ],
)
def test_what_is_no_polygon_is_named(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(SceneError, match=message):
        read_polygon(save(tmp_path / "a.geojson", content))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"There is no file.*GeoPackage"):
        read_polygon(tmp_path / "missing.gpkg")


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    pytest.importorskip("geopandas")
    with pytest.raises(SceneError, match=r"can't be read.*Give a GeoJSON"):
        read_polygon(save(tmp_path / "a.gpkg", "no database"))


def test_another_format_needs_geopandas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "geopandas", None)
    with pytest.raises(MissingDependencyError, match=r"geopandas.*deltascribe\[geo\]"):
        read_polygon(save(tmp_path / "a.gpkg", ""))


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::32633", "EPSG:32633", "EPSG:3857"])
def test_the_system_that_an_older_geojson_names_is_used(tmp_path: Path, name: str) -> None:
    moved = rasterio.warp.transform_geom("EPSG:4326", rasterio.crs.CRS.from_user_input(name), SQUARE)
    crs = {"type": "name", "properties": {"name": name}}
    path = save(tmp_path / "a.geojson", {"type": "FeatureCollection", "crs": crs, "features": [{"type": "Feature", "geometry": moved}]})
    assert json.loads(path.read_text())["features"][0]["geometry"]["coordinates"][0][0][0] > 400_000
    found = shapely.geometry.shape(json.loads(read_polygon(path)))
    assert found.bounds == pytest.approx((15.0, 45.0, 15.1, 45.1), abs=1e-6)


@pytest.mark.parametrize("crs", [None, {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}])
def test_degrees_stay_longitude_first(tmp_path: Path, crs: Any) -> None:
    found = shapely.geometry.shape(json.loads(read_polygon(save(tmp_path / "a.geojson", {**SQUARE, "crs": crs}))))
    assert found.bounds == pytest.approx((15.0, 45.0, 15.1, 45.1), abs=1e-9)


def test_points_and_features_without_a_place_are_left_out(tmp_path: Path) -> None:
    inner = {"type": "GeometryCollection", "geometries": [POINT, {"type": "GeometryCollection", "geometries": [OTHER]}]}
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in (POINT, SQUARE, None, inner)]
    found = json.loads(read_polygon(save(tmp_path / "a.json", {"type": "FeatureCollection", "features": features})))
    assert found["type"] == "MultiPolygon"
    assert shapely.geometry.shape(found).area == pytest.approx(0.02)


# layers


def layered(path: Path, **layers: Any) -> Path:
    """A GeoPackage in degrees with a layer of one GeoJSON geometry by each name."""
    geopandas = pytest.importorskip("geopandas")
    for name, shape in layers.items():
        table = geopandas.GeoDataFrame(geometry=[shapely.geometry.shape(shape)], crs="EPSG:4326")
        table.to_file(path, layer=name, driver="GPKG")
    return path


def test_the_layer_with_polygons_is_taken_without_a_warning(tmp_path: Path) -> None:
    path = layered(tmp_path / "two.gpkg", points=POINT, area=SQUARE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = shapely.geometry.shape(json.loads(read_polygon(path)))
    assert found.bounds == pytest.approx((15.0, 45.0, 15.1, 45.1))


def test_of_several_layers_one_is_named(tmp_path: Path) -> None:
    path = layered(tmp_path / "three.gpkg", points=POINT, east=OTHER, west=SQUARE)
    with pytest.raises(SceneError, match=r"several layers with polygons \(east, west\)\. Name one: .*three\.gpkg#east"):
        read_polygon(path)
    found = shapely.geometry.shape(json.loads(read_polygon(Path(f"{path}#west"))))
    assert found.bounds == pytest.approx((15.0, 45.0, 15.1, 45.1))
    with pytest.raises(SceneError, match="no polygon but Point"):
        read_polygon(Path(f"{path}#points"))
    with pytest.raises(SceneError, match=r"three\.gpkg has no layer north but points, east, west\. Name one of them\."):
        read_polygon(Path(f"{path}#north"))


def test_a_file_of_points_alone_is_named(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"no layer with polygons \(points: Point\)"):
        read_polygon(layered(tmp_path / "points.gpkg", points=POINT))


def test_a_name_with_a_hash_is_a_file_first(tmp_path: Path) -> None:
    path = save(tmp_path / "a#1.geojson", SQUARE)
    assert shapely.geometry.shape(json.loads(read_polygon(path))).area == pytest.approx(0.01)
    with pytest.raises(SceneError, match=r"a\.geojson is a GeoJSON, which has no layers\. Give it without #1\."):
        read_polygon(Path(f"{save(tmp_path / 'a.geojson', SQUARE)}#1"))
    with pytest.raises(SceneError, match=r"There is no file .*b\.geojson#1"):
        read_polygon(tmp_path / "b.geojson#1")
