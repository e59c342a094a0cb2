"""How many planted changes a scene's map finds, and how often it tells of what is not there.

    python benchmarks/scene_planted.py --size 2048 --second-crs EPSG:3857

A place is rendered for each scenario, its second date in another coordinate system and grid; then both dates are described as any other
scene. An object is what came or went: a building, a road, a car park, woods ... It counts as found by the areas if they cover a quarter of
it, and by the tiles if one that tells of a change holds its middle. An area is false if no planted object lies within `--near` metres of
it, a tile if it tells of a change and none touches it. The renderer's words are not compared here.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from deltascribe.captioner import ChangeCaptioner
from deltascribe.datasets.synthetic.scene import Scene, write_scene
from deltascribe.scenes import SceneAnswer, SceneOptions, ScenePair, describe_scene, prepare
from deltascribe.scenes.rasters import import_rasterio

SCENARIOS = ("infill", "new_street", "subdivision", "large_building", "new_roads", "demolish_some", "clear_woods", "no_change")
COVERED = 0.25
"""Share of an object that areas must cover."""


@dataclass
class Found:
    """Counts over one or more scenes.

    Attributes:
        planted, by_areas, by_tiles: objects by class and whether they came or went.
        areas, false_areas, told, false_told: changed areas, and tiles that tell of a change.
        square_km: ground that was looked at.
    """

    planted: Counter[str] = field(default_factory=Counter)
    by_areas: Counter[str] = field(default_factory=Counter)
    by_tiles: Counter[str] = field(default_factory=Counter)
    areas: int = 0
    false_areas: int = 0
    told: int = 0
    false_told: int = 0
    square_km: float = 0.0

    def add(self, other: Found) -> None:
        """Takes in the counts of another scene."""
        for mine, theirs in ((self.planted, other.planted), (self.by_areas, other.by_areas), (self.by_tiles, other.by_tiles)):
            mine.update(theirs)
        self.areas += other.areas
        self.false_areas += other.false_areas
        self.told += other.told
        self.false_told += other.false_told
        self.square_km += other.square_km

    def row(self, title: str, kinds: Sequence[str] = ()) -> str:
        """A line of the table; of some kinds of objects alone, or of all."""
        chosen = list(kinds) or list(self.planted)
        planted, by_areas, by_tiles = (sum(counts[kind] for kind in chosen) for counts in (self.planted, self.by_areas, self.by_tiles))
        found = [str(planted), _share(by_areas, planted), _share(by_tiles, planted)]
        false = ["", "", "", ""]
        if not kinds:
            false = [str(self.areas), f"{self.false_areas / self.square_km:.1f}", str(self.told), f"{self.false_told / self.square_km:.1f}"]
        return "| " + " | ".join([title, *found, *false]) + " |"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def transformed(geometry: BaseGeometry, source: str, target: str) -> BaseGeometry:
    """A geometry in another coordinate system."""
    rasterio = import_rasterio()
    from rasterio.warp import transform_geom

    with rasterio.Env():
        return shape(transform_geom(source, target, shapely.geometry.mapping(geometry)))


def compare(answer: SceneAnswer, truth: dict[str, Any], near: float) -> Found:
    """Holds a scene's answer against what was planted."""
    crs = "EPSG:" + truth["crs"]["properties"]["name"].rsplit(":", 1)[-1]
    grid = answer.plan.grid

    def placed(geometry: BaseGeometry) -> BaseGeometry:
        return geometry if grid.crs == crs else transformed(geometry, grid.crs, crs)

    found = Found(areas=len(answer.areas))
    areas = [placed(area.polygon).buffer(0) for area in answer.areas]
    windows = {tile.tile.index: placed(shapely.box(*grid.window_bounds(tile.tile.window))) for tile in answer.tiles}
    told = [windows[tile.tile.index] for tile in answer.tiles if tile.caption is not None and tile.changed]
    seen = shapely.union_all(list(windows.values()))
    objects = [
        (f"{entry['properties']['class']} {entry['properties']['change']}", shape(entry["geometry"]))
        for entry in truth["features"]
        if entry["properties"]["change"] != "window"
    ]
    planted = shapely.union_all([polygon for _, polygon in objects])
    objects = [(kind, polygon) for kind, polygon in objects if polygon.representative_point().within(seen)]
    changed, by_tiles = shapely.union_all(areas), shapely.union_all(told)
    for kind, polygon in objects:
        found.planted[kind] += 1
        found.by_areas[kind] += changed.intersection(polygon).area >= COVERED * polygon.area
        found.by_tiles[kind] += by_tiles.covers(polygon.representative_point())
    # no distance is known from nothing
    found.false_areas = sum(planted.is_empty or area.distance(planted) > near for area in areas)
    found.told = len(told)
    found.false_told = sum(not tile.intersects(planted) for tile in told)
    found.square_km = seen.area / 1e6
    return found


def run_scene(scene: Scene, captioner: ChangeCaptioner, folder: Path, threads: int, near: float) -> Found:
    """Renders a scene, describes it and compares."""
    before, after, _, truth = write_scene(folder / "scene", scene)
    prepared = prepare(ScenePair(str(before), str(after), "planted"), captioner, SceneOptions())
    answer = describe_scene(prepared, captioner, folder / "out", threads=threads)
    return compare(answer, json.loads(truth.read_text(encoding="utf-8")), near)


def main() -> None:
    """Prints one row a scenario, and one a kind of object over all scenes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="checkpoint folder or shipped name; the default model if left out")
    parser.add_argument("--size", type=int, default=2048, help="side of a scene in pixels")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--second-crs", default="EPSG:3857", help="of the second date")
    parser.add_argument("--scenarios", nargs="+", default=list(SCENARIOS))
    parser.add_argument("--near", type=float, default=5.0, help="metres from a planted object within which an area is not false")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    captioner = ChangeCaptioner.from_pretrained(options.model)
    print("| scene | planted | in areas | in tiles | areas | false areas / km2 | tiles that tell | false ones / km2 |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    total = Found()
    for scenario in options.scenarios:
        scene = Scene(options.size, options.seed, scenario=scenario, second_crs=options.second_crs)
        with tempfile.TemporaryDirectory() as folder:
            found = run_scene(scene, captioner, Path(folder), options.threads, options.near)
        print(found.row(scenario), flush=True)
        total.add(found)
    print(total.row("all"))
    for kind in sorted(total.planted):
        print(total.row(f"all: {kind}", [kind]))


if __name__ == "__main__":
    main()
