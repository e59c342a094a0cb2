"""Words for a whole scene: tiles side by side that tell of the same kind of change become one statement, with its tiles as evidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from deltascribe.metrics.keywords import extract_keywords, first_keyword
from deltascribe.scenes.answer import DescribedTile, Finding, Summary
from deltascribe.scenes.plan import ScenePlan
from deltascribe.text import without_place
from deltascribe.tiling import third

Meaning = tuple[str, str]
"""What a caption is about, and what happened to it."""

_HAPPENED = {
    frozenset({"appear"}): "appeared",
    frozenset({"remove"}): "disappeared",
    frozenset({"appear", "remove"}): "were replaced",
}
_OPEN = {"bare ground", "farmland", "grass", "tree"}
"""What is left where something was taken away."""
_INSTEAD = re.compile(r"replaced (?:by|with) ")
_UNCOUNTED = {"bare ground", "water", "farmland", "grass"}
_NAMED = 3
"""Kinds of change that the headline names."""


def summarise_scene(plan: ScenePlan, tiles: Sequence[DescribedTile]) -> Summary:
    """Groups what the tiles tell by meaning and neighbourhood.

    Two captions mean the same where their first object and their changes are of the same classes (`metrics/keyword_words.py`). Tiles
    that touch each other, by a corner too, and mean the same are one finding; it is told in the words of its most certain tile, without
    those that place a change within the tile.

    Args:
        plan: of the run.
        tiles: answers, by number.
    """
    changed = [entry for entry in tiles if entry.changed]
    seen = sum(entry.caption is not None for entry in tiles)
    findings = [_finding(plan, group) for group in _groups(changed)]
    findings.sort(key=lambda finding: (-finding.area, finding.tiles))
    return Summary(_headline(changed, seen, len(tiles)), tuple(findings))


def meaning(caption: str) -> Meaning:
    """What a caption is about, and what happened to it: `("house", "appeared")`. What open ground has replaced has disappeared."""
    what = first_keyword(caption, "object") or "something"
    happened = _HAPPENED.get(frozenset(extract_keywords(caption)["change"]), "changed")
    instead = _INSTEAD.split(caption, maxsplit=1)[1:]
    if instead and what not in _OPEN and first_keyword(instead[0], "object") in _OPEN:
        happened = "disappeared"
    return what, happened


def place_in(plan: ScenePlan, tiles: Sequence[DescribedTile]) -> str:
    """Where tiles lie in the scene: `in the north-east`, `in the centre`, `across the scene`."""
    grid = plan.grid
    windows = [entry.tile.window for entry in tiles]
    top, left = min(window[0] for window in windows), min(window[1] for window in windows)
    bottom, right = max(window[0] + window[2] for window in windows), max(window[1] + window[3] for window in windows)
    if bottom - top > grid.height / 2 and right - left > grid.width / 2 and len(tiles) > 1:
        return "across the scene"
    row = sum(window[0] + window[2] / 2 for window in windows) / len(windows) / grid.height
    column = sum(window[1] + window[3] / 2 for window in windows) / len(windows) / grid.width
    down, across = (third(row, ("north", "", "south")), third(column, ("west", "", "east")))
    if not down and not across:
        return "in the centre"
    return f"in the {'-'.join(part for part in (down, across) if part)}"


def _headline(changed: Sequence[DescribedTile], seen: int, planned: int) -> str:
    if not planned:
        return "There is no tile to look at."
    if not seen:
        return f"Nothing can be said: none of the {planned} tiles is known well enough on both dates."
    if not changed:
        return f"No change was found in the {seen} tiles that were looked at." if seen > 1 else "No change was found."
    kinds = Counter(meaning(entry.caption or "") for entry in changed)
    # by number, then by name: the order must not depend on that of the tiles
    named = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))[:_NAMED]
    parts = ", ".join(f"{_told(what, happened)} in {count}" for (what, happened), count in named)
    return f"Something changed in {len(changed)} of {seen} tiles: {parts}."


def _groups(changed: Sequence[DescribedTile]) -> Iterator[list[DescribedTile]]:
    """Tiles that touch and mean the same, each tile in one group, by number."""
    waiting = {(entry.tile.row, entry.tile.column): entry for entry in changed}
    for entry in changed:
        place = (entry.tile.row, entry.tile.column)
        if place not in waiting:
            continue
        wanted = meaning(entry.caption or "")
        group, border = [waiting.pop(place)], [place]
        while border:
            row, column = border.pop()
            for near in ((row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)):
                if near in waiting and meaning(waiting[near].caption or "") == wanted:
                    group.append(waiting.pop(near))
                    border.append(near)
        yield sorted(group, key=lambda member: member.tile.index)


def _finding(plan: ScenePlan, group: Sequence[DescribedTile]) -> Finding:
    best = min(group, key=lambda entry: (-entry.probability, entry.tile.index))
    place = place_in(plan, group)
    # neighbours overlap: the sum over tiles would count the shared strips twice
    area = round(sum(entry.own_area for entry in group), 2)
    extent = f"{len(group)} tile{'s' * (len(group) > 1)}" + (f", {_hectares(area)}" if area > 0 else "")
    told = without_place(best.caption or "")
    return Finding(f"{place[0].upper()}{place[1:]} ({extent}): {told}.", tuple(entry.tile.index for entry in group), area, place)


def _hectares(area: float) -> str:
    return f"{area / 1e4:.1f} ha" if area >= 1000 else f"{area:.0f} square metres"


def _told(what: str, happened: str) -> str:
    """`houses appeared`, `farmland was replaced`."""
    if what in _UNCOUNTED or what == "something":
        return f"{what} {happened.replace('were', 'was')}"
    if what.endswith("y"):
        return f"{what[:-1]}ies {happened}"
    return f"{what}{'es' if what.endswith(('s', 'h')) else 's'} {happened}"
