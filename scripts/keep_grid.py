"""Keeps what a finished grid measured beside the docs: its tables and plots, and of each run all but the weights.

    python scripts/keep_grid.py keep runs/ablation/parts
    python scripts/keep_grid.py restore parts runs/ablation/parts

The first call writes `docs/ablation/parts/`. `restore` unpacks the runs where `deltascribe ablate` looks for them: it then takes them for
done, trains and scores the rest, and writes one table of all. Without their weights they can't be scored on another split.
"""

from __future__ import annotations

import argparse
import lzma
import shutil
import sys
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from deltascribe.files import atomic_write

KEPT = Path(__file__).resolve().parents[1] / "docs" / "ablation"
RUNS = "runs.tar.xz"
_OF_THE_GRID = ("table-*.md", "table-*.json", "comparison-*.md", "differences-*.png", "curves.png")
_OF_A_RUN = ("config.yaml", "given.json", "run.json", "losses.csv", "scores.csv", "*/scores.json", "*/predictions.jsonl")
_MODE = 0o644


def run_files(grid: Path) -> Iterator[Path]:
    """Files of the finished runs that are kept, in a fixed order."""
    for run in sorted(path.parent for path in grid.glob("*/seed-*/run.json")):
        for pattern in _OF_A_RUN:
            yield from sorted(run.glob(pattern))


def pack(grid: Path) -> bytes:
    """The runs of a grid as an archive; the same runs give the same bytes."""
    content = BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in run_files(grid):
            data = path.read_bytes()
            entry = tarfile.TarInfo(path.relative_to(grid).as_posix())
            entry.size, entry.mode = len(data), _MODE
            archive.addfile(entry, BytesIO(data))
    return lzma.compress(content.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def keep(grid: Path, kept: Path) -> Path:
    """Writes the record of a grid.

    Raises:
        SystemExit: no run of the grid is finished, or its table is missing.
    """
    if not any(run_files(grid)) or not any(grid.glob("table-*.md")):
        sys.exit(f"{grid} holds no finished run with a table: run `deltascribe ablate` first")
    folder = kept / grid.name
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_write(folder / RUNS) as temporary:
        temporary.write_bytes(pack(grid))
    for old in (path for pattern in _OF_THE_GRID for path in folder.glob(pattern)):
        old.unlink()
    for path in (path for pattern in _OF_THE_GRID for path in sorted(grid.glob(pattern))):
        shutil.copyfile(path, folder / path.name)
    return folder


def restore(folder: Path, grid: Path) -> int:
    """Unpacks the runs of a record into a grid's folder; runs that lie there already stay.

    Returns:
        How many runs were unpacked.

    Raises:
        SystemExit: there is no such record.
    """
    if not (folder / RUNS).is_file():
        sys.exit(f"there is no record {folder / RUNS}; kept are: {', '.join(path.parent.name for path in folder.parent.glob(f'*/{RUNS}'))}")
    there = {path.parent.relative_to(grid).as_posix() for path in grid.glob("*/seed-*/config.yaml")}
    unpacked = set()
    with tarfile.open(folder / RUNS, "r:xz") as archive:
        for entry in archive:
            run = "/".join(entry.name.split("/")[:2])
            if run not in there:
                archive.extract(entry, grid, filter="data")
                unpacked.add(run)
    return len(unpacked)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    keeping = commands.add_parser("keep", help="write the record of a grid")
    keeping.add_argument("grid", type=Path, help="folder of a grid, as `deltascribe ablate` left it")
    restoring = commands.add_parser("restore", help="unpack the runs of a record")
    restoring.add_argument("name", help="of the record, such as parts")
    restoring.add_argument("grid", type=Path, help="folder to unpack into")
    arguments = parser.parse_args()
    if arguments.command == "keep":
        print(f"kept in {keep(arguments.grid, KEPT)}")
    else:
        print(f"{restore(KEPT / arguments.name, arguments.grid)} runs unpacked into {arguments.grid}")


if __name__ == "__main__":
    main()
