"""One run over a pair of scenes: plan, tiles, mosaic, areas, words."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import shapely

from deltascribe import __version__
from deltascribe.captioner import ChangeCaptioner
from deltascribe.errors import ImageDecodeError
from deltascribe.scenes.answer import ChangeArea, DescribedTile, SceneAnswer
from deltascribe.scenes.executors import run_local
from deltascribe.scenes.manifest import Manifest
from deltascribe.scenes.mosaic import UNKNOWN, TileLookup, least_percent, write_mosaic
from deltascribe.scenes.plan import ScenePlan, Tile
from deltascribe.scenes.polygons import Patch, changed_patches
from deltascribe.scenes.preparing import PreparedScene
from deltascribe.scenes.rasters import OWN_CACHE, import_rasterio, opened, raster_environment
from deltascribe.scenes.results import BatchResult, TileResult
from deltascribe.scenes.words import summarise_scene
from deltascribe.scenes.worker import WorkOrder
from deltascribe.tiling import Window

RECORD = ".record"
"""Folder, within the output folder, of what was found so far."""

Executor = Callable[[WorkOrder, Iterable[tuple[Tile, ...]]], Generator[BatchResult, None, None]]
Progress = Callable[[str, int, int], None]
"""Called with the stage's name, steps done, and steps in all."""


@dataclass
class Costs:
    """Seconds spent on each stage; reading and model are sums over all threads."""

    reading: float = 0.0
    model: float = 0.0
    recording: float = 0.0
    mosaic: float = 0.0
    tiles: int = 0


def describe_scene(
    scene: PreparedScene,
    captioner: ChangeCaptioner,
    out: Path,
    *,
    batch_size: int = 16,
    threads: int = 1,
    executor: Executor | None = None,
    network: bool = False,
    progress: Progress | None = None,
    notice: Callable[[str], None] | None = None,
    costs: Costs | None = None,
) -> SceneAnswer:
    """Looks at every tile of a scene and puts the answers together; what an earlier run of the same question found is kept.

    Args:
        scene: as `prepare` gives it.
        captioner: the model.
        out: output folder; the record of the run lies in it.
        batch_size: tiles that are worked on, and written down, together at most: fewer where threads would have none. The answers don't
            depend on it.
        threads: batches at once, of the local executor.
        executor: where batches are worked on; None: threads of this process.
        network: whether web addresses are read.
        progress: told how far it is.
        notice: told what was found damaged in the record, a sentence each.
        costs: where seconds are added up.

    Returns:
        Everything that was found; `deltascribe.scenes.outputs.write_outputs` makes files of it.

    Raises:
        ManifestError: another process works in `out`, or the record can't be written; what was found is saved.
        ImageDecodeError: a block of a file can't be decoded; what was found is saved.
    """
    costs = Costs() if costs is None else costs
    report = progress or (lambda stage, done, total: None)
    question = scene.question(captioner, network=network)
    with Manifest(out / RECORD, question) as manifest:
        if notice is not None:
            for note in manifest.notes:
                notice(note)
        _work(scene, captioner, manifest, batch_size, threads, executor, network, report, costs)
        started = time.perf_counter()
        probability = manifest.folder / f"probability-{scene.plan.selection()}.tif"
        report("mosaic", 0, 1)
        write_mosaic(probability, scene.plan, manifest)
        report("mosaic", 1, 1)
        tiles = tuple(_described(scene, manifest, probability))
        areas = tuple(_areas(scene, tiles, probability))
        costs.mosaic += time.perf_counter() - started
    return SceneAnswer(
        name=scene.pair.name,
        before=scene.before,
        after=scene.after,
        alignment=scene.alignment,
        misregistration=scene.misregistration,
        plan=scene.plan,
        tiles=tiles,
        areas=areas,
        summary=summarise_scene(scene.plan, tiles),
        probability=probability,
        threshold=scene.options.threshold,
        notes=(*scene.notes, *_valid_notes(tiles)),
        dates=scene.pair.dates,
        provenance=_provenance(scene, captioner, question),
    )


def _work(
    scene: PreparedScene,
    captioner: ChangeCaptioner,
    manifest: Manifest,
    batch_size: int,
    threads: int,
    executor: Executor | None,
    network: bool,
    report: Progress,
    costs: Costs,
) -> None:
    """Lets the executor answer what the record does not hold yet."""
    order = scene.order(captioner, network=network)
    done = manifest.done
    batches = scene.plan.batches(batch_size, done, workers=1 if executor else threads)
    total = len(scene.plan.tiles)
    found = sum(tile.index in done for tile in scene.plan.tiles)
    report("tiles", found, total)
    results = executor(order, batches) if executor else run_local(order, batches, threads=threads, captioner=captioner)
    try:
        with closing(results):  # workers stop now, not when this frame is forgotten, where the record can't be written
            for batch in results:
                started = time.perf_counter()
                manifest.append(batch)
                costs.recording += time.perf_counter() - started
                costs.reading += batch.reading
                costs.model += batch.model
                costs.tiles += len(batch.tiles)
                found += len(batch.tiles)
                report("tiles", found, total)
    except ImageDecodeError as error:
        raise ImageDecodeError(f"{error} {found} of {total} tiles are saved.") from error


def _described(scene: PreparedScene, manifest: Manifest, probability: Path) -> Iterator[DescribedTile]:
    """The tiles with the area that changed in each, by number."""
    answers = {answer.index: answer for answer in _without_masks(manifest)}
    least = least_percent(scene.options.threshold)
    lookup = TileLookup(scene.plan)
    with raster_environment(cache=OWN_CACHE), opened(str(probability)) as dataset:
        for tile in sorted(scene.plan.tiles, key=lambda entry: entry.index):
            answer = answers[tile.index]
            percent = _percent(dataset, tile.window)
            known, own = percent != UNKNOWN, lookup.own_pixels(tile)
            changed = known & (percent >= least)
            whole, mine, ground = (int(part.sum()) * scene.plan.grid.pixel_area for part in (changed, changed & own, known & own))
            figures = answer.valid, answer.caption, answer.probability, answer.changed
            yield DescribedTile(tile, *figures, round(whole, 2), round(mine, 2), ground)


def _percent(dataset: Any, window: Window) -> Any:
    row, column, height, width = window
    return dataset.read(1, window=import_rasterio().windows.Window(column, row, width, height))


def _without_masks(manifest: Manifest) -> Iterator[TileResult]:
    for answer in manifest.results():
        yield TileResult(answer.index, answer.valid, answer.caption, answer.probability, answer.changed, None)


def _areas(scene: PreparedScene, tiles: tuple[DescribedTile, ...], probability: Path) -> Iterator[ChangeArea]:
    """The changed areas with what the tiles on them say, from the upper left."""
    grid, options = scene.plan.grid, scene.options
    lookup = TileLookup(scene.plan)
    by_number = {entry.tile.index: entry for entry in tiles}
    found = []
    for patch in changed_patches(probability, options.threshold, options.min_area / grid.pixel_area):
        polygon = shapely.transform(_smoothed(patch), lambda points: _to_ground(points, scene.plan))
        found.append((patch.place, polygon, patch.probability, _tiles_on(patch, lookup)))
    for index, (place, polygon, mean, numbers) in enumerate(sorted(found, key=itemgetter(0)), 1):
        caption = next((by_number[number].caption for number in numbers if by_number[number].changed), None)
        yield ChangeArea(index, polygon, round(place[-1] * grid.pixel_area, 2), mean, numbers, caption)


def _tiles_on(patch: Patch, lookup: TileLookup) -> tuple[int, ...]:
    """Numbers of the tiles that an area touches, the one that shows most of it first."""
    left, top, right, bottom = (int(value) for value in patch.polygon.bounds)
    shares = []
    for tile in lookup.touching((top, left, bottom - top, right - left)):
        row, column, height, width = tile.window
        shared = patch.polygon.intersection(shapely.box(column, row, column + width, row + height)).area
        if shared > 0:
            shares.append((-shared, tile.index))
    return tuple(index for _, index in sorted(shares))


def _smoothed(patch: Patch) -> Any:
    """The outline without the stairs of its pixels; as it is where nothing would remain."""
    simple = patch.polygon.simplify(1.0)
    return simple if simple.is_valid and not simple.is_empty else patch.polygon


def _to_ground(points: Any, plan: ScenePlan) -> Any:
    grid = plan.grid
    moved = points.copy()
    moved[:, 0] = grid.left + points[:, 0] * grid.step
    moved[:, 1] = grid.top - points[:, 1] * grid.step
    return moved


def _valid_notes(tiles: tuple[DescribedTile, ...]) -> list[str]:
    skipped = sum(entry.caption is None for entry in tiles)
    partial = sum(entry.caption is not None and entry.valid < 1 for entry in tiles)
    notes = []
    if skipped:
        notes.append(f"Tiles skipped, since too little of them is known on both dates: {skipped} of {len(tiles)}.")
    if partial:
        notes.append(f"Tiles known in part: {partial}; what is missing on one date is left out on both.")
    return notes


def _provenance(scene: PreparedScene, captioner: ChangeCaptioner, question: dict[str, Any]) -> dict[str, Any]:
    return {
        "software": f"deltascribe {__version__}",
        "model": captioner.source if "/" not in captioner.source else Path(captioner.source).name,
        "model_sha256": captioner.fingerprint,
        "inputs": {
            role: {"name": source.info.name, **question[role]} for role, source in (("before", scene.before), ("after", scene.after))
        },
        "options": scene.options.model_dump(mode="json"),
    }
