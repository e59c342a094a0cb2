from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deltascribe.webpage import page_end, page_start


@pytest.mark.parametrize(
    ("package", "scripts"),
    [("deltascribe.evaluation.page", ()), ("deltascribe.scenes.page", ("map.js", "page.js"))],
    ids=["evaluation", "scene"],
)
def test_a_page_has_the_common_style_its_own_and_its_scripts(package: str, scripts: tuple[str, ...], parse: Callable[[str], Any]) -> None:
    text = page_start("<b>", package) + page_end(package, *scripts)
    page = parse(text)
    assert text.startswith("<!doctype html>")
    assert page.words.count("<b>") == 1
    assert len(page.all("style")) == len(page.all("script")) == 1
    assert text.index("Content-Security-Policy") < text.index("color-scheme: light dark") < text.index('"use strict"')
