"""The head of the page: what was found in words and figures, and what a reader should know before relying on it."""

from __future__ import annotations

import json

from deltascribe.report import format_percent
from deltascribe.scenes.answer import Finding, SceneAnswer
from deltascribe.scenes.page.content import short_crs
from deltascribe.units import format_area, keep_together
from deltascribe.webpage import Html, details, join, tag

_FIRST = 6
"""Findings that stand in the open; further ones are folded away."""


def header(answer: SceneAnswer) -> Html:
    """Name, headline, findings, warnings and figures."""
    figures = [tag("div", tag("dt", name), tag("dd", keep_together(value))) for name, value in key_figures(answer).items()]
    return tag(
        "header",
        tag("p", "Deltascribe scene", class_="eyebrow"),
        tag("h1", answer.name),
        tag("p", keep_together(answer.summary.headline), class_="headline"),
        tag("div", _findings(answer.summary.findings), _notes(answer), class_="intro"),
        tag("dl", *figures, class_="facts card"),
    )


def key_figures(answer: SceneAnswer) -> dict[str, str]:
    """Figures of the scene by their names."""
    grid = answer.plan.grid
    seen = [entry for entry in answer.tiles if entry.caption is not None]
    changed, skipped = sum(entry.changed for entry in seen), len(answer.tiles) - len(seen)
    area = format_area(sum(entry.own_area for entry in answer.tiles))
    figures = {
        "Before": answer.before.info.name,
        "After": answer.after.info.name,
        "Ground": f"{format_area(grid.area)}: {grid.width * grid.gsd:,.0f} x {grid.height * grid.gsd:,.0f} m",
        "Changed": f"{area}, {_count(len(answer.areas), 'area')} (pixels of {100 * answer.threshold:g} % or more)" if seen else "unknown",
        "Tiles": f"{len(answer.tiles):,}: {changed:,} changed, {len(seen) - changed:,} without a change, {skipped:,} skipped",
        "Resolution": _resolution(answer),
        "Coordinates": short_crs(grid.crs),
        "Misregistration": _misregistration(answer),
    }
    masked = answer.looked_at > 0 or not seen  # a model without masks has looked, but can't say where
    if masked and answer.looked_at < 0.9995 * grid.area:
        figures["Looked at"] = f"{format_area(answer.looked_at)}, {format_percent(answer.looked_at / grid.area)} of the ground"
    if min(answer.alignment.shared) < 0.995:
        shares = [format_percent(share) for share in answer.alignment.shared]
        figures["Overlap"] = f"{shares[0]} of the before image, {shares[1]} of the after image"
    return figures


def provenance(answer: SceneAnswer) -> Html:
    """How the page came about."""
    text = json.dumps(answer.provenance, indent=2, ensure_ascii=False, default=str)
    return tag(
        "section",
        tag("h2", "How it was made"),
        tag(
            "p",
            "Captions, probabilities and areas are a model's output: look at the images before you rely on them. A tile's caption names "
            "places within that tile. A tile's area counts strips that it shares with its neighbours; the scene's counts them once.",
            class_="soft",
        ),
        details("model, settings and checksums as JSON", tag("pre", text, tabindex=0, role="region", aria_label="provenance")),
        id="made",
    )


def _findings(findings: tuple[Finding, ...]) -> Html:
    if not findings:
        return Html()
    items = [tag("li", _finding(finding)) for finding in findings]
    parts = [tag("ul", *items[:_FIRST], class_="findings")]
    if len(items) > _FIRST:
        parts.append(details(f"{len(items) - _FIRST} more findings", tag("ul", *items[_FIRST:], class_="findings")))
    return tag("div", *parts, id="findings")


def _finding(finding: Finding) -> Html:
    """A link to the first of its tiles; the script shows all of them."""
    text = keep_together(finding.text)
    if not finding.tiles:
        return join([text])
    return tag("a", text, href=f"#tile-{finding.tiles[0]}", data_tiles=" ".join(map(str, finding.tiles)))


def _notes(answer: SceneAnswer) -> Html:
    if not answer.notes:
        return Html()
    notes = [tag("li", note) for note in answer.notes]
    return tag("div", tag("h2", "Before you rely on it"), tag("ul", *notes), class_="warnings", role="note")


def _resolution(answer: SceneAnswer) -> str:
    before, after = answer.alignment.gsd
    own = answer.plan.grid.gsd
    text = f"{own:.3g} m a pixel"
    return text if max(abs(side / own - 1) for side in (before, after)) < 0.01 else f"{text}; before {before:.3g} m, after {after:.3g} m"


def _misregistration(answer: SceneAnswer) -> str:
    shift = answer.misregistration
    if not shift.windows:
        return "unknown: no window had a clear answer"
    metres = shift.distance * answer.plan.grid.gsd
    text = f"{shift.distance:.1f} pixels, {metres:.{1 if metres >= 1 else 2}f} m (median of {_count(shift.windows, 'window')})"
    if not shift.certain:
        return f"uncertain: {text}"
    return f"{text}, corrected" if answer.after.shift != (0.0, 0.0) else text


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'s' * (number != 1)}"
