"""Pairs, folders and scenes made with the renderer's own parts."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import rasterio
from PIL import Image

from deltascribe.datasets import check_dataset, open_dataset
from deltascribe.datasets.synthetic.backgrounds import Backgrounds
from deltascribe.datasets.synthetic.makers import default_makers, in_register
from deltascribe.datasets.synthetic.pair import make_pair
from deltascribe.datasets.synthetic.recipe import Recipe
from deltascribe.datasets.synthetic.scene import Scene, write_scene
from deltascribe.datasets.synthetic.writing import write_pairs


def test_a_pair_of_the_usual_size_is_whole_and_the_same_each_time():
    pair, again = (make_pair(1, 2, scenario="villa") for _ in range(2))
    assert pair.before.shape == pair.after.shape == (256, 256, 3)
    assert np.array_equal(pair.after, again.after)
    assert pair.changed
    assert (pair.mask == 1).sum() > 200
    assert len(set(pair.captions)) == 5
    assert json.loads(json.dumps(pair.truth)) == again.truth | json.loads(json.dumps({"looks": again.truth["looks"]}))


def test_no_change_has_an_empty_mask_and_other_pixels():
    pair = make_pair(1, 3, size=128, scenario="no_change")
    assert not pair.changed
    assert not pair.mask.any()
    assert not np.array_equal(pair.before, pair.after)


def test_a_folder_passes_the_check_with_the_same_bytes_however_it_was_made(tmp_path, tree_bytes):
    recipe = Recipe(seed=4, size=64)
    write_pairs(tmp_path / "one", 10, recipe)
    write_pairs(tmp_path / "two", 4, recipe)
    write_pairs(tmp_path / "two", 10, recipe, workers=2)
    assert tree_bytes(tmp_path / "one") == tree_bytes(tmp_path / "two")
    check = check_dataset(open_dataset(tmp_path / "one"))
    assert check.ok
    assert check.captions.captions_per_pair == {5: 10}


def test_objects_are_put_on_a_real_ground_where_the_mask_says(tmp_path):
    Image.new("RGB", (128, 128), (120, 110, 90)).save(tmp_path / "field.png")
    backgrounds = Backgrounds.of_folder(tmp_path)
    recipe = Recipe(seed=0, size=128, changed_share=1.0, weights={"large_building": 1.0}, shares=(1.0, 0.0, 0.0), backgrounds=backgrounds)
    pair = recipe.pair(0)
    assert pair.changed
    assert not pair.truth["trees"]["after"]
    difference = np.abs(pair.after.astype(float) - pair.before).mean(2)
    difference -= np.median(difference)  # the dates differ in light
    assert np.abs(difference[pair.mask == 1]).mean() > 3 * np.abs(difference[pair.mask == 0]).mean() > 0


def test_a_scene_shows_its_place_and_tells_of_each_window(tmp_path):
    scene = Scene(512, seed=2, scenario="some_houses")
    write_scene(tmp_path, scene)
    makers = default_makers()
    place = makers.plan(2, 0, scenario="some_houses", width=256.0, height=256.0)
    with rasterio.open(tmp_path / "change_mask.tif") as raster:
        assert np.array_equal(raster.read(1), makers.mask(place))
    features = json.loads((tmp_path / "truth.geojson").read_text())["features"]
    windows = [item["properties"] for item in features if item["properties"]["change"] == "window"]
    assert len(windows) == 4
    assert any(window["changed"] for window in windows)
    assert all(len(set(window["captions"])) == 5 for window in windows)


def test_a_scene_is_painted_in_register():
    first, second = default_makers().looks(np.random.default_rng(1))
    assert first.shift != (0.0, 0.0)
    assert in_register(first) == replace(first, shift=(0.0, 0.0))
    assert in_register(second, haze=0.5).haze == 0.5
