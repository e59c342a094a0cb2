"""The list of tiles that changed, and in words what became of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deltascribe.report import format_percent
from deltascribe.scenes.answer import DescribedTile, SceneAnswer
from deltascribe.scenes.page.pictures import DATES, Crops
from deltascribe.scenes.page.ramp import colour
from deltascribe.units import format_area, keep_together
from deltascribe.webpage import Html, tag, uri_of

_ORDERS = {"probable": "most probable", "large": "largest changed area", "north": "from the north-west"}
_TOO_LITTLE = "too little of their ground is known on both dates"


def list_parts(answer: SceneAnswer, tiles: Sequence[DescribedTile], crops: Crops) -> Iterator[str]:
    """The section, piece by piece, since its pictures are large.

    Args:
        answer: of the run.
        tiles: the changed ones, in the order of the list.
        crops: pictures of some of them.
    """
    yield '<section id="tiles" aria-labelledby="tiles-title">\n'
    yield tag("h2", f"Changed tiles ({len(tiles):,})", id="tiles-title") + "\n"
    if tiles:
        yield _controls() + '\n<ol id="list">\n'
        for entry in tiles:
            yield _item(entry, crops.get(entry.tile.index)) + "\n"
        yield "</ol>\n"
    yield tag("p", rest_in_words(answer), class_="soft", id="rest") + "\n</section>\n"


def rest_in_words(answer: SceneAnswer) -> str:
    """What became of the tiles that are not in the list."""
    total = len(answer.tiles)
    seen = [entry for entry in answer.tiles if entry.caption is not None]
    still = [entry for entry in seen if not entry.changed]
    if not total:
        return "There was no tile to look at."
    if not seen:
        return f"None of the {total:,} tiles could be looked at: {_TOO_LITTLE}."
    parts = []
    if len(still) == len(seen):
        parts.append(f"All tiles that were looked at ({len(seen):,}) tell of no change.")
    elif still:
        parts.append(f"{len(still):,} other tiles tell of no change." if len(still) > 1 else "1 other tile tells of no change.")
    mapped = sum(entry.changed_area > 0 for entry in still)
    if mapped:
        parts.append(f"Some pixels of {mapped:,} of them are mapped as changed all the same: look at the outlines there.")
    if len(seen) < total:
        parts.append(f"Skipped: {total - len(seen):,}, since {_TOO_LITTLE}.")
    return " ".join(parts)


def _controls() -> Html:
    orders = [tag("option", name, value=key) for key, name in _ORDERS.items()]
    return tag(
        "div",
        tag("input", type="search", id="filter", placeholder="filter captions", aria_label="show only captions with these words"),
        tag("select", *orders, id="order", aria_label="order of the list"),
        tag("span", id="count", class_="soft", role="status"),
        tag("button", "show all", type="button", id="all", hidden=True),
        class_="controls",
    )


def _item(entry: DescribedTile, crops: tuple[bytes, bytes] | None) -> Html:
    """Caption and figures as a link to the tile; without a script the pictures unfold beneath."""
    number = entry.tile.index
    figures = f"tile {number}, {format_percent(entry.probability)}, {format_area(entry.changed_area)}"
    link = tag(
        "a",
        tag("i", class_="dot", style=f"background:{colour(entry.probability)}", aria_hidden="true"),
        tag("strong", entry.caption or ""),
        tag("span", keep_together(figures), class_="soft"),
        href=f"#tile-{number}",
        id=f"tile-{number}",
    )
    if crops is None:
        return tag("li", link, data_tile=number)
    pictures = [
        tag("figure", tag("img", src=uri_of(crop, "jpeg"), alt=f"tile {number}, {date}", loading="lazy"), tag("figcaption", date))
        for date, crop in zip(DATES, crops, strict=True)
    ]
    return tag("li", link, tag("details", tag("summary", "before and after"), tag("div", *pictures, class_="crops")), data_tile=number)
