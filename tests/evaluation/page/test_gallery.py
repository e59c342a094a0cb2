from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deltascribe.evaluation import CaptionItem, GalleryItem, Prediction
from deltascribe.evaluation.page.content import judge
from deltascribe.evaluation.page.gallery import gallery_parts
from deltascribe.metrics import ItemScores

MakeItem = Callable[..., GalleryItem]


def draw(items: list[GalleryItem | CaptionItem], total: int | None = None) -> str:
    return "".join(gallery_parts(iter(items), total))


def test_there_is_a_card_for_each_pair_with_its_figures(make_item: MakeItem, parse: Callable[[str], Any]) -> None:
    page = parse(draw([make_item(0), make_item(1, predicted=False), make_item(2, changed=False, predicted=False, mask=False)]))
    cards = page.all("article")
    assert [card["class"] for card in cards] == ["right", "wrong", "right"]
    assert [card["data-changed"] for card in cards] == ["1", "1", "0"]
    assert [float(card["data-cider"]) for card in cards] == [1.5, 0.5, -0.5]
    assert [len(page.all("img", name)) for name in ("before", "after", "mask", "under")] == [3, 3, 5, 5]
    for expected in ("3 pairs", "change probability > 99.9 %", "log-probability -1.25", "BLEU-4 12.5", "ROUGE-L 50.0", "CIDEr-D 150.0"):
        assert expected in page.text


def test_captions_without_pictures_flags_and_probabilities_have_cards_too(parse: Callable[[str], Any]) -> None:
    texts = ["a road is built", "the scene is the same as before"]
    items = [CaptionItem(Prediction(f"p{i}", text, ("a road",), True), ItemScores("", 0.1, 0.2, 0.3, 0.4)) for i, text in enumerate(texts)]
    page = parse(draw([*items]))
    assert [card["class"] for card in page.all("article")] == ["right", "wrong"]
    assert page.all("img") == []
    assert all("data-probability" not in card for card in page.all("article"))
    assert "changed, sentence wrong" in page.text
    assert "METEOR 40.0" in page.text
    assert "probability" not in page.words[page.words.index("p0") :][2]


@pytest.mark.parametrize(
    ("caption", "flag", "changed", "wrong"),
    [
        ("a road", None, True, False),
        ("there is no difference", None, True, True),
        ("there is no difference", None, False, False),
        ("a road", None, False, True),
        ("a road", False, True, True),
        ("there is no difference", True, True, False),
    ],
)
def test_the_flag_decides_before_the_sentence(caption: str, flag: bool | None, changed: bool, wrong: bool) -> None:
    assert judge(Prediction("n", caption, (), changed, flag)) == (wrong, "sentence" if flag is None else "flag")


def test_images_on_the_page_are_the_pairs_images(make_item: MakeItem, parse: Callable[[str], Any]) -> None:
    item = make_item(0)
    page = parse(draw([item]))
    image = Image.open(io.BytesIO(base64.b64decode(page.all("img", "before")[0]["src"].split(",")[1])))
    assert image.format == "JPEG"
    assert image.size == (32, 24)
    difference = np.abs(np.asarray(image).astype(float) - np.asarray(item.before).astype(float)).mean()
    assert difference < 10  # JPEG is not exact, but another image would differ by 85
    mask = Image.open(io.BytesIO(base64.b64decode(page.all("img", "mask")[0]["src"].split(",")[1]))).convert("RGBA")
    alpha = np.asarray(mask)[..., 3]
    assert (alpha[:12] > 100).all()
    assert (alpha[12:] == 0).all()


def test_every_picture_says_what_it_is(make_item: MakeItem, parse: Callable[[str], Any]) -> None:
    page = parse(draw([make_item(3)]))
    assert [image["alt"] for image in page.all("img") if image["class"] != "under"] == [
        "before, pair_3",
        "after, pair_3",
        "predicted mask, pair_3",
        "reference mask, pair_3",
    ]


def test_every_card_says_what_its_figures_are(make_item: MakeItem, parse: Callable[[str], Any]) -> None:
    page = parse("".join(gallery_parts(iter([make_item(0), make_item(1)]), None, setting="words, beam 3, idf of all pairs")))
    assert page.words.count(" (words, beam 3, idf of all pairs)") == 2
    assert "Captions and figures of the pairs: words, beam 3, idf of all pairs." in page.words


def test_pairs_without_probabilities_cannot_be_put_in_their_order(make_item: MakeItem, parse: Callable[[str], Any]) -> None:
    orders = [
        [option["value"] for option in parse("".join(gallery_parts(iter([make_item(0)]), None, likely=likely))).all("option")]
        for likely in (True, False)
    ]
    assert orders == [["given", "best", "worst", "likely", "unlikely"], ["given", "best", "worst"]]


@pytest.mark.parametrize(("caption", "beginning"), [("road " * 3000, "road " * 60 + "..."), ("x" * 5000, "x" * 480 + " ...")])
def test_an_endless_caption_is_cut_and_its_whole_folded_away(
    caption: str, beginning: str, make_item: MakeItem, parse: Callable[[str], Any]
) -> None:
    page = parse(draw([make_item(0, caption=caption)]))
    assert beginning in page.words
    assert caption in page.words
    assert ["open" in entry for entry in page.all("details")] == [False]
    assert page.words.index(beginning) < page.words.index(caption)


def test_a_caption_of_common_length_is_not_cut(make_item: MakeItem, parse: Callable[[str], Any]) -> None:
    page = parse(draw([make_item(0, caption="road " * 60)]))
    assert page.all("details") == []
    assert "..." not in page.text


@pytest.mark.parametrize(("total", "text"), [(None, "shows 1 pair."), (1, "shows 1 pair."), (70, "shows 1 of 70 evaluated pairs.")])
def test_the_page_says_how_many_pairs_it_shows(make_item: MakeItem, parse: Callable[[str], Any], total: int | None, text: str) -> None:
    assert text in parse(draw([make_item(0)], total)).text


def test_one_pairs_pictures_are_held_at_a_time(make_item: MakeItem) -> None:
    made = []

    def items() -> Iterator[GalleryItem]:
        for index in range(3):
            made.append(index)
            yield make_item(index)

    counts = [len(made) for part in gallery_parts(items(), None) if part.startswith("<article")]
    assert counts == [1, 2, 3]
