"""Tests of deltascribe.datasets.synthetic.backgrounds and composing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from deltascribe.datasets import check_dataset, open_dataset
from deltascribe.datasets.synthetic.backgrounds import Backgrounds, draw_crop, make_pair_on_background
from deltascribe.datasets.synthetic.composing import compose, coverage, keep_changes
from deltascribe.datasets.synthetic.recipe import Recipe
from deltascribe.datasets.synthetic.writing import write_pairs
from deltascribe.errors import DatasetError


@pytest.fixture
def folder(tmp_path):
    """Twelve images, each of one colour and a gradient, in two subfolders."""
    for number in range(12):
        image = np.full((96, 120, 3), (number * 10 + 60, 100, 140), np.uint8)
        image[..., 1] = np.linspace(60, 160, 120).astype(np.uint8)
        path = tmp_path / "aerial" / ("a" if number % 2 else "b") / f"image{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    (tmp_path / "aerial" / "notes.txt").write_text("no image")
    return tmp_path / "aerial"


def test_images_of_a_folder_and_its_subfolders_are_found(folder, tmp_path):
    found = Backgrounds.of_folder(folder)
    assert len(found.files) == 12
    assert found.files == tuple(sorted(found.files))
    with pytest.raises(DatasetError, match="There is no folder"):
        Backgrounds.of_folder(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="holds no image"):
        Backgrounds.of_folder(tmp_path / "empty")


def test_no_image_serves_two_splits(folder):
    found = Backgrounds.of_folder(folder)
    shares = (0.8, 0.1, 0.1)
    chosen = {split: {found.choose(0, index, split, shares) for index in range(300)} for split in ("train", "val", "test")}
    assert sum(map(len, chosen.values())) == len(set.union(*chosen.values())) == 12
    assert len(chosen["train"]) == 10
    few = replace(found, files=found.files[:2])
    with pytest.raises(DatasetError, match="each of 3 splits"):
        few.choose(0, 0, "train", shares)
    assert few.choose(0, 0, "train", (1.0, 0.0, 0.0)).is_file()


def test_a_crop_is_square_turned_and_enlarged_where_needed():
    image = np.random.default_rng(0).random((60, 200, 3)).astype(np.float32)
    for seed in range(8):
        crop = draw_crop(image, 64, np.random.default_rng(seed))
        assert crop.shape == (64, 64, 3)
        assert crop.dtype == np.float32
        assert 0 <= crop.min() <= crop.max() <= 1


def test_only_what_came_or_went_is_kept_of_a_place(fake_parts):
    kept = keep_changes(fake_parts.plan(0, 0, scenario="build"))
    assert kept.changed
    assert list(kept.before.things()) == []
    assert {thing.id for thing in kept.after.things()} == {5, 6, 7}
    demolished = keep_changes(fake_parts.plan(0, 0, scenario="demolish"))
    assert [thing.id for thing in demolished.before.things()] == [3]
    assert not keep_changes(fake_parts.plan(0, 0, scenario="clear")).changed


def test_objects_replace_the_image_and_shadows_darken_it(makers, fake_parts):
    place = keep_changes(fake_parts.plan(0, 0, scenario="build"))
    crop = np.full((256, 256, 3), 0.5, np.float32)
    assert compose(crop, place, "before", 1.0, 0.5, makers) is crop
    image = compose(crop, place, "after", 1.0, 0.5, makers)
    house = place.after.buildings[0]
    x, y = round(house.x / 0.5), round(house.y / 0.5)
    assert image[y, x] == pytest.approx(np.array([190, 110, 90]) / 255 * np.sqrt(0.5 / (100 / 255)), abs=0.05)
    shadow = y + round((5 + 2) / 0.5)
    assert image[shadow, x] == pytest.approx(0.25, abs=0.03)
    far = np.ones((256, 256), bool)
    for item in place.after.buildings:
        left, top, right, bottom = (round(value / 0.5) for value in item.polygon.bounds)
        far[top - 4 : bottom + 12, left - 4 : right + 4] = False
    assert np.array_equal(image[far], crop[far])


def test_coverage_is_one_inside_and_half_at_an_edge(fake_parts):
    from shapely import box

    from deltascribe.datasets.synthetic.world import Pool

    hole = box(10, 10, 30, 30).difference(box(18, 18, 22, 22))
    alpha = coverage([Pool(1, hole)], 80, 0.5)
    assert alpha[30, 30] == 1
    assert alpha[40, 40] == 0  # the hole
    assert alpha[5, 5] == 0
    assert alpha.sum() * 0.25 == pytest.approx(hole.area, rel=0.02)


def test_a_pair_lies_on_one_crop_and_tells_only_of_its_objects(folder, makers):
    image = folder / "b" / "image0.png"
    pair = make_pair_on_background(image, 1, 0, size=64, changed_share=1.0, weights={"build": 1.0}, makers=makers)
    assert pair.ground == "background image0.png"
    assert pair.truth["background"] == "image0.png"
    assert {item["class"] for item in pair.truth["objects"]} == {"building"}
    outside = pair.mask == 0
    before, after = pair.before.astype(float), pair.after.astype(float)
    # the dates differ in light, but the pattern of the ground is the same
    assert np.corrcoef(before[..., 1][outside], after[..., 1][outside])[0, 1] > 0.6
    same = make_pair_on_background(image, 1, 0, size=64, changed_share=0.0, makers=makers)
    assert not same.changed
    assert not same.mask.any()
    assert not np.array_equal(same.before, same.after)


def test_a_scenario_without_objects_is_drawn_anew_or_refused(folder, makers):
    image = folder / "b" / "image0.png"
    weights = {"clear": 0.9, "build": 0.1}
    pairs = [make_pair_on_background(image, 0, index, size=32, changed_share=1.0, weights=weights, makers=makers) for index in range(6)]
    assert Counter(pair.truth["scenario"] for pair in pairs) == {"build": 6}
    with pytest.raises(DatasetError, match="Choose other scenarios"):
        make_pair_on_background(image, 0, 0, size=32, changed_share=1.0, weights={"clear": 1.0}, makers=makers)


def test_a_folder_on_backgrounds_passes_the_check_and_notices_other_images(folder, tmp_path, makers):
    recipe = Recipe(seed=2, size=64, backgrounds=Backgrounds.of_folder(folder))
    write_pairs(tmp_path / "out", 12, recipe, makers=makers)
    dataset = open_dataset(tmp_path / "out")
    check = check_dataset(dataset)
    assert check.ok
    assert {record.ground for record in dataset.records} <= {f"background image{number}.png" for number in range(12)}
    assert [captions for captions, _ in (recipe.text(index, makers) for index in range(12))] == [
        recipe.pair(index, makers).captions for index in range(12)
    ]
    (folder / "a" / "another.png").write_bytes((folder / "b" / "image0.png").read_bytes())
    with pytest.raises(DatasetError, match="backgrounds was"):
        write_pairs(tmp_path / "out", 12, replace(recipe, backgrounds=Backgrounds.of_folder(folder)), makers=makers)


def test_a_corrupt_background_is_named(folder, makers):
    broken = folder / "b" / "image0.png"
    broken.write_bytes(broken.read_bytes()[:60])
    with pytest.raises(DatasetError, match=r"background cannot be used: .*image0.png"):
        make_pair_on_background(broken, 0, 0, size=32, makers=makers)
