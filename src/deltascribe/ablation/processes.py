"""Several runs of a grid at once, each in a process of its own."""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

import torch

from deltascribe.ablation.performing import Ended, Performed, note_failure, perform
from deltascribe.ablation.plan import PlannedRun, State
from deltascribe.ablation.scoring import Scoring
from deltascribe.device import available_cores
from deltascribe.processes import serve_parent

_GRACE = 20
"""Seconds that a process has to remove what it left half-written, before it is killed."""


@dataclass
class _Job:
    """A run under way."""

    run: PlannedRun
    process: SpawnProcess
    answer: Connection


def side_by_side(pending: Sequence[tuple[PlannedRun, State]], jobs: int, score: Scoring) -> Generator[Ended]:
    """Performs the runs in processes of their own, as many at once as `jobs` says, which share the cores.

    They begin in their order, but for a run that starts from the weights of another one: it waits until that has ended. Closing the
    generator ends the processes; their runs go on from their resume points in the next call.
    """
    threads = max(1, available_cores() // min(jobs, max(len(pending), 1)))
    waiting, working = list(pending), list[_Job]()
    try:
        while waiting or working:
            unfinished = {run.folder for run, _ in waiting} | {job.run.folder for job in working}
            ready = [entry for entry in waiting if entry[0].start not in unfinished]
            for run, state in ready[: jobs - len(working)]:
                waiting.remove((run, state))
                yield run, None
                working.append(_begin(run, state, score, threads))
            # the process too: on Windows the pipe of one that died while it started stays open
            over = wait([thing for job in working for thing in (job.answer, job.process.sentinel)])
            for job in [job for job in working if job.answer in over or job.process.sentinel in over]:
                working.remove(job)
                yield job.run, _result(job)
    finally:
        _end(working)


def _begin(run: PlannedRun, state: State, score: Scoring, threads: int) -> _Job:
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_perform_apart, args=(sender, run, state, score, threads))
    process.start()
    sender.close()  # so that the end of that process is the end of the pipe
    return _Job(run, process, receiver)


def _perform_apart(sender: Connection, run: PlannedRun, state: State, score: Scoring, threads: int) -> None:
    serve_parent()
    # leaves through every `finally`, which removes what is half-written
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # not as a setting of the run, whose resume would be refused with another number
    torch.set_num_threads(run.config.threads or threads)
    sender.send(perform(run, state, score, quiet=True))


def _result(job: _Job) -> Performed:
    try:
        answer = job.answer.recv() if job.answer.poll() else None
    except EOFError:
        answer = None
    job.answer.close()
    job.process.join()
    if isinstance(answer, Performed):
        return answer
    code = job.process.exitcode or 0
    why = "was killed, perhaps for want of memory; try fewer --jobs" if code < 0 else "broke off; what it wrote stands above"
    reason = f"its process {why} (exit code {code})"
    note_failure(job.run, reason + "\n")
    return Performed(failed=reason, reason=reason)


def _end(working: Sequence[_Job]) -> None:
    for job in working:
        job.process.terminate()
    for job in working:
        job.process.join(_GRACE)
        if job.process.is_alive():
            job.process.kill()
        job.process.join()
