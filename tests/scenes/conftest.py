"""Answers about small scenes, made without a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltascribe.scenes.alignment import align
from deltascribe.scenes.answer import ChangeArea, DescribedTile, Finding, SceneAnswer, Summary
from deltascribe.scenes.grid import Grid
from deltascribe.scenes.plan import ScenePlan, Tile, plan_scene
from deltascribe.scenes.rasters import inspect_raster
from deltascribe.scenes.reading import DateSource
from deltascribe.scenes.sampling import Misregistration

from .small import captioner, describe_small, prepare_scene, scene_files, scene_model, tiny_disk, undisturbed

__all__ = ["captioner", "describe_small", "prepare_scene", "scene_files", "scene_model", "tiny_disk", "undisturbed"]  # fixtures

rasterio = pytest.importorskip("rasterio")
shapely = pytest.importorskip("shapely")

CHANGED = {1: "a house is built", 3: "trees were removed"}
CORNER = (500_000.0, 5_000_000.0)
UNKNOWN = 255


@pytest.fixture
def make_answer(tmp_path: Path) -> Callable[..., SceneAnswer]:
    """Makes a `SceneAnswer` with its GeoTIFFs (UTM zone 33, 0.5 m a pixel) in a folder.

    Tiles are 64 pixels wide and don't overlap; each changed one has an area of 32 x 32 pixels (256 m2) in its middle, lighter in the
    after image, with 90 % in the probability raster and 5 % elsewhere. Skipped tiles are nodata in the before image.
    """

    def make(
        folder: Path = tmp_path / "scene",
        *,
        rows: int = 2,
        columns: int = 3,
        changed: Mapping[int, str] = CHANGED,
        skipped: Sequence[int] = (),
        name: str = "pair",
        notes: Sequence[str] = (),
        size: int = 64,
        **fields: Any,
    ) -> SceneAnswer:
        """
        Args:
            folder: where the GeoTIFFs go: `before.tif`, `after.tif`, `probability.tif`.
            rows, columns: of tiles, numbered row by row.
            changed: caption of each changed tile; the first is the most probable (0.9, and 0.01 less for each further one).
            skipped: tiles of which nothing is known.
            name, notes: of the answer.
            size: side of a tile in pixels.
            fields: further attributes of the answer, instead of those made here.
        """
        folder.mkdir(parents=True, exist_ok=True)
        shape = (rows * size, columns * size)
        windows = [(row * size, column * size, size, size) for row in range(rows) for column in range(columns)]
        middles = {index: (slice(top + size // 4, top + 3 * size // 4), slice(left + size // 4, left + 3 * size // 4))
                   for index, (top, left, _, _) in enumerate(windows) if index in changed}  # fmt: skip
        _write_rasters(folder, shape, middles, [windows[index] for index in skipped])
        before, after = (inspect_raster(folder / f"{date}.tif", max_pixels=10**8) for date in ("before", "after"))
        alignment = align(before, after, 0.5)
        plan = plan_scene(alignment.grid, size, 0)
        tiles = tuple(_tile(tile, plan.grid, dict(changed), skipped) for tile in sorted(plan.tiles, key=lambda entry: entry.index))
        areas = tuple(_area(number, tiles[index], plan.grid) for number, index in enumerate(sorted(changed), 1))
        content: dict[str, Any] = {
            "name": name,
            "before": DateSource(before, (1, 2, 3)),
            "after": DateSource(after, (1, 2, 3)),
            "alignment": alignment,
            "misregistration": Misregistration(0.2, -0.1, 0.1, 6, 6),
            "plan": plan,
            "tiles": tiles,
            "areas": areas,
            "summary": _summary(plan, tiles),
            "probability": folder / "probability.tif",
            "threshold": 0.5,
            "notes": tuple(notes),
            "provenance": {"software": "deltascribe 0", "model": "fake", "model_sha256": "0" * 64},
        }
        return SceneAnswer(**{**content, **fields})

    return make


def _write_rasters(folder: Path, shape: tuple[int, int], middles: Mapping[int, tuple[slice, slice]], gaps: Sequence[Any]) -> None:
    """Noise as ground, the same on both dates but for the changed middles."""
    ground = np.random.default_rng(7).integers(60, 120, (3, *shape)).astype(np.uint8)
    after, percent = ground.copy(), np.full(shape, 5, np.uint8)
    for rows, columns in middles.values():
        after[:, rows, columns] += 100
        percent[rows, columns] = 90
    for top, left, height, width in gaps:
        ground[:, top : top + height, left : left + width] = 0
        percent[top : top + height, left : left + width] = UNKNOWN
    _write(folder / "before.tif", ground, nodata=0)
    _write(folder / "after.tif", after, nodata=0)
    _write(folder / "probability.tif", percent[None], nodata=UNKNOWN)


def _write(path: Path, values: Any, nodata: int) -> None:
    bands, height, width = values.shape
    profile = {
        "driver": "GTiff",
        "count": bands,
        "height": height,
        "width": width,
        "dtype": "uint8",
        "crs": "EPSG:32633",
        "transform": rasterio.Affine(0.5, 0, CORNER[0], 0, -0.5, CORNER[1]),
        "nodata": nodata,
    }
    if bands == 3:
        profile["photometric"] = "rgb"
    with rasterio.open(path, "w", **profile) as target:
        target.write(values)


def _tile(tile: Tile, grid: Grid, changed: Mapping[int, str], skipped: Sequence[int]) -> DescribedTile:
    if tile.index in skipped:
        return DescribedTile(tile, 0.0, None, 0.0, False, 0.0, 0.0, 0.0)
    ground = tile.window[2] * tile.window[3] * grid.pixel_area
    if tile.index not in changed:
        return DescribedTile(tile, 1.0, "there is no difference", 0.03, False, 0.0, 0.0, ground)
    probability = round(0.9 - 0.01 * list(changed).index(tile.index), 4)
    area = (tile.window[2] // 2) ** 2 * grid.pixel_area
    return DescribedTile(tile, 1.0, changed[tile.index], max(probability, 0.5), True, area, area, ground)


def _area(number: int, found: DescribedTile, grid: Grid) -> ChangeArea:
    row, column, height, width = found.tile.window
    box = shapely.box(*grid.window_bounds((row + height // 4, column + width // 4, height // 2, width // 2)))
    return ChangeArea(number, box, found.changed_area, 0.9, (found.tile.index,), found.caption)


def _summary(plan: ScenePlan, tiles: Sequence[DescribedTile]) -> Summary:
    told: dict[str, list[DescribedTile]] = {}
    for tile in tiles:
        if tile.changed and tile.caption:
            told.setdefault(tile.caption, []).append(tile)
    findings = tuple(
        Finding(
            f"In the middle, {caption}.",
            tuple(tile.tile.index for tile in group),
            sum(tile.changed_area for tile in group),
            "in the middle",
        )
        for caption, group in told.items()
    )
    return Summary(f"{sum(tile.changed for tile in tiles)} of {len(plan.tiles)} tiles tell of a change.", findings)
