"""Plans a large place: main roads, and blocks between them that are furnished by one scenario each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.homes import build_on
from deltascribe.datasets.synthetic.planning.lots import draw_style, find_lots, thinned
from deltascribe.datasets.synthetic.planning.registry import SCENARIOS
from deltascribe.datasets.synthetic.planning.roads import Street, lay
from deltascribe.datasets.synthetic.planning.shapes import Points

_BLOCK = (170.0, 270.0)
"""Range of the distance of main roads in metres."""
_STEP = 12.0
# above 0 each, as some scenarios know but one kind of ground
_CLIMATES = (
    {"desert": 0.02, "bare": 0.6},
    {"desert": 0.01, "bare": 0.3, "woods": 1.5, "half_woods": 1.5, "savanna": 1.5},
    {"desert": 5.0, "grass": 0.2, "woods": 0.15, "half_woods": 0.3, "fields": 0.3, "graded": 0.5},
)


@dataclass(frozen=True)
class _Lines:
    """Main roads of one direction: where each would run, and how it sways about that."""

    at: tuple[float, ...]
    swing: tuple[float, ...]
    length: tuple[float, ...]
    phase: tuple[float, ...]

    def across(self, number: int, along: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Position across the direction of a road, at positions along it."""
        wave = np.sin(np.asarray(along) / self.length[number] + self.phase[number])
        return np.asarray(self.at[number] + self.swing[number] * wave, float)


def furnish_district(draft: Draft, chances: Mapping[str, float]) -> None:
    """Furnishes a large place.

    Args:
        draft: of the whole place.
        chances: probability of each scenario for a block.
    """
    draft.store.climate = _CLIMATES[int(draft.rng.integers(len(_CLIMATES)))]
    left, top, right, bottom = draft.bounds
    upright, level = _draw_lines(draft, left, right), _draw_lines(draft, top, bottom)
    streets = _lay_main_roads(draft, upright, level)
    for column in range(len(upright.at) - 1):
        for row in range(len(level.at) - 1):
            outline = _block(upright, level, column, row)
            # each block has a stream of its own, so that a change in one leaves the others as they are
            part = draft.part(outline, np.random.default_rng([draft.seed(), column, row]))
            SCENARIOS[part.choose(chances)].planner(part)
            _line_with_houses(part, streets)


def _draw_lines(draft: Draft, low: float, high: float) -> _Lines:
    at = [low - draft.uniform(20, 150)]
    while at[-1] < high:
        at.append(at[-1] + draft.uniform(*_BLOCK))
    count = len(at)
    return _Lines(
        tuple(at),
        tuple(draft.rng.uniform(0, 16, count).tolist()),
        tuple(draft.rng.uniform(60, 150, count).tolist()),
        tuple(draft.rng.uniform(0, 2 * np.pi, count).tolist()),
    )


def _lay_main_roads(draft: Draft, upright: _Lines, level: _Lines) -> list[Street]:
    left, top, right, bottom = draft.bounds
    x, y = np.arange(left - 20, right + 20, _STEP), np.arange(top - 20, bottom + 20, _STEP)
    lines = [np.column_stack((upright.across(i, y), y)) for i in range(len(upright.at))]
    lines += [np.column_stack((x, level.across(i, x))) for i in range(len(level.at))]
    streets = []
    for line in lines:
        broad = draft.chance(0.45)
        street = lay(draft, line, draft.uniform(10, 13.5) if broad else draft.uniform(7.5, 9.5), marked=broad)
        if street is not None:
            streets.append(street)
    return streets


def _block(upright: _Lines, level: _Lines, column: int, row: int) -> Polygon:
    """The block between two neighbouring main roads of each direction, out to their centre lines."""
    corners = [_crossing(upright, level, i, j) for i, j in ((column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1))]
    steps = np.linspace(0, 1, 14)[:, None]
    edges: list[Points] = []
    for k, (start, end) in enumerate(zip(corners, corners[1:] + corners[:1], strict=True)):
        edge = start + steps * (end - start)
        if k % 2 == 0:
            edge[:, 1] = level.across(row + (k == 2), edge[:, 0])
        else:
            edge[:, 0] = upright.across(column + (k == 1), edge[:, 1])
        edges.append(edge[:-1])
    return Polygon(np.vstack(edges))


def _crossing(upright: _Lines, level: _Lines, i: int, j: int) -> NDArray[np.float64]:
    """Where two main roads cross, by going back and forth between them."""
    x = np.asarray(upright.at[i])
    y = np.asarray(level.at[j])
    for _ in range(8):
        x = upright.across(i, y)
        y = level.across(j, x)
    return np.array([float(x), float(y)])


def _line_with_houses(part: Draft, streets: list[Street]) -> None:
    """Old houses along the main roads of a block, where there is room, in two blocks of five."""
    if not part.chance(0.4):
        return
    near = [street for street in streets if shapely.dwithin(street.polygon, part.region, 1.0)]
    pieces = []
    for street in near:
        inside = shapely.LineString(street.path.points).intersection(part.region.buffer(6))
        line = max(
            (piece for piece in shapely.get_parts(inside) if piece.geom_type == "LineString"), key=lambda piece: piece.length, default=None
        )
        if line is not None and line.length > 40:
            pieces.append(Street(street.id, type(street.path)(shapely.get_coordinates(line)), street.width, street.polygon))
    build_on(part, thinned(part, find_lots(part, pieces, draw_style(part)), part.uniform(0.4, 0.95)))
