"""A small scene and a small model that finds change in some of its tiles: fixtures for tests of whole runs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from deltascribe.captioner import ChangeCaptioner
from deltascribe.models.checkpoint import load_checkpoint, save_checkpoint
from deltascribe.scenes.answer import SceneAnswer
from deltascribe.scenes.options import SceneOptions
from deltascribe.scenes.outputs import FILES, write_outputs
from deltascribe.scenes.preparing import PreparedScene, ScenePair, prepare
from deltascribe.scenes.running import describe_scene

rasterio = pytest.importorskip("rasterio")
pytest.importorskip("geopandas")

SHAPE = (180, 230)
"""Height and width in pixels: 4 rows and 5 columns of tiles with the options below."""
TILES = 20
OPTIONS = {"overlap": 16, "beams": 1}
_SHIFT = 0.32
"""Taken off the change flag of the tiny model, which else finds change in every tile."""

Prepare = Callable[..., PreparedScene]
Describe = Callable[..., SceneAnswer]


@pytest.fixture(scope="session")
def scene_model(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the tiny checkpoint, which finds change in some tiles of the small scene and none in others."""
    checkpoint = load_checkpoint(tiny_checkpoint, torch.device("cpu"))
    with torch.no_grad():
        dict(checkpoint.model.named_parameters())["flag.bias"].sub_(_SHIFT)
    folder = tmp_path_factory.mktemp("scene-model") / "tiny"
    save_checkpoint(folder, checkpoint, "# Tiny\n")
    return folder


@pytest.fixture(scope="session")
def captioner(scene_model: Path) -> ChangeCaptioner:
    """The model, loaded."""
    return ChangeCaptioner.from_pretrained(scene_model, device="cpu")


@pytest.fixture(scope="session")
def scene_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two GeoTIFFs (UTM zone 33, 0.5 m a pixel); the upper left and lower right changed, and the right border is unknown before."""
    return write_scene(tmp_path_factory.mktemp("scene-files"))


@pytest.fixture(scope="session")
def prepare_scene(scene_files: tuple[Path, Path], captioner: ChangeCaptioner) -> Prepare:
    """Prepares a run over the small scene; takes options."""

    def make(before: Path = scene_files[0], after: Path = scene_files[1], **options: Any) -> PreparedScene:
        return prepare(ScenePair(str(before), str(after), "before_after"), captioner, SceneOptions(**{**OPTIONS, **options}))

    return make


@pytest.fixture(scope="session")
def describe_small(prepare_scene: Prepare, captioner: ChangeCaptioner) -> Describe:
    """Describes the small scene into a folder, and writes all files there."""

    def run(out: Path, *, scene: PreparedScene | None = None, **settings: Any) -> SceneAnswer:
        answer = describe_scene(scene or prepare_scene(), captioner, out, **{"batch_size": 4, **settings})
        write_outputs(answer, out)
        return answer

    return run


@pytest.fixture(scope="session")
def undisturbed(describe_small: Describe, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a run that nothing came in the way of."""
    out = tmp_path_factory.mktemp("undisturbed")
    describe_small(out)
    return read_files(out)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a file system of 64 kB whose size can be changed; for root only."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def mount(options: str) -> Path:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=True, capture_output=True)
        return disk

    try:
        mount("size=64k")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system can be mounted here")
    yield mount
    subprocess.run(["umount", str(disk)], check=True)


def read_files(out: Path) -> dict[str, bytes]:
    """Names and contents of what a run leaves."""
    return {name: (out / name).read_bytes() for name in FILES}


def write_scene(folder: Path, shape: tuple[int, int] = SHAPE, seed: int = 0) -> tuple[Path, Path]:
    """Writes `before.tif` and `after.tif`: blocks of 10 x 10 pixels in one colour with noise."""
    height, width = shape
    rng = np.random.default_rng(seed)
    fields = rng.integers(40, 200, (3, height // 10 + 1, width // 10 + 1)).repeat(10, 1).repeat(10, 2)[:, :height, :width]
    before = (fields + rng.integers(1, 30, (3, height, width))).astype(np.uint8)
    after = before.copy()
    for top, left in ((20, 30), (height // 2, width // 2 + 20)):
        after[:, top : top + 40, left : left + 50] = rng.integers(150, 255, (3, 40, 50))
    before[:, : height // 2, -52:] = 0
    return write_raster(folder / "before.tif", before), write_raster(folder / "after.tif", after)


def write_raster(path: Path, values: Any, *, left: float = 500_000.0, top: float = 5_000_000.0, **profile: Any) -> Path:
    """A GeoTIFF of [bands, h, w] in blocks of 64 pixels; 0 is missing."""
    bands, height, width = values.shape
    settings = {
        "driver": "GTiff",
        "count": bands,
        "height": height,
        "width": width,
        "dtype": values.dtype,
        "crs": "EPSG:32633",
        "transform": rasterio.Affine(0.5, 0, left, 0, -0.5, top),
        "nodata": 0,
        "tiled": True,
        "blockxsize": 64,
        "blockysize": 64,
        "compress": "deflate",
        **({"photometric": "rgb"} if bands == 3 else {}),
    }
    with rasterio.open(path, "w", **{**settings, **profile}) as target:
        target.write(values)
    return path
