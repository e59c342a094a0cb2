"""Captions the pairs that come with the package and writes a page to look at them."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deltascribe.errors import ImageNotFoundError
from deltascribe.files import write_text
from deltascribe.pair import ImagePair
from deltascribe.pixels import to_bytes
from deltascribe.report import ChangeReport, format_percent
from deltascribe.shipped import ASSETS, demo_pairs

HOW_TO = """deltascribe caption before.png after.png

from deltascribe import ChangeCaptioner, ImagePair
report = ChangeCaptioner.from_pretrained().caption([ImagePair.open("before.png", "after.png")])[0]
print(report.caption, report.change_probability)"""
"""How to caption one's own images: a command, and three lines of Python."""

GSD = 0.5


class Captioner(Protocol):
    """What the demo needs of `ChangeCaptioner`."""

    def caption(self, pairs: Sequence[ImagePair]) -> list[ChangeReport]:
        """A report a pair, in order."""
        ...


@dataclass(frozen=True)
class Demo:
    """What the demo made: the page, a picture a pair beside it, and the reports."""

    page: Path
    pictures: list[Path]
    reports: list[ChangeReport]


def run_demo(out: Path, captioner: Captioner, files: Sequence[tuple[Path, Path]] | None = None) -> Demo:
    """Captions the demo's pairs and writes pictures and `index.html`, which needs no other file.

    Args:
        out: folder to write to; made if missing, files of an earlier run are replaced.
        captioner: a ready `ChangeCaptioner`.
        files: pairs (before, after) instead of the package's own.

    Raises:
        ImageNotFoundError: no pairs are in this installation.
    """
    files = demo_pairs() if files is None else files
    if not files:
        raise ImageNotFoundError("The demo's image pairs are not in this installation. Reinstall deltascribe.")
    pairs = [ImagePair.open(before, after, gsd=GSD) for before, after in files]
    reports = captioner.caption(pairs)
    pictures = [report.to_png(pair, out / f"{pair.name}.png") for pair, report in zip(pairs, reports, strict=True)]
    page = out / "index.html"
    write_text(page, render_page(pairs, reports))
    return Demo(page, pictures, reports)


def render_page(pairs: Sequence[ImagePair], reports: Sequence[ChangeReport]) -> str:
    """One self-contained HTML page with a swipe slider a pair."""
    template = Template((ASSETS / "demo" / "page.html").read_text(encoding="utf-8"))
    model = str(reports[0].provenance.get("model", "")) if reports else ""
    return template.substitute(
        pairs="\n".join(_article(pair, report) for pair, report in zip(pairs, reports, strict=True)),
        model=f"Model: {html.escape(model)}." if model else "",
        howto=html.escape(HOW_TO),
        toggle_hidden="" if any(report.mask is not None for report in reports) else " hidden",
    )


def describe(report: ChangeReport) -> str:
    """`changed` or `no change`, with the probability of change."""
    return f"{'changed' if report.changed else 'no change'}, change probability {format_percent(report.change_probability)}"


def _article(pair: ImagePair, report: ChangeReport) -> str:
    name, caption = html.escape(report.name), html.escape(report.caption)
    verdict = html.escape(describe(report)).replace(" %", "&nbsp;%")
    mask = "" if report.mask is None else f'<img class="mask" src="{_data_url(_overlay(report.mask))}" alt="changed area">'
    return f"""<article>
<div class="swipe">
<img src="{_data_url(Image.fromarray(to_bytes(pair.before)))}" alt="{name}, before">
<img class="after" src="{_data_url(Image.fromarray(to_bytes(pair.after)))}" alt="{name}, after">
{mask}<span class="bar"></span><span class="tag left">before</span><span class="tag right">after</span>
<input type="range" min="0" max="100" step="0.5" value="50" aria-label="share of the before image, {name}">
</div>
<div class="text"><p class="caption">{caption}</p><p class="soft">{name}: {verdict}</p></div>
</article>"""


def _overlay(mask: NDArray[Any]) -> Image.Image:
    """Red where the probability of change [H, W] is high, clear where it is low."""
    layer = np.zeros((*mask.shape, 4), np.uint8)
    layer[..., 0] = 255
    layer[..., 3] = (np.clip(mask.astype(np.float32), 0, 1) * 140).astype(np.uint8)
    return Image.fromarray(layer)


def _data_url(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
