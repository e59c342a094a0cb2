"""Works on batches on a Ray cluster, or on this machine by Ray's workers: stateful actors, fed by Ray Data."""

from __future__ import annotations

import importlib
import json
import logging
import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from deltascribe.device import available_cores
from deltascribe.errors import DeltascribeError, ExecutorError, MissingDependencyError
from deltascribe.scenes.executors.head import WHAT_NEXT, watched
from deltascribe.scenes.plan import Tile, in_batches
from deltascribe.scenes.reading import DateSource
from deltascribe.scenes.results import BatchResult
from deltascribe.scenes.worker import SceneWorker, WorkOrder

_STORE_BYTES = 256 * 2**20
"""Ray's shared memory on this machine; a batch's answers take some 100 kB."""


class SceneActor:
    """A worker that Ray keeps alive between batches; the model and the rasters are opened once.

    Args:
        order: what to do.
    """

    def __init__(self, order: WorkOrder) -> None:
        self._worker = SceneWorker(order)

    def __call__(self, rows: dict[str, Any]) -> dict[str, Any]:
        """Rows of Ray Data with tiles -> rows with answers, both as JSON, and the message of an error that a user can act upon."""
        answers, errors = [], []
        for text in rows["tiles"]:
            try:
                answers.append(self._worker(_tiles(text)).to_json())
                errors.append("")
            except DeltascribeError as error:
                answers.append("")
                errors.append(str(error))
        return {"answer": answers, "error": errors}


def run_ray(
    order: WorkOrder, batches: Iterable[tuple[Tile, ...]], *, address: str | None = None, workers: int | None = None
) -> Generator[BatchResult, None, None]:
    """Answers for batches, as they become ready.

    The rasters, and the model's folder if it is not a shipped one, must have the same path on every machine. An actor that dies is
    started again and its batch repeated; the record takes each tile once. Ray is imported with `RAY_ENABLE_AUTO_CONNECT=0`: a program
    that imports it first should set that too, lest a late thread of Ray Data connects again after the run.

    Args:
        order: what to do.
        batches: tiles; they are cut smaller where actors would have none.
        address: of a cluster (`auto`, `HOST:PORT`, `ray://...`); None starts Ray on this machine, and stops it in the end.
        workers: most actors; Ray scales from 1 to so many with what waits. None: see `cluster_workers`.

    Raises:
        MissingDependencyError: Ray is not installed.
        ExecutorError: the cluster can't be reached, or a batch failed.

    Warns:
        RuntimeWarning: the cluster's head is gone; Ray itself then ends this process, by default a minute after it was lost.
    """
    ray = _import_ray()
    whole = list(batches)
    if not whole:
        return
    with _connected(ray, address, workers):
        try:
            most = workers or _room(ray, order.device)
            rows = [{"tiles": _text(tiles)} for tiles in _shared(whole, most)]
            with _quietly(ray), watched(_head(ray)), closing(_answers(ray, _everywhere(order), rows, most)) as answers:
                yield from answers
        except (ray.exceptions.RayError, _timeout(ray)) as error:
            lines = str(getattr(error, "cause", None) or error).strip().splitlines()
            raise ExecutorError(f"Ray gave up ({type(error).__name__}: {lines[-1] if lines else ''}). {WHAT_NEXT}") from error


def cluster_workers(address: str, device: str) -> int:
    """Actors that a cluster has room for now: a GPU for each if they compute on GPUs, else a core, but for one that Ray Data itself needs.

    Args:
        address: of the cluster, see `run_ray`.
        device: that the actors compute on.

    Raises:
        MissingDependencyError: Ray is not installed.
        ExecutorError: the cluster can't be reached.
    """
    ray = _import_ray()
    with _connected(ray, address, None):
        return _room(ray, device)


def _head(ray: Any) -> tuple[str, int] | None:
    """Host and port of the cluster's head; None for a client of it (`ray://`), which may reach no other port than its own."""
    if ray.util.client.ray.is_connected():
        return None
    host, _, port = ray.get_runtime_context().gcs_address.rpartition(":")
    return host.strip("[]"), int(port)


def _answers(ray: Any, order: WorkOrder, rows: list[dict[str, str]], workers: int) -> Generator[BatchResult, None, None]:
    data = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        SceneActor,
        fn_constructor_args=(order,),
        batch_size=1,
        num_cpus=1,
        num_gpus=int(order.device.startswith("cuda")),
        # its actors are started again and their batches repeated as often as they die, until nothing has moved on for half an hour
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=workers),
    )
    for row in data.iter_rows():
        if row["error"]:
            raise ExecutorError(f"A worker gave up: {row['error']} {WHAT_NEXT}")
        yield BatchResult.from_json(row["answer"])


def _shared(batches: list[tuple[Tile, ...]], workers: int) -> Iterator[tuple[Tile, ...]]:
    """The same tiles in batches of the same size, or smaller, for so many actors."""
    tiles = [tile for batch in batches for tile in batch]
    return in_batches(tiles, max(map(len, batches)), workers)


def _room(ray: Any, device: str) -> int:
    """See `cluster_workers`; 1 on a cluster that grows only when it is asked for something."""
    resources = ray.cluster_resources()
    return max(int(resources.get("GPU", 0) if device.startswith("cuda") else resources.get("CPU", 0) - 1), 1)


def _text(tiles: tuple[Tile, ...]) -> str:
    return json.dumps([[tile.index, tile.row, tile.column, tile.window] for tile in tiles])


def _tiles(text: str) -> tuple[Tile, ...]:
    return tuple(Tile(index, row, column, tuple(window)) for index, row, column, window in json.loads(text))


def _everywhere(order: WorkOrder) -> WorkOrder:
    """With paths from the root, since actors work in a folder of their own."""
    model = None if order.model is None else _from_root(order.model)
    return replace(order, before=_date_from_root(order.before), after=_date_from_root(order.after), model=model)


def _date_from_root(date: DateSource) -> DateSource:
    clouds = None if date.clouds is None else _from_root(date.clouds)
    return replace(date, info=replace(date.info, path=_from_root(date.info.path)), clouds=clouds)


def _from_root(path: str) -> str:
    """An absolute path; a web address, or the name of a shipped model, as it is."""
    return str(Path(path).absolute()) if Path(path).exists() else path


@contextmanager
def _connected(ray: Any, address: str | None, workers: int | None) -> Iterator[None]:
    """With Ray on a cluster, or on this machine with room for so many actors (one for each core if None); one that is there is left."""
    started = not ray.is_initialized()
    if started:
        _connect(ray, address, workers or available_cores())
    try:
        yield
    finally:
        if started:
            ray.shutdown()


def _connect(ray: Any, address: str | None, workers: int) -> None:
    try:
        if address is None:
            # one core more than actors: Ray Data's own tasks need one
            own = {"num_cpus": workers + 1, "object_store_memory": _STORE_BYTES, "_node_ip_address": "127.0.0.1"}
            with _unreachable_from_outside():
                ray.init(address="local", include_dashboard=False, log_to_driver=False, logging_level="ERROR", **own)
        else:
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except Exception as error:  # Ray raises many kinds; for a user they all mean the same
        raise ExecutorError(
            f"Ray can't be reached at {address or 'this machine'} ({type(error).__name__}: {error}). Check --address, and set "
            "RAY_AUTH_MODE=token if the cluster asks for a token."
        ) from error


@contextmanager
def _unreachable_from_outside() -> Iterator[None]:
    """Where Ray may form a cluster it puts the machine's own address in the place of 127.0.0.1, and listens to the whole network."""
    constants: Any = importlib.import_module("ray._private.ray_constants")
    before, constants.ENABLE_RAY_CLUSTER = constants.ENABLE_RAY_CLUSTER, False
    try:
        yield
    finally:
        constants.ENABLE_RAY_CLUSTER = before


@contextmanager
def _quietly(ray: Any) -> Iterator[None]:
    """Keeps what Ray Data tells of itself off standard error; its log files keep it."""
    context = ray.data.DataContext.get_current()
    handlers = [handler for handler in logging.getLogger("ray.data").handlers if isinstance(handler, logging.StreamHandler)]
    levels, bars = [handler.level for handler in handlers], context.enable_progress_bars
    context.enable_progress_bars = False
    for handler in handlers:
        handler.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        context.enable_progress_bars = bars
        for handler, level in zip(handlers, levels, strict=True):
            handler.setLevel(level)


def _timeout(ray: Any) -> Any:
    """What newer versions of Ray Data raise when nothing moves on."""
    return getattr(importlib.import_module("ray.data.exceptions"), "ExecutionTimeoutError", ray.exceptions.RayError)


def _import_ray() -> Any:
    # Read when Ray is imported. Nothing is reported to its makers. Its C++ parts, which else warn of trifles in each run, are mute.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    # A thread of Ray Data that outlives a run, and still asks for a block, would connect again, and Ray ends a process whose cluster goes.
    os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")
    try:
        ray = importlib.import_module("ray")
        importlib.import_module("ray.data")
    except ImportError as error:
        raise MissingDependencyError("ray", "The executor `ray`", "ray") from error
    return ray
