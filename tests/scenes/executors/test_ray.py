"""Batches on Ray: the same bytes as here, whatever dies on the way. `DELTASCRIBE_NO_RAY=1` leaves out what starts a cluster."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deltascribe.captioner import ChangeCaptioner
from deltascribe.errors import ExecutorError, ImageDecodeError, MissingDependencyError
from deltascribe.scenes.executors import ray as module
from deltascribe.scenes.executors.ray import SceneActor, cluster_workers, run_ray
from deltascribe.scenes.preparing import PreparedScene
from deltascribe.scenes.results import BatchResult
from deltascribe.scenes.running import Costs
from deltascribe.scenes.worker import SceneWorker, WorkOrder

from ..small import TILES, Describe, Prepare, read_files


@pytest.fixture
def scene(prepare_scene: Prepare) -> PreparedScene:
    return prepare_scene()


def order_of(scene: PreparedScene, model: Path) -> WorkOrder:
    return WorkOrder(scene.before, scene.after, scene.plan.grid, scene.plan.size, str(model), "cpu", 1, 0.25)


def row_of(scene: PreparedScene, *indices: int) -> str:
    tiles = (scene.plan.tiles[index] for index in indices)
    return json.dumps([[tile.index, tile.row, tile.column, tile.window] for tile in tiles])


def test_an_actor_answers_as_a_worker_does(scene: PreparedScene, scene_model: Path, captioner: ChangeCaptioner) -> None:
    order = order_of(scene, scene_model)
    found = SceneActor(order)({"tiles": [row_of(scene, 7, 4), row_of(scene, 2)]})
    assert found["error"] == ["", ""]
    wanted = SceneWorker(order, captioner)
    for text, indices in zip(found["answer"], ((7, 4), (2,)), strict=True):
        answer = BatchResult.from_json(text)
        for one, other in zip(answer.tiles, wanted([scene.plan.tiles[index] for index in indices]).tiles, strict=True):
            assert one.as_record() == other.as_record()
            assert one.packed() == other.packed()


def test_an_actor_hands_over_what_a_user_can_act_upon(scene: PreparedScene, tmp_path: Path) -> None:
    found = SceneActor(order_of(scene, tmp_path))({"tiles": [row_of(scene, 1)]})
    assert found["answer"] == [""]
    assert "config.json" in found["error"][0]


def test_actors_get_paths_from_the_root(
    scene: PreparedScene, scene_files: tuple[Path, Path], scene_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(scene_files[0].parent)
    relative = replace(
        order_of(scene, scene_model),
        before=replace(scene.before, info=replace(scene.before.info, path="before.tif"), clouds="after.tif"),
        after=replace(scene.after, info=replace(scene.after.info, path="https://example.org/after.tif")),
        model="some_shipped_model",
    )
    found = module._everywhere(relative)
    assert (found.before.info.path, found.before.clouds) == (str(scene_files[0]), str(scene_files[1]))
    assert (found.after.info.path, found.model) == ("https://example.org/after.tif", "some_shipped_model")
    assert module._everywhere(order_of(scene, scene_model)) == order_of(scene, scene_model)


def test_without_ray_the_package_is_named(scene: PreparedScene, scene_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(module.importlib, "import_module", missing)
    with pytest.raises(MissingDependencyError, match=r"pip install 'deltascribe\[ray\]'"):
        list(run_ray(order_of(scene, scene_model), scene.plan.batches(4)))


def test_a_cluster_that_is_not_there_is_named(scene: PreparedScene, scene_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise ConnectionError("nobody answers")

    monkeypatch.setattr(module, "_import_ray", lambda: SimpleNamespace(is_initialized=lambda: False, init=refuse))
    with pytest.raises(ExecutorError, match=r"can't be reached at 10\.0\.0\.1:6379 \(ConnectionError: nobody answers\)"):
        list(run_ray(order_of(scene, scene_model), scene.plan.batches(4), address="10.0.0.1:6379"))


def test_nothing_to_do_starts_nothing(scene: PreparedScene, scene_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_import_ray", SimpleNamespace)
    assert list(run_ray(order_of(scene, scene_model), [])) == []


def test_batches_are_cut_smaller_for_actors_that_would_have_none(scene: PreparedScene) -> None:
    tiles = scene.plan.tiles
    for size, workers, wanted in ((16, 1, [16, 4]), (16, 2, [10, 10]), (16, 8, [3, 3, 3, 3, 3, 3, 2]), (4, 2, [4] * 5), (16, 99, [1] * 20)):
        found = list(module._shared(list(scene.plan.batches(size)), workers))
        assert [len(batch) for batch in found] == wanted
        assert tuple(tile for batch in found for tile in batch) == tiles


@pytest.mark.parametrize(
    ("resources", "device", "wanted"),
    [
        ({"CPU": 64.0, "GPU": 8.0}, "cpu", 63),
        ({"CPU": 64.0, "GPU": 8.0}, "cuda:0", 8),
        ({"CPU": 1.0}, "cpu", 1),
        ({"CPU": 64.0}, "cuda", 1),
        ({}, "cpu", 1),  # a cluster that grows when it is asked for something
    ],
)
def test_a_cluster_has_as_many_workers_as_it_has_room_for(
    resources: dict[str, float], device: str, wanted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    fake = SimpleNamespace(
        is_initialized=lambda: False,
        init=lambda **settings: told.append(settings["address"]),
        shutdown=lambda: told.append("shutdown"),
        cluster_resources=lambda: resources,
    )
    monkeypatch.setattr(module, "_import_ray", lambda: fake)
    assert cluster_workers("10.0.0.1:6379", device) == wanted
    assert told == ["10.0.0.1:6379", "shutdown"]


def needs_ray() -> None:
    """Ray is imported as a run does it; without it, the test is skipped."""
    try:
        module._import_ray()
    except MissingDependencyError:
        pytest.skip("Ray is not installed")


def starts_ray() -> None:
    """As `needs_ray`; skipped too where no cluster is to be started."""
    if os.environ.get("DELTASCRIBE_NO_RAY") == "1":
        pytest.skip("DELTASCRIBE_NO_RAY is set")
    needs_ray()


@contextmanager
def apart(script: str) -> Iterator[str]:
    """The first line that a script prints, which runs in a process of its own until its standard input closes."""
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


def test_what_outlives_a_run_does_not_connect_again() -> None:
    needs_ray()
    script = f"from {module.__name__} import _import_ray; _import_ray().put('a block that a thread still asks for')"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=clean)
    assert result.returncode == 1
    assert "Ray has not been started yet" in result.stderr


@pytest.mark.parametrize(
    ("address", "client", "wanted"),
    [("10.0.0.1:6379", False, ("10.0.0.1", 6379)), ("[fd00::1]:6379", False, ("fd00::1", 6379)), ("", True, None)],
)
def test_a_head_is_known_but_to_a_client(address: str, client: bool, wanted: tuple[str, int] | None) -> None:
    inner = SimpleNamespace(client=SimpleNamespace(ray=SimpleNamespace(is_connected=lambda: client)))
    fake = SimpleNamespace(util=inner, get_runtime_context=lambda: SimpleNamespace(gcs_address=address))
    assert module._head(fake) == wanted


ALONE = f"""
import sys
from {module.__name__} import _connected, _head, _import_ray
ray = _import_ray()
with _connected(ray, None, 1):
    print(*_head(ray), flush=True)
    sys.stdin.read()
"""


def test_ray_of_this_machine_is_not_reached_from_others() -> None:
    starts_ray()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outside:
        try:
            outside.connect(("192.0.2.1", 9))  # sends nothing; it tells the address that other machines see
        except OSError:
            pytest.skip("this machine has no network")
        own = outside.getsockname()[0]
    # apart: Ray keeps the token of the first cluster that a process sees
    with apart(ALONE) as line:
        host, port = line.split()
        socket.create_connection((host, int(port)), 10).close()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((own, int(port)), 10)
    assert host == "127.0.0.1"


HEAD = """
import sys, ray
ray.init(address="local", num_cpus=3, object_store_memory=10**8, include_dashboard=False, logging_level="ERROR")
print(ray.get_runtime_context().gcs_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A cluster of three cores of another process, which lets in who knows its token; `auto` finds it."""
    starts_ray()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        see_environment()
        with apart(HEAD) as address:
            if not address:
                pytest.skip("no Ray cluster could be started here")
            patch.setenv("RAY_ADDRESS", address)
            yield
    see_environment()


def see_environment() -> None:
    """Ray reads its settings once, when it is imported."""
    from ray._raylet import Config

    Config.initialize("")


def test_all_of_a_cluster_works_where_no_number_is_given(
    cluster: None, describe_small: Describe, undisturbed: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools: list[int] = []
    sizes: list[int] = []
    answers = module._answers

    def watched(ray: Any, order: WorkOrder, rows: list[dict[str, str]], most: int) -> Any:
        pools.append(most)
        sizes.extend(len(json.loads(row["tiles"])) for row in rows)
        return answers(ray, order, rows, most)

    monkeypatch.setattr(module, "_answers", watched)
    monkeypatch.setattr(module, "available_cores", lambda: 1)  # those of this machine don't matter
    describe_small(tmp_path, batch_size=16, executor=partial(run_ray, address="auto"))
    assert pools == [2]  # of three cores
    assert sizes == [10, 10]
    assert read_files(tmp_path) == undisturbed


def test_an_actor_that_is_killed_loses_and_doubles_nothing(
    cluster: None,
    describe_small: Describe,
    undisturbed: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    flag, out, costs = tmp_path / "killed", tmp_path / "out", Costs()

    class Fragile(SceneActor):
        def __call__(self, rows: dict[str, Any]) -> dict[str, Any]:
            answers = super().__call__(rows)
            if not flag.exists():
                flag.write_text(str(time.time()))
                os.kill(os.getpid(), signal.SIGKILL)
            return answers

    monkeypatch.setattr(module, "SceneActor", Fragile)
    describe_small(out, executor=partial(run_ray, address="auto", workers=1), costs=costs)
    assert flag.exists()
    assert costs.tiles == TILES
    assert read_files(out) == undisturbed
    assert not module.importlib.import_module("ray").is_initialized()
    said = capfd.readouterr().err
    assert "INFO" not in said
    assert "WARNING" not in said


def test_a_batch_that_fails_ends_the_run_with_its_reason(
    cluster: None, describe_small: Describe, undisturbed: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(SceneActor):
        def __call__(self, rows: dict[str, Any]) -> dict[str, Any]:
            def work(tiles: Any) -> Any:
                if tiles[0].index == 12:
                    time.sleep(1)
                    raise ImageDecodeError("a block near x=1 can't be decoded.")
                return worker(tiles)

            worker, self._worker = self._worker, work  # type: ignore[assignment]
            answers = super().__call__(rows)
            self._worker = worker
            return answers

    monkeypatch.setattr(module, "SceneActor", Failing)
    executor = partial(run_ray, address="auto", workers=2)
    with pytest.raises(ExecutorError, match=r"A worker gave up: a block near x=1 can't be decoded\. What was found is saved"):
        describe_small(tmp_path, executor=executor)
    costs = Costs()
    describe_small(tmp_path, costs=costs)
    assert costs.tiles < TILES
    assert read_files(tmp_path) == undisturbed
