"""The head of a Ray cluster is called up; here a socket stands for it."""

from __future__ import annotations

import socket
import threading
import time
import warnings
from collections.abc import Iterator

import pytest

from deltascribe.scenes.executors.head import watched


@pytest.fixture
def head() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        yield server


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What was warned of, as far as it tells of a head."""
    texts: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = lambda message, *_: texts.append(str(message)) if "cluster's head" in str(message) else None  # type: ignore[assignment]
        yield texts


def watchers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "ray-head"}


def test_a_head_that_goes_away_is_told_once(head: socket.socket, told: list[str]) -> None:
    host, port = head.getsockname()
    with watched((host, port), every=0.05, patience=0.2):
        head.accept()[0].close()
        assert not told
        head.close()
        deadline = time.monotonic() + 20
        while not told and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
    (text,) = told
    assert text.startswith(
        f"The Ray cluster's head at {host}:{port} hasn't answered for 0 seconds. If it stays away, Ray ends this process"
    )
    assert text.endswith("give the same command again, or use --executor local.")


def test_nothing_is_told_of_a_head_that_answers(head: socket.socket, told: list[str]) -> None:
    with watched(head.getsockname(), every=0.02, patience=0):
        for _ in range(5):
            head.accept()[0].close()
    assert not told


def test_the_watch_ends_with_the_run(head: socket.socket) -> None:
    before = watchers()
    with watched(head.getsockname(), every=0.02):
        (watcher,) = watchers() - before
    watcher.join(20)
    assert not watcher.is_alive()


def test_nobody_watches_where_no_head_is_known() -> None:
    before = watchers()
    with watched(None):
        assert watchers() <= before
