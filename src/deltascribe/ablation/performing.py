"""One run of a grid from where it stands to its scores, in this process or in another."""

from __future__ import annotations

import gc
import os
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import cast

import torch

from deltascribe.ablation.plan import PlannedRun, State, is_finished, note_training
from deltascribe.ablation.scoring import Scoring
from deltascribe.errors import ConfigError, MissingDependencyError
from deltascribe.evaluation.machine import machine_summary, package_versions, utc_now
from deltascribe.files import write_text
from deltascribe.processes import serve_parent
from deltascribe.training import train

ERROR = "error.txt"
"""Holds the traceback of a run that failed."""


@dataclass(frozen=True)
class Performed:
    """What became of a run.

    Attributes:
        trained: it was trained in this call.
        line: its main scores; empty where it failed.
        scoring: seconds that the scores took.
        failed: why it broke off; empty where it did not.
        reason: the first line of that.
        missing: arguments of a `MissingDependencyError` that it broke off with.
    """

    trained: bool = False
    line: str = ""
    scoring: float = 0.0
    failed: str = ""
    reason: str = ""
    missing: tuple[str, str, str] | None = None


Ended = tuple[PlannedRun, Performed | None]
"""A run that begins (None), or has ended."""


def perform(run: PlannedRun, state: State, score: Scoring, quiet: bool) -> Performed:
    """Trains the run unless it is, and scores it; what it breaks off with is told and lies in its folder."""
    trained = False
    try:
        if state != "trained":
            _train(run, quiet)
            trained = True
        began = time.monotonic()
        line = score(run)
        scoring = time.monotonic() - began
    except MissingDependencyError as error:
        return Performed(trained, failed=str(error), reason=str(error), missing=(error.package, error.feature, error.extra))
    except Exception as error:  # hours of other runs must not be lost with this one
        write_text(run.folder / ERROR, traceback.format_exc())
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        return Performed(trained, failed=f"{type(error).__name__}: {error}", reason=reason)
    (run.folder / ERROR).unlink(missing_ok=True)
    gc.collect()  # models of one run after the other
    return Performed(trained, line, scoring)


def one_by_one(pending: Sequence[tuple[PlannedRun, State]], score: Scoring, quiet: bool) -> Iterator[Ended]:
    """Performs the runs in their order, in this process."""
    for run, state in pending:
        yield run, None
        yield run, perform(run, state, score, quiet)


def side_by_side(pending: Sequence[tuple[PlannedRun, State]], jobs: int, score: Scoring) -> Iterator[Ended]:
    """Performs the runs in processes of their own, as many at once as `jobs` says, which share the cores.

    They begin in their order, but for a run that starts from the weights of another one: it waits until that has ended. Leaving the
    iteration early ends the processes; their runs go on from their resume points in the next call.
    """
    threads = max(1, (os.cpu_count() or 1) // jobs)
    waiting, working = list(pending), dict[Connection, tuple[PlannedRun, SpawnProcess]]()
    try:
        while waiting or working:
            unfinished = {run.folder for run, _ in waiting} | {run.folder for run, _ in working.values()}
            ready = [entry for entry in waiting if entry[0].start not in unfinished]
            for run, state in ready[: jobs - len(working)]:
                waiting.remove((run, state))
                yield run, None
                receiver, process = _begin(_with_threads(run, threads), state, score, threads)
                working[receiver] = run, process
            ended = wait(list(working))
            for receiver in [one for one in working if one in ended]:
                run, process = working.pop(receiver)
                yield run, _result(run, receiver, process)
    finally:
        for _, process in working.values():
            process.terminate()
        for _, process in working.values():
            process.join()


def _begin(run: PlannedRun, state: State, score: Scoring, threads: int) -> tuple[Connection, SpawnProcess]:
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_perform_apart, args=(sender, run, state, score, threads))
    process.start()
    sender.close()  # so that the end of that process is the end of the pipe
    return receiver, process


def _perform_apart(sender: Connection, run: PlannedRun, state: State, score: Scoring, threads: int) -> None:
    serve_parent()
    torch.set_num_threads(threads)
    sender.send(perform(run, state, score, quiet=True))


def _result(run: PlannedRun, receiver: Connection, process: SpawnProcess) -> Performed:
    try:
        return cast(Performed, receiver.recv())
    except EOFError:
        process.join()
        reason = f"its process was ended, perhaps for want of memory (exit code {process.exitcode}); try fewer --jobs"
        write_text(run.folder / ERROR, reason + "\n")
        return Performed(failed=reason, reason=reason)
    finally:
        receiver.close()
        process.join()


def _with_threads(run: PlannedRun, threads: int) -> PlannedRun:
    """The run with its share of the cores, unless it says how many threads it wants."""
    if run.config.threads is not None:
        return run
    return replace(run, config=run.config.model_copy(update={"threads": threads}))


def _train(run: PlannedRun, quiet: bool) -> None:
    if run.start is not None and not is_finished(run.start):  # its best weights so far are not those that it will have
        raise ConfigError(f"the run in {run.start}, which this one starts from, is not finished: see its {ERROR}, and run both again")
    resumed = any((run.folder / "resume").glob("step-*.pt"))
    began: list[float] = []
    # features and text vectors that this run computes are there for all: they are not its own time
    train(run.config, quiet=quiet, begins=lambda: began.append(time.monotonic()))
    minutes = None if resumed else (time.monotonic() - began[0]) / 60
    note_training(run, minutes, machine_summary(), package_versions(), utc_now())
