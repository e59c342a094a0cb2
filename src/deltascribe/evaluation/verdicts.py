"""Captions judged by eye: the written rule, the form to fill in, and the counts of a filled one."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltascribe.errors import VerdictError
from deltascribe.evaluation.reading.text_file import load_text
from deltascribe.files import read_json_object, write_text
from deltascribe.metrics.render import markdown_table
from deltascribe.metrics.significance import proportion_interval

RULE: dict[str, str] = {
    "true": (
        "everything that the caption states about a change can be seen (kind of object, what was replaced, a count within one up to five, "
        "the place roughly); for a no-change sentence no building, road or large clearing came or went"
    ),
    "partly": "the main change is right, one detail is wrong",
    "false": "the main statement is wrong",
}
"""What each verdict means."""
ERRORS: dict[str, str] = {
    "place": "the place",
    "number": "the arrangement or number",
    "extra": "an object too many",
    "object": "the kind of object, or what was replaced",
    "missed": "a change missed",
    "invented": "a change named that is not there",
    "other": "anything else, told in the note",
}
"""Kinds of error, the main one of a caption that is not true."""
_COLUMNS = ("pair", "caption", "verdict", "error", "note")
_SHOWN = 10


@dataclass(frozen=True)
class Verdict:
    """What was judged of one pair.

    Attributes:
        pair: number of its sheet, from 1.
        verdict: `true`, `partly` or `false`, see `RULE`.
        error: one of `ERRORS`; empty where the verdict is `true`.
        note: in words.
    """

    pair: int
    verdict: str
    error: str = ""
    note: str = ""


def write_form(path: Path, captions: Sequence[str], about: str) -> None:
    """Writes the form: the rule as lines that begin with #, and a row for each caption, numbered from 1, to fill in.

    Args:
        path: where the CSV goes.
        captions: in the order of the sheets.
        about: what is judged, for the first line.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    lines = [about, "Look at each pair by its number, without its references, and fill in the column verdict by this rule:"]
    lines += [f"  {name}: {meaning}" for name, meaning in RULE.items()]
    lines.append("Where it is partly or false, fill in the column error with the main one of these; leave it empty where it is true:")
    lines += [f"  {name}: {meaning}" for name, meaning in ERRORS.items()]
    for line in lines:
        writer.writerow([f"# {line}"])
    writer.writerow(_COLUMNS)
    for number, caption in enumerate(captions, start=1):
        writer.writerow([number, caption, "", "", ""])
    write_text(path, stream.getvalue())


def read_form(path: Path) -> list[Verdict]:
    """Reads a filled form, by the number of the pairs; columns may be parted by commas, semicolons or tabs.

    Raises:
        VerdictError: there is no such form; or a pair has no verdict, an unknown one, an error that does not fit it, a number twice or
            none: all kinds are told at once.
    """
    rows = _rows(load_text(path, VerdictError, "filled form"), path)
    verdicts, faults, numbers = [], [], Counter[int]()
    for line, row in rows:
        given = row["pair"]
        if not given.isdecimal() or int(given) < 1:
            faults.append(f"row {line}: '{given}' is no number of a pair")
            continue
        found = Verdict(int(given), row["verdict"].lower(), row["error"].lower(), row["note"])
        numbers[found.pair] += 1
        fault = _fault(found)
        if fault:
            faults.append(f"pair {given}: {fault}")
        verdicts.append(found)
    faults += [f"pair {number}: stands {count} times" for number, count in sorted(numbers.items()) if count > 1]
    faults += [f"pair {number}: its row is missing" for number in range(1, max(numbers, default=0)) if number not in numbers]
    if faults or not verdicts:
        shown = "; ".join(faults[:_SHOWN]) or "there is no row of a pair"
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise VerdictError(f"{path} is not filled in as its rule says: {shown}{more}. Correct these rows, and count again.")
    return sorted(verdicts, key=lambda verdict: verdict.pair)


def read_changed(path: Path) -> dict[int, bool]:
    """Whether each numbered pair changed by its data set, from the `key.json` that `write_sheets` wrote; empty where none says so.

    Raises:
        VerdictError: it is no such key.
    """
    pairs = (read_json_object(path) or {}).get("pairs")
    if not isinstance(pairs, list):
        raise VerdictError(f"{path} is no key of sheets. Give the key.json that `deltascribe judge sheets` wrote beside the form.")
    changed: dict[int, bool] = {}
    for entry in pairs:
        number, flag = (entry.get("pair"), entry.get("changed")) if isinstance(entry, dict) else (None, None)
        if isinstance(number, int) and isinstance(flag, bool):
            changed[number] = flag
    return changed


def count_verdicts(verdicts: Sequence[Verdict], changed: Mapping[int, bool] | None = None) -> dict[str, Any]:
    """Counts as plain values.

    Args:
        verdicts: one or more.
        changed: by the number of a pair, whether it changed, see `read_changed`.

    Returns:
        `pairs`, `verdicts` by name, `true_share` with its 95 % interval (Wilson), `errors` by verdict and kind; with `changed` also
        `parts`: `pairs`, `verdicts` and `true_share` of the `changed` pairs and of those with `no_change`, where there are any.

    Raises:
        VerdictError: `changed` lacks a pair.
    """
    counts = _shares(verdicts)
    if changed is not None:
        missing = [str(entry.pair) for entry in verdicts if entry.pair not in changed]
        if missing:
            numbers = ", ".join(missing[:_SHOWN])
            raise VerdictError(f"The key doesn't tell whether pairs of the form changed: {numbers}. Give the key.json of the same sheets.")
        parts = {
            name: [entry for entry in verdicts if changed[entry.pair] is flag] for name, flag in (("changed", True), ("no_change", False))
        }
        counts["parts"] = {name: _shares(part) for name, part in parts.items() if part}
    errors = {
        name: {kind: count for kind in ERRORS if (count := sum((e.verdict, e.error) == (name, kind) for e in verdicts))}
        for name in ("partly", "false")
    }
    return {**counts, "errors": errors}


def _shares(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    counts = {name: sum(entry.verdict == name for entry in verdicts) for name in RULE}
    interval = proportion_interval(counts["true"], len(verdicts))
    share = {"value": counts["true"] / len(verdicts), "low": interval.low, "high": interval.high}
    return {"pairs": len(verdicts), "verdicts": counts, "true_share": share}


def verdicts_markdown(counts: dict[str, Any]) -> str:
    """What `count_verdicts` gave as Markdown: the verdicts, those of changed and unchanged pairs apart, and a table by kind of error."""
    lines = [_line("pairs", counts)]
    titles = {"changed": "changed pairs", "no_change": "pairs without a change"}
    lines += [f"- {_line(titles[name], part)}" for name, part in counts.get("parts", {}).items()]
    errors = counts["errors"]
    kinds = [kind for kind in ERRORS if any(kind in group for group in errors.values())]
    text = "\n".join(lines)
    if not kinds:
        return text
    rows = [[ERRORS[kind], *(str(errors[verdict].get(kind, 0)) for verdict in ("partly", "false"))] for kind in kinds]
    return f"{text}\n\n{markdown_table(('kind of error', 'partly', 'false'), rows)}"


def _line(title: str, counts: Mapping[str, Any]) -> str:
    found, share = counts["verdicts"], counts["true_share"]
    value, low, high = (f"{100 * share[key]:.0f}" for key in ("value", "low", "high"))
    interval = f"({value} %, 95 % interval {low} to {high})"
    return f"{counts['pairs']} {title}: {found['true']} true {interval}, {found['partly']} partly, {found['false']} false."


def _rows(text: str, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and cells of each row beneath the head, by column."""
    for mark in (",", ";", "\t"):
        table = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=mark)]
        places = [place for place, row in enumerate(table) if {"pair", "verdict", "error"} <= {cell.lower() for cell in row}]
        if places:
            head = [cell.lower() for cell in table[places[0]]]
            for number, row in enumerate(table[places[0] + 1 :], start=places[0] + 2):
                if any(row) and not row[0].startswith("#"):
                    yield number, dict.fromkeys(_COLUMNS, "") | dict(zip(head, row, strict=False))
            return
    raise VerdictError(f"{path} has no row with the columns pair, verdict and error. Give the CSV that `deltascribe judge sheets` wrote.")


def _fault(found: Verdict) -> str:
    if not found.verdict:
        return "has no verdict"
    if found.verdict not in RULE:
        return f"the verdict '{found.verdict}' is none of {', '.join(RULE)}"
    if found.verdict == "true":
        return f"is true, and yet has the error '{found.error}'" if found.error else ""
    if not found.error:
        return f"is {found.verdict}, and has no kind of error"
    return "" if found.error in ERRORS else f"the error '{found.error}' is none of {', '.join(ERRORS)}"
