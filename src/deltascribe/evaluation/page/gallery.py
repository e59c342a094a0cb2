"""The gallery: a card for each pair with its pictures where there are any, its caption, its references and its figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from PIL import Image

from deltascribe.evaluation.page.content import CaptionItem, GalleryItem, judge
from deltascribe.evaluation.page.looking import look_fold
from deltascribe.evaluation.pictures import mask_layer
from deltascribe.evaluation.predictions import Prediction
from deltascribe.metrics.table import ItemScores
from deltascribe.report import format_percent
from deltascribe.webpage.images import data_uri
from deltascribe.webpage.markup import Html, details, tag

_SHOW = {"all": "all", "changed": "changed", "still": "no change", "wrong": "wrong on change"}
_LONGEST = 60, 480
"""Words and letters of a sentence that a card shows; the rest is folded away."""
_ORDER = {
    "given": "order of the data set",
    "best": "best CIDEr-D first",
    "worst": "worst CIDEr-D first",
    "likely": "most likely changed first",
    "unlikely": "least likely changed first",
}


def gallery_parts(
    items: Iterable[GalleryItem | CaptionItem], total: int | None, *, setting: str = "", likely: bool = True, looks: Sequence[str] = ()
) -> Iterator[Html]:
    """The section bit by bit: one pair's pictures are held at a time.

    Args:
        items: the pairs to show.
        total: number of pairs that were evaluated, where not all are shown.
        setting: mode, way of decoding and idf of the pairs' figures.
        likely: whether all pairs have a change probability, so that they can be put in its order.
        looks: paragraphs on where the model looked.
    """
    yield Html('<section id="gallery"><h2>Pairs</h2>')
    if setting:
        yield tag("p", f"Captions and figures of the pairs: {setting}.", class_="soft")
    yield from (tag("p", text, class_="soft looks") for text in looks)
    yield _bar(likely)
    yield Html('<div id="items">')
    count = 0
    for item in items:
        yield _card(count, item, setting)
        count += 1
    yield Html("</div>")
    shown = f"{count} pair{'s' * (count != 1)}" if total is None or total == count else f"{count} of {total} evaluated pairs"
    yield tag("p", f"This page shows {shown}.", class_="soft")
    yield Html("</section>")


def _bar(likely: bool) -> Html:
    buttons = [tag("button", name, type="button", data_show=key, aria_pressed=str(key == "all").lower()) for key, name in _SHOW.items()]
    options = [tag("option", name, value=key) for key, name in _ORDER.items() if likely or not key.endswith("likely")]
    return tag(
        "div",
        *buttons,
        tag("select", *options, id="order", aria_label="order"),
        tag("input", id="search", type="search", placeholder="words in a caption or name", aria_label="filter by words"),
        tag("span", id="count", class_="soft", role="status"),
        class_="bar",
        hidden=True,
    )


def _card(index: int, item: GalleryItem | CaptionItem, setting: str) -> Html:
    said, scores = item.prediction, item.scores
    wrong, source = judge(said)
    verdict = f"{'changed' if said.changed else 'no change'}, {source} {'wrong' if wrong else 'right'}"
    pictures = [tag("div", *_figures(item), class_="images")] if isinstance(item, GalleryItem) else []
    references = [tag("li", *_shorten(sentence)) for sentence in dict.fromkeys(said.references)]
    caption, *folded = _shorten(said.caption or "(empty)")
    remark = [tag("span", f" ({setting})", class_="setting")] if setting else []
    return tag(
        "article",
        tag("h3", tag("span", said.name), tag("span", verdict, class_="verdict")),
        *pictures,
        tag("p", caption, class_="said"),
        *folded,
        tag("ul", *references, class_="references"),
        tag("p", " · ".join(_figures_of_merit(said, scores)), *remark, class_="figures"),
        *(look_fold(item) if isinstance(item, GalleryItem) else []),
        class_="wrong" if wrong else "right",
        data_index=index,
        data_changed=int(said.changed),
        data_cider=f"{scores.cider_d:.6f}",
        data_probability=None if said.change_probability is None else f"{said.change_probability:.6f}",
        data_text=" ".join([said.name, said.caption, *said.references]).lower(),
    )


def _shorten(text: str) -> list[str]:
    """The text, or where it is too long its beginning and the whole of it folded away."""
    words = text.split()
    beginning = " ".join(words[: _LONGEST[0]])[: _LONGEST[1]]
    if beginning == " ".join(words):
        return [text]
    return [f"{beginning} ...", details(f"the whole sentence, {len(words)} word{'s' * (len(words) != 1)}", tag("p", text))]


def _figures(item: GalleryItem) -> Iterator[Html]:
    name = item.prediction.name
    yield _figure("before", _image(item.before, f"before, {name}", "before"))
    yield _figure("after", _image(item.after, f"after, {name}", "after"))
    for what, mask in (("predicted mask", item.mask), ("reference mask", item.reference_mask)):
        if mask is not None:
            layer = _image(mask_layer(mask, item.after.size), f"{what}, {name}", "mask")
            # the script lays the mask over the after image that the page holds already: half the size of a page of finished overlays
            yield _figure(what, tag("div", tag("img", class_="under", alt=""), layer, class_="layers"))


def _figure(caption: str, content: Html) -> Html:
    return tag("figure", content, tag("figcaption", caption))


def _image(picture: Image.Image, description: str, kind: str) -> Html:
    size = {"width": picture.width, "height": picture.height}
    return tag("img", class_=kind, src=data_uri(picture), **size, loading="lazy", alt=description)


def _figures_of_merit(said: Prediction, scores: ItemScores) -> list[str]:
    entries = []
    if said.change_probability is not None:
        entries.append(f"change probability {format_percent(said.change_probability)}")
    if said.log_probability is not None:
        entries.append(f"log-probability {said.log_probability:.2f}")
    entries += [f"BLEU-4 {100 * scores.bleu_4:.1f}", f"ROUGE-L {100 * scores.rouge_l:.1f}", f"CIDEr-D {100 * scores.cider_d:.1f}"]
    if scores.meteor is not None:
        entries.append(f"METEOR {100 * scores.meteor:.1f}")
    return entries
