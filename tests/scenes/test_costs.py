"""What a run will cost, before it is run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deltascribe.captioner import ChangeCaptioner
from deltascribe.scenes.costs import Estimate, estimate

from .small import Prepare


def test_a_few_tiles_spread_over_the_plan_are_looked_at(
    prepare_scene: Prepare, captioner: ChangeCaptioner, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    monkeypatch.setattr("deltascribe.scenes.worker.SceneWorker.__call__", lambda worker, tiles: looked.extend(tile.index for tile in tiles))
    expected = estimate(prepare_scene(), captioner)
    assert looked == [0, 6, 13, 19]
    assert expected.seconds_a_tile >= 0
    assert expected.memory_gb == pytest.approx(0.85, abs=0.1)
    looked.clear()
    estimate(prepare_scene(limit=1), captioner)
    assert looked == [0, 0, 0, 0]


def test_a_plan_without_tiles_costs_no_time(prepare_scene: Prepare, captioner: ChangeCaptioner) -> None:
    scene = prepare_scene(limit=1)
    found = estimate(replace(scene, plan=replace(scene.plan, tiles=())), captioner)
    assert found == Estimate(0.0, found.memory_gb)


def test_a_real_look_takes_time(prepare_scene: Prepare, captioner: ChangeCaptioner) -> None:
    assert 0 < estimate(prepare_scene(), captioner).seconds_a_tile < 60
