"""What a reader of a comparison must know: numbering, decoding, tests, and what was left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from deltascribe.errors import ConfigError
from deltascribe.evaluation.comparison.pairs import SharedPairs
from deltascribe.evaluation.comparison.rows import Resampling
from deltascribe.evaluation.comparison.runs import RunGroup, find_group
from deltascribe.evaluation.record import SCORES
from deltascribe.metrics import SUBSETS, FixedSentence, SetScorer, WordNumbering
from deltascribe.metrics.anchors import RULES, no_human_row
from deltascribe.metrics.render import NOTES

_ALWAYS = tuple(note for note in NOTES if note not in RULES)


def choose_numbering(groups: Sequence[RunGroup], wanted: str | None = None) -> tuple[WordNumbering | None, list[str]]:
    """The numbers of the mode `ids`, with notes on the runs that were scored with others; None where no run states any.

    Args:
        groups: the rows.
        wanted: label of the row whose numbers are used; the first that states any by default.

    Raises:
        ConfigError: no such row, or it states no numbers.
    """
    stated = [(group.label, run.numbering) for group in groups for run in group.runs]
    known = [(label, numbering) for label, numbering in stated if numbering is not None]
    if wanted is not None:
        find_group(groups, wanted, "--vocabulary-from")
        known = [(label, numbering) for label, numbering in known if label == wanted]
        if not known:
            having = _names([label for label, numbering in stated if numbering is not None])
            step = f"Choose one that does: {having}." if having else "None of the rows does; leave the option out."
            raise ConfigError(f"--vocabulary-from: {wanted} states no numbering of words in its {SCORES}. {step}")
    if not known:
        return None, ["No run states its numbering of words (ids): every word of the evaluated references has a number."]
    chosen_label, chosen = known[0]
    notes = []
    others = [label for label, numbering in stated if numbering is not None and numbering.words != chosen.words]
    silent = [label for label, numbering in stated if numbering is None]
    if others:
        notes.append(
            f"ids: scored anew with the numbering of {chosen_label}, not with their own: {_names(others)}. "
            "--vocabulary-from names another row whose numbering is used."
        )
    if silent:
        notes.append(f"ids: no numbering stated, scored with that of {chosen_label}: {_names(silent)}.")
    return chosen, notes


def choose_fixed(groups: Sequence[RunGroup]) -> tuple[tuple[FixedSentence, ...], list[str]]:
    """The fixed sentences of the first run that holds any, with notes on where the rows of constants and chance come from."""
    random_row = 'No row "perfect flag + random training caption": compare has no training captions; see the output of each run.'
    for group in groups:
        for run in group.runs:
            if run.fixed:
                return run.fixed, [f'"perfect flag + always ...": the fixed sentences in the {SCORES} of {group.label}.', random_row]
    missing = (
        f'No row "perfect flag + fixed sentence": no run has a {SCORES} that holds one. It is chosen on the captions of another split: '
        "`deltascribe evaluate MODEL DATA -o RUN` or `deltascribe score FILE REFERENCES -o RUN` writes it where the data set or the "
        "references hold that split."
    )
    return (), [missing, random_row]


def describe_data(groups: Sequence[RunGroup]) -> str:
    """Data set and split as the first run that states any has them, without the folders of a path."""
    data = next((run.data for group in groups for run in group.runs if run.data), {})
    name, source, split = (value if isinstance(value := data.get(key), str) else "" for key in ("name", "source", "split"))
    place = name or PurePath(re.sub(r" \([^()]*\)$", "", source)).name
    format = data.get("format")
    parts = [f"{place} ({format})" if place and isinstance(format, str) else place, f"split {split}" if split else ""]
    return ", ".join(part for part in parts if part)


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
    if anchors and (reason := no_human_row(next(iter(scorer.scorers.values())))) is not None:
        found.append(reason)
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
            f"permutations, seed {settings.seed}), accuracies by {accuracies}, p adjusted after Holm over the metrics that one row is "
            "tested on in one table, not over rows, subsets or modes. "
            f"Intervals of differences: {100 * settings.level:g} %, paired bootstrap over pairs ({settings.resamples} resamples), with "
            "McNemar's test that of Agresti and Min; each holds by itself and is not adjusted. "
            "Bold: the best run of a column."
        )
    if several:
        found.append("±: sample standard deviation over the seeds of a row (n - 1), nothing else; single runs have none.")
    if several and len(groups) > 1:
        found.append(
            "Rows of several seeds are tested by the mean over seeds of what each pair adds to a score; the difference is that of the "
            "mean scores shown, and its interval tells of the choice of pairs, not of the choice of seeds."
        )
    return found


def _names(labels: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(labels))
