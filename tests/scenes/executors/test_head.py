"""The head of a Ray cluster is called up; here a socket stands for it."""

from __future__ import annotations

import socket
import threading
import time
import warnings

import pytest

from deltascribe.scenes.executors.head import watched


@pytest.fixture
def head() -> socket.socket:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(10)
    return server


def test_a_head_that_goes_away_is_told_once(head: socket.socket) -> None:
    host, port = head.getsockname()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with watched((host, port), every=0.05, patience=3):
            head.accept()[0].close()
            assert not told
            head.close()
            deadline = time.monotonic() + 20
            while not told and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.5)
    (warning,) = told
    assert warning.category is RuntimeWarning
    assert str(warning.message).startswith(f"The Ray cluster's head at {host}:{port} hasn't answered for ")
    assert "give the same command again, or use --executor local" in str(warning.message)


def test_nothing_is_told_of_a_head_that_answers_or_is_not_known(head: socket.socket) -> None:
    before = threading.active_count()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with watched(head.getsockname(), every=0.02, patience=1):
            for _ in range(5):
                head.accept()[0].close()
        head.close()
        with watched(None, every=0.01, patience=1):
            assert threading.active_count() <= before + 1  # the first watcher may be on its way out
            time.sleep(0.1)
