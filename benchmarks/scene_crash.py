"""Kills `deltascribe scene` at random moments, resumes it, and compares every file with those of an undisturbed run.

    python benchmarks/scene_crash.py [--kills 20] [--model FOLDER] [--before A.tif --after B.tif] [-- OPTIONS OF deltascribe scene]

Then runs it with other batches, threads and executors, and with a Ray actor that is killed on purpose. Prints two Markdown tables; exits
with 1 where a byte differs. The demo's scene and the shipped model are taken where nothing else is given. Needs Linux.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deltascribe.scenes.manifest import LINES
from deltascribe.scenes.outputs import FILES
from deltascribe.scenes.running import RECORD
from deltascribe.shipped import ASSETS

SCENE = ASSETS / "demo" / "scene"
VARIANTS = (
    ("local", 1, 1),
    ("local", 1, 16),
    ("local", 2, 1),
    ("local", 2, 16),
    ("ray", 2, 4),
)
"""Executor, workers, batch size."""
ACTOR = "ray::MapWorker"


@dataclass(frozen=True)
class Experiment:
    """What is run again and again.

    Attributes:
        scenes: before and after.
        options: further options of the command.
        root: folder for all outputs.
    """

    scenes: tuple[str, str]
    options: tuple[str, ...]
    root: Path

    def start(self, name: str, executor: str = "local", workers: int = 1, batch_size: int = 1) -> subprocess.Popen[str]:
        """Starts the command; its output goes to a file beside the folder."""
        choice = ("--executor", executor, "--workers", str(workers), "--batch-size", str(batch_size))
        code = "from deltascribe.cli.main import main; main()"
        command = [sys.executable, "-c", code, "scene", *self.scenes, "-o", str(self.root / name), "-q", *choice, *self.options]
        with (self.root / f"{name}.log").open("a") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, text=True)

    def finish(self, name: str, run: subprocess.Popen[str]) -> float:
        """Waits for a run and gives its seconds; stops the experiment where it failed."""
        began = time.perf_counter()
        if run.wait():
            sys.exit((self.root / f"{name}.log").read_text()[-2000:])
        return time.perf_counter() - began

    def files(self, name: str) -> dict[str, bytes]:
        """Names and contents of what a run left."""
        return {file: (self.root / name / file).read_bytes() for file in FILES}

    def saved(self, name: str) -> int:
        """Whole lines in the record: batches that are written down."""
        return sum(path.read_bytes().count(b"\n") for path in (self.root / name).glob(f"{RECORD}/*/{LINES}"))


def kill_and_resume(experiment: Experiment, name: str, moment: float, batch_size: int, batches: int) -> tuple[int, str, float] | None:
    """Kills a run after some seconds and finishes it.

    Returns:
        Batches saved at the kill, what it was doing, and seconds of the second run; None where the run was over before the kill.
    """
    run = experiment.start(name, batch_size=batch_size)
    with suppress(subprocess.TimeoutExpired):
        run.wait(moment)
    run.send_signal(signal.SIGKILL)
    if run.wait() != -signal.SIGKILL:
        return None
    saved = experiment.saved(name)
    stage = "starting" if not saved else "tiles" if saved < batches else "putting together"
    if any((experiment.root / name / file).exists() for file in FILES):
        stage = "writing files"
    seconds = experiment.finish(name, experiment.start(name, batch_size=batch_size))
    return saved, stage, seconds


def kill_an_actor(experiment: Experiment, name: str) -> tuple[float, int]:
    """Runs on Ray and kills an actor once a batch is saved: seconds, and how many were killed."""
    began, killed = time.perf_counter(), 0
    run = experiment.start(name, "ray", 1, 1)
    while run.poll() is None and not killed:
        actors = [pid for pid, title in descendants(run.pid) if title.startswith(ACTOR)]
        if actors and experiment.saved(name):
            os.kill(actors[0], signal.SIGKILL)
            killed = 1
        time.sleep(0.02)
    experiment.finish(name, run)
    return time.perf_counter() - began, killed


def descendants(pid: int) -> list[tuple[int, str]]:
    """Processes below one, with their command lines."""
    parents: dict[int, int] = {}
    titles: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            titles[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # gone in the meantime
            continue
    found, border = [], [pid]
    while border:
        below = [child for child, parent in parents.items() if parent == border[-1]]
        border = [*border[:-1], *below]
        found += below
    return [(child, titles.get(child, "")) for child in found]


def compare(found: dict[str, bytes], wanted: dict[str, bytes]) -> str:
    """`same`, or the names of the files that differ."""
    return ", ".join(name for name in FILES if found[name] != wanted[name]) or "same"


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", default=str(SCENE / "before.tif"))
    parser.add_argument("--after", default=str(SCENE / "after.tif"))
    parser.add_argument("--model")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=4, help="of the runs that are killed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-ray", action="store_true")
    parser.add_argument("--root", type=Path, help="folder for all outputs, which stay; a temporary one if left out")
    parser.add_argument("options", nargs="*", help="further options of the command, after --")
    return parser.parse_args(arguments)


def run_all(experiment: Experiment, options: argparse.Namespace) -> bool:
    """Prints both tables; whether all files were the same."""
    seconds = experiment.finish("undisturbed", experiment.start("undisturbed", batch_size=options.batch_size))
    wanted, batches = experiment.files("undisturbed"), experiment.saved("undisturbed")
    print(f"undisturbed: {seconds:.1f} s, {batches} batches of {options.batch_size}, {len(FILES)} files\n")
    moments, verdicts = random.Random(options.seed), []
    print("| kill | after s | while | batches saved | s to finish | files |\n|---|---|---|---|---|---|")
    number = 0
    while number < options.kills:
        name, moment = f"kill-{number + 1}", moments.uniform(0, seconds)
        killed = kill_and_resume(experiment, name, moment, options.batch_size, batches)
        if killed is None:
            shutil.rmtree(experiment.root / name)
            continue
        number, (saved, stage, rest) = number + 1, killed
        verdicts.append(compare(experiment.files(name), wanted))
        print(f"| {number} | {moment:.2f} | {stage} | {saved} | {rest:.1f} | {verdicts[-1]} |", flush=True)
    print("\n| executor | workers | batch | s | files |\n|---|---|---|---|---|")
    with_ray = not options.no_ray and importlib.util.find_spec("ray") is not None
    for executor, workers, batch_size in VARIANTS:
        if executor == "ray" and not with_ray:
            continue
        name = f"{executor}-{workers}-{batch_size}"
        took = experiment.finish(name, experiment.start(name, executor, workers, batch_size))
        verdicts.append(compare(experiment.files(name), wanted))
        print(f"| {executor} | {workers} | {batch_size} | {took:.1f} | {verdicts[-1]} |", flush=True)
    if with_ray:
        took, gone = kill_an_actor(experiment, "actor")
        verdicts.append(compare(experiment.files("actor"), wanted) if gone else "it was faster than the kill")
        print(f"| ray, {gone} actor killed | 1 | 1 | {took:.1f} | {verdicts[-1]} |")
    return set(verdicts) <= {"same"}


def main() -> None:
    options = read_options()
    model = () if options.model is None else ("--model", options.model)
    with tempfile.TemporaryDirectory() as folder:
        root = options.root or Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        experiment = Experiment((options.before, options.after), (*model, *options.options), root)
        sys.exit(0 if run_all(experiment, options) else 1)


if __name__ == "__main__":
    main()
