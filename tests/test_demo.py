"""Tests of deltascribe.demo and its command."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import deltascribe
from deltascribe.cli.main import app
from deltascribe.demo import render_page, run_demo
from deltascribe.errors import ImageNotFoundError
from deltascribe.pair import ImagePair
from deltascribe.report import ChangeReport
from deltascribe.shipped import demo_pairs


class FakeCaptioner:
    """Says of each pair how much darker it got."""

    def __init__(self, mask: bool = True) -> None:
        self.mask = mask

    def caption(self, pairs: Sequence[ImagePair]) -> list[ChangeReport]:
        return [self._report(pair) for pair in pairs]

    def _report(self, pair: ImagePair) -> ChangeReport:
        change = float(abs(pair.after - pair.before).mean())
        mask = abs(pair.after - pair.before).mean(0) if self.mask else None
        return ChangeReport(pair.name, f"it got <darker> in {pair.name}", True, change, mask=mask, provenance={"model": "fake & small"})


class Outline(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_demo_writes_a_picture_a_pair_and_a_page_with_each_caption(tmp_path: Path) -> None:
    result = run_demo(tmp_path / "report", FakeCaptioner())
    names = [before.stem for before, _ in demo_pairs()]
    assert [path.name for path in result.pictures] == [f"{name}.png" for name in names]
    assert all(path.is_file() for path in result.pictures)
    outline = Outline(result.page.read_text())
    assert all(f"it got <darker> in {name}" in outline.words for name in names)
    assert "fake & small" in outline.words
    assert sum(tag == "input" and attributes["type"] == "range" for tag, attributes in outline.tags) == 6


def test_the_page_needs_no_other_file(tmp_path: Path) -> None:
    page = run_demo(tmp_path, FakeCaptioner()).page.read_text()
    sources = [attributes["src"] for tag, attributes in Outline(page).tags if "src" in attributes]
    assert len(sources) == 18
    assert all(str(source).startswith("data:image/png;base64,") for source in sources)
    assert not re.search(r"https?://", page)
    assert len(page) < 4_000_000


def test_without_masks_there_is_no_overlay_to_show() -> None:
    pair = ImagePair.from_arrays(np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 9, np.uint8))
    tags = Outline(render_page([pair], FakeCaptioner(mask=False).caption([pair]))).tags
    assert not any(attributes.get("class") == "mask" for _, attributes in tags)
    assert any(tag == "label" and "hidden" in attributes for tag, attributes in tags)


def test_missing_pairs_are_told(tmp_path: Path) -> None:
    with pytest.raises(ImageNotFoundError, match="Reinstall"):
        run_demo(tmp_path, FakeCaptioner(), files=[])


def test_the_command_prints_captions_where_the_page_is_and_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deltascribe, "load", lambda device: FakeCaptioner())
    result = CliRunner().invoke(app, ["demo", "-o", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert "it got <darker> in large-building" in result.output
    assert str(tmp_path / "out" / "index.html") in result.output
    assert "deltascribe caption before.png after.png" in result.output
    assert (tmp_path / "out" / "index.html").is_file()
