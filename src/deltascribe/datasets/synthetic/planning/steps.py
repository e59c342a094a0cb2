"""Single changes that scenarios put together. Each opens its own event and says whether it found room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import shapely
from shapely import Polygon

from deltascribe.datasets.synthetic.bays import parking_depth
from deltascribe.datasets.synthetic.planning.covers import Patch, lay_water, lay_woods, pond
from deltascribe.datasets.synthetic.planning.draft import Draft
from deltascribe.datasets.synthetic.planning.homes import add_pool, build_on
from deltascribe.datasets.synthetic.planning.lots import Style, draw_style, find_lots, neighbouring, thinned
from deltascribe.datasets.synthetic.planning.roads import Street, branch, draw_plan, lay, run
from deltascribe.datasets.synthetic.planning.shapes import Pose, blob
from deltascribe.datasets.synthetic.planning.store import Dates
from deltascribe.datasets.synthetic.planning.yards import add_hall, add_parking, add_playground, find_site

Streets = Sequence[Street]
Step = Callable[[Draft, Streets], bool]


def old_houses(draft: Draft, streets: Streets, style: Style | None = None, share: float = 0.75) -> list[int]:
    """Houses that stand on both dates along streets, on a share of the plots; returns their ids."""
    return build_on(draft, thinned(draft, find_lots(draft, streets, style or draw_style(draft)), share))


def open_up(draft: Draft, streets: Streets, reach: float, woods: Sequence[Patch]) -> None:
    """Clears trees along new streets, `reach` metres to either side; where woods stood, grass or bare ground is left."""
    if not streets:
        return
    # trees that stand singly make way for the street; where woods are cut, that is an event of its own
    cause = draft.happens("clear_woods") if woods else draft.store.places[streets[0].id][0].cause
    if cause is None:
        raise ValueError("Trees are cleared for streets that are new, but these are old.")
    strip = shapely.union_all([street.polygon.buffer(reach, quad_segs=3) for street in streets]).simplify(1.0)
    keep, kind = draft.uniform(0.0, 0.12), draft.choose({"grass": 0.5, "bare": 0.5})
    for patch in woods:
        for part in shapely.get_parts(strip.intersection(patch.polygon)):
            if part.area > 60:
                draft.cover(kind, part, "after", cause, soft=2.5)  # type: ignore[arg-type]
    for part in shapely.get_parts(strip):
        draft.clear(part, cause, keep)


def build_houses(
    draft: Draft, streets: Streets, style: Style | None = None, *, most: int | None = None, share: float = 1.0, tidy: bool = True
) -> bool:
    """Builds houses along streets, on a share of the free plots."""
    lots = thinned(draft, find_lots(draft, streets, style or draw_style(draft), "after"), share)
    if most is not None:
        lots = neighbouring(draft, lots, most)
    if not lots:
        return False
    build_on(
        draft,
        lots,
        "after",
        draft.happens("build_villa" if len(lots) == 1 and lots[0].style.kind == "villa" else "build_houses"),
        tidy=tidy,
    )
    return True


def build_few(draft: Draft, streets: Streets) -> bool:
    """Builds one to four houses along streets."""
    return build_houses(draft, streets, most=int(draft.rng.integers(1, 5)))


def demolish(draft: Draft, streets: Streets, style: Style | None = None, *, most: int | None = None, ground: str | None = None) -> bool:
    """Tears houses along streets down; bare ground or grass is left."""
    lots = find_lots(draft, streets, style or draw_style(draft), "before")
    if most is not None:
        lots = neighbouring(draft, lots, most)
    if not lots:
        return False
    cause = draft.happens("demolish")
    build_on(draft, lots, "before", cause)
    kind = ground or draft.choose({"bare": 0.7, "grass": 0.3})
    patches = [
        blob(draft.rng, lot.pose, lot.design.size[0] + draft.uniform(6, 13), lot.design.size[1] + draft.uniform(8, 16), 0.15)
        for lot in lots
    ]
    # one patch where neighbours go together: machines do not keep to the borders of plots
    for part in shapely.get_parts(shapely.union_all(patches).buffer(2.5, quad_segs=2)):
        draft.cover(kind, Polygon(part.exterior), "after", cause, soft=2.0)  # type: ignore[arg-type]
    return True


def demolish_few(draft: Draft, streets: Streets) -> bool:
    """Tears one to three houses down."""
    return demolish(draft, streets, most=int(draft.rng.integers(1, 4)))


def build_hall(draft: Draft, streets: Streets) -> bool:
    """Builds a hall, mostly with a parking lot."""
    cause = draft.happens("build_large")
    parking = draft.happens("build_parking") if draft.chance(0.7) else False
    return bool(add_hall(draft, streets, "after", cause, parking=parking))


def build_parking(draft: Draft, streets: Streets) -> bool:
    """Builds a parking lot."""
    cause = draft.happens("build_parking")
    for shrink in (1.0, 0.8, 0.6):
        size = (draft.uniform(32, 75) * shrink, parking_depth(int(draft.rng.integers(2, 5) * shrink) or 1))
        site = find_site(draft, size, "after", streets)
        if site is not None:
            add_parking(draft, site, size, "after", cause)
            draft.cover("concrete", site.moved(0, -size[1] / 2 - 3).rectangle(7, 9), "after", cause, soft=0.3, blocks="trees")
            return True
    return False


def dig_pond(draft: Draft, streets: Streets = ()) -> bool:
    """Digs a pond."""
    outline = find_pond(draft, "after", (20, 62))
    if outline is None:
        return False
    cause = draft.happens("dig_pond")
    if draft.chance(0.6):
        draft.cover("bare" if draft.chance(0.6) else "grass", outline.buffer(draft.uniform(2, 6), quad_segs=3), "after", cause, soft=2.0)
    draft.clear(outline.buffer(3), cause)
    lay_water(draft, outline, "after", cause)
    return True


def find_pond(draft: Draft, dates: Dates, size: tuple[float, float], margin: float = 3.0) -> Polygon | None:
    """An outline of a pond where there is room, mostly inside the frame; None for no room."""
    for attempt in range(14):
        outline = pond(draft, *draft.spot(0.15), draft.uniform(*size) * 0.93**attempt)
        if draft.fits(outline, dates, margin, least=0.6):
            return outline
    return None


def clear_grove(draft: Draft, streets: Streets = ()) -> bool:
    """Clears a grove that stood on the first date."""
    outline = find_grove(draft, "before")
    if outline is None:
        return False
    cause = draft.happens("clear_woods")
    lay_woods(draft, outline, "before", cause)
    draft.cover("bare" if draft.chance(0.65) else "grass", outline, "after", cause, soft=3.0)
    return True


def plant_grove(draft: Draft, streets: Streets = ()) -> bool:
    """Plants a grove."""
    outline = find_grove(draft, "after")
    if outline is None:
        return False
    lay_woods(draft, outline, "after", draft.happens("plant_woods"), density=draft.uniform(0.7, 0.95))
    return True


def find_grove(draft: Draft, dates: Dates) -> Polygon | None:
    """An outline for a grove whose middle keeps off all that blocks; None for no room."""
    for attempt in range(14):
        shrink = 0.94**attempt
        pose = Pose(*draft.spot(0.1), draft.uniform(0, np.pi))
        outline = blob(draft.rng, pose, draft.uniform(34, 90) * shrink, draft.uniform(26, 60) * shrink, 0.28)
        if draft.fits(outline, dates, 1.0, least=0.6):
            return outline
    return None


def lay_branch(draft: Draft, streets: Streets) -> bool:
    """Lays a road off an old one, or across the place where there is none."""
    cause = draft.happens("lay_road")
    plan = draw_plan(draft, "after", cause, paved=draft.chance(0.85))
    for _ in range(8):
        if not streets:
            if plan.lay(draft, run(draft, Pose(*draft.spot(0.3), draft.direction()))):
                return True
            continue
        street = streets[int(draft.rng.integers(len(streets)))]
        walked = street.path.nearest(*draft.spot(0.25))
        end = draft.choose({"through": 0.7, "head": 0.3})
        if branch(draft, plan, street, walked, 1 if draft.chance(0.5) else -1, "straight" if draft.chance(0.7) else "arc", end):
            return True
    return False


def widen(draft: Draft, streets: Streets) -> bool:
    """Widens a street to about twice its width; nothing may stand beside it yet."""
    cause = draft.happens("widen_road")
    for street in streets:
        entry, _ = draft.store.places[street.id]
        if entry.bits != 3 or street.head:
            continue
        width = street.width * draft.uniform(1.6, 2.2)
        broad = street.path.points
        if lay(draft, broad, width, "after", cause, marked=True) is not None:
            draft.remove(street.id, cause)
            return True
    return False


def build_pool(draft: Draft, streets: Streets = ()) -> bool:
    """Builds a swimming pool near a house, or anywhere in a yard of its own."""
    cause = draft.happens("build_pool")
    houses = [
        entry.polygon
        for entry, _ in draft.store.places.values()
        if entry.bits == 3 and getattr(entry.thing, "kind", "") in ("villa", "house", "block")
    ]
    for _ in range(20):
        size = (draft.uniform(9, 15), draft.uniform(4.5, 8))
        pose = Pose(*draft.spot(0.08), draft.direction())
        if houses:
            house = houses[int(draft.rng.integers(len(houses)))]
            turn = draft.uniform(0, 2 * np.pi)
            pose = Pose(house.centroid.x + 15 * float(np.cos(turn)), house.centroid.y + 15 * float(np.sin(turn)), pose.angle)
        water = pose.rectangle(*size) if draft.chance(0.6) else blob(draft.rng, pose, size[0], size[1], 0.12)
        if draft.shown(water) > 0.95 and draft.fits(water, "after", 1.8):
            draft.cover("concrete", water.buffer(draft.uniform(1.5, 3.5), quad_segs=2), "after", cause, soft=0.3, blocks="trees")
            draft.clear(water.buffer(4), cause)
            return bool(add_pool(draft, water, "after", cause, margin=0.5))
    return False


def build_playground(draft: Draft, streets: Streets = ()) -> bool:
    """Builds a running track or a court."""
    return bool(add_playground(draft, "track" if draft.chance(0.45) else "court", "after", draft.happens("build_playground")))
