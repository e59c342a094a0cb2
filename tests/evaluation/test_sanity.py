from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deltascribe.captioner import ChangeCaptioner
from deltascribe.datasets import ChangeDataset, ChangeSample, is_changed
from deltascribe.errors import ConfigError, DatasetError, ModelError
from deltascribe.evaluation.sanity import SanityReport, choose_both_kinds, run_sanity
from deltascribe.evaluation.sanity_tests import SANITY_TESTS, VIEWS
from deltascribe.pair import ImagePair
from deltascribe.report import ChangeReport
from deltascribe.text.special import NO_CHANGE_CAPTION

from .conftest import FakeCaptioner

MakeDataset = Callable[..., ChangeDataset]
FIELD, HOUSE = (60, 120, 60), (120, 60, 60)


class RuleCaptioner:
    """Says what a rule says of the two images; None is no change."""

    def __init__(self, rule: Callable[[ImagePair], str | None]) -> None:
        self.rule = rule
        self.sizes: list[int] = []

    def caption(self, pairs: Sequence[ImagePair], *, beams: int = 3, batch_size: int = 16, gate: bool = True) -> list[ChangeReport]:
        self.sizes.append(len(pairs))
        said = [self.rule(pair) for pair in pairs]
        return [ChangeReport(pair.name, said or NO_CHANGE_CAPTION, said is not None, 0.5) for pair, said in zip(pairs, said, strict=True)]


def kind(image: np.ndarray) -> int:
    """The strongest channel: 0 for a house, 1 for a field, in any light and place."""
    return int(image.mean((1, 2)).argmax())


def sane(pair: ImagePair) -> str | None:
    dates = kind(pair.before), kind(pair.after)
    return {(1, 0): "A house is built.", (0, 1): "the house is removed"}.get(dates)


@pytest.fixture
def colours(make_dataset: MakeDataset) -> ChangeDataset:
    """Three fields that become a house, and two that stay fields."""
    dataset = make_dataset()
    for record in dataset.records:
        for path, colour in ((record.before, FIELD), (record.after, HOUSE if record.changed else FIELD)):
            Image.new("RGB", (16, 16), colour).save(path)
    return dataset


def rates(report: SanityReport) -> dict[str, float | None]:
    return {result.name: result.rate for result in report.results}


def run(rule: Callable[[ImagePair], str | None], dataset: ChangeDataset) -> dict[str, float | None]:
    return rates(run_sanity(RuleCaptioner(rule), dataset, progress=False))


def test_a_sane_captioner_passes_every_test(colours: ChangeDataset) -> None:
    report = run_sanity(RuleCaptioner(sane), colours, progress=False)
    assert set(rates(report).values()) == {1.0}
    assert (report.pairs, report.changed) == (5, 3)
    pairs = {result.name: result.pairs for result in report.results}
    assert pairs["identical_before"] == pairs["shift_flag"] == pairs["brighter_identical"] == 5
    assert pairs["swapped_changed"] == pairs["swapped_caption"] == pairs["swapped_vanishing"] == 3
    assert pairs["swapped_unchanged"] == 2


def test_a_captioner_that_always_tells_of_a_change_fails_where_there_is_none(colours: ChangeDataset) -> None:
    found = run(lambda pair: "a house is built", colours)
    assert all(found[name] == 0 for name in found if "identical" in name)
    assert found["swapped_changed"] == found["shift_flag"] == found["darker_flag"] == 1
    assert found["swapped_caption"] == found["swapped_vanishing"] == 0


def test_a_captioner_that_ignores_order_keeps_its_flag_and_its_caption(colours: ChangeDataset) -> None:
    found = run(lambda pair: "a house appears" if kind(pair.before) != kind(pair.after) else None, colours)
    assert (found["swapped_changed"], found["swapped_unchanged"]) == (1, 1)
    assert (found["swapped_caption"], found["swapped_vanishing"]) == (0, 0)


def test_a_captioner_that_sees_only_what_appears_loses_its_flag_when_the_dates_are_swapped(colours: ChangeDataset) -> None:
    found = run(lambda pair: sane(pair) if kind(pair.after) == 0 else None, colours)
    assert (found["swapped_changed"], found["swapped_unchanged"]) == (0, 1)
    assert (found["swapped_caption"], found["swapped_vanishing"]) == (1, 0)


def test_a_captioner_that_takes_light_for_change_fails_by_names(colours: ChangeDataset) -> None:
    report = run_sanity(
        RuleCaptioner(lambda pair: "a house is built" if np.abs(pair.after - pair.before).mean() > 0.01 else None), colours, progress=False
    )
    results = {result.name: result for result in report.results}
    assert results["darker_identical"].rate == results["brighter_identical"].rate == 0
    # the unchanged two are taken for changed, the changed three stay so
    assert results["darker_flag"].rate == pytest.approx(3 / 5)
    assert results["darker_flag"].examples == ("still_0", "still_1")
    assert results["identical_after"].rate == results["shift_identical"].rate == 1


def test_a_captioner_that_compares_pixels_takes_a_shift_for_change(make_dataset: MakeDataset) -> None:
    found = run(lambda pair: "a house is built" if np.abs(pair.after - pair.before).mean() > 0.2 else None, make_dataset())
    assert found["shift_identical"] == 0  # the images are noise
    assert found["identical_before"] == found["darker_identical"] == 1


def test_the_flag_and_the_sentence_are_judged_apart(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    captioner = FakeCaptioner(dataset, {record.name: ("a house is built", False) for record in dataset.records})
    found = rates(run_sanity(captioner, dataset, progress=False))
    assert (found["identical_before"], found["identical_before_sentence"]) == (1, 0)
    assert (found["identical_after"], found["identical_after_sentence"]) == (1, 0)


def test_only_captions_of_nothing_but_appearing_are_asked_for_vanishing(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(4, 0)
    sayings = ("a house appears", "trees are removed and a road is built", "trees are replaced by a house", "a road is wider")
    captioner = FakeCaptioner(dataset, {f"pair_{index}": (caption, True) for index, caption in enumerate(sayings)})
    result = next(r for r in run_sanity(captioner, dataset, progress=False).results if r.name == "swapped_vanishing")
    assert (result.pairs, result.rate, result.examples) == (1, 0, ("pair_0",))


def test_a_missed_change_says_nothing_of_the_order(colours: ChangeDataset) -> None:
    report = run_sanity(RuleCaptioner(lambda pair: None), colours, progress=False)
    result = next(r for r in report.results if r.name == "swapped_caption")
    assert (result.pairs, result.rate) == (0, None)


def test_views_alter_a_pair_as_they_say() -> None:
    generator = np.random.default_rng(0)
    before, after = generator.random((2, 3, 8, 10), dtype=np.float32)
    pair = ImagePair(before.copy(), after.copy(), name="a")
    seen = {name: view(pair) for name, view in VIEWS.items()}
    np.testing.assert_array_equal(seen["before twice"].after, before)
    np.testing.assert_array_equal(seen["after twice"].before, after)
    np.testing.assert_array_equal(seen["swapped"].before, after)
    np.testing.assert_array_equal(seen["swapped"].after, before)
    moved = seen["before, moved after"].after
    np.testing.assert_array_equal(moved[:, :, 4:], after[:, :, :-4])
    np.testing.assert_array_equal(moved[:, :, :4], after[:, :, 4:0:-1])
    np.testing.assert_array_equal(seen["before, moved before"].after[:, :, 4:], before[:, :, :-4])
    np.testing.assert_allclose(seen["before, darker after"].after, after * 0.8, rtol=1e-6)
    np.testing.assert_allclose(seen["before, brighter before"].after, np.minimum(before * 1.2, 1), rtol=1e-6)
    assert seen["before, brighter after"].after.max() == 1
    assert {view.name for view in seen.values()} == {"a"}
    np.testing.assert_array_equal(pair.before, before)
    np.testing.assert_array_equal(pair.after, after)


def test_names_are_unique_and_every_view_is_used() -> None:
    assert len({test.name for test in SANITY_TESTS}) == len({test.title for test in SANITY_TESTS}) == len(SANITY_TESTS)
    assert {test.view for test in SANITY_TESTS} == set(VIEWS)


def test_images_are_read_once_and_each_view_is_captioned_once(colours: ChangeDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    original = ChangeDataset.__getitem__

    def counted(self: ChangeDataset, index: int) -> ChangeSample:
        read.append(index)
        return original(self, index)

    monkeypatch.setattr(ChangeDataset, "__getitem__", counted)
    captioner = RuleCaptioner(sane)
    run_sanity(captioner, colours, batch_size=2, progress=False)
    assert read == [0, 1, 2, 3, 4]
    asked = len(VIEWS) + 1
    assert captioner.sizes == [2] * asked + [2] * asked + [1] * asked
    some = RuleCaptioner(sane)
    report = run_sanity(some, colours, tests=SANITY_TESTS[:2], progress=False)
    assert [result.name for result in report.results] == ["identical_before", "identical_before_sentence"]
    assert some.sizes == [5, 5]


def test_pairs_of_both_kinds_are_chosen_evenly(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(6, 2)
    assert choose_both_kinds(dataset, 4) == [0, 5, 6, 7]
    assert choose_both_kinds(dataset, 1) == [0]
    assert choose_both_kinds(dataset, 7) == [0, 1, 2, 4, 5, 6, 7]
    assert choose_both_kinds(dataset, 99) == choose_both_kinds(dataset, None) == list(range(8))
    few = make_dataset(2, 6)
    kinds = [is_changed(few.records[index]) for index in choose_both_kinds(few, 6)]
    assert (len(kinds), sum(kinds)) == (6, 2)


def test_given_indices_are_used_in_their_order(colours: ChangeDataset) -> None:
    report = run_sanity(RuleCaptioner(lambda pair: "a house is built"), colours, indices=[4, 1], progress=False)
    assert report.results[0].examples == ("still_1", "pair_1")
    assert report.settings == {"limit": None, "beams": 1, "batch_size": 16, "gate": True, "seed": 0}


def test_a_report_becomes_json(colours: ChangeDataset) -> None:
    report = run_sanity(RuleCaptioner(lambda pair: None), colours, progress=False)
    values = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert [entry["name"] for entry in values["results"]] == [test.name for test in SANITY_TESTS]
    assert values["results"][0] | {"description": ""} == {
        "name": "identical_before",
        "title": "before image twice, flag",
        "description": "",
        "expected": "100 %",
        "pairs": 5,
        "rate": 1.0,
        "examples": [],
        "failed": 0,
    }


@pytest.mark.parametrize("arguments", [{"limit": 0}, {"beams": 0}, {"batch_size": 0}])
def test_impossible_numbers_are_refused(colours: ChangeDataset, arguments: dict) -> None:
    with pytest.raises(ConfigError, match=next(iter(arguments))):
        run_sanity(RuleCaptioner(sane), colours, progress=False, **arguments)


@pytest.mark.parametrize(("indices", "message"), [([], "no pair to test"), ([7], "no pair 7"), ([-1], "no pair -1")])
def test_indices_must_be_of_the_data_set(colours: ChangeDataset, indices: list[int], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        run_sanity(RuleCaptioner(sane), colours, indices=indices, progress=False)


def test_a_captioner_that_loses_a_pair_is_reported(colours: ChangeDataset) -> None:
    captioner = RuleCaptioner(sane)
    captioner.caption = lambda pairs, **options: []  # type: ignore[method-assign]
    with pytest.raises(ModelError, match="0 reports for 5 pairs"):
        run_sanity(captioner, colours, progress=False)


def test_a_real_model_gives_the_same_rates_for_every_batch_size(tiny_checkpoint: Path, make_dataset: MakeDataset) -> None:
    captioner, dataset = ChangeCaptioner.from_pretrained(tiny_checkpoint, device="cpu"), make_dataset()
    report = run_sanity(captioner, dataset, batch_size=2, progress=False)
    assert report.results == run_sanity(captioner, dataset, batch_size=5, progress=False).results
    assert all(result.rate is None or 0 <= result.rate <= 1 for result in report.results)
