from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from deltascribe.errors import PredictionsError
from deltascribe.evaluation import AttentionItem, attention_png, draw_attention
from deltascribe.evaluation.attention_picture import content_words, heat_map, strengths

WORDS = ("a", "house", "is", "built")
PANEL = 330
ROW = 10 + 26 + 23 + PANEL + 10 + 23
"""First line of the heat maps beneath a title of one line."""
OUTLINE = (64, 224, 255)


def item(words: tuple[str, ...] = WORDS, dates: int = 1, mask: Any = None) -> AttentionItem:
    maps = np.full((len(words), dates, 4, 4), 1 / (16 * dates))
    return AttentionItem(
        Image.new("RGB", (32, 32), (10, 60, 10)), Image.new("RGB", (32, 32), (90, 90, 200)), words, maps[:, 0] if dates == 1 else maps, mask
    )


def test_words_that_name_something_get_a_map() -> None:
    assert content_words(("some", "trees", "are", "replaced", "by", "a", "road")) == [1, 3, 6]
    assert content_words(("there", "is", "a")) == [0, 1, 2]


def test_an_even_map_is_blank_and_a_peak_is_full() -> None:
    assert not strengths(np.full((3, 3), 1 / 9)).any()
    assert not strengths(np.zeros((3, 3))).any()
    peaked = np.full((4, 4), 0.2 / 15)
    peaked[1, 2] = 0.8
    strength = strengths(peaked)
    assert strength[1, 2] == 1
    assert strength.sum() == 1


def test_a_low_peak_is_pale() -> None:
    weights = np.full((1, 4), 0.2)
    weights[0, 0] = 0.4  # 1.6 times the even share of 0.25
    np.testing.assert_allclose(strengths(weights)[0, 0], (1.6 - 1) / (4 - 1))


def test_of_two_dates_the_one_looked_at_more_is_stronger() -> None:
    maps = np.stack([np.full((2, 2), 0.05), np.array([[0.65, 0.05], [0.05, 0.05]])])
    strength = strengths(maps)
    assert not strength[0].any()
    assert strength[1, 0, 0] == 1


def test_the_heat_lies_where_the_model_looked() -> None:
    strength = np.zeros((4, 4))
    strength[3, 0] = 1
    grey = Image.new("RGB", (80, 80), (128, 128, 128))
    moved = np.abs(np.asarray(heat_map(grey, strength)).astype(int) - 128).sum(2)
    assert moved[70, 10] > 100
    assert moved[:40].max() <= 3
    assert moved[:, 45:].max() <= 3


def words_drawn(monkeypatch: pytest.MonkeyPatch, drawn_item: AttentionItem) -> list[str]:
    drawn: list[str] = []
    draw = ImageDraw.ImageDraw.text

    def note(self: ImageDraw.ImageDraw, xy: tuple[float, float], text: str, *rest: Any, **settings: Any) -> None:
        drawn.append(text)
        draw(self, xy, text, *rest, **settings)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", note)
    draw_attention(drawn_item)
    return drawn


def test_the_picture_says_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = words_drawn(monkeypatch, item(mask=np.ones((8, 8), dtype=np.uint8)))
    assert drawn[:-1] == ["a house is built", "before", "after", "the model's mask", "house", "1.0 x", "built", "1.0 x"]
    assert "even share" in drawn[-1]
    assert "the model's mask is empty" in words_drawn(monkeypatch, item(mask=np.zeros((8, 8), dtype=np.uint8)))
    assert not any("mask" in text for text in words_drawn(monkeypatch, item())[:-1])


def test_a_pair_without_attention_has_images_and_a_remark_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = replace(item(), words=(), attention=None, title="7. nothing", remark="no word was sought")
    assert words_drawn(monkeypatch, plain) == ["7. nothing", "before", "after", "no word was sought"]
    assert draw_attention(plain).height < draw_attention(item()).height


def test_a_word_has_a_map_over_each_date() -> None:
    pixels = np.asarray(draw_attention(item()))
    # each image once on its own; under the even maps of two words its colours are muted
    for colour in ((10, 60, 10), (90, 90, 200)):
        assert (pixels == colour).all(axis=2).sum() == PANEL * PANEL
        grey = np.asarray(Image.new("RGB", (1, 1), colour).convert("L"))[0, 0]
        muted = [round(0.4 * value + 0.6 * int(grey)) for value in colour]
        assert (np.abs(pixels.astype(int) - muted) <= 1).all(axis=2).sum() >= 2 * 160 * 160


def test_the_maps_of_two_dates_lie_each_over_its_own() -> None:
    maps = np.full((1, 2, 4, 4), 0.01)
    maps[0, 1, 0, 0] = 0.69
    later, even = (draw_attention(replace(item(("house",)), attention=weights)) for weights in (maps, maps[:, 0]))
    moved = np.abs(np.asarray(later).astype(int) - np.asarray(even)).sum(2)[ROW : ROW + 330, 10:170]
    assert moved[:160].max() == 0
    assert moved[170:190, :20].min() > 100
    assert moved[250:].max() <= 3


def test_many_words_go_on_in_the_next_row() -> None:
    words = tuple(f"house{number}" for number in range(7))
    assert draw_attention(item(words)).height - draw_attention(item(words[:6])).height == 340 + 23
    assert draw_attention(item(words)).width == draw_attention(item(words[:1])).width


def test_the_mask_is_drawn_as_an_outline() -> None:
    mask = np.zeros((32, 32), dtype=np.uint8)
    mask[8:24, 8:24] = 1
    pixels = np.asarray(draw_attention(item(mask=mask)))
    line = (pixels == OUTLINE).all(axis=2)
    panel = line[:, 10 + 2 * (PANEL + 10) :][:, :PANEL][: ROW - 40]
    rows = np.nonzero(panel.any(axis=1))[0]
    assert rows.max() - rows.min() + 1 == pytest.approx(PANEL / 2, abs=2)
    assert panel.sum() == pytest.approx(4 * PANEL / 2, abs=10)  # the border of a square, not its inside
    assert line[ROW:].sum() == pytest.approx(2 * 2 * 4 * 80, abs=40)  # and over each map of two words


def test_it_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "pair.png"
    attention_png(path, item())
    assert Image.open(path).size == draw_attention(item()).size


@pytest.mark.parametrize("shape", [(3, 4, 4), (4, 3, 4, 4), (4, 4), (4, 1, 4, 4)])
def test_maps_that_do_not_fit_raise(shape: tuple[int, ...]) -> None:
    picture = Image.new("RGB", (8, 8))
    with pytest.raises(PredictionsError, match="does not fit"):
        draw_attention(AttentionItem(picture, picture, WORDS, np.ones(shape)))
