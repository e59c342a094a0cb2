"""TGCL over two devices equals TGCL over one with all pairs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("two_devices.py")
CASES = ("none", "binary", "learned", "similar", "all texts")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What two processes on CPU found, by case: of both, and of one that has all pairs."""
    file = tmp_path_factory.mktemp("devices") / "meeting"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    processes = [
        subprocess.Popen([sys.executable, str(SCRIPT), str(rank), str(file)], stdout=subprocess.PIPE, text=True, env=environment)
        for rank in range(2)
    ]
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    result: dict[str, dict[str, Any]] = json.loads(outputs[0])
    return result


@pytest.mark.parametrize("case", CASES)
def test_two_devices_have_the_loss_and_the_mean_gradient_of_one_with_all_pairs(found: dict[str, dict[str, Any]], case: str) -> None:
    (parallel, single), (ours, theirs) = found[case]["losses"], found[case]["gradients"]
    assert parallel == pytest.approx(single, abs=1e-5)
    assert single > 0.1
    assert ours == pytest.approx(theirs, abs=1e-5)
    assert max(map(abs, theirs)) > 0.01


def test_every_case_is_looked_at(found: dict[str, dict[str, Any]]) -> None:
    assert tuple(found) == CASES
