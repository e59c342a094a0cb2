"""The page around it all: one HTML file that needs no other, and that fetches nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from deltascribe.evaluation.page.chapters import chapter_section
from deltascribe.evaluation.page.content import ReportContent, name_setting
from deltascribe.evaluation.page.gallery import gallery_parts
from deltascribe.evaluation.page.plots import plot_section
from deltascribe.evaluation.page.tables import score_section
from deltascribe.files import atomic_write
from deltascribe.metrics.render import NOTES
from deltascribe.webpage import Html, details, page_end, page_start, tag

_SECTIONS = {"scores": "Scores", "plots": "Plots", "beyond": "Beyond the scores", "gallery": "Pairs", "made": "How it was made"}


def write_report(path: Path, content: ReportContent) -> None:
    """Writes the page, atomically and piece by piece: a gallery of many pairs is never held as a whole."""
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(report_parts(content))


def report_html(content: ReportContent) -> str:
    """The page as text. The same content gives the same bytes."""
    return "".join(report_parts(content))


def report_parts(content: ReportContent) -> Iterator[str]:
    """The page, piece by piece."""
    items = iter(content.gallery)
    first = next(items, None)
    sections = {
        "scores": score_section(content.tables, content.subject),
        "plots": plot_section(content),
        "beyond": chapter_section(content),
    }
    present = [key for key in _SECTIONS if key == "made" or sections.get(key) or (key == "gallery" and first is not None)]
    yield page_start(content.title, __package__)
    yield _header(content, present) + "\n<main>\n"
    for section in sections.values():
        yield section + "\n"
    if first is not None:
        entry = content.pair_table
        setting = f"{name_setting(*entry[:2])}, idf of all pairs" if entry else ""
        likely = all(said.change_probability is not None for said in content.predictions or [first.prediction])
        parts = gallery_parts(chain([first], items), content.total, setting=setting, likely=likely, looks=content.looks)
        yield from (part + "\n" for part in parts)
    yield _made(content) + "\n</main>\n"
    yield page_end(__package__)


def _header(content: ReportContent, sections: Iterable[str]) -> Html:
    links = [tag("a", _SECTIONS[key], href=f"#{key}") for key in sections]
    facts = [tag("div", tag("dt", name), tag("dd", _readable(value))) for name, value in content.facts]
    return tag(
        "header",
        tag("p", "Deltascribe evaluation", class_="eyebrow"),
        tag("h1", content.title),
        *([tag("dl", *facts, class_="facts")] if facts else []),
        tag("nav", *links, aria_label="sections"),
    )


def _made(content: ReportContent) -> Html:
    parts = [tag("h2", _SECTIONS["made"])]
    if content.command:
        parts.append(tag("pre", content.command, tabindex=0, aria_label="command"))
    if content.settings:
        parts.append(details("settings as JSON", tag("pre", _json(content.settings), tabindex=0)))
    notes = [*content.notes, *(NOTES if content.tables else ())]
    if notes:
        parts += [tag("h3", "Notes"), tag("ul", *(tag("li", note) for note in dict.fromkeys(notes)), class_="notes")]
    return tag("section", *parts, id="made")


def _readable(value: str) -> str:
    """A time of ISO 8601 with its zone as `2026-11-25 15:00 UTC`; all else as it is."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)", value):
        return value
    try:
        return f"{datetime.fromisoformat(value).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError):
        return value


def _json(settings: Mapping[str, Any]) -> str:
    return json.dumps(settings, indent=2, ensure_ascii=False, default=str)
