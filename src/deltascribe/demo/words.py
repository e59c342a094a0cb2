"""Figures of a report in words."""

from __future__ import annotations

from deltascribe.demo.scene import DemoScene
from deltascribe.report import ChangeReport, format_percent
from deltascribe.units import format_area


def describe(report: ChangeReport) -> str:
    """`changed` or `no change`, with the probability of change."""
    return f"{'changed' if report.changed else 'no change'}, change probability {format_percent(report.change_probability)}"


def describe_scene(scene: DemoScene) -> str:
    """How many tiles changed, and how much ground where the georeference tells it."""
    words = f"{scene.changed_tiles} of {len(scene.report.tiles)} tiles changed"
    if scene.changed_area is None or scene.area is None:
        return words
    return f"{words}, changed area {format_area(scene.changed_area)} of {format_area(scene.area)}"
