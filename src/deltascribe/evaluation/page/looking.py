"""The fold beneath a pair: where the model looked at each word, how it weighed its feature levels, and its gates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
from PIL import Image

from deltascribe.evaluation.attention_picture import by_date, content_words, heat_layer, outline, peak, strengths
from deltascribe.evaluation.gates import GateValues
from deltascribe.evaluation.looks import Look
from deltascribe.evaluation.page.content import GalleryItem
from deltascribe.evaluation.predictions import Prediction
from deltascribe.report import format_percent
from deltascribe.webpage.images import data_uri
from deltascribe.webpage.markup import Html, tag

_SIDE, _COLOURS = 128, 64
_DATES = ("before", "after")
_KINDS = {"area": "by its changed area", "learned": "learned"}
READING = (
    "Bright is where the decoder's attention lay, mean of its layers and heads, in the step that wrote the word; the blue line is the "
    "outline of the predicted mask. The figure beside a word says how many times the even share its peak is: pale maps are spread "
    "widely. Words that name nothing have no map."
)
"""How to read the folds; stands once, above the pairs."""


def look_fold(item: GalleryItem) -> list[Html]:
    """The fold of one pair; nothing for a pair that was not looked at."""
    look = item.look
    if look is None:
        return []
    words = [] if look.attention is None else [_switch(look.attention), tag("div", *_words(item, look, look.attention), class_="words")]
    remark = [tag("p", look.remark, class_="soft")] if look.remark else []
    bars = [*_flag(item.prediction), *_levels(item.levels), *_gates(look.gates)]
    return [tag("details", tag("summary", "where it looked" if words else "what it weighed"), *words, *remark, *bars, class_="look")]


def _flag(said: Prediction) -> list[Html]:
    if said.change_probability is None:
        return []
    verdict = "" if said.predicted_changed is None else f"; the flag says {'changed' if said.predicted_changed else 'no change'}"
    return [tag("h4", f"change probability{verdict}"), _bars({"": said.change_probability})]


def _levels(weights: Mapping[str, float]) -> list[Html]:
    return [tag("h4", "weight of the feature levels"), _bars(weights)] if weights else []


def _switch(attention: npt.NDArray[np.float32]) -> Html:
    """Lays a joint map over the other date; the script shows it where it works."""
    if attention.ndim == 4:
        return Html()
    return tag("button", "over the before image", type="button", class_="dates", aria_pressed="false", hidden=True)


def _words(item: GalleryItem, look: Look, attention: npt.NDArray[np.float32]) -> Iterator[Html]:
    maps, joint = by_date(attention, look.words), attention.ndim == 3
    factor = _SIDE / max(item.after.size)
    size = (max(1, round(item.after.width * factor)), max(1, round(item.after.height * factor)))
    border = None if item.mask is None else outline(item.mask, size)
    for place in content_words(look.words):
        layers = [heat_layer(strength, size) for strength in strengths(maps[place])]
        shown = layers[1:] if joint else layers
        tiles = [_tile(layer, border, "" if joint else date, look.words[place]) for layer, date in zip(shown, _DATES, strict=False)]
        figure = tag("small", f" {peak(maps[place]):.1f} x")
        yield tag("figure", *tiles, tag("figcaption", look.words[place], figure))


def _tile(layer: Image.Image, border: Image.Image | None, date: str, word: str) -> Html:
    """A map that the script lays over an image that the page holds already: a kilobyte a word."""
    layer = layer if border is None else Image.alpha_composite(layer, border)
    heat = tag(
        "img",
        class_="heat",
        src=data_uri(layer, colours=_COLOURS),
        width=layer.width,
        height=layer.height,
        loading="lazy",
        alt=f"attention at '{word}'" + (f", {date}" if date else ""),
    )
    return tag("div", tag("img", class_="under", alt="", data_date=date or None), heat, class_="layers")


def _gates(gates: GateValues) -> list[Html]:
    parts = []
    if gates.pair is not None:
        parts += [tag("h4", f"gate of TGCL, {_KINDS[gates.kind]}: what the pair counts"), _bars({"": gates.pair})]
    if gates.channels is not None:
        least, mean, most = gates.channels
        text = f"The references weigh the shared space's channels by {least:.2f} to {most:.2f}, mean {mean:.2f}; 1 leaves one as it is."
        parts += [tag("h4", "gate on channels"), tag("p", text, class_="soft")]
    return parts


def _bars(shares: Mapping[str, float]) -> Html:
    """Shares in 0..1, by name; a single one may be without."""
    return tag("dl", *(_bar(name, share) for name, share in shares.items()), class_="bars")


def _bar(name: str, share: float) -> Html:
    fill = tag("span", class_="fill", style=f"width:{100 * share:.1f}%")
    value = tag("span", format_percent(share), class_="value")
    return tag(
        "div",
        *([tag("dt", name)] if name else []),
        tag("dd", tag("span", fill, class_="track", aria_hidden="true"), value),
        class_="line model",
    )
