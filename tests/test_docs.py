"""The Python blocks of the documents run as they stand, on small files and tiny models."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
from PIL import Image
from pydantic import TypeAdapter, ValidationError

from deltascribe.scenes.executors import run_local
from deltascribe.scenes.executors.ray import run_ray
from deltascribe.scenes.options import SceneOptions
from deltascribe.scenes.outputs import FILES

from .scenes.small import OPTIONS, TILES, scene_files

__all__ = ["scene_files"]  # fixture
ROOT = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(name: str) -> list[str]:
    return _BLOCK.findall((ROOT / name).read_text(encoding="utf-8"))


def run(block: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(block, "a document", "exec"), names)
    return names


@pytest.fixture
def scenes(shipped: Path, scene_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that docs/scenes.md names, in the folder that a block runs in; the shipped models are tiny."""
    import geopandas
    import shapely

    for name, source in zip(("2019.tif", "2024.tif"), scene_files, strict=True):
        (tmp_path / name).write_bytes(source.read_bytes())
    (tmp_path / "pairs.csv").write_text("before,after,name\n2019.tif,2024.tif,one\n2024.tif,2019.tif,two\n")
    west, north = 500_000, 5_000_000
    town = geopandas.GeoDataFrame(geometry=[shapely.box(west, north - 40, west + 40, north)], crs="EPSG:32633")
    town.to_file(tmp_path / "town.gpkg")
    monkeypatch.setattr("deltascribe.scenes.SceneOptions", partial(SceneOptions, **OPTIONS))  # its overlap is too much for tiny tiles
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fitting(order: Any, batches: Any, **settings: Any) -> Iterator[Any]:
    """Works in this process instead of on a cluster; what it is told must have the types that `run_ray` wants."""
    inspect.signature(run_ray).bind(order, batches, **settings)
    kinds = get_type_hints(run_ray)
    for name, value in settings.items():
        TypeAdapter(kinds[name]).validate_python(value, strict=True)
    return run_local(order, batches)


def test_a_pair_of_scenes_is_described(scenes: Path) -> None:
    first, _ = blocks("docs/scenes.md")
    answer = run(first)["answer"]
    assert len(answer.tiles) == TILES
    assert set(FILES) < {path.name for path in (scenes / "changes").iterdir()}


def test_a_list_is_described_on_a_cluster_within_a_polygon(scenes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deltascribe.scenes.run_ray", fitting)
    _, second = blocks("docs/scenes.md")
    assert 0 < len(run(second)["answer"].tiles) < TILES
    assert sorted(path.name for path in (scenes / "changes").iterdir()) == ["one", "two"]
    with pytest.raises(ValidationError):
        run(second.replace("workers=32", "workers=(1, 32)"))


@pytest.mark.parametrize("document", ["README.md", "docs/detection.md"])
def test_pictures_are_described(shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: str) -> None:
    for seed, name in enumerate(("before.png", "after.png")):
        Image.fromarray(np.random.default_rng(seed).integers(0, 255, (64, 64, 3), np.uint8)).save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    (block,) = blocks(document)
    run(block)
