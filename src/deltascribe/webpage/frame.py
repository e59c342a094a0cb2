"""The frame of a page: one HTML file that needs no other, and that fetches nothing."""

from __future__ import annotations

from importlib.resources import files

from deltascribe.webpage.markup import Html, tag

# pages hold text of models, data sets and files: whatever slips in, nothing is fetched
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def page_start(title: str, package: str) -> Html:
    """Everything up to the body's content, with the common style and the package's own `page.css`.

    Args:
        title: plain text.
        package: name of the Python package that holds the page's style and script.
    """
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Html(_asset(__package__, "base.css") + _asset(package, "page.css"))),
    ]
    lines = "\n".join(head)
    return Html(f'<!doctype html>\n<html lang="en"><head>{lines}</head><body>\n')


def page_end(package: str, *scripts: str) -> Html:
    """Everything after the body's content: the package's scripts in this order, `page.js` if none is named."""
    script = "".join(_asset(package, name) for name in scripts or ("page.js",))
    return Html(f"<script>{script}</script></body></html>\n")


def _asset(package: str, name: str) -> str:
    return (files(package) / name).read_text(encoding="utf-8")
