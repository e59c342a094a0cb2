from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from deltascribe.evaluation import GalleryItem, Prediction, gallery_html
from deltascribe.metrics import ItemScores, ScoreTable, score_captions

EVIL = "<script>alert('1')</script> \"onload=x <img src=http://evil.test/a.png>"
VOID = {"meta", "img", "input"}


@dataclass
class Page(HTMLParser):
    """Tags, attributes and text of a page; fails on tags that don't close."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)

    def all(self, tag: str, kind: str | None = None) -> list[dict[str, str | None]]:
        return [found for name, found in self.tags if name == tag and (kind is None or found.get("class") == kind)]


def parse(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    assert page.open == []
    return page


def make_item(
    index: int, *, changed: bool = True, predicted: bool = True, caption: str = "a road is built", mask: bool = True
) -> GalleryItem:
    rng = np.random.default_rng(index)
    blocks = [rng.integers(0, 256, (3, 4, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1) for _ in range(2)]
    before, after = (Image.fromarray(block) for block in blocks)
    said = Prediction(f"pair_{index}", caption, ("a road appears", "A road is new ."), changed, predicted, 0.9997, -1.25)
    layer = np.zeros((24, 32), dtype=np.float32)
    layer[:12] = 0.8
    return GalleryItem(said, ItemScores(said.name, 0.125, 0.5, 1.5 - index), before, after, layer if mask else None, layer.astype(np.uint8))


def make_table(label: str = "model") -> ScoreTable:
    return score_captions(
        ["p", "q"], ["a road is built", "a b"], [["a road is built"], ["there is no difference"]], [True, False], label=label
    )


def test_the_page_has_a_card_for_each_pair_with_its_figures() -> None:
    items = [make_item(0), make_item(1, predicted=False), make_item(2, changed=False, predicted=False, mask=False)]
    page = parse(gallery_html("Title", iter(items), [("Scores, beam 3", make_table()), ("Scores, greedy", make_table())]))
    cards = page.all("article")
    assert [card["class"] for card in cards] == ["right", "wrong", "right"]
    assert [card["data-changed"] for card in cards] == ["1", "1", "0"]
    assert [float(card["data-cider"] or "") for card in cards] == [1.5, 0.5, -0.5]
    assert {name: len(page.all("img", name)) for name in ("before", "after", "mask", "under")} == {
        "before": 3,
        "after": 3,
        "mask": 5,
        "under": 5,
    }
    assert len(page.all("table")) == 4
    assert len(page.all("details")) == 1
    text = " ".join(page.text)
    for expected in (
        "3 pairs",
        "change probability > 99.9 %",
        "log-probability -1.25",
        "BLEU-4 12.5",
        "ROUGE-L 50.0",
        "CIDEr-D 150.0",
        "idf",
    ):
        assert expected in text


def test_captions_names_titles_and_commands_are_escaped() -> None:
    item = make_item(0, caption=EVIL)
    said = Prediction(EVIL, EVIL, (EVIL,), True, True, 0.5)
    items = [GalleryItem(said, ItemScores(EVIL, 0, 0, 0), item.before, item.after)]
    page = parse(gallery_html(EVIL, items, [(EVIL, make_table(EVIL))], command=EVIL))
    assert len(page.all("script")) == 1
    assert all((image["src"] or "data:").startswith("data:image/") for image in page.all("img") if "src" in image)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert " ".join(page.text).count("alert('1')") >= 6
    assert page.all("article")[0]["data-text"] == f"{EVIL} {EVIL} {EVIL}".lower()


def test_the_page_needs_no_other_file_and_forbids_the_network() -> None:
    html = gallery_html("Title", [make_item(0)], [("Scores", make_table())])
    page = parse(html)
    policy = next(tag["content"] for tag in page.all("meta") if "http-equiv" in tag)
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:")
    assert not page.all("link")
    assert not re.search(r"https?://|url\(|@import", html)


def test_the_filters_of_the_page_and_its_script_know_the_same_names() -> None:
    html = gallery_html("Title", [make_item(0)], [])
    page = parse(html)
    script = html[html.index("<script>") :]
    for button in page.all("button"):
        assert re.search(rf"\b{button['data-show']}: \(", script)
    for option in page.all("option"):
        assert re.search(rf"\b{option['value']}: \(", script)


def test_images_on_the_page_are_the_pairs_images() -> None:
    item = make_item(0)
    page = parse(gallery_html("Title", [item], []))
    source = page.all("img", "before")[0]["src"] or ""
    image = Image.open(io.BytesIO(base64.b64decode(source.split(",")[1])))
    assert image.format == "JPEG"
    assert image.size == (32, 24)
    difference = np.abs(np.asarray(image).astype(float) - np.asarray(item.before).astype(float)).mean()
    assert difference < 10  # JPEG is not exact, but another image would differ by 85
    mask = Image.open(io.BytesIO(base64.b64decode((page.all("img", "mask")[0]["src"] or "").split(",")[1]))).convert("RGBA")
    alpha = np.asarray(mask)[..., 3]
    assert (alpha[:12] > 100).all()
    assert (alpha[12:] == 0).all()


@pytest.mark.parametrize(("total", "text"), [(None, "1 pairs"), (1, "1 pairs"), (70, "1 of 70 evaluated pairs")])
def test_the_page_says_how_many_pairs_it_shows(total: int | None, text: str) -> None:
    assert text in " ".join(parse(gallery_html("Title", [make_item(0)], [], total=total)).text)
