from __future__ import annotations

import csv
from pathlib import Path

import pytest

from deltascribe.errors import VerdictError
from deltascribe.evaluation.verdicts import ERRORS, RULE, Verdict, count_verdicts, read_form, verdicts_markdown, write_form

CAPTIONS = ["a road, and a house", "the scene is the same as before", 'a "barn" appears', "trees are removed"]
FILLED = [("true", "", ""), ("false", "missed", "two barns"), ("Partly", "place", ""), ("TRUE ", "", "clear; quite")]


def fill(path: Path, answers: list[tuple[str, str, str]], mark: str = ",") -> Path:
    """Fills the form as a spreadsheet program would: every line goes through its table."""
    write_form(path, CAPTIONS, "4 pairs of val")
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    head = next(place for place, row in enumerate(rows) if row[0] == "pair")
    for row, answer in zip(rows[head + 1 :], answers, strict=True):
        row[2:] = answer
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        csv.writer(stream, delimiter=mark).writerows(rows)
    return path


def test_the_form_begins_with_the_rule_and_the_kinds_of_error(tmp_path: Path) -> None:
    write_form(tmp_path / "form.csv", CAPTIONS, "4 pairs of val")
    with (tmp_path / "form.csv").open(newline="") as stream:
        rows = list(csv.reader(stream))
    told = [row[0] for row in rows if row[0].startswith("#")]
    assert told[0] == "# 4 pairs of val"
    for name, meaning in {**RULE, **ERRORS}.items():
        assert f"#   {name}: {meaning}" in told
    assert all(len(row) == 1 for row in rows[: len(told)])
    assert rows[len(told)] == ["pair", "caption", "verdict", "error", "note"]
    assert rows[len(told) + 1 :] == [[str(number), caption, "", "", ""] for number, caption in enumerate(CAPTIONS, start=1)]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_filled_form_is_read_whatever_parts_its_columns(tmp_path: Path, mark: str) -> None:
    assert read_form(fill(tmp_path / "form.csv", FILLED, mark)) == [
        Verdict(1, "true"),
        Verdict(2, "false", "missed", "two barns"),
        Verdict(3, "partly", "place"),
        Verdict(4, "true", "", "clear; quite"),
    ]


@pytest.mark.parametrize(
    ("place", "answer", "message"),
    [
        (0, ("", "", ""), "pair 1: has no verdict"),
        (1, ("perhaps", "", ""), "pair 2: the verdict 'perhaps' is none of true, partly, false"),
        (2, ("partly", "", ""), "pair 3: is partly, and has no kind of error"),
        (2, ("partly", "palce", ""), "pair 3: the error 'palce' is none of place, number"),
        (3, ("true", "place", ""), "pair 4: is true, and yet has the error 'place'"),
    ],
)
def test_what_the_rule_does_not_know_is_named(tmp_path: Path, place: int, answer: tuple[str, str, str], message: str) -> None:
    answers = [*FILLED[:place], answer, *FILLED[place + 1 :]]
    with pytest.raises(VerdictError, match=message):
        read_form(fill(tmp_path / "form.csv", answers))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(VerdictError) as caught:
        read_form(fill(tmp_path / "form.csv", [("", "", ""), ("no", "", ""), *FILLED[2:]]))
    assert "pair 1: has no verdict; pair 2: the verdict 'no'" in str(caught.value)
    assert "count again" in str(caught.value)


def test_missing_doubled_and_unnumbered_rows_are_named(tmp_path: Path) -> None:
    path = tmp_path / "form.csv"
    path.write_text("pair,verdict,error\n1,true,\n1,true,\n4,false,missed\nfive,true,\n0,true,\n\n")
    with pytest.raises(VerdictError) as caught:
        read_form(path)
    for part in (
        "'five' is no number of a pair",
        "row 6: '0' is no number",
        "pair 1: stands 2 times",
        "pair 2: its row is missing",
        "pair 3: its row is missing",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize("text", ["name,said\n1,true\n", "pair,verdict,error\n", "# only the rule\n"])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "form.csv"
    path.write_text(text)
    with pytest.raises(VerdictError):
        read_form(path)


def test_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(VerdictError, match="Give the path of the filled form"):
        read_form(tmp_path / "nothing.csv")


def test_verdicts_are_counted_by_kind_of_error() -> None:
    verdicts = [Verdict(number, "true") for number in range(26)]
    verdicts += [Verdict(30, "partly", kind) for kind in ["place"] * 4 + ["number"] * 2 + ["extra"]]
    verdicts += [Verdict(40, "false", kind) for kind in ["missed"] * 4 + ["invented"] * 3]
    counts = count_verdicts(verdicts)
    assert counts["pairs"] == 40
    assert counts["verdicts"] == {"true": 26, "partly": 7, "false": 7}
    assert counts["errors"] == {"partly": {"place": 4, "number": 2, "extra": 1}, "false": {"missed": 4, "invented": 3}}
    # Wilson's interval of 26 of 40
    share = counts["true_share"]
    assert (share["value"], share["low"], share["high"]) == pytest.approx((0.65, 0.4951, 0.7787), abs=1e-4)
    text = verdicts_markdown(counts)
    assert text.startswith("40 pairs: 26 true (65 %, 95 % interval 50 to 78), 7 partly, 7 false.")
    assert "| a change missed | 0 | 4 |" in text
    assert "the kind of object" not in text


def test_true_captions_need_no_table() -> None:
    assert verdicts_markdown(count_verdicts([Verdict(1, "true")])) == "1 pairs: 1 true (100 %, 95 % interval 21 to 100), 0 partly, 0 false."
