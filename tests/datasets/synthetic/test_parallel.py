"""Tests of deltascribe.datasets.synthetic.parallel."""

from __future__ import annotations

import math
import os

import pytest

from deltascribe.datasets.synthetic.parallel import parallel_map


def test_results_of_other_processes_come_in_order_and_each_computes_on_one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    names = ["OMP_NUM_THREADS", "NO_SUCH_VARIABLE", "MKL_NUM_THREADS"] * 4
    assert list(parallel_map(os.getenv, names, 2)) == ["1", None, "1"] * 4
    assert os.environ["OMP_NUM_THREADS"] == "5"
    assert "MKL_NUM_THREADS" not in os.environ


def test_an_error_in_a_process_is_raised_here():
    with pytest.raises(ValueError, match=r"math domain|nonnegative"):
        list(parallel_map(math.sqrt, [1, -1, 1], 2))


def test_one_worker_computes_in_this_process_and_only_what_is_asked_for():
    seen: list[int] = []
    results = parallel_map(seen.append, range(10), 1)
    next(results)
    assert seen == [0]
