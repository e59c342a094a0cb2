"""Tests of deltascribe.datasets.synthetic.scene, scene_truth and raster."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio

from deltascribe.datasets.synthetic import scene as scene_module
from deltascribe.datasets.synthetic.scene import CORNER, Scene, write_scene
from deltascribe.errors import DatasetError, MissingDependencyError

SCENE = Scene(1280, seed=3, scenario="build")
"""640 m: four blocks, whose borders cross houses."""


@pytest.fixture
def written(tmp_path, makers):
    write_scene(tmp_path, SCENE, makers=makers)
    return tmp_path


def _whole(makers, date):
    place = makers.plan(3, 0, scenario="build", width=640.0, height=640.0)
    looks = makers.looks(np.random.default_rng([3, 0, 902]))
    return place, makers.paint(place, date, looks[0 if date == "before" else 1]).transpose(2, 0, 1)


def test_rasters_show_the_place_without_seams(written, makers):
    place, before = _whole(makers, "before")
    _, after = _whole(makers, "after")
    for name, expected in (("before", before), ("after", after), ("change_mask", makers.mask(place)[None])):
        with rasterio.open(written / f"{name}.tif") as raster:
            assert np.array_equal(raster.read(), expected)
            assert raster.crs.to_epsg() == 32614
            assert raster.transform[:6] == (0.5, 0.0, CORNER[0], 0.0, -0.5, CORNER[1])
            assert raster.block_shapes[0] == (512, 512)
            assert raster.compression.name == "deflate"
            assert raster.overviews(1) == [2, 4]


def test_the_mask_has_colours_and_its_overviews_hold_no_other_classes(written):
    with rasterio.open(written / "change_mask.tif", overview_level=0) as raster:
        assert set(np.unique(raster.read())) == {0, 1}
    with rasterio.open(written / "change_mask.tif") as raster:
        assert raster.colormap(1)[1][:3] == (230, 40, 40)


def test_truth_lies_on_the_raster(written):
    truth = json.loads((written / "truth.geojson").read_text())
    assert truth["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::32614"
    added = [item for item in truth["features"] if item["properties"]["change"] == "added"]
    windows = [item for item in truth["features"] if item["properties"]["change"] == "window"]
    assert {item["properties"]["class"] for item in added} == {"building"}
    with rasterio.open(written / "change_mask.tif") as raster:
        for item in added:
            x, y = np.mean(item["geometry"]["coordinates"][0][:-1], axis=0)
            assert next(raster.sample([(x, y)])) == [1]
        mask = raster.read(1)
    assert len(windows) == 25
    for item in windows:
        about = item["properties"]
        part = mask[about["row"] : about["row"] + 256, about["column"] : about["column"] + 256]
        assert len(about["captions"]) == 5
        assert about["changed"] == (part.sum() > 160)  # 40 m2


def test_a_missing_file_is_made_anew_with_the_same_bytes_by_any_number_of_workers(written, makers, tree_bytes):
    expected = tree_bytes(written)
    (written / "after.tif").unlink()
    stamp = (written / "before.tif").stat().st_mtime_ns
    steps = set()
    write_scene(written, SCENE, makers=makers, workers=2, progress=lambda name, done, total: steps.add(name))
    assert steps == {"after.tif"}
    assert (written / "before.tif").stat().st_mtime_ns == stamp
    assert tree_bytes(written) == expected


def test_no_block_sees_more_of_the_place_than_its_surroundings(tmp_path, makers):
    seen = []

    def paint(place, date, look, **keywords):
        seen.append(len(place.after.buildings))
        return makers.paint(place, date, look, **keywords)

    write_scene(tmp_path, SCENE, makers=replace(makers, paint=paint))
    assert len(seen) == 8
    # 16 new houses stand in a row across the place; the blocks to the south have none of them
    assert min(seen) <= 1
    assert max(seen) > 15


def test_a_shift_moves_the_second_date_alone(tmp_path, written, makers):
    write_scene(tmp_path / "shifted", replace(SCENE, shift=(3, 2)), makers=makers)
    with rasterio.open(written / "after.tif") as still, rasterio.open(tmp_path / "shifted" / "after.tif") as moved:
        assert np.array_equal(moved.read()[:, 2:, 3:], still.read()[:, :-2, :-3])
        assert moved.transform == still.transform
    for name in ("before.tif", "change_mask.tif"):
        assert (tmp_path / "shifted" / name).read_bytes() == (written / name).read_bytes()


def test_another_crs_for_the_second_date_shows_the_same_ground(tmp_path, written, makers):
    out = tmp_path / "warped"
    write_scene(out, replace(SCENE, second_crs="EPSG:3857"), makers=makers)
    assert not list(out.glob(".*"))
    with rasterio.open(written / "after.tif") as flat, rasterio.open(out / "after.tif") as warped:
        assert warped.crs.to_epsg() == 3857
        assert warped.nodata == 0
        from rasterio.vrt import WarpedVRT

        with WarpedVRT(warped, crs=flat.crs, transform=flat.transform, width=flat.width, height=flat.height) as back:
            difference = np.abs(back.read().astype(int) - flat.read())[:, 20:-20, 20:-20]
    assert np.median(difference) <= 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 1000}, "multiple of 256"),
        ({"seed": -1}, "seed from 0"),
        ({"scenario": "earthquake"}, "Choose from"),
        ({"second_crs": "EPSG:none"}, "is not known"),
        ({"second_crs": "EPSG:999999"}, "is not known"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is_written(tmp_path, makers, change, message):
    with pytest.raises(DatasetError, match=message):
        write_scene(tmp_path / "out", replace(SCENE, **change), makers=makers)
    assert not (tmp_path / "out").exists()


def test_a_disk_without_room_is_told_before_anything_is_painted(tmp_path, makers, monkeypatch):
    monkeypatch.setattr(scene_module, "disk_usage", lambda path: SimpleNamespace(free=10_000_000))
    # two dates of 1280 x 1280 pixels with three bytes each, and a third more for overviews
    with pytest.raises(DatasetError, match=r"may need 13 MB .* room for 10 MB"):
        write_scene(tmp_path, SCENE, makers=makers)
    assert [path.name for path in tmp_path.iterdir()] == ["synth.json"]


def test_a_folder_of_pairs_or_of_another_scene_is_refused(written, makers):
    with pytest.raises(DatasetError, match="seed was 3 and is now 4"):
        write_scene(written, replace(SCENE, seed=4), makers=makers)


def test_missing_rasterio_is_named_with_its_extra(tmp_path, makers, monkeypatch):
    monkeypatch.setitem(sys.modules, "rasterio", None)
    monkeypatch.setitem(sys.modules, "rasterio.enums", None)
    with pytest.raises(MissingDependencyError, match=r"deltascribe\[geo\]"):
        scene_module.write_scene(tmp_path, SCENE, makers=makers)
