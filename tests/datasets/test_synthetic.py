"""Tests of deltascribe.datasets.synthetic and the renderer beneath it."""

from __future__ import annotations

import numpy as np
import pytest

from deltascribe.datasets.synthetic import SCENARIOS, RenderedPair, render_pair
from deltascribe.datasets.synthetic import suburb_scene as rendering
from deltascribe.errors import DatasetError
from deltascribe.text.special import NO_CHANGE_SENTENCES

CHANGED = [scenario for scenario in SCENARIOS if scenario != "no_change"]


@pytest.fixture(scope="module")
def pairs() -> dict[str, RenderedPair]:
    return {scenario: render_pair(scenario, 5) for scenario in SCENARIOS}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_pair_has_the_form_of_levir_cc(pairs: dict[str, RenderedPair], scenario: str) -> None:
    pair = pairs[scenario]
    for image in (pair.before, pair.after):
        assert image.shape == (256, 256, 3)
        assert image.dtype == np.uint8
        assert 40 < image.mean() < 150
        assert image.std() > 20
    assert pair.mask.shape == (256, 256)
    assert set(np.unique(pair.mask)) <= {0, 1, 2}
    assert len(pair.captions) == 5
    assert pair.changed == (scenario != "no_change")


def test_the_same_seed_gives_the_same_pixels(pairs: dict[str, RenderedPair]) -> None:
    again, other = render_pair("villa_in_woods", 5), render_pair("villa_in_woods", 6)
    first = pairs["villa_in_woods"]
    assert np.array_equal(first.before, again.before)
    assert np.array_equal(first.after, again.after)
    assert np.array_equal(first.mask, again.mask)
    assert not np.array_equal(first.after, other.after)


@pytest.mark.parametrize("seed", range(4))
def test_no_change_has_an_empty_mask_and_the_no_change_sentences(seed: int) -> None:
    pair = render_pair("no_change", seed)
    assert not pair.mask.any()
    assert tuple(pair.captions) == NO_CHANGE_SENTENCES
    assert not np.array_equal(pair.before, pair.after)


@pytest.mark.parametrize("scenario", CHANGED)
def test_the_pixels_change_where_the_mask_says(pairs: dict[str, RenderedPair], scenario: str) -> None:
    pair = pairs[scenario]
    # compare the structure, not the exposure: each image against its own mean and spread
    before, after = ((image.mean(2) - image.mean()) / image.std() for image in (pair.before, pair.after))
    difference = np.abs(before - after)
    assert difference[pair.mask > 0].mean() > 1.25 * difference[pair.mask == 0].mean()


@pytest.mark.parametrize(
    ("scenario", "classes", "least", "most"),
    [
        ("houses_along_road", {1, 2}, 0.04, 0.35),
        ("woods_to_houses", {1, 2}, 0.04, 0.35),
        ("villa_in_woods", {1}, 0.004, 0.03),
        ("large_building", {1, 2}, 0.08, 0.45),
    ],
)
def test_the_mask_holds_what_was_built(pairs: dict[str, RenderedPair], scenario: str, classes: set[int], least: float, most: float) -> None:
    mask = pairs[scenario].mask
    assert set(np.unique(mask[mask > 0])) == classes
    assert least < (mask > 0).mean() < most


def test_captions_place_a_villa_where_its_mask_is() -> None:
    for seed in range(6):
        pair = render_pair("villa_in_woods", seed)
        rows, columns = np.nonzero(pair.mask)
        words = pair.captions[1]
        for word, value in (("top", rows), ("left", columns)):
            if word in words:
                assert value.mean() < 256 * 0.4
        for word, value in (("bottom", rows), ("right", columns)):
            if word in words:
                assert value.mean() > 256 * 0.6


def test_shadows_fall_away_from_the_sun_and_are_as_long_as_geometry_says() -> None:
    height = np.zeros((512, 512), np.float32)
    height[250:260, 250:260] = 5.0
    sky = rendering.Sky(azimuth=-np.pi / 2, elevation=np.pi / 4, mean=0.4, gamma=1.0, warmth=0.0, blur=0.3)
    dark = rendering.shadow(height, sky) < 0.5
    rows = np.nonzero(dark.any(1))[0]
    # 5 m under a sun at 45 degrees: 5 m, 20 cells of 0.25 m, to the north
    assert rows.max() == 249
    assert rows.min() == pytest.approx(230, abs=1)


def test_a_hip_roof_is_highest_in_its_middle_and_marked_as_a_building() -> None:
    scene = rendering.Scene("bare", 0)
    scene.house(64, 64, 0.0, (18, 14), rendering.ROOFS[0], 1)
    top = np.unravel_index(scene.height.argmax(), scene.height.shape)
    assert np.hypot(top[0] / 4 - 64, top[1] / 4 - 64) < 9
    assert scene.height.max() == pytest.approx(2.8 + 0.62 * 14 / 2 * 0.74, rel=0.1)
    assert np.array_equal(scene.labels == rendering.BUILDING, scene.height > 0)


def test_an_unknown_scenario_is_refused() -> None:
    with pytest.raises(DatasetError, match="no_change"):
        render_pair("earthquake", 0)
