"""Reads rasters in a process that may not grow by more than 500 MB; writes what came of each as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from deltascribe.errors import DeltascribeError
from deltascribe.scenes.alignment import align
from deltascribe.scenes.preparing import MAX_PIXELS
from deltascribe.scenes.rasters import inspect_raster
from deltascribe.scenes.reading import DateSource, open_date
from deltascribe.scenes.sampling import with_scale

ROOM = 500 * 10**6
SIDE = 256


def look(path: str) -> str:
    """What is known of the raster's first and last window, as share of pixels."""
    info = inspect_raster(path, max_pixels=MAX_PIXELS)
    grid = align(info, info, 0.5, "native").grid
    source = DateSource(info, tuple(band + 1 for band in info.bands(None).colour))
    source = with_scale(source, grid, "auto")
    height, width = min(SIDE, grid.height), min(SIDE, grid.width)
    with open_date(source, grid) as reader:
        first = reader.pixels((0, 0, height, width))[1].mean()
        last = reader.pixels((grid.height - height, grid.width - width, height, width))[1].mean()
    return f"first {first:.2f}, last {last:.2f}"


def answer(path: str, base: int) -> dict[str, Any]:
    """What came of a file, the seconds, and by how many bytes the process was larger than `base` at most."""
    forget_peak()
    started = time.perf_counter()
    try:
        kind, message = "read", look(path)
    except DeltascribeError as error:
        kind, message = type(error).__name__, str(error)
    seconds = round(time.perf_counter() - started, 3)
    return {"kind": kind, "message": message, "seconds": seconds, "grown": peak() - base}


def forget_peak() -> None:
    """Sets the peak of memory to what it is now."""
    with suppress(OSError):  # where that isn't allowed the peak is that of all files so far
        Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """Bytes of memory at most; now, where the system keeps no peak."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status.get("VmHWM", status["VmRSS"]).split()[0]) * 1024


def main(paths: list[str]) -> None:
    size, base = (int(pages) * resource.getpagesize() for pages in Path("/proc/self/statm").read_text().split()[:2])
    resource.setrlimit(resource.RLIMIT_AS, (size + ROOM, size + ROOM))
    print(json.dumps({path: answer(path, base) for path in paths}))


if __name__ == "__main__":
    main(sys.argv[1:])
