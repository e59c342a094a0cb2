from __future__ import annotations

from deltascribe.webpage.markup import Html, aside, details, join, table, tag


def test_plain_text_is_escaped_and_markup_is_not() -> None:
    assert tag("p", "<b>", Html("<i>x</i>"), "&") == "<p>&lt;b&gt;<i>x</i>&amp;</p>"


def test_markup_that_went_through_formatting_is_plain_text_again() -> None:
    assert tag("p", f"{tag('b', 'x')}") == "<p>&lt;b&gt;x&lt;/b&gt;</p>"


def test_attributes_are_escaped_renamed_and_left_out() -> None:
    element = tag("a", class_="x", data_mode='"><script>', hidden=True, title=None, open=False, tabindex=0)
    assert element == '<a class="x" data-mode="&quot;&gt;&lt;script&gt;" hidden tabindex="0"></a>'
    assert tag("input", name="n") == '<input name="n">'


def test_joining_escapes_plain_parts() -> None:
    assert join(["<", tag("b", "x")]) == "&lt;<b>x</b>"
    assert "<span" in aside("x")


def test_a_table_scrolls_in_its_box_and_names_its_rows() -> None:
    html = table(("kind", "<n>"), [["<x>", "1"]], "Title")
    assert html.startswith('<div class="scrollbox"><div class="scroll"')
    assert '<div class="scroll" tabindex="0" role="region" aria-label="Title">' in html
    assert '<th scope="row">&lt;x&gt;</th><td>1</td>' in html
    assert '<th scope="col">&lt;n&gt;</th>' in html


def test_details_open_on_demand() -> None:
    assert details("s", "x", open=True).startswith("<details open><summary>s")
    assert details("s", "x").startswith("<details><summary>s")
