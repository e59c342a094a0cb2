"""The STAC item of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from deltascribe.scenes.answer import SceneAnswer
from deltascribe.scenes.outputs.stac import stac_item

shapely = pytest.importorskip("shapely")
rasterio = pytest.importorskip("rasterio")


def test_an_item_has_what_stac_asks_for_and_where_it_comes_from(make_answer: Callable[..., SceneAnswer]) -> None:
    answer = make_answer(name="2019_2024", notes=("Look out.",))
    item = stac_item(answer, {"tiles.csv": "ab" * 32, "probability.tif": "cd" * 32})
    assert (item["type"], item["stac_version"], item["id"], item["links"]) == ("Feature", "1.0.0", "2019_2024", [])
    west, south, east, north = item["bbox"]
    assert shapely.geometry.shape(item["geometry"]).bounds == (west, south, east, north)
    assert west < east
    assert south < north
    middle = rasterio.warp.transform("EPSG:32633", "EPSG:4326", [500_048.0], [4_999_968.0])
    assert west < middle[0][0] < east
    assert south < middle[1][0] < north
    properties = item["properties"]
    # STAC 1.0.0: where there is no datetime, start and end must be; those of the scenes are not known
    assert [properties[name] for name in ("datetime", "start_datetime", "end_datetime")] == [
        None,
        "1800-01-01T00:00:00Z",
        "2200-01-01T00:00:00Z",
    ]
    assert properties["deltascribe:dates"] == {"before": None, "after": None}
    assert properties["description"] == answer.summary.headline
    assert (properties["proj:epsg"], properties["proj:shape"], properties["gsd"]) == (32633, [128, 192], 0.5)
    assert properties["proj:transform"] == [0.5, 0.0, 500_000.0, 0.0, -0.5, 5_000_000.0]
    assert properties["deltascribe:provenance"] == answer.provenance
    assert properties["deltascribe:notes"] == ["Look out."]
    assert properties["processing:software"] == {"deltascribe": "0"}


def test_the_time_runs_from_the_before_to_the_after_scene(make_answer: Callable[..., SceneAnswer]) -> None:
    before = datetime(2019, 6, 1, 10, 30, tzinfo=UTC)
    after = datetime(2024, 7, 2, tzinfo=UTC), datetime(2024, 7, 3, tzinfo=UTC)
    properties = stac_item(make_answer(dates=((before, before), after)), {})["properties"]
    assert properties["datetime"] is None
    assert (properties["start_datetime"], properties["end_datetime"]) == ("2019-06-01T10:30:00Z", "2024-07-03T00:00:00Z")
    assert properties["deltascribe:dates"] == {
        "before": ["2019-06-01T10:30:00Z", "2019-06-01T10:30:00Z"],
        "after": ["2024-07-02T00:00:00Z", "2024-07-03T00:00:00Z"],
    }


def test_assets_are_the_files_that_were_written_with_their_multihash(make_answer: Callable[..., SceneAnswer]) -> None:
    item = stac_item(make_answer(), {"tiles.csv": "ab" * 32, "probability.tif": "cd" * 32})
    assert sorted(item["assets"]) == ["probability.tif", "tiles.csv"]
    asset = item["assets"]["probability.tif"]
    assert asset["href"] == "./probability.tif"
    assert asset["type"] == "image/tiff; application=geotiff; profile=cloud-optimized"
    assert asset["roles"] == ["data"]
    assert asset["file:checksum"] == "1220" + "cd" * 32  # 0x12: SHA-256, 0x20: 32 bytes


@pytest.mark.parametrize(
    ("zone", "edge", "parts"),
    [
        ("EPSG:32760", 48, ["east", "west"]),  # the meridian of 180 degrees in the middle
        ("EPSG:32760", 200, ["east"]),
        ("EPSG:32760", -200, ["west"]),
        ("EPSG:32701", 48, ["east", "west"]),
    ],
)
def test_across_the_meridian_of_180_degrees_the_place_has_two_parts(
    make_answer: Callable[..., SceneAnswer], zone: str, edge: int, parts: list[str]
) -> None:
    answer = make_answer()
    (x,), (y,) = rasterio.warp.transform("EPSG:4326", zone, [180.0], [-17.0])
    grid = replace(answer.plan.grid, crs=zone, left=x - edge, top=y)  # 96 m wide, 64 m high
    item = stac_item(replace(answer, plan=replace(answer.plan, grid=grid)), {})
    shape = shapely.geometry.shape(item["geometry"])
    west, south, east, north = item["bbox"]
    assert shape.is_valid
    boxes = list(shape.geoms) if len(parts) == 2 else [shape]
    assert ["east" if box.centroid.x > 0 else "west" for box in boxes] == parts
    assert (west > east) == (len(parts) == 2)
    assert (boxes[0].bounds[0], boxes[-1].bounds[2]) == (west, east)
    assert all((box.bounds[1], box.bounds[3]) == (south, north) for box in boxes)
    # metres a degree at 17 degrees south; north of the map is not quite true north
    assert shape.area == pytest.approx(96 / 106_500 * 64 / 110_700, rel=0.05)
    for box in boxes:
        assert box.exterior.is_ccw  # RFC 7946, 3.1.6
        assert -180 <= box.bounds[0] < box.bounds[2] <= 180


def test_a_system_without_an_epsg_code_is_given_in_words(make_answer: Callable[..., SceneAnswer]) -> None:
    answer = make_answer()
    words = rasterio.crs.CRS.from_proj4("+proj=tmerc +lat_0=0 +lon_0=15 +k=0.9996 +x_0=500000 +y_0=0 +ellps=WGS84").to_wkt()
    item = stac_item(replace(answer, plan=replace(answer.plan, grid=replace(answer.plan.grid, crs=words))), {})
    assert item["properties"]["proj:epsg"] is None
    assert item["properties"]["proj:wkt2"] == words
    assert item["bbox"] == pytest.approx(stac_item(answer, {})["bbox"], abs=1e-6)
