"""The whole scoring of a set of pairs in one place: both modes, anchors, intervals; `evaluate` and `score` share it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from deltascribe.errors import ConfigError
from deltascribe.metrics.anchors import anchor_rows, no_human_row
from deltascribe.metrics.fixed import FixedSentence
from deltascribe.metrics.ngrams import check_texts
from deltascribe.metrics.numbering import WordNumbering
from deltascribe.metrics.protocol import MODES, Mode, Protocol
from deltascribe.metrics.resampling import bootstrap_intervals
from deltascribe.metrics.scorer import CaptionScorer
from deltascribe.metrics.statistics import ItemStatistics
from deltascribe.metrics.table import PredictorScores, ScoreTable
from deltascribe.text.no_change import is_no_change

INTERVAL_SUBSETS = ("all", "balanced", "changed")
"""A no-change subset repeats one score and has no interval worth the name."""


class SetScorer:
    """Scores any number of predictors on one set in each mode, with the rows that stand under every result.

    Args:
        references: the published sentences of each pair, as text.
        changed: whether each pair changed; None takes it from the references (the five no-change sentences).
        numbering: of the mode `ids`; None numbers every word of the references.
        modes: which are wanted.
        fixed: sentences chosen on another set, see `choose_fixed_sentences`.
        training_captions: sentences of changed training pairs for the random row.
        anchors: whether the rows of constants, chance and people are wanted.
        by_people: whether people wrote the references.
        resamples: bootstrap resamples of the intervals; 0 leaves them out.
        seed: of everything drawn at random.
        meteor: whether METEOR and with it S*m are wanted.

    Raises:
        ConfigError: `resamples` is negative.
        PredictionsError: flags and references differ in number, are empty, or a pair has no reference.
    """

    def __init__(
        self,
        references: Sequence[Sequence[str]],
        changed: Sequence[bool] | None = None,
        *,
        numbering: WordNumbering | None = None,
        modes: Sequence[Mode] = MODES,
        fixed: Sequence[FixedSentence] = (),
        training_captions: Sequence[str] = (),
        anchors: bool = True,
        by_people: bool = True,
        resamples: int = 1000,
        seed: int = 0,
        meteor: bool = True,
    ) -> None:
        check_texts(references)
        if resamples < 0:
            raise ConfigError(f"{resamples} resamples can't be drawn. Give 0 to leave the intervals out, or 100 and more; 1000 is usual.")
        self.changed = [not is_no_change(entry) for entry in references] if changed is None else [bool(flag) for flag in changed]
        self.fixed, self.training_captions = tuple(fixed), list(training_captions)
        self.resamples, self.seed, self._wants_anchors = resamples, seed, anchors
        self._numbering, self._modes, self._meteor = numbering, tuple(modes), meteor
        self.by_people = by_people
        self.references = [list(entry) for entry in references]
        # before any model runs, so that a set that can't be scored costs no time
        self.scorers = {mode: CaptionScorer(references, self.changed, self._protocol(mode)) for mode in self._modes}

    @cached_property
    def numbering(self) -> WordNumbering:
        """The numbers that the mode `ids` uses."""
        if self._numbering is not None:
            return self._numbering
        return WordNumbering.build((sentence for entry in self.references for sentence in entry), 1, "evaluated references")

    @cached_property
    def anchors(self) -> dict[Mode, tuple[PredictorScores, ...]]:
        """The rows of each mode, made once."""
        if not self._wants_anchors:
            return dict.fromkeys(self._modes, ())
        return {
            mode: anchor_rows(scorer, self.fixed, self.training_captions, seed=self.seed, by_people=self.by_people)
            for mode, scorer in self.scorers.items()
        }

    def learn(self, captions: Sequence[str]) -> None:
        """Makes the words of predictions known at once: METEOR's table is then read once for all predictors."""
        for scorer in self.scorers.values():
            sentences = [*captions, *self.training_captions, *(entry.sentence for entry in self.fixed)]
            known = [sentence for entry in scorer.references for sentence in entry]
            scorer.meteor.learn([*known, *(scorer.protocol.tokens(sentence) for sentence in sentences)])

    def score(
        self,
        label: str,
        names: Sequence[str],
        hypotheses: Sequence[str],
        predicted_changed: Sequence[bool] | None = None,
        tell: Callable[[str], None] = lambda stage: None,
    ) -> dict[Mode, ScoreTable]:
        """One table a mode.

        Args:
            label: who made the predictions.
            names: name of each pair.
            hypotheses: the predicted sentence of each pair, as text.
            predicted_changed: the change flag of each pair, where the predictor gives one.
            tell: called with what is being done, for a progress display.

        Raises:
            PredictionsError: there isn't exactly one sentence, name (and flag) a pair.
        """
        self.learn(hypotheses)
        tables: dict[Mode, ScoreTable] = {}
        for mode, scorer in self.scorers.items():
            tell(f"scores, {mode}")
            statistics = scorer.statistics(hypotheses)
            model = scorer.score(label, hypotheses, predicted_changed, statistics)
            items = scorer.items(names, statistics["all"])
            tell(f"intervals, {mode}")
            intervals = self._intervals(scorer, statistics)
            tell("constants and people")
            notes = [scorer.meteor.note] if scorer.meteor.note else []
            if self._wants_anchors and (reason := no_human_row(scorer)) is not None:
                notes.append(reason)
            if intervals:
                notes.append(f"Intervals: 95 %, percentile bootstrap over pairs, {self.resamples} resamples, seed {self.seed}.")
            tables[mode] = ScoreTable(
                model,
                items,
                len(self.changed),
                sum(self.changed),
                mode,
                scorer.protocol.describe(),
                self.anchors[mode],
                intervals,
                tuple(notes),
            )
        return tables

    def _intervals(self, scorer: CaptionScorer, statistics: Mapping[str, ItemStatistics]) -> dict[str, dict[str, tuple[float, float]]]:
        if not self.resamples:
            return {}
        options = {"resamples": self.resamples, "seed": self.seed}
        return {
            subset: bootstrap_intervals(rows, scorer.weights(subset), strata=scorer.strata(subset), **options)
            for subset, rows in statistics.items()
            if subset in INTERVAL_SUBSETS and len(rows) > 1
        }

    def _protocol(self, mode: Mode) -> Protocol:
        return Protocol.ids(self.numbering, self._meteor) if mode == "ids" else Protocol.words(self._meteor)
