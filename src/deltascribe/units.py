"""Figures with units, as people read them."""

from __future__ import annotations

import math
import re

HECTARE = 10_000.0
"""Square metres."""


def format_area(square_metres: float) -> str:
    """An area in hectares, or in square metres where it is smaller than a tenth of one."""
    if square_metres < HECTARE / 10:
        return f"{square_metres:,.0f} m²"
    return f"{square_metres / HECTARE:,.{1 if square_metres >= 10 * HECTARE else 2}f} ha"


def format_duration(seconds: float) -> str:
    """A time that is expected, rounded up to whole seconds, whole minutes or tenths of an hour; at least `1 s`."""
    if seconds < 90:
        return f"{max(math.ceil(seconds), 1)} s"
    return f"{math.ceil(seconds / 60)} min" if seconds < 5400 else f"{math.ceil(seconds / 360) / 10:.1f} h"


def keep_together(text: str) -> str:
    """Text in which no line breaks between a number and its unit."""
    return re.sub(r"(?<=\d) (?=%|m²|ha\b|m\b)", "\N{NO-BREAK SPACE}", text)
