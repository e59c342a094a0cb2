"""Masks, pictures and polygons of a change map."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deltascribe.detection.mapper import ChangeMap
from deltascribe.detection.outputs import georeference_of, polygons, summary, write_mask, write_outputs, write_overlay
from deltascribe.errors import UnplacedError
from deltascribe.geotiff import Georeference
from deltascribe.pair import ImagePair

UTM = Georeference("EPSG:32614", (0.5, 0.0, 620000.0, 0.0, -0.5, 3350000.0), (40, 60), 0.5)


@pytest.fixture
def change() -> ChangeMap:
    """A ring of 8x8 with a hole of 2x2, a square of 3x3 of another class, and a single pixel at the corner of that."""
    mask = np.zeros((40, 60), np.uint8)
    mask[4:12, 10:18] = 1
    mask[7:9, 13:15] = 0
    mask[20:23, 30:33] = 2
    mask[23, 33] = 2
    probability = np.where(mask > 0, 0.8, 0.1).astype(np.float32)
    probability[20:23, 30:33] = 0.6
    return ChangeMap("town", probability, mask, 0.5, ("building", "road"), gsd=0.5)


@pytest.fixture
def pair() -> ImagePair:
    image = np.random.default_rng(0).random((3, 40, 60), np.float32)
    return ImagePair(image, image[:, ::-1].copy(), name="town")


def test_a_png_mask_has_the_values_of_levir_mci(change: ChangeMap, tmp_path: Path) -> None:
    write_mask(change, tmp_path / "mask.png")
    label = np.asarray(Image.open(tmp_path / "mask.png"))
    assert label.shape == (40, 60)
    assert (label[5, 11], label[8, 14], label[21, 31]) == (255, 0, 128)
    with pytest.raises(UnplacedError, match="choose --format png"):
        write_mask(change, tmp_path / "mask.tif")


def test_a_geotiff_mask_lies_where_the_images_lie(change: ChangeMap, tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    write_mask(change, tmp_path / "mask.tif", UTM)
    with rasterio.open(tmp_path / "mask.tif") as dataset:
        assert dataset.crs.to_epsg() == 32614
        assert tuple(dataset.transform)[:6] == UTM.transform
        assert (dataset.read(1)[4:12, 10:18] == 255).sum() == 60
    found = georeference_of(tmp_path / "mask.tif")
    assert found is not None
    assert (found.crs, found.transform, found.gsd) == (UTM.crs, UTM.transform, 0.5)


def test_an_image_that_is_no_tiff_has_no_place(change: ChangeMap, tmp_path: Path) -> None:
    write_mask(change, tmp_path / "mask.png")
    assert georeference_of(tmp_path / "mask.png") is None


def test_polygons_in_pixels_cover_exactly_the_mask(change: ChangeMap) -> None:
    features = pytest.importorskip("rasterio.features")
    collection = polygons(change)
    assert [feature["properties"] for feature in collection["features"]] == [
        {"class": "building", "pixels": 60, "probability": 0.8, "area_m2": 15.0},
        {"class": "road", "pixels": 9, "probability": 0.6, "area_m2": 2.25},
        {"class": "road", "pixels": 1, "probability": 0.8, "area_m2": 0.25},
    ]
    assert len(collection["features"][0]["geometry"]["coordinates"]) == 2  # the hole
    assert "pixels (column, row)" in collection["coordinate_note"]
    shapes = [(feature["geometry"], 1) for feature in collection["features"]]
    assert np.array_equal(features.rasterize(shapes, (40, 60)), change.mask > 0)


def test_polygons_of_a_place_are_in_degrees_and_turn_the_right_way(change: ChangeMap) -> None:
    warp = pytest.importorskip("rasterio.warp")
    collection = polygons(change, UTM)
    outer, hole = collection["features"][0]["geometry"]["coordinates"]
    xs, ys = warp.transform("EPSG:4326", "EPSG:32614", *zip(*outer, strict=True))
    assert (min(xs), max(xs)) == pytest.approx((620005.0, 620009.0), abs=0.01)
    assert (min(ys), max(ys)) == pytest.approx((3349994.0, 3349998.0), abs=0.01)

    def signed(ring: list[tuple[float, float]]) -> float:
        return sum(a * d - c * b for (a, b), (c, d) in pairwise(ring))

    assert signed([(x + 97.7, y - 30.3) for x, y in outer]) > 0
    assert signed([(x + 97.7, y - 30.3) for x, y in hole]) < 0
    assert outer[0] == outer[-1]


def test_small_areas_can_be_left_out(change: ChangeMap) -> None:
    pytest.importorskip("rasterio")
    assert len(polygons(change, min_area=2.0)["features"]) == 2
    unknown = ChangeMap("town", change.probability, change.mask, 0.5, change.class_names)
    assert len(polygons(unknown, min_area=9.5)["features"]) == 1
    assert "area_m2" not in polygons(unknown)["features"][0]["properties"]


def test_nothing_changed_gives_no_polygon() -> None:
    pytest.importorskip("rasterio")
    empty = ChangeMap("field", np.zeros((8, 8), np.float32), np.zeros((8, 8), np.uint8), 0.5)
    assert polygons(empty, UTM)["features"] == []


def test_the_overlay_shows_the_after_image_with_the_changed_area(change: ChangeMap, pair: ImagePair, tmp_path: Path) -> None:
    write_overlay(change, pair, tmp_path / "overlay.png")
    image = Image.open(tmp_path / "overlay.png")
    assert image.size == (300, 200)  # enlarged by a whole factor
    plain = np.asarray(Image.fromarray((pair.after.transpose(1, 2, 0) * 255).round().astype(np.uint8)).resize(image.size))
    red = np.asarray(image).astype(int)[..., 0] - plain[..., 0]
    assert red[25:55, 55:60].mean() > 20
    assert abs(red[150:, 200:].mean()) < 10


def test_all_outputs_of_a_pair(change: ChangeMap, pair: ImagePair, tmp_path: Path) -> None:
    pytest.importorskip("rasterio")

    def written(**options: Any) -> set[str]:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        values = write_outputs(change, pair, folder, **{"reference": None, "format": "auto", "outline": True, "min_area": 0.0, **options})
        assert values == json.loads((folder / "town.json").read_text())
        return {path.name for path in folder.iterdir()}

    assert written() == {"town_mask.png", "town_overlay.png", "town.geojson", "town.json"}
    assert written(reference=UTM) == {"town_mask.tif", "town_overlay.png", "town.geojson", "town.json"}
    assert written(reference=UTM, format="png", outline=False) == {"town_mask.png", "town_overlay.png", "town.json"}


def test_the_summary_names_areas_by_class(change: ChangeMap) -> None:
    values = summary(change, 3)
    assert values["pixels_by_class"] == {"building": 60, "road": 10}
    assert (values["changed_pixels"], values["changed_area_m2"], values["polygons"]) == (70, 17.5, 3)
    assert values["changed_share"] == pytest.approx(70 / 2400)
