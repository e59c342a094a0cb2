"""What a report page shows: scores, plots' data and pairs, all but the first few optional."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy.typing as npt
from PIL import Image

from deltascribe.errors import PredictionsError
from deltascribe.evaluation.predictions import Prediction
from deltascribe.metrics.table import ItemScores, ScoreTable
from deltascribe.text.no_change import no_change_wordings, tells_of_change

if TYPE_CHECKING:
    from deltascribe.evaluation.looks import Look
    from deltascribe.evaluation.retrieval import Retrieval
    from deltascribe.evaluation.sanity import SanityReport
    from deltascribe.metrics.calibration import Reliability
    from deltascribe.metrics.keywords import KeywordScores


def judge(said: Prediction) -> tuple[bool, str]:
    """Whether a model is wrong on change or no change, and what says so: its flag where it gives one, else its sentence."""
    if said.predicted_changed is not None:
        return said.predicted_changed is not said.changed, "flag"
    wordings = no_change_wordings([said.references], [said.changed])
    return tells_of_change(said.caption, wordings) is not said.changed, "sentence"


@dataclass(frozen=True, eq=False)
class GalleryItem:
    """One pair of the gallery.

    Attributes:
        prediction: what was said of it.
        scores: how well.
        before, after: pictures of equal size.
        mask: the model's change mask [H, W] (class indices, or probabilities), or None.
        reference_mask: the data set's, or None.
        look: where the model looked, or None for a pair that was not looked at.
        levels: by name the weights of the feature levels; empty where the model weighs none.
    """

    prediction: Prediction
    scores: ItemScores
    before: Image.Image
    after: Image.Image
    mask: npt.NDArray[Any] | None = None
    reference_mask: npt.NDArray[Any] | None = None
    look: Look | None = None
    levels: Mapping[str, float] = field(default_factory=dict)

    @property
    def wrong_flag(self) -> bool:
        """Whether the model is wrong on change or no change, see `judge`."""
        return judge(self.prediction)[0]


@dataclass(frozen=True)
class CaptionItem:
    """One pair of the gallery where there are no images.

    Attributes:
        prediction: what was said of it.
        scores: how well.
    """

    prediction: Prediction
    scores: ItemScores


def name_setting(heading: str, mode: str) -> str:
    """Mode and way of decoding in one phrase, as `ids, beam 3`."""
    return ", ".join(part for part in (mode, heading) if part)


@dataclass(frozen=True, eq=False)
class ReportContent:
    """Everything on the page; what is empty or None is left out of it.

    Attributes:
        title: heading of the page.
        command: the command line that made it.
        facts: name and value of what a reader must know: model, data, split, pairs, seed, machine, versions, date.
        tables: heading (the way of decoding, empty where none is known), mode and scores; the first of mode `ids` is the one
            that the page opens with.
        predictions: what was said of every evaluated pair, in the order of `tables[0].items`; the plots need it.
        keywords: scores of the `changed` pairs and, to compare with, of what people score against each other (`human`).
        calibration, retrieval, sanity: further results; these and `keywords` may be a sentence on why there are none.
        levels: mean weight of each feature level, by name, of the `changed` and of the `no_change` pairs.
        looks: what is said of the pairs that were looked at, above all pairs; a paragraph each.
        gallery: the pairs to show, with the scores of `pair_table`; may be lazy, one pair's pictures are held at a time.
        total: number of pairs that were evaluated, where not all are shown.
        settings: what the run was told, for the record.
        notes: further notes at the foot.
        subject: who made the captions, as cards and plots say it.

    Raises:
        PredictionsError: there isn't one prediction for each scored pair.
    """

    title: str
    command: str = ""
    facts: Sequence[tuple[str, str]] = ()
    tables: Sequence[tuple[str, str, ScoreTable]] = ()
    predictions: Sequence[Prediction] = ()
    keywords: Mapping[str, KeywordScores] | str | None = None
    calibration: Reliability | str | None = None
    retrieval: Retrieval | str | None = None
    sanity: SanityReport | str | None = None
    levels: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    looks: Sequence[str] = ()
    gallery: Iterable[GalleryItem | CaptionItem] = ()
    total: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    subject: str = "this model"

    def __post_init__(self) -> None:
        items = self.tables[0][2].items if self.tables else ()
        if self.predictions and self.tables and len(items) != len(self.predictions):
            raise PredictionsError(
                f"A report has {len(self.predictions)} predictions for {len(items)} scored pairs. Give one a pair, in the table's order."
            )

    @property
    def pair_table(self) -> tuple[str, str, ScoreTable] | None:
        """The entry of `tables` whose scores of single pairs are shown: the first way of decoding, on words where there are any."""
        alike = [entry for entry in self.tables if entry[0] == self.tables[0][0]]
        return next((entry for entry in alike if entry[1] == "words"), alike[0] if alike else None)
