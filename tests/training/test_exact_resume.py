"""A run that was killed and goes on gives the same numbers, to the last bit, as one that was left alone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

pytest.importorskip("lightning")

from deltascribe.training import load_config, loop

KILLED_RUN = Path(__file__).with_name("killed_run.py")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, write_config: Callable[..., Path]) -> Path:
    """Folder of a run of eight steps that nothing disturbs, without workers."""
    output = tmp_path_factory.mktemp("undisturbed") / "run"
    loop.train(load_config(write_config(output)), quiet=True)
    return output


@pytest.fixture
def resume(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], list[int]]:
    """Goes on with a run; gives the steps that it did."""
    steps: list[int] = []
    set_rates = loop.set_rates

    def noting(optimiser: Any, step: int, *rest: Any) -> float:
        steps.append(step)
        return set_rates(optimiser, step, *rest)

    monkeypatch.setattr(loop, "set_rates", noting)

    def call(config: Path) -> list[int]:
        steps.clear()
        loop.train(load_config(config), quiet=True)
        return steps

    return call


def run_until_killed(config: Path, how: str, step: int) -> list[str]:
    """Trains in a process of its own, which must die by SIGKILL; gives the names of the resume points that it leaves."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    result = subprocess.run([sys.executable, str(KILLED_RUN), str(config), how, str(step)], capture_output=True, text=True, env=environment)
    assert result.returncode == -signal.SIGKILL, result.stderr
    return sorted(path.name for path in (config.with_suffix("") / "resume").glob("step-*.pt"))


def assert_same_run(run: Path, other: Path) -> None:
    for name in ("losses.csv", "scores.csv"):
        assert (run / name).read_text() == (other / name).read_text()
    for part in ("last", "best"):
        one, two = (load_file(folder / part / "model.safetensors") for folder in (run, other))
        assert one.keys() == two.keys()
        assert all((one[name] == two[name]).all() for name in one)


def test_killed_between_steps_also_with_a_damaged_newest_resume_point(
    undisturbed: Path, write_config: Callable[..., Path], resume: Callable[[Path], list[int]], tmp_path: Path
) -> None:
    run, copy = tmp_path / "run", tmp_path / "copy"
    config = write_config(run, checkpoint_minutes=0)
    assert run_until_killed(config, "step", 7) == ["step-00000005.pt", "step-00000006.pt"]
    assert (run / "losses.csv").read_text().splitlines()[-1].startswith("7,")  # a line ahead of the resume point
    shutil.copytree(run, copy)
    assert resume(config) == [6, 7]
    assert_same_run(run, undisturbed)

    shutil.rmtree(run)
    copy.rename(run)
    newest = run / "resume" / "step-00000006.pt"
    os.truncate(newest, newest.stat().st_size // 2)
    with pytest.warns(UserWarning, match=r"step-00000006\.pt cannot be read"):
        assert resume(config) == [5, 6, 7]
    assert_same_run(run, undisturbed)


def test_killed_in_the_first_epoch_while_a_worker_reads(
    undisturbed: Path, write_config: Callable[..., Path], resume: Callable[[Path], list[int]], tmp_path: Path
) -> None:
    config = write_config(tmp_path / "run", checkpoint_minutes=0, data__workers=1)
    assert run_until_killed(config, "step", 3) == ["step-00000001.pt", "step-00000002.pt"]
    assert resume(config) == [2, 3, 4, 5, 6, 7]
    assert_same_run(tmp_path / "run", undisturbed)


def test_killed_while_a_resume_point_is_written(
    undisturbed: Path, write_config: Callable[..., Path], resume: Callable[[Path], list[int]], tmp_path: Path
) -> None:
    config = write_config(tmp_path / "run", checkpoint_minutes=0)
    assert run_until_killed(config, "write", 6) == ["step-00000004.pt", "step-00000005.pt"]
    (half,) = (tmp_path / "run" / "resume").glob(".*")
    assert resume(config) == [5, 6, 7]
    assert_same_run(tmp_path / "run", undisturbed)
    assert not half.exists()
