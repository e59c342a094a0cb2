"""Figures of a report in words."""

from __future__ import annotations

import re

from deltascribe.demo.scene import DemoScene
from deltascribe.report import ChangeReport, format_percent

HECTARE = 10_000.0
"""Square metres."""


def describe(report: ChangeReport) -> str:
    """`changed` or `no change`, with the probability of change."""
    return f"{'changed' if report.changed else 'no change'}, change probability {format_percent(report.change_probability)}"


def describe_scene(scene: DemoScene) -> str:
    """How many tiles changed, and how much ground where the georeference tells it."""
    words = f"{scene.changed_tiles} of {len(scene.report.tiles)} tiles changed"
    if scene.changed_area is None or scene.area is None:
        return words
    return f"{words}, changed area {format_area(scene.changed_area)} of {format_area(scene.area)}"


def format_area(square_metres: float) -> str:
    """An area in hectares, or in square metres where it is smaller than a tenth of one."""
    if square_metres < HECTARE / 10:
        return f"{square_metres:,.0f} m²"
    return f"{square_metres / HECTARE:,.{1 if square_metres >= 10 * HECTARE else 2}f} ha"


def keep_together(text: str) -> str:
    """Text in which no line breaks between a number and its unit."""
    return re.sub(r"(?<=\d) (?=%|m²|ha\b|m\b)", "\N{NO-BREAK SPACE}", text)
