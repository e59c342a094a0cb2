"""A run that was killed and goes on gives the same numbers, to the last bit, as one that was left alone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file

pytest.importorskip("lightning")

from deltascribe.training import load_config, train

KILLED_RUN = Path(__file__).with_name("killed_run.py")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, write_config: Callable[..., Path]) -> Path:
    """Folder of a run of eight steps that nothing disturbs; it reads in its own process, without workers."""
    output = tmp_path_factory.mktemp("undisturbed") / "run"
    train(load_config(write_config(output)), quiet=True)
    return output


def run_until_killed(config: Path, how: str, step: int) -> list[str]:
    """Runs the training in a process of its own, which must die by SIGKILL; gives the names of its resume points."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    result = subprocess.run([sys.executable, str(KILLED_RUN), str(config), how, str(step)], capture_output=True, text=True, env=environment)
    assert result.returncode == -signal.SIGKILL, result.stderr
    return sorted(path.name for path in load_config(config).output.joinpath("resume").glob("step-*.pt"))


def assert_same_run(run: Path, other: Path) -> None:
    for name in ("losses.csv", "scores.csv"):
        assert (run / name).read_text() == (other / name).read_text()
    for part in ("last", "best"):
        one, two = (load_file(folder / part / "model.safetensors") for folder in (run, other))
        assert one.keys() == two.keys()
        assert all((one[name] == two[name]).all() for name in one)


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
class TestKilled:
    """All runs write a resume point after every step."""

    def test_between_steps(self, undisturbed: Path, write_config: Callable[..., Path], tmp_path: Path) -> None:
        config = write_config(tmp_path / "run", checkpoint_minutes=0)
        assert run_until_killed(config, "step", 7) == ["step-00000005.pt", "step-00000006.pt"]
        assert (tmp_path / "run" / "losses.csv").read_text().splitlines()[-1].startswith("7,")  # it is written again
        damaged = tmp_path / "damaged"
        shutil.copytree(tmp_path / "run", damaged / "run")
        train(load_config(config), quiet=True)
        assert_same_run(tmp_path / "run", undisturbed)
        self.check_that_a_damaged_newest_point_is_passed_over(damaged / "run", undisturbed, write_config)

    def check_that_a_damaged_newest_point_is_passed_over(
        self, run: Path, undisturbed: Path, write_config: Callable[..., Path]
    ) -> None:
        newest = run / "resume" / "step-00000006.pt"
        os.truncate(newest, newest.stat().st_size // 2)
        (run / "config.yaml").write_text((run / "config.yaml").read_text().replace(str(run.parents[1] / "run"), str(run)))
        with pytest.warns(UserWarning, match=r"step-00000006.pt cannot be read"):
            train(load_config(write_config(run, checkpoint_minutes=0)), quiet=True)
        assert_same_run(run, undisturbed)

    def test_between_steps_while_a_worker_reads(self, undisturbed: Path, write_config: Callable[..., Path], tmp_path: Path) -> None:
        config = write_config(tmp_path / "run", checkpoint_minutes=0, data__workers=1)
        assert run_until_killed(config, "step", 3) == ["step-00000001.pt", "step-00000002.pt"]
        train(load_config(config), quiet=True)
        assert_same_run(tmp_path / "run", undisturbed)

    def test_while_a_resume_point_is_written(self, undisturbed: Path, write_config: Callable[..., Path], tmp_path: Path) -> None:
        config = write_config(tmp_path / "run", checkpoint_minutes=0)
        assert run_until_killed(config, "write", 6) == ["step-00000004.pt", "step-00000005.pt"]
        left = list((tmp_path / "run" / "resume").glob(".*"))
        assert len(left) == 1  # half a point under a temporary name
        train(load_config(config), quiet=True)
        assert_same_run(tmp_path / "run", undisturbed)
        assert not left[0].exists()
