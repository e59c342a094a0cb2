from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deltascribe.evaluation import GalleryItem
from deltascribe.evaluation.gates import GateValues
from deltascribe.evaluation.looks import BY_RULE, Look
from deltascribe.evaluation.page.gallery import gallery_parts
from deltascribe.evaluation.page.looking import look_fold

MakeItem = Callable[..., GalleryItem]
WORDS = ("a", "road", "is", "built")


def look(dates: int = 1, **others: Any) -> Look:
    maps = np.full((4, dates, 4, 4), 0.05 / (16 * dates - 1), dtype=np.float32)
    maps[:, -1, 3, 0] = 0.95
    return Look(WORDS, maps[:, 0] if dates == 1 else maps, **others)


def fold(item: GalleryItem, parse: Callable[[str], Any]) -> Any:
    return parse("".join(look_fold(item)))


def decode(source: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))).convert("RGBA")).astype(int)


def test_a_word_that_names_something_has_a_map_and_its_peak(make_item: MakeItem, parse: Callable[[str], Any]) -> None:
    page = fold(replace(make_item(0, mask=False), look=look()), parse)
    assert [entry["alt"] for entry in page.all("img", "heat")] == ["attention at 'road'", "attention at 'built'"]
    assert "15.2 x" in page.text
    heat = decode(page.all("img", "heat")[0]["src"])
    # the pair is 32 x 24 pixels; bright at the lower left, see-through elsewhere
    assert heat.shape == (96, 128, 4)
    assert heat[90, 5, 3] > 150
    assert heat[90, 5, 0] > 200
    assert heat[:48, :, 3].max() <= 4
    assert len(page.all("img", "under")) == 2
    assert page.all("button", "dates")[0]["aria-pressed"] == "false"


def test_the_outline_of_the_mask_lies_over_each_map(make_item: MakeItem, parse: Callable[[str], Any]) -> None:
    page = fold(replace(make_item(0), look=look()), parse)
    heat = decode(page.all("img", "heat")[0]["src"])
    # the mask is the upper half
    assert heat[46:49, 20:100, 3].max(axis=0).min() == 255
    assert heat[10:40, 20:100, 3].max() <= 4


def test_maps_of_two_dates_stand_one_above_the_other(make_item: MakeItem, parse: Callable[[str], Any]) -> None:
    page = fold(replace(make_item(0), look=look(2)), parse)
    assert [entry["data-date"] for entry in page.all("img", "under")] == ["before", "after"] * 2
    assert [entry["alt"] for entry in page.all("img", "heat")][:2] == ["attention at 'road', before", "attention at 'road', after"]
    assert page.all("button") == []


def test_flag_levels_and_gates_are_told_in_figures_and_bars(make_item: MakeItem, parse: Callable[[str], Any]) -> None:
    gates = GateValues("learned", 0.375, (0.5, 1.0, 1.75))
    page = fold(replace(make_item(0), look=look(gates=gates), levels={"stride 8": 0.25, "stride 16": 0.75}), parse)
    assert [entry["style"] for entry in page.all("span", "fill")] == ["width:100.0%", "width:25.0%", "width:75.0%", "width:37.5%"]
    for text in (
        "the flag says changed",
        "> 99.9 %",
        "stride 8",
        "25.0 %",
        "75.0 %",
        "gate of TGCL, learned",
        "37.5 %",
        "0.50 to 1.75, mean 1.00",
    ):
        assert text in page.text
    area = fold(replace(make_item(0), look=look(gates=GateValues("area", 0.5))), parse)
    assert "gate of TGCL, by its changed area" in area.text
    assert "channels" not in area.text
    assert "feature levels" not in area.text


def test_without_attention_the_reason_stands_there(make_item: MakeItem, parse: Callable[[str], Any]) -> None:
    page = fold(replace(make_item(0, predicted=False), look=Look(remark=BY_RULE), levels={"stride 8": 1.0}), parse)
    assert BY_RULE in page.text
    assert "what it weighed" in page.text
    assert "the flag says no change" in page.text
    assert page.all("img") == []
    assert page.all("button") == []


def test_a_pair_that_was_not_looked_at_has_no_fold(make_item: MakeItem) -> None:
    assert look_fold(replace(make_item(0), levels={"stride 8": 1.0})) == []


def test_folds_are_closed_and_stand_within_their_cards(make_item: MakeItem, parse: Callable[[str], Any]) -> None:
    items = [replace(make_item(0), look=look()), make_item(1)]
    html = "".join(gallery_parts(iter(items), None, looks=["Where it looked.", "Not shown: gates."]))
    page = parse(html)
    assert ["open" in entry for entry in page.all("details", "look")] == [False]
    assert html.index("<details") < html.index("</article>") < html.index("pair_1")
    assert page.words.index("Where it looked.") < page.words.index("Not shown: gates.") < page.words.index("pair_0")


@pytest.mark.parametrize("word", ["<b>road</b>", '" onload="x'])
def test_words_are_escaped(make_item: MakeItem, word: str) -> None:
    html = "".join(look_fold(replace(make_item(0), look=Look((word,), np.ones((1, 2, 2), dtype=np.float32)))))
    assert word not in html
