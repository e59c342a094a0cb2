"""Scenes: from two GeoTIFFs of one place to a map of described changes, in flat memory and safe against interruptions."""

from __future__ import annotations

from deltascribe.errors import MissingDependencyError

try:
    from deltascribe.scenes.answer import ChangeArea, DescribedTile, Finding, SceneAnswer, Summary
    from deltascribe.scenes.executors.ray import run_ray
    from deltascribe.scenes.inputs import listed_pairs, scene_pairs
    from deltascribe.scenes.options import SceneOptions
    from deltascribe.scenes.outputs import write_outputs
    from deltascribe.scenes.preparing import PreparedScene, ScenePair, prepare
    from deltascribe.scenes.region import read_polygon
    from deltascribe.scenes.running import describe_scene
except ModuleNotFoundError as error:
    if error.name != "shapely":
        raise
    raise MissingDependencyError("shapely", "Describing scenes", "geo") from error

__all__ = [
    "ChangeArea",
    "DescribedTile",
    "Finding",
    "PreparedScene",
    "SceneAnswer",
    "SceneOptions",
    "ScenePair",
    "Summary",
    "describe_scene",
    "listed_pairs",
    "prepare",
    "read_polygon",
    "run_ray",
    "scene_pairs",
    "write_outputs",
]
