"""Whole runs: the same files whatever the batches, threads and interruptions."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltascribe import scenes
from deltascribe.captioner import ChangeCaptioner
from deltascribe.errors import ExecutorError, ImageDecodeError, ManifestError
from deltascribe.scenes.answer import SceneAnswer
from deltascribe.scenes.executors import run_local
from deltascribe.scenes.grid import reproject_points
from deltascribe.scenes.manifest import LINES, Manifest
from deltascribe.scenes.plan import Tile
from deltascribe.scenes.results import BatchResult, TileResult
from deltascribe.scenes.running import RECORD, Costs, describe_scene
from deltascribe.scenes.worker import WorkOrder

from .small import OPTIONS, TILES, Describe, Prepare, read_files

rasterio = pytest.importorskip("rasterio")

TRIANGLE = [(500_005.0, 4_999_995.0), (500_075.0, 4_999_975.0), (500_015.0, 4_999_945.0)]
"""Corners on the scene's map, of a part of it."""
TOUCHED = 11
"""Tiles that it touches."""
Batches = Iterable[tuple[Tile, ...]]
Answers = Generator[BatchResult, None, None]


def polygon_of(corners: Sequence[tuple[float, float]]) -> str:
    """A polygon on the scene's map as GeoJSON in degrees."""
    xs, ys = reproject_points([x for x, _ in corners], [y for _, y in corners], "EPSG:32633", "EPSG:4326")
    ring = list(zip(xs, ys, strict=True))
    return json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


PART = polygon_of(TRIANGLE)


@pytest.fixture(scope="session")
def answer(describe_small: Describe, tmp_path_factory: pytest.TempPathFactory) -> SceneAnswer:
    return describe_small(tmp_path_factory.mktemp("answer"))


def stopping_after(count: int, order: WorkOrder, batches: Batches, *, captioner: ChangeCaptioner) -> Answers:
    """An executor that breaks down after some batches."""
    for done, batch in enumerate(run_local(order, batches, captioner=captioner)):
        if done == count:
            raise ExecutorError("the power is out")
        yield batch


def shuffled(order: WorkOrder, batches: Batches, *, captioner: ChangeCaptioner) -> Answers:
    """An executor that gives batches backwards, and each twice."""
    answers = list(run_local(order, batches, captioner=captioner))
    yield from (answers[place] for place in range(len(answers) - 1, -1, -1) for _ in range(2))


def invented(order: WorkOrder, batches: Batches) -> Answers:
    """An executor that looks at nothing: tiles with even numbers changed all over."""
    for batch in batches:
        tiles = [
            TileResult(tile.index, 1.0, "a house is built", 0.75, True, np.full((16, 16), 255 - 255 * (tile.index % 2), np.uint8))
            for tile in batch
        ]
        yield BatchResult(tuple(tiles), 0.0, 0.0)


def test_a_run_finds_change_in_some_tiles_and_skips_what_is_unknown(answer: SceneAnswer) -> None:
    assert len(answer.tiles) == TILES
    assert [entry.tile.index for entry in answer.tiles] == list(range(TILES))
    assert 3 <= sum(entry.changed for entry in answer.tiles) <= TILES - 3
    skipped = [entry for entry in answer.tiles if entry.caption is None]
    assert [entry.tile.index for entry in skipped] == [4]  # the right border of the upper half is unknown
    assert (skipped[0].valid, skipped[0].probability, skipped[0].changed) == (12 / 64, 0.0, False)
    assert answer.notes[-2:] == (
        "Tiles skipped, since too little of them is known on both dates: 1 of 20.",
        "Tiles known in part: 5; what is missing on one date is left out on both.",
    )


@pytest.mark.parametrize("part", [{}, {"limit": 8}, {"limit": 2}, {"polygon": PART}, {"polygon": PART, "limit": 5}], ids="+".join)
def test_areas_and_tiles_add_up_to_the_pixels_of_the_raster(
    prepare_scene: Prepare, describe_small: Describe, tmp_path: Path, part: dict[str, Any]
) -> None:
    answer = describe_small(tmp_path, scene=prepare_scene(min_area=0, **part))
    with rasterio.open(answer.probability) as dataset:
        percent = dataset.read(1)
    changed = (percent >= 50) & (percent != 255)
    assert changed.sum() > 100
    assert sum(entry.own_area for entry in answer.tiles) == pytest.approx(changed.sum() * 0.25)
    assert sum(area.area for area in answer.areas) == pytest.approx(changed.sum() * 0.25)
    assert sum(area.area * area.probability for area in answer.areas) == pytest.approx(percent[changed].sum() / 400, rel=1e-3)
    for entry in answer.tiles:
        row, column, height, width = entry.tile.window
        assert entry.changed_area == changed[row : row + height, column : column + width].sum() * 0.25
    assert answer.looked_at == (percent != 255).sum() * 0.25


def test_a_partial_run_says_so_and_tells_how_much_ground_it_looked_at(
    prepare_scene: Prepare, describe_small: Describe, answer: SceneAnswer, tmp_path: Path
) -> None:
    part = describe_small(tmp_path, scene=prepare_scene(limit=2))
    assert part.notes[0] == "Tiles that are looked at: only 2 of 20 (--limit)."
    # windows of 64 pixels that begin at 0 and 42
    assert part.looked_at == 64 * (64 + 42) * 0.25
    found = json.loads((tmp_path / "summary.json").read_text())
    assert (found["looked_at_m2"], found["ground_m2"]) == (part.looked_at, 180 * 230 * 0.25)
    assert not any("looked at" in note for note in answer.notes)
    assert answer.looked_at < answer.plan.grid.area  # one tile was skipped


def test_every_area_names_the_tiles_that_it_touches_and_what_they_say(answer: SceneAnswer) -> None:
    shapely = pytest.importorskip("shapely")
    said = {entry.tile.index: entry for entry in answer.tiles}
    boxes = {index: shapely.box(*answer.plan.grid.window_bounds(entry.tile.window)) for index, entry in said.items()}
    assert answer.areas
    for area in answer.areas:
        shares = [boxes[index].intersection(area.polygon).area for index in area.tiles]
        assert shares[0] >= 0.95 * max(shares)  # outlines are smoothed after the shares are taken
        assert area.caption == next((said[index].caption for index in area.tiles if said[index].changed), None)
        assert area.area >= 10
        assert [index for index, box in boxes.items() if box.intersection(area.polygon).area > 1 and index not in area.tiles] == []


def test_an_answer_knows_when_its_scenes_were_taken(prepare_scene: Prepare, captioner: ChangeCaptioner, tmp_path: Path) -> None:
    scene = prepare_scene(limit=1)
    taken = datetime(2019, 6, 1, tzinfo=UTC)
    dated = replace(scene, pair=replace(scene.pair, dates=((taken, taken), None)))
    assert describe_scene(dated, captioner, tmp_path, executor=invented).dates == ((taken, taken), None)


@pytest.mark.parametrize(("batch_size", "threads"), [(1, 1), (3, 1), (16, 1), (1, 2), (3, 2), (16, 2)])
def test_batches_and_threads_change_no_byte(
    describe_small: Describe, undisturbed: dict[str, bytes], tmp_path: Path, batch_size: int, threads: int
) -> None:
    describe_small(tmp_path, batch_size=batch_size, threads=threads)
    assert read_files(tmp_path) == undisturbed


@pytest.mark.parametrize(("threads", "few", "sizes"), [(1, 0, [16, 4]), (2, 0, [10, 10]), (2, 13, [4, 3]), (32, 0, [1] * TILES)])
def test_each_thread_gets_tiles_also_of_those_that_an_earlier_run_left(
    prepare_scene: Prepare,
    captioner: ChangeCaptioner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    threads: int,
    few: int,
    sizes: list[int],
) -> None:
    given: list[int] = []

    def watched(order: WorkOrder, batches: Batches, *, threads: int, captioner: ChangeCaptioner) -> Answers:
        found = list(batches)
        given.extend(map(len, found))
        yield from invented(order, found)

    if few:
        describe_scene(prepare_scene(limit=few), captioner, tmp_path, executor=invented)
    monkeypatch.setattr("deltascribe.scenes.running.run_local", watched)
    describe_scene(prepare_scene(), captioner, tmp_path, threads=threads)
    assert given == sizes


def test_the_order_of_batches_and_doubled_ones_change_no_byte(
    describe_small: Describe, captioner: ChangeCaptioner, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    describe_small(tmp_path, executor=partial(shuffled, captioner=captioner))
    assert read_files(tmp_path) == undisturbed


@pytest.mark.parametrize("after", [0, 1, 4])
def test_an_interrupted_run_goes_on_with_what_is_missing(
    describe_small: Describe, captioner: ChangeCaptioner, undisturbed: dict[str, bytes], tmp_path: Path, after: int
) -> None:
    with pytest.raises(ExecutorError, match="the power is out"):
        describe_small(tmp_path, executor=partial(stopping_after, after, captioner=captioner))
    assert not (tmp_path / "item.json").exists()
    costs, told = Costs(), []
    describe_small(tmp_path, costs=costs, progress=lambda *news: told.append(news))
    assert costs.tiles == TILES - 4 * after
    tiles = [done for stage, done, _ in told if stage == "tiles"]
    assert tiles == list(range(4 * after, TILES + 1, 4))
    assert {total for stage, _, total in told if stage == "tiles"} == {TILES}
    assert read_files(tmp_path) == undisturbed


def test_a_finished_run_computes_nothing_again(describe_small: Describe, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    describe_small(tmp_path)
    costs = Costs()
    describe_small(tmp_path, costs=costs, batch_size=7)
    assert (costs.tiles, costs.model) == (0, 0.0)
    assert read_files(tmp_path) == undisturbed


def test_a_changed_option_takes_nothing_over(prepare_scene: Prepare, captioner: ChangeCaptioner, tmp_path: Path) -> None:
    describe = partial(describe_scene, captioner=captioner, out=tmp_path, executor=invented)
    first = describe(prepare_scene())
    for change in (
        {"beams": 2},
        {"overlap": 24},
        {"min_valid": 0.5},
        {"scale": 200.0},
        {"bands": (3, 2, 1), "bands_after": (3, 2, 1)},
        {"resolution": 0.6},
        {"bbox": (15.0, 45.0, 15.001, 46.0)},
    ):
        scene, costs = prepare_scene(**change), Costs()
        describe(scene, costs=costs)
        assert costs.tiles == len(scene.plan.tiles), change
    costs = Costs()
    assert describe(prepare_scene(), costs=costs) == first
    assert costs.tiles == 0


def test_a_wider_run_takes_over_what_a_narrower_one_found(prepare_scene: Prepare, captioner: ChangeCaptioner, tmp_path: Path) -> None:
    describe = partial(describe_scene, captioner=captioner, executor=invented)
    seen: list[tuple[int, int]] = []
    few = describe(prepare_scene(limit=7), out=tmp_path / "grown")
    costs = Costs()
    grown = describe(prepare_scene(), out=tmp_path / "grown", costs=costs, progress=lambda stage, done, total: seen.append((done, total)))
    assert (len(few.tiles), costs.tiles, seen[0]) == (7, TILES - 7, (7, TILES))
    whole = describe(prepare_scene(), out=tmp_path / "whole")
    assert (grown.tiles, grown.areas, grown.summary) == (whole.tiles, whole.areas, whole.summary)
    assert describe(prepare_scene(limit=7), out=tmp_path / "grown").tiles == few.tiles


def test_nothing_is_mapped_where_a_date_has_no_value(answer: SceneAnswer, scene_files: tuple[Path, Path]) -> None:
    known = np.ones((180, 230), np.bool_)
    for path in scene_files:
        with rasterio.open(path) as dataset:
            assert dataset.transform == answer.plan.grid.affine()
            known &= (dataset.read_masks() > 0).any(0)[:180, :230]
    with rasterio.open(answer.probability) as dataset:
        percent = dataset.read(1)
    assert 0.8 < known.mean() < 0.99
    assert (percent[~known] == 255).all()
    assert (percent[known] != 255).mean() > 0.95  # all but those of the tile that was skipped
    assert answer.looked_at == (percent != 255).sum() * 0.25


def test_an_answers_raster_outlasts_the_next_run_over_another_part(
    prepare_scene: Prepare, captioner: ChangeCaptioner, tmp_path: Path
) -> None:
    part = describe_scene(prepare_scene(polygon=PART), captioner, tmp_path)
    before = part.probability.read_bytes()
    whole = describe_scene(prepare_scene(), captioner, tmp_path)
    assert whole.probability.parent == part.probability.parent
    assert part.probability.read_bytes() == before != whole.probability.read_bytes()


def test_a_limit_that_leaves_nothing_out_is_not_told(prepare_scene: Prepare) -> None:
    assert prepare_scene(polygon=PART, limit=TOUCHED).notes[0] == f"Tiles that are looked at: only {TOUCHED} of 20 (--polygon)."
    assert prepare_scene(polygon=PART, limit=2).notes[0] == "Tiles that are looked at: only 2 of 20 (--polygon, --limit)."


def test_nothing_outside_of_a_polygon_is_mapped(prepare_scene: Prepare, describe_small: Describe, tmp_path: Path) -> None:
    shapely = pytest.importorskip("shapely")
    triangle = shapely.Polygon(TRIANGLE)
    describe_small(tmp_path / "whole", scene=prepare_scene(min_area=0))
    part = describe_small(tmp_path / "part", scene=prepare_scene(min_area=0, polygon=PART))
    assert len(part.tiles) == TOUCHED
    assert part.notes[:2] == (
        f"Tiles that are looked at: only {TOUCHED} of 20 (--polygon).",
        "Probabilities and changed areas keep to the polygon (--polygon); captions tell of whole tiles.",
    )
    # pixels whose middle lies within
    assert part.looked_at == pytest.approx(triangle.area, rel=0.01)
    with rasterio.open(tmp_path / "whole" / "probability.tif") as dataset:
        xs, ys = np.meshgrid(500_000 + 0.5 * np.arange(230) + 0.25, 5_000_000 - 0.5 * np.arange(180) - 0.25)
        inside, percent = shapely.contains_xy(triangle, xs, ys), dataset.read(1)
    with rasterio.open(tmp_path / "part" / "probability.tif") as dataset:
        kept = dataset.read(1)
    assert (kept[~inside] == 255).mean() > 0.999  # degrees and back: a middle on the very edge may be on either side
    # a tile that isn't looked at has no say, so only what no such tile shows is the same
    assert ((kept == percent) | ~inside).mean() > 0.95
    changed = (percent >= 50) & (percent != 255)
    assert 50 < (changed & inside).sum() < 0.8 * changed.sum()
    found = json.loads((tmp_path / "part" / "summary.json").read_text())
    assert found["changed_m2"] == pytest.approx((changed & inside).sum() * 0.25, rel=0.05)
    for area in part.areas:
        assert triangle.buffer(1).contains(area.polygon)  # outlines run along pixels and are smoothed


def test_a_wider_polygon_in_the_folder_of_a_narrower_one_gives_the_bytes_of_a_fresh_run(
    prepare_scene: Prepare, describe_small: Describe, captioner: ChangeCaptioner, tmp_path: Path
) -> None:
    narrow = polygon_of([(500_010.0, 4_999_990.0), (500_030.0, 4_999_975.0), (500_015.0, 4_999_970.0)])
    few = describe_small(tmp_path / "grown", scene=prepare_scene(polygon=narrow))
    first = read_files(tmp_path / "grown")
    costs = Costs()
    describe_small(tmp_path / "grown", scene=prepare_scene(polygon=PART), costs=costs, batch_size=1, threads=2)
    assert 0 < len(few.tiles) < TOUCHED
    assert costs.tiles == TOUCHED - len(few.tiles)
    describe_small(tmp_path / "fresh", scene=prepare_scene(polygon=PART), executor=partial(shuffled, captioner=captioner))
    assert read_files(tmp_path / "grown") == read_files(tmp_path / "fresh")
    describe_small(tmp_path / "grown", scene=prepare_scene(polygon=narrow))
    assert read_files(tmp_path / "grown") == first


@pytest.mark.parametrize("change", [{"threshold": 0.4}, {"min_area": 1000.0}], ids=lambda change: next(iter(change)))
def test_what_is_made_of_the_tiles_can_be_changed_without_looking_again(
    prepare_scene: Prepare, captioner: ChangeCaptioner, tmp_path: Path, change: dict[str, Any]
) -> None:
    costs = Costs()
    first = describe_scene(prepare_scene(), captioner, tmp_path, executor=invented)
    second = describe_scene(prepare_scene(**change), captioner, tmp_path, executor=invented, costs=costs)
    assert costs.tiles == 0
    assert [entry.caption for entry in first.tiles] == [entry.caption for entry in second.tiles]
    assert first.areas
    assert second.provenance["options"] != first.provenance["options"]


def test_other_pixels_or_another_model_take_nothing_over(
    prepare_scene: Prepare, captioner: ChangeCaptioner, scene_files: tuple[Path, Path], tiny_checkpoint: Path, tmp_path: Path
) -> None:
    describe = partial(describe_scene, out=tmp_path / "out", executor=invented)
    describe(prepare_scene(), captioner)
    costs = Costs()
    describe(prepare_scene(), ChangeCaptioner.from_pretrained(tiny_checkpoint, device="cpu"), costs=costs)
    assert costs.tiles == TILES
    moved = shutil.copy(scene_files[1], tmp_path / "after.tif")
    costs = Costs()
    describe(prepare_scene(after=moved), captioner, costs=costs)
    assert costs.tiles == 0  # the same pixels in another place
    with rasterio.open(moved, "r+") as dataset:
        dataset.write(np.full((1, 1), 7, np.uint8), 1, window=rasterio.windows.Window(100, 100, 1, 1))
    describe(prepare_scene(after=moved), captioner, costs=costs)
    assert costs.tiles == TILES


def test_a_block_that_cannot_be_read_is_told_with_what_is_saved(
    describe_small: Describe, prepare_scene: Prepare, scene_files: tuple[Path, Path], undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    before, after = (Path(shutil.copy(path, tmp_path)) for path in scene_files)
    scene, content, out = prepare_scene(before, after), after.read_bytes(), tmp_path / "out"
    offset, size = block_of(content, 2, 1)

    def damage(*news: object) -> None:
        after.write_bytes(content[:offset] + b"\xff" * size + content[offset + size :])

    with pytest.raises(ImageDecodeError, match=r"after.tif: a block near x=\d+.*can't be decoded .* (\d+) of 20 tiles are saved") as caught:
        describe_small(out, scene=scene, batch_size=1, progress=damage)
    after.write_bytes(content)
    costs = Costs()
    describe_small(out, scene=scene, costs=costs)
    assert f"{TILES - costs.tiles} of 20 tiles are saved" in str(caught.value)
    assert 0 < costs.tiles < TILES
    assert read_files(out) == undisturbed


def block_of(content: bytes, row: int, column: int) -> tuple[int, int]:
    """Offset and size of a block of a TIFF whose blocks are 64 pixels wide."""
    from io import BytesIO

    from PIL import Image

    with Image.open(BytesIO(content)) as image:
        offsets, sizes = image.tag_v2[324], image.tag_v2[325]  # type: ignore[attr-defined]
        across = -(-image.width // 64)
    return int(offsets[row * across + column]), int(sizes[row * across + column])


def test_damage_of_the_record_is_told_and_mended(prepare_scene: Prepare, captioner: ChangeCaptioner, tmp_path: Path) -> None:
    describe = partial(describe_scene, prepare_scene(), captioner, tmp_path, executor=invented, batch_size=4)
    first = describe()
    (lines,) = tmp_path.glob(f"{RECORD}/*/{LINES}")
    lines.write_bytes(lines.read_bytes()[:-30])
    told: list[str] = []
    costs = Costs()
    assert describe(costs=costs, notice=told.append) == first
    assert told == ["Damaged lines of the record: 1. What stood there is computed again."]
    assert costs.tiles == 4


def test_two_runs_never_work_in_one_folder(prepare_scene: Prepare, captioner: ChangeCaptioner, tmp_path: Path) -> None:
    with Manifest(tmp_path / RECORD, {}), pytest.raises(ManifestError, match="Another process works in"):
        describe_scene(prepare_scene(), captioner, tmp_path)


def test_a_full_disk_stops_the_workers(
    prepare_scene: Prepare, captioner: ChangeCaptioner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = []

    def working(order: WorkOrder, batches: Batches) -> Answers:
        try:
            yield from run_local(order, batches, captioner=captioner)
        finally:
            stopped.append(True)

    def full(manifest: Manifest, batch: BatchResult) -> None:
        raise ManifestError("No space left on device")

    monkeypatch.setattr(Manifest, "append", full)
    try:
        describe_scene(prepare_scene(), captioner, tmp_path, executor=working)
    except ManifestError:
        assert stopped == [True]  # while the error, and with it the frame, is still held
    else:
        pytest.fail("nothing was raised")


def test_the_executor_is_told_what_workers_elsewhere_need(
    describe_small: Describe, scene_model: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    orders: list[WorkOrder] = []

    def executor(order: WorkOrder, batches: Batches) -> Answers:
        orders.append(order)
        yield from run_local(order, batches)  # loads the model by what the order says

    describe_small(tmp_path, executor=executor)
    assert [(order.model, order.device, order.beams, order.min_valid, order.size) for order in orders] == [
        (str(scene_model), "cpu", 1, 0.25, 64)
    ]
    assert read_files(tmp_path) == undisturbed


def test_a_worker_that_finds_another_model_under_the_name_refuses(describe_small: Describe, tiny_checkpoint: Path, tmp_path: Path) -> None:
    def executor(order: WorkOrder, batches: Batches) -> Answers:
        yield from run_local(replace(order, model=str(tiny_checkpoint)), batches)

    with pytest.raises(ExecutorError, match=r"another model as .*tiny than the one that the run began with"):
        describe_small(tmp_path, executor=executor)


def test_a_list_is_worked_off_in_python(scene_files: tuple[Path, Path], captioner: ChangeCaptioner, tmp_path: Path) -> None:
    """By the names that the package gives, which bring no executor's library along."""
    (tmp_path / "pairs.csv").write_text(
        f"before,after,name\n{scene_files[0]},{scene_files[1]},one\n{scene_files[1]},{scene_files[0]},two\n"
    )
    whole = {"type": "Polygon", "coordinates": [[[14, 44], [16, 44], [16, 46], [14, 46], [14, 44]]]}
    (tmp_path / "area.geojson").write_text(json.dumps(whole))
    options = scenes.SceneOptions(**OPTIONS, limit=2, polygon=scenes.read_polygon(tmp_path / "area.geojson"))
    for pair in scenes.listed_pairs(tmp_path / "pairs.csv"):
        prepared = scenes.prepare(pair, captioner, options)
        scenes.write_outputs(scenes.describe_scene(prepared, captioner, tmp_path / pair.name), tmp_path / pair.name)
    assert [len(read_files(tmp_path / name)) for name in ("one", "two")] == [10, 10]
    assert [pair.name for pair in scenes.scene_pairs([str(path) for path in scene_files])] == ["before_after"]
    command = [sys.executable, "-c", "import sys, deltascribe.scenes as s; print(s.run_ray.__name__, 'ray' in sys.modules)"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == ["run_ray", "False"]
