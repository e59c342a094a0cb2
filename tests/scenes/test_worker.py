"""What a worker does with tiles, with a stand-in for the model and with a small one."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from deltascribe.captioner import ChangeCaptioner
from deltascribe.errors import ImageDecodeError, OwnCodeError
from deltascribe.generation import Description
from deltascribe.scenes.grid import Grid
from deltascribe.scenes.plan import ScenePlan, Tile, plan_scene
from deltascribe.scenes.results import BatchResult, TileResult
from deltascribe.scenes.worker import SceneWorker, WorkOrder

from .rasters_for_tests import LEFT, TOP, UTM, date, noise, write

pytest.importorskip("shapely")

SIDE = 64


class StandIn:
    """Says how bright the after image is, and keeps what it was shown."""

    def __init__(self, kind: str = "cpu") -> None:
        self.device = SimpleNamespace(type=kind)
        self.shown: list[Tensor] = []
        self.settings: list[dict[str, Any]] = []

    def describe(self, pixels: Tensor, **settings: Any) -> list[Description]:
        self.shown.append(pixels)
        self.settings.append(settings)
        return [self._answer(pair) for pair in pixels]

    @staticmethod
    def _answer(pair: Tensor) -> Description:
        light = float(pair[1].mean())
        caption = f"brightness {light:.4f}" if light > 0.45 else "there is no difference"
        return Description(caption, light, [], pair[1].mean(0)[::4, ::4], None)


def order_for(folder: Path, size: tuple[int, int] = (200, 300), **fields: Any) -> tuple[WorkOrder, ScenePlan]:
    """The left quarter of the before image, up to column 75, is missing."""
    height, width = size
    before, after = noise(3, height, width, 1), noise(3, height, width, 2)
    before[:, :, : width // 4] = 0
    dates = [date(write(folder / f"{name}.tif", values, nodata=0)) for name, values in (("before", before), ("after", after))]
    grid = Grid(UTM, LEFT, TOP, 0.5, width, height, 0.5)
    settings: dict[str, Any] = {"model": None, "device": "cpu", "beams": 2, "min_valid": 0.25, **fields}
    return WorkOrder(*dates, grid, SIDE, **settings), plan_scene(grid, SIDE, 16)


def work(order: WorkOrder, model: Any, batches: list[list[Tile]]) -> list[TileResult]:
    with SceneWorker(order, model) as worker:
        return [answer for batch in batches for answer in worker(batch).tiles]


def records(answers: list[TileResult]) -> dict[int, tuple[Any, bytes]]:
    return {answer.index: (answer.as_record(), answer.packed()) for answer in answers}


def test_the_model_sees_each_tile_of_both_dates(tmp_path: Path) -> None:
    order, plan = order_for(tmp_path)
    tile = plan.tiles[10]
    model = StandIn()
    (answer,) = work(order, model, [[tile]])
    row, column, _, _ = tile.window
    seen = model.shown[0][0].numpy()
    assert seen.shape == (2, 3, SIDE, SIDE)
    for place, seed in enumerate((1, 2)):
        part = noise(3, 200, 300, seed)[:, row : row + SIDE, column : column + SIDE]
        np.testing.assert_allclose(seen[place], part / 255, rtol=1e-6)
    assert model.settings == [{"beams": 2, "unchanged_sentences": False}]
    assert answer.index == tile.index
    assert answer.valid == 1.0
    assert answer.probability == round(float(seen[1].mean()), 4)
    assert answer.mask is not None
    np.testing.assert_array_equal(answer.mask, np.rint(seen[1].mean(0)[::4, ::4] * 255))


def test_answers_come_in_the_order_of_the_tiles_with_what_they_cost(tmp_path: Path) -> None:
    order, plan = order_for(tmp_path)
    tiles = list(plan.tiles)[::-1]
    with SceneWorker(order, StandIn()) as worker:  # type: ignore[arg-type]
        batch = worker(tiles)
    assert isinstance(batch, BatchResult)
    assert [answer.index for answer in batch.tiles] == [tile.index for tile in tiles]
    assert batch.reading > 0
    assert batch.model > 0


def test_tiles_of_which_too_little_is_known_are_skipped(tmp_path: Path) -> None:
    order, plan = order_for(tmp_path)
    model = StandIn()
    answers = {answer.index: answer for answer in work(order, model, [list(plan.tiles)])}
    for tile in plan.tiles:
        answer, column = answers[tile.index], tile.window[1]
        known = np.clip(column + SIDE - 75, 0, SIDE) / SIDE
        assert answer.valid == pytest.approx(known, abs=5e-5)
        if known < 0.25:
            assert answer == TileResult(tile.index, answer.valid, None, 0.0, False, None)
        else:
            assert answer.caption is not None
    skipped = sum(answer.caption is None for answer in answers.values())
    assert skipped == 4  # the left column; of the next one half is known
    assert len(model.shown) == len(plan.tiles) - skipped


@pytest.mark.parametrize(("least", "described"), [(0.5625, True), (0.5626, False)])
def test_the_least_share_is_enough(tmp_path: Path, least: float, described: bool) -> None:
    order, plan = order_for(tmp_path, min_valid=least)
    tile = next(tile for tile in plan.tiles if tile.window[1] == 47)
    (answer,) = work(order, StandIn(), [[tile]])
    assert answer.valid == 0.5625  # 36 of 64 columns
    assert (answer.caption is not None) == described


def test_what_is_missing_is_black_on_both_dates(tmp_path: Path) -> None:
    order, plan = order_for(tmp_path)
    model = StandIn()
    work(order, model, [[next(tile for tile in plan.tiles if tile.window[1] == 47)]])
    seen = model.shown[0][0].numpy()
    assert (seen[:, :, :, : 75 - 47] == 0).all()
    assert (seen[:, :, :, 75 - 47 :] > 0).all()


def test_nothing_is_asked_where_all_is_skipped(tmp_path: Path) -> None:
    order, plan = order_for(tmp_path, min_valid=1.0)
    for kind in ("cpu", "cuda"):
        model = StandIn(kind)
        answers = work(order, model, [[tile for tile in plan.tiles if tile.window[1] < 75]])
        assert [answer.caption for answer in answers] == [None] * 8
        assert model.shown == []


@pytest.mark.parametrize("size", [(40, 50), (40, 300), (300, 40)])
def test_a_scene_smaller_than_a_tile_is_filled_up_with_black(tmp_path: Path, size: tuple[int, int]) -> None:
    order, plan = order_for(tmp_path, size)
    tile = plan.tiles[-1]
    model = StandIn()
    (answer,) = work(order, model, [[tile]])
    row, column, tall, wide = tile.window
    seen = model.shown[0][0].numpy()
    assert seen.shape == (2, 3, SIDE, SIDE)
    assert (seen[:, :, tall:] == 0).all()
    assert (seen[:, :, :, wide:] == 0).all()
    known = slice(max(size[1] // 4 - column, 0), wide)
    part = noise(3, *size, 2)[:, row : row + tall, column : column + wide]
    np.testing.assert_allclose(seen[1, :, :tall, known], part[:, :, known] / 255, rtol=1e-6)
    # the share is that of the scene's own pixels
    assert answer.valid == pytest.approx((known.stop - known.start) / wide, abs=5e-5)


def test_a_sentence_of_no_change_is_no_change_whatever_its_probability(tmp_path: Path) -> None:
    order, plan = order_for(tmp_path)
    answers = [answer for answer in work(order, StandIn(), [list(plan.tiles)]) if answer.caption is not None]
    assert {answer.changed for answer in answers} == {True, False}
    for answer in answers:
        assert answer.changed == answer.caption.startswith("brightness")  # type: ignore[union-attr]


def test_a_cpu_looks_at_tiles_one_by_one_and_a_gpu_at_all_together(tmp_path: Path) -> None:
    order, plan = order_for(tmp_path)
    alone, together = StandIn("cpu"), StandIn("cuda")
    first, second = work(order, alone, [list(plan.tiles)]), work(order, together, [list(plan.tiles)])
    assert {len(pixels) for pixels in alone.shown} == {1}
    assert [len(pixels) for pixels in together.shown] == [len(alone.shown)]
    assert records(first) == records(second)


def test_a_worker_can_be_used_again_after_it_was_closed(tmp_path: Path) -> None:
    order, plan = order_for(tmp_path)
    worker = SceneWorker(order, StandIn())  # type: ignore[arg-type]
    with worker:
        first = worker(plan.tiles[:4])
    with worker:
        again = worker(plan.tiles[:4])
    assert records(list(first.tiles)) == records(list(again.tiles))


def test_a_damaged_block_is_named(tmp_path: Path) -> None:
    order, plan = order_for(tmp_path)
    path = Path(order.after.info.path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with SceneWorker(order, StandIn()) as worker:  # type: ignore[arg-type]
        assert worker(plan.tiles[:2]).tiles[1].caption is not None
        with pytest.raises(ImageDecodeError, match=r"after\.tif: a block near x=.*copy or export it again"):
            worker(plan.tiles[-2:])


def test_answers_do_not_depend_on_batches_or_order(tmp_path: Path, captioner: ChangeCaptioner) -> None:
    order, plan = order_for(tmp_path)
    tiles = list(plan.tiles)
    whole = records(work(order, captioner, [tiles]))
    assert len({record["caption"] for record, _ in whole.values()}) > 2
    assert len({record["probability"] for record, _ in whole.values()}) > 10
    assert records(work(order, captioner, [[tile] for tile in tiles])) == whole
    assert records(work(order, captioner, [tiles[5:][::-1], tiles[:5]])) == whole


def test_a_worker_finds_the_model_by_its_name(tmp_path: Path, scene_model: Path, captioner: ChangeCaptioner) -> None:
    order, plan = order_for(tmp_path, model=str(scene_model))
    with torch.random.fork_rng(devices=[]):
        threads = torch.get_num_threads()
        alone = records(work(order, None, [list(plan.tiles[6:9])]))
        torch.set_num_threads(threads)
    assert alone == records(work(order, captioner, [list(plan.tiles[6:9])]))


@pytest.mark.usefixtures("own_imports")
def test_a_worker_imports_the_users_code_before_it_loads_the_model(tmp_path: Path, scene_model: Path) -> None:
    code = tmp_path / "own_code_of_a_scene.py"
    order, _ = order_for(tmp_path, model=str(scene_model), own_code=(str(code),))
    with pytest.raises(OwnCodeError, match=r"there is no file .*own_code_of_a_scene\.py"):
        SceneWorker(order).captioner()
    code.write_text("")
    SceneWorker(order).captioner()
    assert "own_code_of_a_scene" in sys.modules
