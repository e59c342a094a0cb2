from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from deltascribe.captioner import ChangeCaptioner
from deltascribe.datasets import ChangeDataset
from deltascribe.errors import ConfigError, ModelError, VerdictError
from deltascribe.evaluation import judging
from deltascribe.evaluation.attention_picture import AttentionItem
from deltascribe.evaluation.judging import write_sheets
from deltascribe.evaluation.looks import BY_RULE
from deltascribe.shipped import DEFAULT_BEAMS

from .conftest import FakeCaptioner

MakeDataset = Callable[..., ChangeDataset]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[AttentionItem]:
    """What the sheets show; they are drawn none the less."""
    items: list[AttentionItem] = []
    draw = judging.attention_png

    def note(path: Path, item: AttentionItem) -> None:
        items.append(item)
        draw(path, item)

    monkeypatch.setattr(judging, "attention_png", note)
    return items


def test_there_is_a_numbered_sheet_for_each_drawn_pair_and_a_form_and_a_key(make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset, out = make_dataset(8, 4), tmp_path / "judge"
    written = write_sheets(
        FakeCaptioner(dataset), dataset, out, count=10, seed=3, batch_size=4, command="deltascribe judge", progress=False
    )
    assert [path.name for path in written.pictures] == [f"pair-{number:02d}.png" for number in range(1, 11)]
    assert all(Image.open(path).format == "PNG" for path in written.pictures)
    assert sorted(path.name for path in out.iterdir()) == ["key.json", *(path.name for path in written.pictures), "verdicts.csv"]
    key = json.loads(written.key.read_text())
    assert key["command"] == "deltascribe judge"
    assert key["settings"] == {"split": "test", "seed": 3, "beams": DEFAULT_BEAMS, "gate": True, "plain": False}
    names = [entry["name"] for entry in key["pairs"]]
    assert len(set(names)) == 10
    assert names != sorted(names)  # the order of the data set would tell which pairs changed
    assert "# 10 pairs drawn from the 12 of test with seed 3" in written.form.read_text()


def test_the_draw_follows_the_seed(make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset = make_dataset(8, 4)

    def names(folder: str, seed: int) -> list[str]:
        written = write_sheets(FakeCaptioner(dataset), dataset, tmp_path / folder, count=6, seed=seed, progress=False)
        return [entry["name"] for entry in json.loads(written.key.read_text())["pairs"]]

    first = names("a", 1)
    assert names("b", 1) == first
    assert names("c", 2) != first


def test_nothing_that_the_judge_sees_holds_a_reference(make_dataset: MakeDataset, tmp_path: Path, drawn: list[AttentionItem]) -> None:
    dataset = make_dataset(2, 1)
    sayings = {record.name: ("a barn appears", True) for record in dataset.records}
    written = write_sheets(FakeCaptioner(dataset, sayings), dataset, tmp_path / "judge", progress=False)
    shown = written.form.read_text() + " ".join(item.title + item.remark + " ".join(item.words) for item in drawn)
    for record in dataset.records:
        assert record.name not in shown
        assert not any(sentence in shown for sentence in record.captions)
    # not the data set's mask either, which covers everything
    assert [item.title for item in drawn] == [f"{number}.  a barn appears" for number in (1, 2, 3)]
    assert all(item.mask is not None and item.mask[:4].all() and not item.mask[4:].any() for item in drawn)


def test_words_that_the_decoder_wrote_have_their_attention(
    make_dataset: MakeDataset, tmp_path: Path, tiny_checkpoint: Path, drawn: list[AttentionItem]
) -> None:
    captioner = ChangeCaptioner.from_pretrained(tiny_checkpoint, device="cpu")
    dataset = make_dataset(3, 0)
    write_sheets(captioner, dataset, tmp_path / "own", gate=False, progress=False)
    assert all(item.attention is not None and len(item.attention) == len(item.words) > 0 for item in drawn)
    drawn.clear()
    captioner.checkpoint.model.flag.bias.data.fill_(-100.0)
    write_sheets(captioner, dataset, tmp_path / "rule", progress=False)
    assert [(item.attention, item.remark) for item in drawn] == [(None, BY_RULE)] * 3
    drawn.clear()
    write_sheets(captioner, dataset, tmp_path / "plain", gate=False, plain=True, progress=False)
    assert [(item.attention, item.mask, item.remark) for item in drawn] == [(None, None, "")] * 3


def test_a_form_is_never_overwritten(make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset = make_dataset(1, 0)
    write_sheets(FakeCaptioner(dataset), dataset, tmp_path, count=1, progress=False)
    (tmp_path / "verdicts.csv").write_text("hours of work")
    captioner = FakeCaptioner(dataset)
    with pytest.raises(VerdictError, match="may hold verdicts"):
        write_sheets(captioner, dataset, tmp_path, count=1, progress=False)
    assert captioner.calls == []
    assert (tmp_path / "verdicts.csv").read_text() == "hours of work"


@pytest.mark.parametrize("wrong", [{"count": 0}, {"beams": 0}, {"batch_size": 0}])
def test_numbers_below_one_are_refused(make_dataset: MakeDataset, tmp_path: Path, wrong: dict[str, int]) -> None:
    dataset = make_dataset(1, 0)
    with pytest.raises(ConfigError, match="Give 1 or more"):
        write_sheets(FakeCaptioner(dataset), dataset, tmp_path / "out", progress=False, **wrong)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_a_report_too_few_is_an_error_of_the_model(make_dataset: MakeDataset, tmp_path: Path) -> None:
    dataset = make_dataset(2, 0)
    captioner: Any = FakeCaptioner(dataset)
    captioner.caption = lambda pairs, **settings: []
    with pytest.raises(ModelError, match="0 reports for 2 pairs"):
        write_sheets(captioner, dataset, tmp_path / "out", progress=False)
