"""The gallery: one HTML page without any other file, with pictures, references, predictions and the score tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any

import numpy.typing as npt
from PIL import Image

from deltascribe.evaluation.pictures import data_uri, mask_layer
from deltascribe.evaluation.predictions import Prediction
from deltascribe.metrics.render import COLUMNS, NOTES, accuracy_rows, score_rows
from deltascribe.metrics.table import ItemScores, ScoreTable
from deltascribe.report import format_percent


@dataclass(frozen=True, eq=False)
class GalleryItem:
    """One pair of the gallery.

    Attributes:
        prediction: what was said of it.
        scores: how well.
        before, after: pictures of equal size.
        mask: the model's change mask [H, W] (class indices, or probabilities), or None.
        reference_mask: the data set's, or None.
    """

    prediction: Prediction
    scores: ItemScores
    before: Image.Image
    after: Image.Image
    mask: npt.NDArray[Any] | None = None
    reference_mask: npt.NDArray[Any] | None = None

    @property
    def wrong_flag(self) -> bool:
        """Whether the model's change flag is wrong."""
        return self.prediction.predicted_changed is not self.prediction.changed


def gallery_html(
    title: str, items: Iterable[GalleryItem], tables: Sequence[tuple[str, ScoreTable]], *, command: str = "", total: int | None = None
) -> str:
    """The page as text.

    Args:
        title: heading of the page.
        items: the pairs to show; may be lazy, one pair's pictures are held at a time.
        tables: heading and scores of each way of decoding; the first is the one whose captions are shown.
        command: the command line that made it.
        total: number of pairs that were evaluated, where not all are shown.
    """
    cards = [_card(index, item) for index, item in enumerate(items)]
    shown = f"{len(cards)} pairs" if total is None or total == len(cards) else f"{len(cards)} of {total} evaluated pairs"
    folder = files("deltascribe.evaluation")
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            # the page holds text of models and data sets: whatever slips in, nothing is fetched
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
            "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{(folder / 'gallery.css').read_text(encoding='utf-8')}</style></head><body>",
            f'<header><h1>{escape(title)}</h1><p class="soft">{escape(shown)}</p>',
            f"<pre>{escape(command)}</pre>" if command else "",
            *[_tables(heading, table, is_first=index == 0) for index, (heading, table) in enumerate(tables)],
            f"<ul class='legend'>{''.join(f'<li>{escape(note)}</li>' for note in NOTES)}</ul></header>" if tables else "</header>",
            f"<main>{_BAR}<div id='items'>",
            *cards,
            "</div></main>",
            f"<script>{(folder / 'gallery.js').read_text(encoding='utf-8')}</script></body></html>",
            "",
        ]
    )


_BAR = """<div class="bar">
<button type="button" data-show="all" aria-pressed="true">all</button>
<button type="button" data-show="changed" aria-pressed="false">changed</button>
<button type="button" data-show="still" aria-pressed="false">no change</button>
<button type="button" data-show="wrong" aria-pressed="false">wrong flag</button>
<select id="order" aria-label="order">
<option value="given">order of the data set</option><option value="best">best CIDEr-D first</option>
<option value="worst">worst CIDEr-D first</option><option value="likely">most likely changed first</option></select>
<input id="search" type="search" placeholder="words in a caption or name" aria-label="filter by words">
<span id="count" class="soft"></span></div>"""


def _card(index: int, item: GalleryItem) -> str:
    said, scores = item.prediction, item.scores
    truth = "changed" if said.changed else "no change"
    verdict = f"{truth}, flag {'wrong' if item.wrong_flag else 'right'}"
    text = " ".join([said.name, said.caption, *said.references]).lower()
    references = "".join(f"<li>{escape(sentence)}</li>" for sentence in dict.fromkeys(said.references))
    return (
        f'<article class="{"wrong" if item.wrong_flag else "right"}" data-index="{index}" data-changed="{int(said.changed)}" '
        f'data-cider="{scores.cider_d:.6f}" data-probability="{said.change_probability:.6f}" data-text="{escape(text)}">'
        f'<h3><span>{escape(said.name)}</span><span class="verdict">{verdict}</span></h3>'
        f'<div class="images">{_figures(item)}</div>'
        f'<p class="said">{escape(said.caption) or "(empty)"}</p><ul class="references">{references}</ul>'
        f'<p class="figures">{" &middot; ".join(escape(entry) for entry in _figures_of_merit(item))}</p></article>'
    )


def _figures(item: GalleryItem) -> str:
    name = item.prediction.name
    figures = [_figure("before", _image(item.before, f"before, {name}", "before"))]
    figures.append(_figure("after", _image(item.after, f"after, {name}", "after")))
    for what, mask in (("predicted mask", item.mask), ("reference mask", item.reference_mask)):
        if mask is not None:
            figures.append(_figure(what, _layered(mask_layer(mask, item.after.size), f"{what}, {name}")))
    return "".join(figures)


def _figure(caption: str, content: str) -> str:
    return f"<figure>{content}<figcaption>{caption}</figcaption></figure>"


def _image(picture: Image.Image, description: str, kind: str) -> str:
    return (
        f'<img class="{kind}" src="{data_uri(picture)}" width="{picture.width}" height="{picture.height}" loading="lazy" '
        f'alt="{escape(description)}">'
    )


def _layered(layer: Image.Image, description: str) -> str:
    # the script lays the mask over the after image that the page holds already: half the size of a page of finished overlays
    return f'<div class="layers"><img class="under" alt="">{_image(layer, description, "mask")}</div>'


def _figures_of_merit(item: GalleryItem) -> list[str]:
    said, scores = item.prediction, item.scores
    entries = [f"change probability {format_percent(said.change_probability)}"]
    if said.log_probability is not None:
        entries.append(f"log-probability {said.log_probability:.2f}")
    entries += [f"BLEU-4 {100 * scores.bleu_4:.1f}", f"ROUGE-L {100 * scores.rouge_l:.1f}", f"CIDEr-D {100 * scores.cider_d:.1f}"]
    return entries


def _tables(heading: str, table: ScoreTable, is_first: bool) -> str:
    rows, previous = [], ""
    for row in score_rows(table):
        starts = row[0] != previous
        kinds = " ".join([*(["model"] if row[0] == table.model.label else []), *(["first"] if starts and previous else [])])
        cells = "".join(
            f'<td class="kind">{escape(cell)}</td>' if index == 2 else f"<td>{escape(cell)}</td>" for index, cell in enumerate(row[1:], 1)
        )
        rows.append(f'<tr class="{kinds}"><td>{escape(row[0]) if starts else ""}</td>{cells}</tr>')
        previous = row[0]
    names, accuracies = accuracy_rows(table)
    body = (
        f"<div class='scroll'><table><thead>{_row('th', COLUMNS)}</thead><tbody>{''.join(rows)}</tbody></table></div>"
        f"<h2>Change recognised</h2><div class='scroll'><table><thead>{_row('th', names)}</thead>"
        f"<tbody>{''.join(_row('td', row) for row in accuracies)}</tbody></table></div>"
    )
    if is_first:
        return f"<h2>{escape(heading)}</h2>{body}"
    return f"<details><summary>{escape(heading)}</summary>{body}</details>"


def _row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
