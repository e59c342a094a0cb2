"""Makes before/after pairs of made-up suburbs with exact masks and captions: see `render_pair`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from deltascribe.datasets.synthetic import suburb_scene as r
from deltascribe.errors import DatasetError
from deltascribe.text.special import NO_CHANGE_SENTENCES


@dataclass(frozen=True)
class RenderedPair:
    """A pair of one place on two dates.

    Attributes:
        before, after: uint8 [256, 256, 3], 0.5 m a pixel.
        mask: uint8 [256, 256], what is new on the second date: 0 nothing, 1 building, 2 road.
        captions: five sentences in the manner of LEVIR-CC.
        changed: whether something was built.
    """

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    captions: list[str]
    changed: bool


@dataclass
class _Plan:
    """What stands in a place: trees of both dates, what was there before, and what is built between the dates."""

    ground: str
    trees: list[r.Tree]
    old: list[Callable[[r.Scene], None]] = field(default_factory=list)
    new: list[Callable[[r.Scene], None]] = field(default_factory=list)
    cleared: list[tuple[float, float, float]] = field(default_factory=list)
    yard_trees: list[r.Tree] = field(default_factory=list)
    captions: tuple[str, ...] = NO_CHANGE_SENTENCES


def render_pair(scenario: str, seed: int) -> RenderedPair:
    """Renders one pair; the same scenario and seed give the same pixels.

    Args:
        scenario: one of `SCENARIOS`.
        seed: of all that is drawn at random.

    Raises:
        DatasetError: no such scenario.
    """
    if scenario not in _PLANNERS:
        raise DatasetError(f"There is no scenario '{scenario}'. Use one of: {', '.join(SCENARIOS)}.")
    rng = np.random.default_rng([seed, SCENARIOS.index(scenario)])
    plan = _PLANNERS[scenario](rng)
    scenes = [_build(plan, seed, after) for after in (False, True)]
    shift = tuple(float(value) for value in rng.uniform(-1.5, 1.5, 2)) if not plan.new else (0.0, 0.0)
    before = r.photograph(scenes[0], r.draw_sky(rng, second=False), rng)
    after = r.photograph(scenes[1], r.draw_sky(rng, second=True), rng, (shift[0], shift[1]))
    mask = _majority(np.where(scenes[1].labels != scenes[0].labels, scenes[1].labels, 0))
    return RenderedPair(before, after, mask, list(plan.captions), changed=bool(plan.new))


def _build(plan: _Plan, seed: int, after: bool) -> r.Scene:
    scene = r.Scene(plan.ground, seed)
    for put in plan.old + (plan.new if after else []):
        put(scene)
    cleared = plan.cleared if after else []
    standing = [t for t in plan.trees if all(np.hypot(t.x - x, t.y - y) > radius + 0.6 * t.radius for x, y, radius in cleared)]
    for tree in standing + (plan.yard_trees if after else []):
        if scene.is_free(tree.x, tree.y, 0.45 * tree.radius):
            scene.tree(tree)
    return scene


def _majority(labels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Labels [N, N] of the fine grid as [256, 256]: a class that covers at least half of a pixel; buildings before roads."""
    blocks = labels.reshape(r.SIZE, r.SUPER, r.SIZE, r.SUPER)
    mask = np.zeros((r.SIZE, r.SIZE), np.uint8)
    for value in (r.ROAD, r.BUILDING):
        mask[(blocks == value).mean((1, 3)) >= 0.5] = value
    return mask


# what a plan is made of


def _woods(rng: np.random.Generator, density: float, hole: float = 0.9) -> list[r.Tree]:
    """Trees over the whole place: crowns on a jittered grid, thinned where a smooth field is high."""
    clearing = r.noise(rng, 40, 3)
    trees = []
    step = 4.6
    for gy in np.arange(-2, r.EXTENT + 2, step):
        for gx in np.arange(-2, r.EXTENT + 2, step):
            x, y = gx + rng.uniform(-2, 2), gy + rng.uniform(-2, 2)
            thin = clearing[r.cell(y), r.cell(x)] > hole
            if rng.random() < density * (0.15 if thin else 1.0):
                trees.append(_tree(rng, x, y, 1.6 + 2.9 * rng.random() ** 1.7))
    return trees


def _tree(rng: np.random.Generator, x: float, y: float, radius: float) -> r.Tree:
    colour = np.array(r.CROWNS[rng.choice(len(r.CROWNS), p=(0.3, 0.28, 0.22, 0.12, 0.08))]) * rng.uniform(0.85, 1.2)
    return r.Tree(x, y, radius, radius * rng.uniform(1.3, 1.9), (float(colour[0]), float(colour[1]), float(colour[2])))


def _curve(rng: np.random.Generator, bend: float = 16.0) -> r.Points:
    """A gently bent road across the place, as points about 2 m apart, in a random direction."""
    angle = rng.choice([0.0, np.pi / 2]) + rng.uniform(-0.35, 0.35)
    along, side = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    centre = np.array([r.EXTENT / 2] * 2) + side * rng.uniform(-14, 14)
    phase, size = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 1) * bend
    reach = np.arange(-100, 101, 2.0)
    return [tuple(centre + along * t + side * size * np.sin(t / 45 + phase)) for t in reach]


def _lots(rng: np.random.Generator, road: r.Points, sides: tuple[int, ...], gap: float) -> list[tuple[float, float, float]]:
    """Centres of houses along a road, and the direction in which each faces: (x, y, angle)."""
    points = np.array(road)
    lots: list[tuple[float, float, float]] = []
    for side in sides:
        walked = rng.uniform(0, gap)
        for (x0, y0), (x1, y1) in pairwise(points):
            walked += np.hypot(x1 - x0, y1 - y0)
            if walked < gap:
                continue
            walked = rng.uniform(-1.5, 1.5)
            angle = float(np.arctan2(y1 - y0, x1 - x0)) + (0.0 if side > 0 else np.pi)
            back = 19.0 + rng.uniform(-1.5, 2.0)
            x, y = x0 - np.sin(angle) * back, y0 + np.cos(angle) * back
            if -6 < x < r.EXTENT + 6 and -6 < y < r.EXTENT + 6 and _apart(x, y, lots, points):
                lots.append((float(x), float(y), angle))
    return lots


def _apart(x: float, y: float, lots: list[tuple[float, float, float]], road: NDArray[np.floating]) -> bool:
    """Whether a house at (x, y) would keep clear of the other houses and of every bend of the road."""
    return all(np.hypot(x - a, y - b) > 21 for a, b, _ in lots) and float(np.hypot(road[:, 0] - x, road[:, 1] - y).min()) > 15


def _settle(plan: _Plan, rng: np.random.Generator, lots: list[tuple[float, float, float]], driveway: float = 11.0) -> None:
    """Adds houses with lawns, driveways, a car here and there, young trees and some pools."""
    roofs = [r.ROOFS[i] for i in rng.choice(len(r.ROOFS), 2)]
    for x, y, angle in lots:
        size = (rng.uniform(17, 21), rng.uniform(13, 16))
        forward = np.array([np.sin(angle), -np.cos(angle)])
        sideways = np.array([np.cos(angle), np.sin(angle)])
        door = np.array([x, y]) + sideways * rng.choice([-1, 1]) * size[0] * 0.28 + forward * (4 + driveway / 2)
        colour, seed = roofs[int(rng.integers(2))], int(rng.integers(1 << 30))
        lawn = r.rectangle(x, y, 21, 30, angle)
        drive = r.rectangle(door[0], door[1], 5.2, driveway, angle)
        plan.new.append(lambda s, lawn=lawn, seed=seed: s.plant("lawn", 0.75 * r.area(lawn, soft=2.0), seed))  # type: ignore[misc]
        fence = r.rectangle(x - 3 * forward[0], y - 3 * forward[1], 21, 24, angle)
        if rng.random() < 0.7:
            plan.new.append(lambda s, f=[fence[1], fence[2], fence[3], fence[0]]: s.fence(f))  # type: ignore[misc]
        plan.new.append(lambda s, drive=drive: s.paint(r.area(drive, soft=0.15), r.CONCRETE))  # type: ignore[misc]
        plan.new.append(lambda s, a=(x, y, angle, size, colour, seed): s.house(*a))  # type: ignore[misc]
        if rng.random() < 0.4:
            _park(plan.new, rng, door[0], door[1], angle + np.pi / 2)
        if rng.random() < 0.2:
            pool = np.array([x, y]) - forward * 11 + sideways * rng.uniform(-4, 4)
            plan.new.append(lambda s, p=pool, a=angle: s.paint(r.area(r.rectangle(p[0], p[1], 9, 5, a), soft=0.2), (0.24, 0.45, 0.48)))  # type: ignore[misc]
        for _ in range(int(rng.integers(1, 4))):
            tx, ty = np.array([x, y]) + sideways * rng.uniform(-11, 11) + forward * rng.choice([-13.0, -11.0, 10.0])
            plan.yard_trees.append(_tree(rng, float(tx), float(ty), rng.uniform(1.0, 2.4)))
        plan.cleared.append((x, y, 14.0))
        plan.cleared.append((float(door[0]), float(door[1]), 6.0))


def _park(puts: list[Callable[[r.Scene], None]], rng: np.random.Generator, x: float, y: float, angle: float) -> None:
    colour = r.CARS[int(rng.integers(len(r.CARS)))]
    puts.append(lambda s: s.box(x, y, angle, (4.6, 1.9, 1.4), colour))


def _lay(plan: _Plan, road: r.Points, width: float = 9.0) -> None:
    plan.new.insert(0, lambda s: s.road(road, width))
    plan.cleared += [(float(x), float(y), width / 2 + 2.5) for x, y in road]


def _track(plan: _Plan, rng: np.random.Generator) -> None:
    """A dirt track that has always been there."""
    road = _curve(rng, 22)
    plan.old.append(lambda s: s.road(road, 3.0, paved=False, label=None))
    plan.trees = [t for t in plan.trees if min(np.hypot(t.x - x, t.y - y) for x, y in road) > 2.5]


def _place(x: float, y: float) -> str:
    """Where a point lies, in the words of the captions: north is up."""
    row = "top" if y < r.EXTENT / 3 else "bottom" if y > r.EXTENT * 2 / 3 else ""
    column = "left" if x < r.EXTENT / 3 else "right" if x > r.EXTENT * 2 / 3 else ""
    if row and column:
        return f"in the {row} {column} corner"
    if row:
        return f"at the {row} of the scene"
    return f"on the {column} of the scene" if column else "in the center of the scene"


# the scenarios


def _houses_along_road(rng: np.random.Generator) -> _Plan:
    plan = _Plan("bare", _woods(rng, 0.10, 0.6))
    _track(plan, rng)
    road, sides = _curve(rng), ((-1, 1) if rng.random() < 0.7 else (1,))
    _settle(plan, rng, _lots(rng, road, sides, 21.0))
    _lay(plan, road)
    where = "on both sides of the road" if len(sides) == 2 else "along the road"
    plan.captions = (
        f"many houses are built {where} .",
        "a road with houses alongside appears on the bareland .",
        "many detached houses are constructed beside the newly built road on the bareland .",
        f"{'two rows' if len(sides) == 2 else 'a row'} of houses and a road replace the bareland .",
        "some houses and a road appear in the open space .",
    )
    return plan


def _woods_to_houses(rng: np.random.Generator) -> _Plan:
    plan = _Plan("floor", _woods(rng, 0.95, 1.5))
    road = _curve(rng)
    _settle(plan, rng, _lots(rng, road, (-1, 1), 22.0))
    _lay(plan, road)
    plan.captions = (
        "trees are removed and a road with villas built along appears .",
        "many trees have been replaced by houses along a road .",
        "a road is built through the woods and many houses appear on both sides of it .",
        "the forest is replaced by two rows of houses and a road .",
        "a lot of vegetation is removed and a residential area appears .",
    )
    return plan


def _villa_in_woods(rng: np.random.Generator) -> _Plan:
    plan = _Plan("floor", _woods(rng, 0.95, 1.1))
    _track(plan, rng)
    x, y = rng.uniform(24, r.EXTENT - 24, 2)
    _settle(plan, rng, [(float(x), float(y), float(rng.uniform(0, 2 * np.pi)))])
    where = _place(float(x), float(y))
    plan.captions = (
        f"a villa appears in the woods {where} .",
        f"a house is built {where} .",
        f"trees are removed and a villa is constructed {where} .",
        f"a new house with a path appears among the trees {where} .",
        f"some trees {where} are replaced by a villa .",
    )
    return plan


def _no_change(rng: np.random.Generator) -> _Plan:
    kind = rng.choice(["houses", "woods", "open"])
    if kind == "houses":
        built = _houses_along_road(rng)
        trees = [t for t in built.trees if all(np.hypot(t.x - x, t.y - y) > radius for x, y, radius in built.cleared)]
        return _Plan("grass", trees + built.yard_trees, old=built.old + built.new)
    plan = _Plan("floor", _woods(rng, 0.9, 0.8)) if kind == "woods" else _Plan("grass", _woods(rng, 0.3, 0.2))
    _track(plan, rng)
    return plan


def _large_building(rng: np.random.Generator) -> _Plan:
    plan = _Plan(str(rng.choice(["bare", "grass"])), _woods(rng, 0.16, 0.5))
    _track(plan, rng)
    angle = float(rng.uniform(-0.25, 0.25))
    x, y = (float(value) for value in rng.uniform(48, 80, 2))
    long, deep = float(rng.uniform(52, 66)), float(rng.uniform(30, 38))
    down = np.array([-np.sin(angle), np.cos(angle)])
    lot = np.array([x, y]) + down * (deep / 2 + 19)
    yard, ground = r.rectangle(x, y, long + 14, deep + 14, angle), r.rectangle(lot[0], lot[1], long + 14, 34, angle)
    plan.new += [
        lambda s: s.plant("bare", 0.6 * r.area(r.rectangle(x, y, long + 30, deep + 30, angle), soft=3.0), 7),
        lambda s: s.paint(r.area(yard, soft=0.3), r.CONCRETE, 0.04),
        lambda s: s.paint(r.area(ground, soft=0.2), r.ASPHALT, 0.06, r.ROAD),
    ]
    _fill_lot(plan, rng, lot, angle, long + 6)
    exit_road: r.Points = [(float(lot[0]), float(lot[1] + 8)), (float(lot[0] + 3), 70.0 + lot[1]), (float(lot[0] + 3), 200.0 + lot[1])]
    plan.new.append(lambda s: s.hall(x, y, angle, (long, deep, 8.0), (0.60, 0.61, 0.62), 11))
    plan.cleared += [(x + float(t) * long / 2, y + float(u) * deep, 24.0) for t in (-1, 0, 1) for u in (-0.3, 0.5, 1.2)]
    _lay(plan, exit_road, 8.0)
    plan.captions = (
        "a large building with a parking lot is built .",
        f"a large building and a parking lot appear {_place(x, y + 8)} .",
        "a large building with a parking lot has been built on the bareland .",
        "a huge building with a square and some vehicles appears on the bareland .",
        "a factory with a parking lot replaces the bareland .",
    )
    return plan


def _fill_lot(plan: _Plan, rng: np.random.Generator, lot: NDArray[np.floating], angle: float, width: float) -> None:
    """White bay lines and cars in four rows of a parking lot."""
    along, down = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    bays: list[tuple[float, float]] = []
    for row in (-12.5, -4.0, 1.5, 12.5):
        for t in np.arange(-width / 2, width / 2, 2.8):
            x, y = lot + along * t + down * row
            bays.append((float(x), float(y)))
            if rng.random() < 0.45:
                centre = np.array([x, y]) + along * 1.4
                _park(plan.new, rng, float(centre[0]), float(centre[1]), angle + np.pi / 2)
    lines = [r.rectangle(x, y, 0.25, 5.0, angle) for x, y in bays]
    plan.new.insert(3, lambda s: s.paint(0.5 * r.area(*lines), (0.75, 0.75, 0.73)))


_PLANNERS: dict[str, Callable[[np.random.Generator], _Plan]] = {
    "houses_along_road": _houses_along_road,
    "woods_to_houses": _woods_to_houses,
    "villa_in_woods": _villa_in_woods,
    "no_change": _no_change,
    "large_building": _large_building,
}
SCENARIOS: tuple[str, ...] = tuple(_PLANNERS)
