"""Where the bays of a parking lot lie: planners park cars in them, the painter draws their lines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BAY_WIDTH, BAY_DEPTH, AISLE = 2.7, 5.2, 6.6
"""Metres of a parking bay along the row and across it, and of the lane between two rows."""
_EDGE = 1.0
"""Metres left free at either end of a row."""
_ROUNDING = 0.01


def bay_rows(across: float, start: float | None = None) -> list[float]:
    """Middle in metres of each row of bays: row, lane, row | row, lane, row ... from the edge of the lot on.

    Args:
        across: depth of the lot in metres.
        start: where its edge lies; by default the rows are told from the lot's middle.
    """
    first = -across / 2 if start is None else start
    rows: list[float] = []
    edge, lane_next = first, False
    while edge + BAY_DEPTH <= first + across + _ROUNDING:
        rows.append(edge + BAY_DEPTH / 2)
        lane_next = not lane_next
        edge += BAY_DEPTH + (AISLE if lane_next else 0.0)
    return rows


def bays_along(start: float, end: float) -> npt.NDArray[np.float64]:
    """Middle in metres of each bay of a row that reaches from `start` to `end`."""
    return np.arange(start + _EDGE + BAY_WIDTH / 2, end - _EDGE - BAY_WIDTH / 2 + _ROUNDING, BAY_WIDTH)


def parking_depth(rows: int) -> float:
    """Depth in metres of a lot with so many rows of bays."""
    return rows * BAY_DEPTH + (rows + 1) // 2 * AISLE
