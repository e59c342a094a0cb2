from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely

from deltascribe.errors import ImageNotFoundError
from deltascribe.scenes.answer import Finding, SceneAnswer, Summary
from deltascribe.scenes.page import frame, write_page

pytest.importorskip("rasterio")
EVIL = "<script>alert('1')</script> \"onload=x <img src=http://evil.test/a.png>"


def text_of(answer: SceneAnswer, folder: Path) -> str:
    write_page(folder / "index.html", answer)
    return (folder / "index.html").read_text(encoding="utf-8")


def test_the_page_holds_words_pictures_outlines_and_list(
    make_answer: Callable[..., SceneAnswer], parse: Callable[[str], Any], tmp_path: Path
) -> None:
    page = parse(text_of(make_answer(name="Some place", notes=["a warning"], skipped=[0]), tmp_path))
    for expected in (
        "Some place",
        "2 of 6 tiles tell of a change.",
        "In the middle, a house is built.",
        "a warning",
        "skipped tile",
        "no data",
    ):
        assert expected in page.text
    assert [image["alt"] for image in page.all("img")] == ["Some place, before", "Some place, after"]
    assert [path["id"] for path in page.all("path") if path.get("id", "").startswith("area-")] == ["area-1", "area-2"]
    assert len(page.all("li")) == 2 + 1 + 2  # findings, warning, tiles


def test_the_polygon_to_keep_to_is_drawn_and_named(
    make_answer: Callable[..., SceneAnswer], parse: Callable[[str], Any], tmp_path: Path
) -> None:
    answer = make_answer()
    assert "polygon to keep to" not in text_of(answer, tmp_path)
    left, _, _, top = answer.plan.grid.bounds
    polygon = shapely.box(left + 10, top - 50, left + 60, top - 20)
    page = parse(text_of(replace(answer, plan=replace(answer.plan, polygon=polygon)), tmp_path))
    assert "polygon to keep to" in page.text
    (path,) = (path for path in page.all("path") if path.get("id") == "part")
    assert path["d"] == "M120 100l0 -60 -100 0 0 60z"  # corners in pixels of half a metre
    assert [use["class"] for use in page.all("use") if use["href"] == "#part"] == ["kept casing", "kept dashes"]


def test_tiles_have_their_own_pictures_where_the_whole_is_scaled_down(
    make_answer: Callable[..., SceneAnswer], parse: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "preview_size", lambda height, width: (height // 2, width // 2))
    page = parse(text_of(make_answer(), tmp_path))
    assert len(page.all("img")) == 2 + 4
    assert [image["loading"] for image in page.all("img")[2:]] == ["lazy"] * 4


@pytest.mark.parametrize("skipped", [[], list(range(6))], ids=["no change", "all skipped"])
def test_an_empty_result_is_a_whole_page(
    make_answer: Callable[..., SceneAnswer], parse: Callable[[str], Any], tmp_path: Path, skipped: list[int]
) -> None:
    page = parse(text_of(make_answer(changed={}, skipped=skipped), tmp_path))
    assert page.all("ol") == []
    assert [box["id"] for box in page.all("input") if box.get("type") == "checkbox"] == ["show-tiles"]
    assert "None of the 6 tiles" in page.text if skipped else "tell of no change" in page.text


def test_hostile_text_stays_text(make_answer: Callable[..., SceneAnswer], parse: Callable[[str], Any], tmp_path: Path) -> None:
    plain = parse(text_of(make_answer(notes=["n"]), tmp_path))
    summary = Summary(EVIL, (Finding(EVIL, (1,), 1.0, EVIL),))
    answer = make_answer(changed={1: EVIL, 3: EVIL}, name=EVIL, notes=[EVIL], summary=summary, provenance={EVIL: EVIL})
    page = parse(text_of(answer, tmp_path))
    assert len(page.all("script")) == len(plain.all("script")) == 2
    assert all(image["src"].startswith("data:image/") for image in page.all("img"))
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert {name for name, _ in page.tags} <= {name for name, _ in plain.tags}


def test_the_page_needs_no_other_file_and_forbids_the_network(
    make_answer: Callable[..., SceneAnswer], parse: Callable[[str], Any], tmp_path: Path
) -> None:
    text = text_of(make_answer(), tmp_path)
    policy = next(tag["content"] for tag in parse(text).all("meta") if "http-equiv" in tag)
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    assert text.index("Content-Security-Policy") < text.index("<style")
    assert not re.search(r"https?://|url\(|@import", text)


def test_the_same_answer_gives_the_same_bytes_and_no_path_of_this_machine(make_answer: Callable[..., SceneAnswer], tmp_path: Path) -> None:
    answer = make_answer(skipped=[0])
    write_page(tmp_path / "one" / "index.html", answer)
    write_page(tmp_path / "two" / "index.html", make_answer(tmp_path / "elsewhere", skipped=[0]))
    content = (tmp_path / "one" / "index.html").read_bytes()
    assert (tmp_path / "two" / "index.html").read_bytes() == content
    assert str(tmp_path).encode() not in content
    assert [entry.name for entry in (tmp_path / "one").iterdir()] == ["index.html"]


def test_a_raster_that_is_gone_leaves_the_old_page(make_answer: Callable[..., SceneAnswer], tmp_path: Path) -> None:
    answer, path = make_answer(), tmp_path / "index.html"
    path.write_text("old")
    Path(answer.after.info.path).unlink()
    with pytest.raises(ImageNotFoundError):
        write_page(path, answer)
    assert path.read_text() == "old"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["index.html", "scene"]


def test_ids_are_the_only_ones_of_their_name_and_those_that_the_script_asks_for(
    make_answer: Callable[..., SceneAnswer], parse: Callable[[str], Any], tmp_path: Path
) -> None:
    text = text_of(make_answer(skipped=[0]), tmp_path)
    ids = [attributes["id"] for _, attributes in parse(text).tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    script = text[text.rindex("<script>") :]
    asked = set(re.findall(r'byId\("([\w-]+)"\)', script))
    assert len(asked) > 15
    assert asked <= set(ids)
    style = text[text.index("<style>") : text.index("</style>")]
    assert set(re.findall(r"#([a-z][a-z-]*)\b(?=[^;{}]*\{)", style)) <= set(ids)


def test_the_script_knows_every_order_button_and_switch(
    make_answer: Callable[..., SceneAnswer], parse: Callable[[str], Any], tmp_path: Path
) -> None:
    text = text_of(make_answer(), tmp_path)
    page, script = parse(text), text[text.rindex("<script>") :]
    for option in page.all("option"):
        assert re.search(rf"\b{option['value']}: \(a, b\)", script)
    for button in page.all("button"):
        names = [name for name in ("data-zoom", "data-split", "data-step", "id") if name in button]
        assert names, button
        assert names[0] != "data-zoom" or re.search(rf"\b{button['data-zoom']}\b[:,}} ]", script)


def test_all_colours_are_named_in_the_style(make_answer: Callable[..., SceneAnswer], tmp_path: Path) -> None:
    text = text_of(make_answer(), tmp_path)
    for name in set(re.findall(r"var\(--([\w-]+)\)", text)):
        assert re.search(rf'--{name}["]?[:,]', text), name
