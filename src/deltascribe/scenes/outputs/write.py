"""Writes everything that a run leaves; an empty result leaves the same files, empty."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deltascribe.errors import DeltascribeError, SceneError
from deltascribe.files import atomic_write, remove_leftovers, sha256_of, write_json
from deltascribe.locks import locked
from deltascribe.scenes.answer import SceneAnswer
from deltascribe.scenes.mosaic import write_cog
from deltascribe.scenes.outputs.stac import stac_item
from deltascribe.scenes.outputs.tables import area_table, tile_table, write_csv, write_geojson, write_geopackage, write_geoparquet
from deltascribe.scenes.page import write_page
from deltascribe.scenes.running import RECORD

ITEM = "item.json"
FILES = (
    "areas.geojson",
    "areas.parquet",
    "changes.gpkg",
    "index.html",
    "item.json",
    "probability.tif",
    "summary.json",
    "tiles.csv",
    "tiles.geojson",
    "tiles.parquet",
)
"""What is in an output folder."""


def write_outputs(
    answer: SceneAnswer, out: Path, *, network: bool = False, progress: Callable[[str, int, int], None] | None = None
) -> list[Path]:
    """Writes all files of a run, each atomically; the STAC item last, with the checksums of the others: where it is, all are there.

    Temporary files that a killed process left of them are removed first.

    Args:
        answer: of the run.
        out: folder.
        network: whether web addresses are read for the page's pictures.
        progress: told the file's name, files done, and files in all.

    Returns:
        The files, in the order of their names.

    Raises:
        MissingDependencyError: geopandas or pyarrow is not installed.
        SceneError: a file can't be written.
        ConfigError: another process works in the folder.
    """
    record = out / RECORD
    with locked(record) if record.is_dir() else nullcontext():
        for name in FILES:
            remove_leftovers(out / name)
        _write_all(answer, out, network, progress)
    return [out / name for name in FILES]


def _write_all(answer: SceneAnswer, out: Path, network: bool, progress: Callable[[str, int, int], None] | None) -> None:
    tiles, areas = tile_table(answer), area_table(answer)
    jobs: dict[str, Callable[[Path], Any]] = {
        "index.html": lambda path: write_page(path, answer, network=network),
        "areas.geojson": lambda path: write_geojson(path, areas),
        "areas.parquet": lambda path: write_geoparquet(path, areas),
        "changes.gpkg": lambda path: write_geopackage(path, {"tiles": tiles, "areas": areas}),
        "probability.tif": lambda path: _write_probability(path, answer),
        "summary.json": lambda path: write_json(path, summary(answer)),
        "tiles.csv": lambda path: write_csv(path, tiles),
        "tiles.geojson": lambda path: write_geojson(path, tiles),
        "tiles.parquet": lambda path: write_geoparquet(path, tiles),
    }
    (out / ITEM).unlink(missing_ok=True)
    for done, (name, write) in enumerate(jobs.items()):
        if progress is not None:
            progress(name, done, len(jobs) + 1)
        _written(out / name, write)
    checksums = {name: sha256_of(out / name) for name in jobs}
    _written(out / ITEM, lambda path: write_json(path, stac_item(answer, checksums)))
    if progress is not None:
        progress(ITEM, len(jobs) + 1, len(jobs) + 1)


def summary(answer: SceneAnswer) -> dict[str, Any]:
    """The scene in words and figures, for JSON; each statement names the tiles that support it."""
    looked = [entry for entry in answer.tiles if entry.caption is not None]
    return {
        "name": answer.name,
        "text": answer.summary.text(),
        "headline": answer.summary.headline,
        "findings": [asdict(finding) for finding in answer.summary.findings],
        "ground_m2": round(answer.plan.grid.area, 2),
        "looked_at_m2": answer.looked_at,
        "changed_m2": round(sum(entry.own_area for entry in answer.tiles), 2),
        "tiles": {
            "planned": len(answer.tiles),
            "seen": len(looked),
            "changed": sum(entry.changed for entry in looked),
            "skipped": len(answer.tiles) - len(looked),
        },
        "areas": len(answer.areas),
        "resolution_m": round(answer.plan.grid.gsd, 4),
        "crs": answer.plan.grid.crs,
        "misregistration": asdict(answer.misregistration),
        "notes": list(answer.notes),
        "provenance": answer.provenance,
    }


def _written(path: Path, write: Callable[[Path], Any]) -> None:
    try:
        write(path)
    except DeltascribeError:
        raise
    except (OSError, RuntimeError) as error:  # of the system, or of GDAL's drivers for tables
        raise SceneError(
            f"{path} can't be written ({getattr(error, 'strerror', None) or error}). All that was found is saved. Make room and give this "
            "command again: it goes on from there."
        ) from error


def _write_probability(path: Path, answer: SceneAnswer) -> None:
    with atomic_write(path) as temporary:
        write_cog(answer.probability, temporary)
