"""Progress of long commands on standard error: a bar in a terminal, a plain line a minute in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from deltascribe.units import format_duration

if TYPE_CHECKING:
    from rich.console import Console

Report = Callable[[str, int, int], None]
"""Called with what is being done, steps done, and steps in all; another number of steps in all begins another stage."""

EVERY = 60.0
"""Seconds from one line of a log to the next."""


@contextmanager
def long_progress(quiet: bool, console: Console | None = None) -> Iterator[Report]:
    """Shows how far a command with several stages is, and the time that is left.

    Args:
        quiet: show nothing.
        console: to write to; standard error if left out.
    """
    from rich.console import Console

    target = console or Console(stderr=True)
    if quiet:
        yield lambda stage, done, total: None
    elif target.is_terminal:
        with _bar(target) as report:
            yield report
    else:
        yield LogLines(lambda line: target.print(line, markup=False, highlight=False, soft_wrap=True))


class LogLines:
    """Writes a line when something is done and a minute has passed since the line before, or since the beginning.

    Args:
        write: called with each line.
        clock: seconds.
    """

    def __init__(self, write: Callable[[str], object], clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._clock = clock
        self._last = clock()
        self._total = -1
        self._began = (0.0, 0)

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = self._clock()
        if total != self._total:  # what an earlier run did must not count as fast work of this one
            self._total, self._began = total, (now, done)
        if now - self._last < EVERY:
            return
        self._last = now
        self._write(f"{stage}: {done} of {total} ({100 * done // max(total, 1)} %){self._left(now, done, total)}")

    def _left(self, now: float, done: int, total: int) -> str:
        began, before = self._began
        if not before < done < total:
            return ""
        return f", about {format_duration((now - began) * (total - done) / (done - before))} left"


@contextmanager
def _bar(console: Console) -> Iterator[Report]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def report(stage: str, done: int, total: int) -> None:
            if total != bar.tasks[0].total:  # as above
                bar.reset(task, total=total, completed=done, description=stage)
            bar.update(task, description=stage, completed=done, total=total)

        yield report
