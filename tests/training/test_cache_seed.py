"""Runs with different seeds can share their cached features."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lightning")

from deltascribe.training import TrainConfig, loop


@pytest.mark.parametrize(("settings", "seeds"), [({}, [3, 4]), ({"cache__seed": 7}, [7, 7])])
def test_the_cache_has_the_runs_seed_or_one_of_its_own(
    make_config: Callable[..., TrainConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], seeds: list[int]
) -> None:
    seen: list[int] = []
    build = loop.build_cache

    def noting(dataset: Any, model: Any, augment: Any, seed: int, *rest: Any) -> Path:
        seen.append(seed)
        return build(dataset, model, augment, seed, *rest)

    monkeypatch.setattr(loop, "build_cache", noting)
    for seed in (3, 4):
        options = {"cache__variants": 1, "model__settings__backbone__tuned_stages": 1, "epochs": 1, "batch_size": 9}
        loop.train(make_config(tmp_path / f"run{seed}", seed=seed, **options, **settings), quiet=True)
    assert seen == seeds
