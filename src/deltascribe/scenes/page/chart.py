"""The map: both dates one above the other, the outlines of changed areas, and what tells and steers them."""

from __future__ import annotations

from collections.abc import Iterator

from deltascribe.scenes.answer import SceneAnswer
from deltascribe.scenes.page.content import drawn_areas, outline
from deltascribe.scenes.page.pictures import DATES, Preview
from deltascribe.scenes.page.ramp import gradient
from deltascribe.webpage import Html, join, tag, uri_of

_KEYS = "Arrow keys move the map, plus and minus zoom, 0 shows all; the slider below wipes between before and after."

_CORNERS = tag("svg", tag("path", d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"), viewBox="0 0 16 16", aria_hidden="true")
"""Of a frame, as sign for all of the map."""


def map_parts(answer: SceneAnswer, previews: tuple[Preview, Preview]) -> Iterator[str]:
    """The map with its controls, piece by piece; without a script both dates stand side by side, with the outlines on the second."""
    grid = answer.plan.grid
    yield '<div class="view">\n' + _toolbar(answer, any(entry.gaps for entry in previews)) + "\n"
    yield f'<div id="map" role="group" aria-label="Map. {_KEYS}" style="--wide:{grid.width};--high:{grid.height}">\n'
    for date, shown in zip(DATES, previews, strict=True):
        height, width = shown.size
        picture = tag("img", src=uri_of(shown.jpeg, "jpeg"), width=width, height=height, alt=f"{answer.name}, {date}")
        yield tag("figure", picture, tag("figcaption", date), class_="date") + "\n"
    yield tag("canvas", aria_hidden="true") + "\n" + _outlines(answer) + "\n" + _furniture() + "\n</div>\n"
    yield _wipe() + "</div>\n"


def _toolbar(answer: SceneAnswer, gaps: bool) -> Html:
    """Switches that are the legend too."""
    ramp = tag("i", class_="ramp", style=f"background:{gradient()}", aria_hidden="true")
    scale = tag("span", "0 %", ramp, "100 %", class_="legend")
    parts = [tag("label", tag("input", type="checkbox", id="show-tiles", checked=True), " tiles by change probability ", scale)]
    areas = drawn_areas(answer)
    if areas:
        which = f"the {len(areas):,} largest of {len(answer.areas):,} changed areas" if len(areas) < len(answer.areas) else "changed areas"
        line = tag("i", class_="line", aria_hidden="true")
        parts.append(tag("label", tag("input", type="checkbox", id="show-areas", checked=True), f" {which} ", line))
    if answer.plan.polygon is not None:
        parts.append(tag("span", tag("i", class_="dashed", aria_hidden="true"), "polygon to keep to", class_="legend"))
    if any(entry.caption is None for entry in answer.tiles):
        parts.append(tag("span", tag("i", class_="hatch", aria_hidden="true"), "skipped tile", class_="legend"))
    if gaps:
        parts.append(tag("span", tag("i", class_="gap", aria_hidden="true"), "no data", class_="legend"))
    return tag("div", *parts, class_="toolbar")


def _outlines(answer: SceneAnswer) -> Html:
    """Outlines in pixels of the grid; drawn twice, dark beneath bright, so that they are seen on any ground."""
    grid, polygon = answer.plan.grid, answer.plan.polygon
    part, part_lines = [], []
    if polygon is not None:
        part = [tag("path", id="part", class_="part", d=outline(polygon.simplify(grid.step), grid))]
        part_lines = [tag("use", class_=f"kept {name}", href="#part") for name in ("casing", "dashes")]
    paths = [tag("path", id=f"area-{area.index}", d=outline(area.polygon, grid)) for area in drawn_areas(answer)]
    return tag(
        "svg",
        tag("defs", tag("g", *paths, id="outlines"), *part),
        *part_lines,
        tag("use", class_="casing", href="#outlines"),
        tag("use", class_="line", href="#outlines"),
        tag("path", id="chosen", d=""),
        id="areas",
        viewBox=f"0 0 {grid.width} {grid.height}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _furniture() -> Html:
    """What lies on the map: the bar between the dates, their names, zoom buttons, the scale."""
    buttons = {"in": ("+", "zoom in"), "out": ("\N{MINUS SIGN}", "zoom out"), "fit": (_CORNERS, "show all")}
    return join(
        [
            tag("span", class_="bar", id="bar"),
            *(tag("span", date, class_=f"tag {date}", aria_hidden="true") for date in DATES),
            tag(
                "div",
                *(tag("button", sign, type="button", data_zoom=key, aria_label=name, title=name) for key, (sign, name) in buttons.items()),
                class_="zoom",
            ),
            tag("div", tag("i"), tag("span"), id="scale"),
        ]
    )


def _wipe() -> Html:
    """The slider, and a button for each date."""
    slider = tag(
        "input", type="range", id="split", min=0, max=100, step=0.5, value=50, aria_label="share of the map that shows the before image"
    )
    before, after = (tag("button", date, type="button", data_split=share) for date, share in zip(DATES, (100, 0), strict=True))
    return tag("div", before, slider, after, class_="wipe")
