"""Runs over web addresses: what is kept of them, and what takes up earlier answers."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from deltascribe.captioner import ChangeCaptioner
from deltascribe.errors import DeltascribeError
from deltascribe.scenes.options import SceneOptions
from deltascribe.scenes.outputs import write_outputs
from deltascribe.scenes.preparing import ScenePair, prepare
from deltascribe.scenes.running import Costs, describe_scene

from .small import OPTIONS, captioner, read_files, scene_files, scene_model, write_raster
from .web import Web, web

__all__ = ["captioner", "scene_files", "scene_model", "web"]  # fixtures


def run(web: Web, captioner: ChangeCaptioner, out: Path, query: str) -> int:
    """Describes the server's scene; gives the number of tiles that were looked at."""
    costs = Costs()
    address = web.root.replace("//", "//me:SECRET@")
    pair = ScenePair(f"{address}/before.tif{query}", f"{address}/after.tif{query}", "pair", clouds_after=f"{address}/clouds.tif{query}")
    scene = prepare(pair, captioner, SceneOptions(**OPTIONS, limit=3), network=True)
    write_outputs(describe_scene(scene, captioner, out, network=True, costs=costs), out, network=True)
    return costs.tiles


def test_a_run_keeps_no_token_and_a_renewed_one_goes_on(
    web: Web, scene_files: tuple[Path, Path], captioner: ChangeCaptioner, tmp_path: Path
) -> None:
    for path in scene_files:
        shutil.copy(path, web.folder)
    write_raster(web.folder / "clouds.tif", np.zeros((1, 200, 260), np.uint8), nodata=None)
    with pytest.raises(DeltascribeError, match="not a local file"):
        prepare(ScenePair(f"{web.root}/before.tif", f"{web.root}/after.tif", "pair"), captioner, SceneOptions())
    out = tmp_path / "out"
    assert run(web, captioner, out, "?sig=SECRET1") == 3
    first = read_files(out)
    assert b"before.tif" in first["summary.json"]
    assert b"The cloud mask clouds.tif hides 0 %" in first["summary.json"]
    kept = [path for path in out.rglob("*") if path.is_file()]
    assert len(kept) > len(first)
    assert [path.name for path in kept if b"SECRET" in path.read_bytes()] == []
    assert run(web, captioner, out, "?sig=SECRET2") == 0
    assert read_files(out) == first
    shutil.copy(scene_files[0], web.folder / "after.tif")
    assert run(web, captioner, out, "?sig=SECRET3") == 3
