"""What a reader of a comparison must know: numbering, decoding, tests, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence

from deltascribe.evaluation.comparison.pairs import SharedPairs
from deltascribe.evaluation.comparison.rows import Resampling
from deltascribe.evaluation.comparison.runs import RunGroup
from deltascribe.metrics import SUBSETS, SetScorer, WordNumbering
from deltascribe.metrics.anchors import RULES
from deltascribe.metrics.render import NOTES

_ALWAYS = tuple(note for note in NOTES if note not in RULES)


def choose_numbering(groups: Sequence[RunGroup]) -> tuple[WordNumbering | None, list[str]]:
    """The numbers of the first run that states any, with notes on the others; None where no run does."""
    stated = [(group.label, run.numbering) for group in groups for run in group.runs]
    chosen_label, chosen = next(((label, numbering) for label, numbering in stated if numbering is not None), ("", None))
    if chosen is None:
        return None, ["No run states its numbering of words (ids): every word of the evaluated references has a number."]
    notes = []
    others = [label for label, numbering in stated if numbering is not None and numbering.words != chosen.words]
    silent = [label for label, numbering in stated if numbering is None]
    if others:
        notes.append(f"ids: scored anew with the numbering of {chosen_label}, not with their own: {_names(others)}.")
    if silent:
        notes.append(f"ids: no numbering stated, scored with that of {chosen_label}: {_names(silent)}.")
    return chosen, notes


def notes(
    groups: Sequence[RunGroup],
    baseline: RunGroup,
    pairs: SharedPairs,
    scorer: SetScorer,
    missing: Sequence[str],
    settings: Resampling,
    anchors: bool,
) -> list[str]:
    """All notes but those on the numbering.

    Args:
        groups: the rows.
        baseline: the row that the others are tested against.
        pairs: the pairs that are scored.
        scorer: of these pairs.
        missing: subsets that were asked for and have no pair.
        settings: how differences are tested.
        anchors: whether there are rows of constants and people.
    """
    found = [entry.protocol.describe() for entry in scorer.scorers.values()]
    found += [entry.meteor.note for entry in scorer.scorers.values() if entry.meteor.note]
    if pairs.left_out:
        found.append(f"Only the {len(pairs.names)} pairs that all runs share are scored; {pairs.left_out} others are left out.")
    if missing:
        found.append(f"Left out for lack of pairs: {', '.join(SUBSETS[subset] for subset in missing)}.")
    searches = {run.decoding or "not stated" for group in groups for run in group.runs}
    if len(searches) > 1:
        found.append(f"The runs differ in how they were decoded: {', '.join(sorted(searches))}; see the list of runs.")
    found += _on_tests(groups, baseline, settings)
    found += _ALWAYS
    return [*found, RULES[0], RULES[2]] if anchors else found


def _on_tests(groups: Sequence[RunGroup], baseline: RunGroup, settings: Resampling) -> list[str]:
    found = []
    several = any(len(group.runs) > 1 for group in groups)
    if len(groups) > 1:
        accuracies = "the exact McNemar test" + (" (rows of several seeds: randomisation)" if several else "")
        found.append(
            f"† p < 0.05, ‡ p < 0.01 against {baseline.label}: two-sided paired approximate randomisation ({settings.permutations} "
            f"permutations, seed {settings.seed}), accuracies by {accuracies}, p adjusted after Holm over the columns of a table. "
            f"Intervals of differences: {100 * settings.level:g} %, paired bootstrap over pairs ({settings.resamples} resamples), with "
            "McNemar's test that of Agresti and Min. "
            "Bold: the best run."
        )
    if several:
        found.append("±: sample standard deviation over the seeds of a row (n - 1).")
    if several and len(groups) > 1:
        found.append(
            "Rows of several seeds are tested by the mean over seeds of what each pair adds to a score; the difference is that of the "
            "seeds' captions scored together, and its interval tells of the choice of pairs, not of the choice of seeds."
        )
    return found


def _names(labels: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(labels))
