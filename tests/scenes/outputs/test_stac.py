"""The STAC item of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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
    assert properties["datetime"] == "2000-01-01T00:00:00.000Z"
    assert properties["description"] == answer.summary.headline
    assert (properties["proj:epsg"], properties["proj:shape"], properties["gsd"]) == (32633, [128, 192], 0.5)
    assert properties["proj:transform"] == [0.5, 0.0, 500_000.0, 0.0, -0.5, 5_000_000.0]
    assert properties["deltascribe:provenance"] == answer.provenance
    assert properties["deltascribe:notes"] == ["Look out."]
    assert properties["processing:software"] == {"deltascribe": "0"}


def test_assets_are_the_files_that_were_written_with_their_multihash(make_answer: Callable[..., SceneAnswer]) -> None:
    item = stac_item(make_answer(), {"tiles.csv": "ab" * 32, "probability.tif": "cd" * 32})
    assert sorted(item["assets"]) == ["probability.tif", "tiles.csv"]
    asset = item["assets"]["probability.tif"]
    assert asset["href"] == "./probability.tif"
    assert asset["type"] == "image/tiff; application=geotiff; profile=cloud-optimized"
    assert asset["roles"] == ["data"]
    assert asset["file:checksum"] == "1220" + "cd" * 32  # 0x12: SHA-256, 0x20: 32 bytes


def test_a_system_without_an_epsg_code_is_given_in_words(make_answer: Callable[..., SceneAnswer]) -> None:
    answer = make_answer()
    words = rasterio.crs.CRS.from_proj4("+proj=tmerc +lat_0=0 +lon_0=15 +k=0.9996 +x_0=500000 +y_0=0 +ellps=WGS84").to_wkt()
    item = stac_item(replace(answer, plan=replace(answer.plan, grid=replace(answer.plan.grid, crs=words))), {})
    assert item["properties"]["proj:epsg"] is None
    assert item["properties"]["proj:wkt2"] == words
    assert item["bbox"] == pytest.approx(stac_item(answer, {})["bbox"], abs=1e-6)
