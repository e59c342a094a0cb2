"""Colours of change probability: viridis, which gets steadily lighter and is told apart by the colour-blind too."""

from __future__ import annotations

STOPS = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
"""Red, green and blue at 0, 25, 50, 75 and 100 %."""


def colour(probability: float) -> str:
    """`#rrggbb` of a probability 0..1, linear between the stops."""
    place = min(max(probability, 0.0), 1.0) * (len(STOPS) - 1)
    first = min(int(place), len(STOPS) - 2)
    part = place - first
    red, green, blue = (round(low + part * (high - low)) for low, high in zip(STOPS[first], STOPS[first + 1], strict=True))
    return f"#{red:02x}{green:02x}{blue:02x}"


def gradient() -> str:
    """The ramp from left to right, for CSS."""
    return f"linear-gradient(90deg, {', '.join(colour(place / (len(STOPS) - 1)) for place in range(len(STOPS)))})"
