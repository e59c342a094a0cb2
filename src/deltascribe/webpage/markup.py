"""HTML that is escaped unless it says that it is markup, so that no caption or name can slip into a page as code."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

_VOID = frozenset({"br", "img", "input", "meta"})

Attribute = str | int | float | bool | None


class Html(str):
    """Text that is markup already. What is made of it by formatting is plain text again, and so escaped."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: Attribute) -> Html:
    """An element.

    Args:
        name: of the element.
        children: its content, in this order; plain text is escaped, `Html` is not.
        attributes: by name; `class_` is `class`, `data_mode` is `data-mode`, True stands without a value, None and False are left out.
    """
    start = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Html(start) if name in _VOID else Html(f"{start}{join(children)}</{name}>")


def join(parts: Iterable[str]) -> Html:
    """The parts one after the other, plain text escaped."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in parts))


def aside(text: str) -> Html:
    """Text for a screen reader alone."""
    return tag("span", text, class_="unseen")


def table(columns: Iterable[str], rows: Iterable[Iterable[str]], caption: str = "") -> Html:
    """A plain table in a box that scrolls; the first cell of each row is its heading."""
    head = tag("tr", *(tag("th", column, scope="col") for column in columns))
    body = [_row(list(row)) for row in rows]
    title = [tag("caption", caption)] if caption else []
    return scroll(tag("table", *title, tag("thead", head), tag("tbody", *body)), caption or "table")


def scroll(content: Html, label: str) -> Html:
    """A box that scrolls by itself, also by keyboard, so that the page never does; the outer one shows where there is more."""
    return tag("div", tag("div", content, class_="scroll", tabindex=0, role="region", aria_label=label), class_="scrollbox")


def details(summary: str, *content: str, open: bool = False) -> Html:
    """Content that is folded away."""
    return tag("details", tag("summary", summary), *content, open=open)


def _row(cells: list[str]) -> Html:
    return tag("tr", tag("th", cells[0], scope="row"), *(tag("td", cell) for cell in cells[1:]))


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
