"""Works on batches on a Ray cluster, or on this machine by Ray's workers: stateful actors, fed by Ray Data."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from deltascribe.errors import ExecutorError, MissingDependencyError
from deltascribe.scenes.plan import Tile
from deltascribe.scenes.results import BatchResult
from deltascribe.scenes.worker import SceneWorker, WorkOrder


class SceneActor:
    """A worker that Ray keeps alive between batches; the model and the rasters are opened once.

    Args:
        order: what to do.
    """

    def __init__(self, order: WorkOrder) -> None:
        self._worker = SceneWorker(order)
        self._worker.captioner()

    def __call__(self, rows: dict[str, Any]) -> dict[str, Any]:
        """Rows of Ray Data with tiles -> rows with answers, both as JSON."""
        return {"answer": [self._worker(_tiles(text)).to_json() for text in rows["tiles"]]}


def run_ray(
    order: WorkOrder, batches: Iterable[tuple[Tile, ...]], *, address: str | None = None, workers: tuple[int, int] = (1, 1)
) -> Iterator[BatchResult]:
    """Answers for batches, as they become ready.

    The rasters, and the model's folder if it is not a shipped one, must have the same path on every machine. An actor that dies is
    started again and its batch repeated; the record takes each tile once.

    Args:
        order: what to do.
        batches: tiles.
        address: of a cluster (`auto`, `HOST:PORT`, `ray://...`); None starts Ray on this machine, and stops it in the end.
        workers: fewest and most actors; between them Ray scales with what waits.

    Raises:
        MissingDependencyError: Ray is not installed.
        ExecutorError: the cluster can't be reached, or a batch failed.
    """
    ray = _import_ray()
    started = not ray.is_initialized()
    if started:
        _connect(ray, address, workers[1])
    try:
        yield from _answers(ray, order, batches, workers)
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None) or error
        raise ExecutorError(
            f"Ray gave up ({type(cause).__name__}: {str(cause).strip().splitlines()[-1] if str(cause).strip() else ''}). What was "
            "found is saved: give the same command again, or use --executor local."
        ) from error
    finally:
        if started:
            ray.shutdown()


def _answers(ray: Any, order: WorkOrder, batches: Iterable[tuple[Tile, ...]], workers: tuple[int, int]) -> Iterator[BatchResult]:
    rows = [{"tiles": json.dumps([[tile.index, tile.row, tile.column, tile.window] for tile in tiles])} for tiles in batches]
    if not rows:
        return
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = False
    pool = ray.data.ActorPoolStrategy(min_size=workers[0], max_size=workers[1])
    data = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        SceneActor,
        fn_constructor_args=(order,),
        batch_size=1,
        num_cpus=1,
        compute=pool,
    )
    for row in data.iter_rows():
        yield BatchResult.from_json(row["answer"])


def _tiles(text: str) -> tuple[Tile, ...]:
    return tuple(Tile(index, row, column, tuple(window)) for index, row, column, window in json.loads(text))


def _connect(ray: Any, address: str | None, cores: int) -> None:
    try:
        if address is None:
            # one core more than actors: Ray Data's own tasks need one
            ray.init(num_cpus=cores + 1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        else:
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except Exception as error:  # Ray raises many kinds; for a user they all mean the same
        raise ExecutorError(
            f"Ray can't be reached at {address or 'this machine'} ({type(error).__name__}: {error}). Check --address."
        ) from error


def _import_ray() -> Any:
    try:
        ray = importlib.import_module("ray")
        importlib.import_module("ray.data")
    except ImportError as error:
        raise MissingDependencyError("ray", "The executor `ray`", "ray") from error
    return ray
