from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from deltascribe.datasets import ChangeDataset, is_changed
from deltascribe.errors import ConfigError, ModelError, PredictionsError
from deltascribe.evaluation import run_evaluation
from deltascribe.evaluation.context import build_context
from deltascribe.evaluation.inference import choose_evenly, to_pair
from deltascribe.evaluation.pictures import unpack_mask
from deltascribe.text.special import NO_CHANGE_CAPTION, NO_CHANGE_SENTENCES

from .conftest import FakeCaptioner

MakeDataset = Callable[..., ChangeDataset]


def test_each_width_of_the_search_is_run_over_all_pairs_in_batches(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    captioner = FakeCaptioner(dataset)
    evaluation = run_evaluation(captioner, dataset, beams=(1, 3, 1), batch_size=2, gate=False, progress=False)
    assert [run.name for run in evaluation.runs] == ["beam 3", "greedy"]
    assert captioner.calls == [(2, 3, 2, False), (2, 1, 2, False)] * 2 + [(1, 3, 2, False), (1, 1, 2, False)]
    assert [entry.name for entry in evaluation.runs[1].predictions] == [record.name for record in dataset.records]


def test_a_captioner_that_repeats_a_reference_is_scored_as_perfect(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    run = run_evaluation(FakeCaptioner(dataset), dataset, beams=[1], progress=False).runs[0]
    assert run.table.score("bleu_4") == pytest.approx(1, abs=1e-6)
    assert run.table.score("rouge_l", "changed") == pytest.approx(1)
    assert (run.table.model.change_accuracy, run.table.model.flag_no_change_accuracy) == (1.0, 1.0)
    assert run.table.model.label == "model, greedy"


def test_a_missed_change_lowers_the_change_accuracy(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    captioner = FakeCaptioner(dataset, {"pair_1": (NO_CHANGE_CAPTION, False)})
    model = run_evaluation(captioner, dataset, beams=[1], progress=False).runs[0].table.model
    assert model.change_accuracy == pytest.approx(2 / 3)
    assert model.flag_change_accuracy == pytest.approx(2 / 3)
    assert model.no_change_accuracy == 1.0


def test_predictions_hold_normalised_captions_untouched_references_and_log_probabilities(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    first = run_evaluation(FakeCaptioner(dataset), dataset, beams=[1], progress=False).runs[0].predictions[0]
    assert first.caption == "two houses are built on the left"
    assert first.references[0] == "Two houses are built on the left ."
    assert first.log_probability == pytest.approx(-0.5 * 8)  # the full stop is a word of its own in the fake
    assert (first.change_probability, first.changed, first.predicted_changed) == (0.75, True, True)


def test_masks_are_kept_as_classes(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    masks = run_evaluation(FakeCaptioner(dataset), dataset, beams=[1], progress=False).runs[0].masks
    first = unpack_mask(masks[0])
    assert first is not None
    assert first.sum() == 4 * 16
    without = run_evaluation(FakeCaptioner(dataset, masks=False), dataset, beams=[1], progress=False)
    assert without.runs[0].masks == (None,) * 5


def test_provenance_keeps_what_all_reports_say_alike(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    assert run_evaluation(FakeCaptioner(dataset), dataset, beams=[3], progress=False).runs[0].provenance == {"model": "fake", "beams": 3}


def test_the_context_gives_numbers_and_rows(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    captions = {
        "train": [(("a kiln is torn down",) * 5, True)],
        "val": [(("one barn is torn down",), True)],
        "test": [(record.captions, bool(record.changed)) for record in dataset.records],
    }
    context = build_context(captions, "test")
    evaluation = run_evaluation(FakeCaptioner(dataset), dataset, beams=[1], context=context, resamples=0, progress=False)
    assert evaluation.numbering == context.numbering
    tables = evaluation.runs[0].analysis.tables
    assert "5 numbers (words seen at least 5 times in the train captions)" in tables["ids"].protocol
    labels = [row.label for row in tables["ids"].constants]
    assert "one barn is torn down" in labels[1]
    assert "random training caption (seed 0)" in labels[2]
    bare = run_evaluation(FakeCaptioner(dataset), dataset, beams=[1], modes=["words"], anchors=False, resamples=0, progress=False)
    assert bare.numbering is None
    assert bare.runs[0].table.constants == ()


def test_keywords_and_calibration_come_with_each_run(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    analysis = run_evaluation(FakeCaptioner(dataset), dataset, beams=[1], resamples=0, progress=False).runs[0].analysis
    assert analysis.keywords["changed"].kinds["all"].precision == 1.0
    assert analysis.calibration is not None
    assert analysis.calibration.brier == pytest.approx(0.25**2)


def test_a_limit_takes_pairs_evenly_spread_over_the_data_set(make_dataset: MakeDataset) -> None:
    assert choose_evenly(10, 4) == [0, 3, 6, 9]
    assert choose_evenly(3, 7) == [0, 1, 2]
    assert choose_evenly(383, 100) == sorted(set(choose_evenly(383, 100)))
    dataset = make_dataset(4, 4)
    evaluation = run_evaluation(FakeCaptioner(dataset), dataset, beams=[1], limit=3, progress=False)
    assert evaluation.indices == (0, 4, 7)
    assert evaluation.runs[0].table.pairs == 3


def test_an_unknown_flag_follows_the_references(make_dataset: MakeDataset) -> None:
    record = replace(make_dataset().records[0], changed=None)
    assert is_changed(record)
    assert not is_changed(replace(record, captions=NO_CHANGE_SENTENCES))
    assert is_changed(replace(record, captions=(*NO_CHANGE_SENTENCES, "a road appears")))


def test_the_captioner_sees_the_images_of_the_data_set_and_no_folder_names(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    pair, sample = to_pair(dataset[1]), dataset[1]
    np.testing.assert_array_equal(pair.tensor().numpy(), sample.pair.numpy())
    assert (pair.name, pair.source) == ("pair_1", ("1.png", "1.png"))


@pytest.mark.parametrize(
    ("arguments", "message"), [({"beams": []}, "beams"), ({"beams": [0]}, "beams"), ({"batch_size": 0}, "batch"), ({"limit": 0}, "limit")]
)
def test_impossible_numbers_are_refused(make_dataset: MakeDataset, arguments: dict, message: str) -> None:
    dataset = make_dataset()
    with pytest.raises(ConfigError, match=message):
        run_evaluation(FakeCaptioner(dataset), dataset, progress=False, **arguments)


def test_a_captioner_that_loses_a_pair_is_reported(make_dataset: MakeDataset) -> None:
    dataset = make_dataset()
    captioner = FakeCaptioner(dataset)
    captioner.caption = lambda pairs, **options: []  # type: ignore[method-assign]
    with pytest.raises(ModelError, match="0 reports for 5 pairs"):
        run_evaluation(captioner, dataset, progress=False)


def test_a_pair_without_references_is_reported_before_the_model_runs(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(extra={"bare": ()})
    captioner = FakeCaptioner(make_dataset())
    with pytest.raises(PredictionsError, match="no reference"):
        run_evaluation(captioner, dataset, progress=False)
    assert captioner.calls == []
