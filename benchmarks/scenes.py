"""How fast a scene is described, and in how much memory, at several sizes.

    python benchmarks/scenes.py --sides 4096 16384 --threads 2

The scene that comes with the package (or two GeoTIFFs of one grid) is mirrored until it fills a square of each side, stored in tiles.
Each size is run in a process of its own, whose peak memory is read at its end. Reading and model are summed over threads.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from deltascribe.captioner import ChangeCaptioner
from deltascribe.scenes import SceneOptions, ScenePair, describe_scene, prepare, write_outputs
from deltascribe.scenes.rasters import import_rasterio
from deltascribe.scenes.running import Costs
from deltascribe.shipped import ASSETS

DEMO = ASSETS / "demo" / "scene"
BLOCK = 512


def enlarge(source: Path, target: Path, side: int) -> None:
    """Writes a raster mirrored into a square of `side` pixels, block by block."""
    rasterio = import_rasterio()
    with rasterio.open(source) as small:
        pixels, profile = small.read(), small.profile
    # not the compression, whose settings may fit no other
    kept = {name: profile[name] for name in ("count", "dtype", "crs", "transform", "nodata")}
    layout = {"width": side, "height": side, "tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK, "compress": "deflate", "zlevel": 1}
    with rasterio.open(target, "w", driver="GTiff", photometric="RGB", BIGTIFF="IF_SAFER", **kept, **layout) as large:
        for row in range(0, side, BLOCK):
            rows = mirrored(np.arange(row, min(row + BLOCK, side)), pixels.shape[1])
            columns = mirrored(np.arange(side), pixels.shape[2])
            large.write(pixels[:, rows][:, :, columns], window=rasterio.windows.Window(0, row, side, len(rows)))


def mirrored(places: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
    """Places beyond a side folded back into it."""
    folded = places % (2 * size)
    inside: np.ndarray[Any, Any] = np.minimum(folded, 2 * size - 1 - folded)
    return inside


def run_one(before: Path, after: Path, out: Path, threads: int) -> dict[str, Any]:
    """One run in this process."""
    captioner = ChangeCaptioner.from_pretrained()
    costs = Costs()
    started = time.perf_counter()
    scene = prepare(ScenePair(str(before), str(after), "benchmark"), captioner, SceneOptions())
    prepared = time.perf_counter()
    answer = describe_scene(scene, captioner, out, threads=threads, costs=costs)
    described = time.perf_counter()
    write_outputs(answer, out)
    return {
        "tiles": costs.tiles,
        "seconds": time.perf_counter() - started,
        "preparing": prepared - started,
        "reading": costs.reading,
        "model": costs.model,
        "recording": costs.recording,
        "mosaic": costs.mosaic,
        "outputs": time.perf_counter() - described,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Prints one row a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, default=DEMO / "before.tif")
    parser.add_argument("--after", type=Path, default=DEMO / "after.tif")
    parser.add_argument("--sides", type=int, nargs="+", default=[4096, 16384])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where the large rasters go; a temporary folder if left out")
    parser.add_argument("--one", type=Path, nargs=3, metavar=("BEFORE", "AFTER", "OUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        before, after, out = options.one
        print(json.dumps(run_one(before, after, out, options.threads)))
        return
    print("| side | tiles | tiles/s | peak MB | preparing s | reading s | model s | recording s | mosaic, areas s | files s |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for side in options.sides:
            files = [Path(folder) / f"{role}-{side}.tif" for role in ("before", "after")]
            for source, target in zip((options.before, options.after), files, strict=True):
                enlarge(source, target, side)
            command = [sys.executable, __file__, "--threads", str(options.threads), "--one", *map(str, files), f"{folder}/out-{side}"]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            seconds = " | ".join(f"{found[name]:.1f}" for name in ("preparing", "reading", "model", "recording", "mosaic", "outputs"))
            print(
                f"| {side} | {found['tiles']} | {found['tiles'] / found['seconds']:.1f} | {found['peak_mb']:.0f} | {seconds} |", flush=True
            )


if __name__ == "__main__":
    main()
