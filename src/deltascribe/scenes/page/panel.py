"""The panel that tells of one tile or changed area; the script fills it."""

from __future__ import annotations

from deltascribe.scenes.page.chart import DATES
from deltascribe.webpage import Html, tag


def panel() -> Html:
    """Empty, with a word on how to fill it."""
    views = [tag("figure", tag("canvas", role="img", id=f"crop-{date}"), tag("figcaption", date)) for date in DATES]
    steps = {
        -1: ("\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", "previous"),
        1: ("\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}", "next"),
    }
    buttons = [tag("button", sign, type="button", data_step=step, aria_label=f"{name} in the list") for step, (sign, name) in steps.items()]
    return tag(
        "section",
        tag(
            "div",
            tag("h2", "Nothing chosen", id="what"),
            tag("span", *buttons, tag("button", "zoom to", type="button", id="reveal"), class_="steps"),
            class_="row",
        ),
        tag("p", "Click a tile or an outline on the map, or a tile in the list.", id="caption", class_="caption"),
        tag("div", *views, class_="crops", id="crops", hidden=True),
        tag("p", "", id="blurred", class_="soft", hidden=True),
        tag("dl", id="figures", class_="facts"),
        tag("p", "", id="links", hidden=True),
        id="panel",
        class_="card",
        aria_label="chosen tile or area",
        aria_live="polite",
    )
