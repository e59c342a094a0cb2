"""The demo's page: one HTML file that holds its pictures, style and script."""

from __future__ import annotations

import html
from collections.abc import Sequence
from string import Template

from deltascribe.demo.layers import swipe_layers
from deltascribe.demo.scene import DemoScene
from deltascribe.demo.scene_section import render_scene
from deltascribe.demo.words import describe
from deltascribe.pair import ImagePair
from deltascribe.report import ChangeReport
from deltascribe.shell import install_extra
from deltascribe.shipped import ASSETS
from deltascribe.units import keep_together


def render_page(pairs: Sequence[ImagePair], reports: Sequence[ChangeReport], scene: DemoScene, how_to: str) -> str:
    """One self-contained HTML page: the scene with its tiles, and a swipe slider a pair.

    Args:
        pairs: small pairs.
        reports: on them, in the same order.
        scene: large pair with its report.
        how_to: what a reader may type next.
    """
    parts = {name: (ASSETS / "demo" / name).read_text(encoding="utf-8") for name in ("page.html", "page.css", "page.js")}
    model = str(scene.report.provenance.get("model", ""))
    return Template(parts["page.html"]).substitute(
        style=parts["page.css"],
        script=parts["page.js"],
        scene=render_scene(scene),
        pairs="\n".join(_article(pair, report) for pair, report in zip(pairs, reports, strict=True)),
        model=f"Model: {html.escape(model)}." if model else "",
        howto=html.escape(how_to),
        geo=html.escape(install_extra("geo")),
        toggle_hidden="" if any(report.mask is not None for report in reports) else " hidden",
    )


def _article(pair: ImagePair, report: ChangeReport) -> str:
    name, caption = html.escape(report.name), html.escape(report.caption)
    verdict = html.escape(keep_together(describe(report)))
    return f"""<article>
<div class="swipe">
{swipe_layers(pair, report.mask)}
<input class="cover" type="range" min="0" max="100" step="0.5" value="50" aria-label="share of the before image, {name}">
</div>
<div class="text"><p class="caption">{caption}</p><p class="soft">{name}: {verdict}</p></div>
</article>"""
