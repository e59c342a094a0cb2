"""The panel that tells of one tile or changed area; the script fills it."""

from __future__ import annotations

from deltascribe.scenes.page.pictures import DATES
from deltascribe.webpage import Html, tag

_STEPS = {-1: ("\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", "previous"), 1: ("\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}", "next")}


def panel(listed: bool) -> Html:
    """Empty, with a word on how to fill it; `listed` tells whether there is a list that buttons can lead through."""
    views = [tag("figure", tag("canvas", role="img", id=f"crop-{date}"), tag("figcaption", date)) for date in DATES]
    steps = [tag("button", sign, type="button", data_step=step, aria_label=f"{name} in the list") for step, (sign, name) in _STEPS.items()]
    buttons = [*(steps if listed else []), tag("button", "zoom to", type="button", id="reveal", hidden=True)]
    how = "Click a tile or an outline on the map, or a tile in the list." if listed else "Click a tile on the map."
    return tag(
        "section",
        tag("div", tag("h2", "Nothing chosen", id="what"), tag("span", *buttons, class_="steps"), class_="row"),
        tag("p", how, id="caption", class_="caption"),
        tag("div", *views, class_="crops", id="crops", hidden=True),
        tag("p", id="blurred", class_="soft", hidden=True),
        tag("dl", id="figures", class_="facts"),
        tag("p", id="links", hidden=True),
        id="panel",
        class_="card",
        aria_label="chosen tile or area",
        aria_live="polite",
    )
