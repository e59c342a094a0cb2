"""Plans roads: single streets, and networks of them. Streets run beyond what is to be seen, as they do in crops of real images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Polygon

from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.shapes import Path, Points, Pose, circle
from deltascribe.datasets.synthetic.planning.store import Dates, Happening
from deltascribe.datasets.synthetic.world import Road

VERGE = 2.5
"""Metres beside a road that stay free: kerb and pavement."""


@dataclass(frozen=True, eq=False)
class Street:
    """A road that was laid.

    Attributes:
        id: of the road.
        path: its centre line.
        width: of its carriageway.
        polygon: its carriageway.
        head: radius of the turning head at its end, 0 for none.
    """

    id: int
    path: Path
    width: float
    polygon: Polygon
    head: float = 0.0


def lay(
    draft: Draft,
    points: Points,
    width: float,
    dates: Dates = "both",
    cause: Happening | None = None,
    *,
    paved: bool = True,
    marked: bool = False,
    head: float = 0.0,
) -> Street | None:
    """Lays a road through points [n, 2]; None where none of it lies in the region, or a building or water is in its way.

    `head` is the radius of a turning head at its end, 0 for none.
    """
    if draft.fenced:
        points = _clipped(points, draft.region)
        if len(points) < 2:
            return None
    road = Road(draft.number(), LineString(points), width, paved, marked, draft.seed(), head)
    polygon = road.polygon
    if not draft.vacant(polygon, dates, 0.8, roads=False):
        return None
    draft.put(road, dates, cause, polygon=polygon, margin=VERGE if paved else 1.0)
    return Street(road.id, Path(points), width, polygon, head)


def _clipped(points: Points, region: Polygon) -> Points:
    """The longest piece of a line inside a region; [0, 2] where there is none."""
    parts = [part for part in shapely.get_parts(LineString(points).intersection(region)) if isinstance(part, LineString)]
    return shapely.get_coordinates(max(parts, key=lambda part: part.length)) if parts else np.empty((0, 2))


@dataclass(frozen=True)
class RoadPlan:
    """How the roads of a network are to be: width, dates and cause of each, paved or not, with a painted line or not."""

    width: float = 8.0
    dates: Dates = "both"
    cause: Happening | None = None
    paved: bool = True
    marked: bool = False

    def lay(self, draft: Draft, points: Points, head: float = 0.0, width: float | None = None) -> Street | None:
        """Lays one road, see `lay`."""
        return lay(draft, points, width or self.width, self.dates, self.cause, paved=self.paved, marked=self.marked, head=head)


def draw_plan(draft: Draft, dates: Dates = "both", cause: Happening | None = None, *, paved: bool = True, broad: float = 0.12) -> RoadPlan:
    """A usual residential street, with probability `broad` a broad one with a painted line; or a dirt track."""
    if not paved:
        return RoadPlan(draft.uniform(3.0, 4.8), dates, cause, paved=False)
    if draft.chance(broad):
        return RoadPlan(draft.uniform(9.5, 12.5), dates, cause, marked=draft.chance(0.7))
    return RoadPlan(draft.uniform(6.5, 9.2), dates, cause, marked=draft.chance(0.08))


def lay_network(draft: Draft, form: str, plan: RoadPlan, pose: Pose | None = None) -> list[Street]:
    """Lays roads in one of the forms of `FORMS` about a pose; None draws it near the middle."""
    streets = _FORMS[form](draft, plan, pose or middle(draft))
    return [street for street in streets if street is not None]


def middle(draft: Draft, margin: float = 0.32) -> Pose:
    """A pose near the middle of the frame."""
    return Pose(*draft.spot(margin), draft.direction())


def run(draft: Draft, pose: Pose, form: str = "straight", start: float | None = None) -> Points:
    """Points of a line along u through a pose, out of the region; `form` is `straight`, `arc` or `wave`; `start` is where u begins."""
    reach = 1.05 * draft.span
    low = -reach if start is None else start
    if form == "straight":
        return pose.points([(low, 0), (reach, 0)])
    if form == "arc":
        radius = draft.uniform(0.45, 1.3) * max(draft.span, 120.0)
        turn = np.linspace(max(low / radius, -1.2), 1.2, 32)
        arc = np.column_stack((radius * np.sin(turn), radius * (1 - np.cos(turn)) * (1 if draft.chance(0.5) else -1)))
        # straight on from the ends of the arc, so that it never stops within sight
        ends = [2 * arc[0] - arc[1], 2 * arc[-1] - arc[-2]]
        out = [tip + (tip - inner) / np.hypot(*(tip - inner)) * reach for tip, inner in zip(ends, (arc[0], arc[-1]), strict=True)]
        return pose.points(np.vstack((out[0], arc, out[1]) if start is None else (arc, out[1])))
    u = np.arange(low, reach, 5.0)
    length, phase = draft.uniform(100, 190) / (2 * np.pi), draft.uniform(0, 2 * np.pi)
    swing = draft.uniform(0.15, 0.5) * length
    return pose.points(np.column_stack((u, swing * (np.sin(u / length + phase) - np.sin(phase)))))


def branch(
    draft: Draft, plan: RoadPlan, main: Street, walked: float, side: int, form: str = "straight", end: str = "through"
) -> Street | None:
    """Lays a road off another one.

    Args:
        draft: where.
        plan: how it is.
        main: the road it leaves.
        walked: where, in metres along that road.
        side: 1 to the right of the walk, -1 to the left.
        form: see `run`.
        end: `through` out of the region, `head` in a turning head, or `blind` without one.
    """
    start = main.path.pose(walked).moved(0, 0, side * np.pi / 2 + float(draft.rng.normal(0, 0.08)))
    points = run(draft, start, form, 0.0)
    if end == "through":
        return plan.lay(draft, points)
    path = Path(points)
    short = path.part(0, min(draft.uniform(0.32, 0.6) * min(draft.span, 260), path.length))
    radius = plan.width / 2 + draft.uniform(4.0, 8.0)
    return plan.lay(draft, short.points, radius if end == "head" and plan.paved else 0.0)


def _through(draft: Draft, plan: RoadPlan, pose: Pose) -> list[Street | None]:
    return [plan.lay(draft, run(draft, pose))]


def _curve(draft: Draft, plan: RoadPlan, pose: Pose) -> list[Street | None]:
    return [plan.lay(draft, run(draft, pose, "arc" if draft.chance(0.65) else "wave"))]


def _crossroads(draft: Draft, plan: RoadPlan, pose: Pose) -> list[Street | None]:
    first = plan.lay(draft, run(draft, pose, "straight" if draft.chance(0.6) else "arc"))
    crossing = pose.moved(0, 0, np.pi / 2 + float(draft.rng.normal(0, 0.07)))
    return [first, plan.lay(draft, run(draft, crossing), width=plan.width * draft.uniform(0.85, 1.0))]


def _tee(draft: Draft, plan: RoadPlan, pose: Pose) -> list[Street | None]:
    main = plan.lay(draft, run(draft, pose, "straight" if draft.chance(0.6) else "arc"))
    if main is None:
        return []
    form = "straight" if draft.chance(0.6) else "arc"
    return [main, branch(draft, plan, main, main.path.nearest(pose.x, pose.y), 1 if draft.chance(0.5) else -1, form)]


def _cul_de_sac(draft: Draft, plan: RoadPlan, pose: Pose) -> list[Street | None]:
    """Comes in from outside and ends in a turning head near the pose."""
    points = run(draft, pose, "straight" if draft.chance(0.6) else "arc", 0.0)[::-1]
    return [plan.lay(draft, points, plan.width / 2 + draft.uniform(4.5, 8.5) if plan.paved else 0.0)]


def _close(draft: Draft, plan: RoadPlan, pose: Pose) -> list[Street | None]:
    """A street with a cul-de-sac off it; the street passes beside the pose."""
    side = 1 if draft.chance(0.5) else -1
    main = plan.lay(draft, run(draft, pose.moved(0, -side * draft.uniform(20, 45))))
    if main is None:
        return []
    return [main, branch(draft, plan, main, main.path.nearest(pose.x, pose.y), side, "arc" if draft.chance(0.3) else "straight", "head")]


def _roundabout(draft: Draft, plan: RoadPlan, pose: Pose) -> list[Street | None]:
    radius = draft.uniform(10, 17)
    ring = plan.lay(draft, circle(pose.x, pose.y, radius), width=min(plan.width, 1.1 * radius))
    arms = [
        plan.lay(draft, run(draft, pose.moved(0, 0, k * np.pi / 2), "straight", radius)) for k in range(4) if k < 2 or draft.chance(0.7)
    ]
    return [ring, *arms]


def _ring(draft: Draft, plan: RoadPlan, pose: Pose) -> list[Street | None]:
    """A ring street round a group of plots, and one that leads there."""
    across = draft.uniform(62, 88)
    ring = pose.rectangle(across, 0.8 * across).buffer(-20).buffer(20, quad_segs=6).exterior
    return [plan.lay(draft, shapely.get_coordinates(ring)), plan.lay(draft, run(draft, pose, "straight", across / 2))]


def _parallel(draft: Draft, plan: RoadPlan, pose: Pose) -> list[Street | None]:
    """Streets side by side at the distance of two rows of plots, straight or bent alike."""
    spacing = draft.uniform(60, 76)
    return _side_by_side(draft, plan, pose, spacing, [-0.5, 0.5] if draft.span < 190 else [-1, 0, 1])


def _grid(draft: Draft, plan: RoadPlan, pose: Pose) -> list[Street | None]:
    """Parallel streets and one or more across."""
    spacing = draft.uniform(62, 78)
    count = max(int(draft.span / spacing), 2)
    streets = _side_by_side(draft, plan, pose, spacing, [k - (count - 1) / 2 for k in range(count)])
    step = draft.uniform(110, 170)
    for k in range(max(int(draft.span / step), 1)):
        across = pose.moved(draft.uniform(-25, 25) + (k - (max(int(draft.span / step), 1) - 1) / 2) * step, 0, np.pi / 2)
        streets.append(plan.lay(draft, run(draft, across)))
    return streets


def _side_by_side(draft: Draft, plan: RoadPlan, pose: Pose, spacing: float, rows: list[float]) -> list[Street | None]:
    u, bend = np.array([-1.05, 1.05]) * draft.span, np.zeros(2)
    if draft.chance(0.4):
        u = np.arange(u[0], u[1], 5.0)
        bend = draft.uniform(4, 16) * np.sin(u / draft.uniform(35, 70) + draft.uniform(0, 6))
    return [plan.lay(draft, pose.points(np.column_stack((u, row * spacing + bend)))) for row in rows]


_FORMS = {
    "through": _through,
    "curve": _curve,
    "crossroads": _crossroads,
    "tee": _tee,
    "cul_de_sac": _cul_de_sac,
    "close": _close,
    "roundabout": _roundabout,
    "ring": _ring,
    "parallel": _parallel,
    "grid": _grid,
}
FORMS = tuple(_FORMS)
"""Forms of road networks."""
