"""Reads rasters in a process that may not grow by more than 500 MB; writes what came of each as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
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


def answer(path: str) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        kind, message = "read", look(path)
    except DeltascribeError as error:
        kind, message = type(error).__name__, str(error)
    return {"kind": kind, "message": message, "seconds": round(time.perf_counter() - started, 3)}


def main(paths: list[str]) -> None:
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + ROOM, size + ROOM))
    print(json.dumps({path: answer(path) for path in paths}))


if __name__ == "__main__":
    main(sys.argv[1:])
