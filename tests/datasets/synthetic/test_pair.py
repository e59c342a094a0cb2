"""Tests of deltascribe.datasets.synthetic.pair and makers."""

from __future__ import annotations

import json
import sys
from collections import Counter

import numpy as np
import pytest

from deltascribe.datasets.synthetic import makers as makers_module
from deltascribe.datasets.synthetic.pair import choose_scenario, make_pair, stream
from deltascribe.errors import DatasetError, MissingDependencyError


def test_a_pair_has_images_mask_captions_and_truth(makers):
    pair = make_pair(3, 42, size=128, scenario="build", makers=makers)
    assert pair.name == "synth_000042"
    assert pair.before.shape == pair.after.shape == (128, 128, 3)
    assert pair.mask.shape == (128, 128)
    assert pair.changed
    assert len(pair.captions) == 5
    truth = json.loads(json.dumps(pair.truth))
    assert (truth["seed"], truth["index"], truth["scenario"], truth["resolution_m"]) == (3, 42, "build", 0.5)
    assert truth["width_m"] == 64.0
    assert set(truth["looks"]) == {"before", "after"}
    assert truth["captions"] == pair.captions
    assert {tuple(item["dates"]) for item in truth["objects"]} == {("before", "after"), ("after",)}


def test_a_pair_depends_on_its_seed_and_index_alone(makers):
    first = make_pair(1, 7, size=64, makers=makers)
    make_pair(1, 6, size=64, makers=makers)
    again, other = make_pair(1, 7, size=64, makers=makers), make_pair(2, 7, size=64, makers=makers)
    assert np.array_equal(first.after, again.after)
    assert first.truth == again.truth
    assert not np.array_equal(first.after, other.after)


def test_the_resolution_changes_the_extent_of_the_place(makers):
    assert make_pair(0, 0, size=64, resolution=1.0, makers=makers).place.width == 64.0
    assert make_pair(0, 0, size=64, resolution=0.25, makers=makers).place.width == 16.0


def test_changed_share_and_weights_rule_how_often_scenarios_come(makers):
    def drawn(share, weights=None):
        return Counter(choose_scenario(stream(0, index, 901), None, share, weights, makers) for index in range(2000))

    quarter = drawn(0.25)
    assert quarter["no_change"] / 2000 == pytest.approx(0.75, abs=0.03)
    # the makers' own weights are 5 : 3 : 2
    changed = 2000 - quarter["no_change"]
    assert quarter["build"] / changed == pytest.approx(0.5, abs=0.07)
    assert set(drawn(0.0)) == {"no_change"}
    assert set(drawn(1.0)) == {"build", "demolish", "clear"}
    assert set(drawn(0.0, {"build": 1.0})) == {"build"}
    assert drawn(0.5, {"build": 1.0, "no_change": 9.0})["build"] / 2000 == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"scenario": "earthquake"}, "Choose from: build, demolish"),
        ({"weights": {"earthquake": 1.0}}, "Choose from: build, demolish"),
        ({"weights": {"build": 0.0}}, "weight above zero"),
        ({"size": 8}, "Give 32 to 2048"),
        ({"resolution": 0.0}, "Give 0.05 to 5"),
        ({"changed_share": 1.5}, "from 0 to 1"),
    ],
)
def test_values_out_of_range_are_refused_with_what_is_possible(makers, values, message):
    with pytest.raises(DatasetError, match=message):
        make_pair(0, 0, makers=makers, **values)


@pytest.mark.parametrize(("module", "package"), [("cv2", "opencv-python-headless"), ("shapely", "shapely")])
def test_a_missing_package_is_named_with_its_extra(monkeypatch, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    makers_module.default_makers.cache_clear()
    with pytest.raises(MissingDependencyError, match=rf"{package}.*deltascribe\[synth\]"):
        makers_module.default_makers()
