"""Writes one large place as GeoTIFFs of two dates with its ground truth, window by window in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from shutil import disk_usage
from typing import Any

import numpy as np

from deltascribe.datasets.synthetic.claim import claim_folder
from deltascribe.datasets.synthetic.makers import Date, Makers, default_makers, in_register, require_scenarios
from deltascribe.datasets.synthetic.pair import LOOKS, stream
from deltascribe.datasets.synthetic.parallel import parallel_map
from deltascribe.datasets.synthetic.raster import (
    Block,
    RasterProfile,
    block_corners,
    require_crs,
    require_rasterio,
    warp_raster,
    write_raster,
)
from deltascribe.errors import DatasetError
from deltascribe.files import write_json

CRS = "EPSG:32614"
CORNER = (620_000.0, 3_350_000.0)
"""Easting and northing of the upper left corner of every scene: a made-up place needs no place of its own."""

_BLOCK = 1024  # pixels a side; a multiple of the tile
_MARGIN = 90.0  # metres; the shadow of the highest building under the lowest sun is shorter
_MASK_COLOURS = {0: (0, 0, 0), 1: (230, 40, 40), 2: (40, 110, 255)}
_SMALLEST, _LARGEST = 512, 65_536


@dataclass(frozen=True)
class Scene:
    """What a scene is made from.

    Attributes:
        size: side in pixels, a multiple of 256.
        seed: of all that is drawn at random.
        resolution: metres a pixel.
        scenario: what happens; None lets the planner draw it.
        second_crs: CRS of the second date; None: that of the first.
        shift: how far the second date lies from its true place, in whole pixels to the right and down.

    Raises:
        DatasetError: a value out of range.
    """

    size: int
    seed: int
    resolution: float = 0.5
    scenario: str | None = None
    second_crs: str | None = None
    shift: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if not _SMALLEST <= self.size <= _LARGEST or self.size % 256:
            raise DatasetError(f"A scene of {self.size} pixels is not possible. Give a multiple of 256 from {_SMALLEST} to {_LARGEST}.")
        if self.seed < 0 or not 0.05 <= self.resolution <= 5:
            raise DatasetError("Give a seed from 0 and a resolution of 0.05 to 5 metres a pixel.")

    @property
    def extent(self) -> float:
        """Side in metres."""
        return self.size * self.resolution

    def profile(self, bands: int, nodata: int | None) -> RasterProfile:
        """Form of its rasters in the first CRS."""
        transform = (self.resolution, 0.0, CORNER[0], 0.0, -self.resolution, CORNER[1])
        return RasterProfile(self.size, self.size, bands, CRS, transform, nodata)

    def settings(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "seed": self.seed,
            "scene": self.size,
            "resolution_m": self.resolution,
            "scenario": self.scenario,
            "second_crs": self.second_crs,
            "shift": list(self.shift),
        }

    def command(self) -> list[str]:
        """Arguments of `deltascribe data synth OUT` that make the same scene again."""
        parts = ["--scene", str(self.size), "--seed", str(self.seed), "--resolution", f"{self.resolution:g}"]
        parts += [] if self.scenario is None else ["--scenario", self.scenario]
        parts += [] if self.second_crs is None else ["--scene-crs", self.second_crs]
        return parts if self.shift == (0, 0) else [*parts, "--scene-shift", "{},{}".format(*self.shift)]


def write_scene(
    out: Path, scene: Scene, *, workers: int = 1, progress: Callable[[str, int, int], None] | None = None, makers: Makers | None = None
) -> list[Path]:
    """Writes before.tif, after.tif, change_mask.tif (0 nothing, 1 building, 2 road; in the grid of before.tif) and truth.geojson.

    Files that an interrupted call finished are kept.

    Args:
        out: folder.
        scene: what it is made from.
        workers: processes.
        progress: called with the file, the number of blocks done and of all.
        makers: the renderer's parts; None: the package's own.

    Returns:
        The four files.

    Raises:
        DatasetError: the folder holds something else, or an unknown scenario or CRS.
        MissingDependencyError: the extra `synth` or `geo` is not installed.
    """
    out = Path(out)
    require_rasterio()
    chosen = makers or default_makers()
    require_scenarios(() if scene.scenario is None else (scene.scenario,), chosen)
    if scene.second_crs is not None:
        require_crs(scene.second_crs)
    claim_folder(out, scene.settings(), scene.command())
    files = [out / name for name in ("before.tif", "after.tif", "change_mask.tif", "truth.geojson")]
    report = progress or (lambda name, done, total: None)
    _require_room(out, scene, files)
    for date, path in (("before", files[0]), ("after", files[1])):
        if not path.exists():
            _write_date(path, scene, date, workers, report, makers)  # type: ignore[arg-type]
    if not files[2].exists():
        blocks = _blocks(scene, "mask", workers, partial(report, files[2].name), makers)
        with closing(blocks):
            write_raster(files[2], scene.profile(1, None), blocks, _MASK_COLOURS)
    if not files[3].exists():
        from deltascribe.datasets.synthetic.scene_truth import scene_truth

        index = _prepare(scene, makers).index
        write_json(files[3], scene_truth(index, scene, chosen, partial(report, files[3].name)), indent=None)
    return files


def _require_room(out: Path, scene: Scene, files: list[Path]) -> None:
    """GDAL does not tell of every tile that it could not write, so room for the pixels as they are is asked for at first."""
    rasters = sum(not path.exists() for path in files[:2]) + (scene.second_crs is not None and not files[1].exists())
    needed = int(rasters * scene.size**2 * 3 * 4 / 3)
    free = disk_usage(out).free
    if free < needed:
        raise DatasetError(
            f"The scene may need {needed / 1e6:,.0f} MB and {out} has room for {free / 1e6:,.0f} MB. Make room, or choose another OUT; "
            "files that are finished are kept."
        )


def _write_date(path: Path, scene: Scene, date: Date, workers: int, report: Callable[[str, int, int], None], makers: Makers | None) -> None:
    with closing(_blocks(scene, date, workers, partial(report, path.name), makers)) as blocks:
        if date == "before" or scene.second_crs is None:
            write_raster(path, scene.profile(3, 0), blocks)
            return
        # the name of a temporary file, so that a later call removes it where this one is killed
        flat = path.with_name(f".{path.stem}-unwarped.tmp.tif")
        try:
            write_raster(flat, scene.profile(3, 0), blocks)
            warp_raster(flat, path, scene.second_crs)
        finally:
            flat.unlink(missing_ok=True)


def _blocks(scene: Scene, what: str, workers: int, report: Callable[[int, int], None], makers: Makers | None) -> Any:
    corners = list(block_corners(scene.size, scene.size, _BLOCK))

    def numbered() -> Iterator[Block]:
        with closing(parallel_map(partial(_render, scene=scene, what=what, makers=makers), corners, min(workers, len(corners)))) as results:
            for done, (corner, values) in enumerate(zip(corners, results, strict=True), start=1):
                yield corner[0], corner[1], values
                report(done, len(corners))

    return numbered()


@dataclass(frozen=True)
class _Prepared:
    index: Any
    looks: dict[str, Any]


@lru_cache(maxsize=1)
def _prepare(scene: Scene, makers: Makers | None) -> _Prepared:
    """The planned place and its looks: each process plans for itself, which is quicker than to send it."""
    from deltascribe.datasets.synthetic.windows import PlaceIndex

    chosen = makers or default_makers()
    place = chosen.plan(scene.seed, 0, scenario=scene.scenario, width=scene.extent, height=scene.extent)
    looks = chosen.looks(stream(scene.seed, 0, LOOKS))
    return _Prepared(PlaceIndex(place), {"before": in_register(looks[0]), "after": in_register(looks[1])})


def _render(corner: tuple[int, int, int, int], *, scene: Scene, what: str, makers: Makers | None) -> np.ndarray[Any, Any]:
    """Values [bands, h, w] of one block."""
    chosen, prepared = makers or default_makers(), _prepare(scene, makers)
    row, column, height, width = corner
    if what == "after":  # what is drawn at a pixel lies that much to the left and above
        row, column = row - scene.shift[1], column - scene.shift[0]
    step = scene.resolution
    window = (column * step, row * step, (column + width) * step, (row + height) * step)
    near = prepared.index.near(window, _MARGIN)
    if what == "mask":
        return np.ascontiguousarray(chosen.mask(near, window=window, resolution=step)[None])
    image = chosen.paint(near, what, prepared.looks[what], window=window, resolution=step)
    # 0 is kept for "no image here"
    return np.ascontiguousarray(np.maximum(image, 1).transpose(2, 0, 1))
