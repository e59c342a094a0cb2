"""What a run's cached features are known by: runs with different seeds can share them, other code makes them anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lightning")

from deltascribe.training import TrainConfig, loop

CACHED = {"cache__variants": 1, "model__settings__backbone__tuned_stages": 1, "epochs": 1, "batch_size": 9}


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
        loop.train(make_config(tmp_path / f"run{seed}", seed=seed, **CACHED, **settings), quiet=True)
    assert seen == seeds


@pytest.mark.usefixtures("fake_renderer")
@pytest.mark.parametrize(
    ("name", "value", "share", "folders"), [("__version__", "0.0.0", None, 2), ("RENDERER", -1, None, 1), ("RENDERER", -1, 0.5, 2)]
)
def test_another_version_of_the_code_or_of_the_renderer_makes_the_cache_anew(
    make_config: Callable[..., TrainConfig],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: Any,
    share: float | None,
    folders: int,
) -> None:
    options = {**CACHED, "cache__folder": str(tmp_path / "cache")}
    if share is not None:
        options["data__synthetic"] = {"share": share}
    loop.train(make_config(tmp_path / "first", **options), quiet=True)
    monkeypatch.setattr(loop, name, value)
    loop.train(make_config(tmp_path / "second", **options), quiet=True)
    assert len(list((tmp_path / "cache").glob("*/cache.json"))) == folders
