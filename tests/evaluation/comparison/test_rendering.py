"""Tests of how comparisons are written: Markdown, LaTeX, CSV, JSON, terminal."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from deltascribe.errors import ConfigError
from deltascribe.evaluation.comparison import FORMATS, Comparison, format_of, render
from deltascribe.evaluation.comparison.cells import p_text, signed
from deltascribe.evaluation.comparison.latex import escape
from deltascribe.evaluation.comparison.table import Cell, Difference, Row, Source, Table
from deltascribe.evaluation.comparison.terminal import to_rich

ODD = r'my_model [50%] & "x" $y$ ~^ \z {é} | <b> *c* `d` #1'


@pytest.fixture
def comparison() -> Comparison:
    """Two runs, an anchor and a published row with all that a cell can hold."""
    better = Difference(1.234, -0.5, 2.9, 0.004, 0.02)
    columns = {"bleu_4": "BLEU-4", "s_m": "S*m"}
    rows = (
        Row("base", "run", {"bleu_4": Cell(48.3456), "s_m": Cell(64.0, best=True)}),
        Row(
            ODD,
            "run",
            {"bleu_4": Cell(49.5796, 0.5, True, better), "s_m": Cell(64.0, 0.25, True, Difference(0.0, 0.0, 0.0, 1.0, 1.0))},
            seeds=3,
        ),
        Row('always "x"', "anchor", {"bleu_4": Cell(12.0), "s_m": Cell(None)}),
        Row("Paper 2023 [ids]", "published", {"bleu_4": Cell(62.77), "s_m": Cell(None)}, marks="ids"),
    )
    accuracy = Table(
        "Change recognised",
        None,
        "accuracy",
        30,
        {"change_accuracy": "change acc."},
        (
            Row("base", "run", {"change_accuracy": Cell(90.0)}),
            Row(ODD, "run", {"change_accuracy": Cell(95.0, best=True, difference=Difference(5, 1, 9, 0.0002, 0.0002))}, 3),
        ),
    )
    sources = (
        Source("base", "runs/a/predictions.jsonl", 0, 1, "beam 3", "deltascribe evaluate a --split test | tee log"),
        Source(ODD, "runs/b/predictions.jsonl", None, None, "", ""),
    )
    tables = (Table("ids, all pairs (30 pairs)", "ids", "all", 30, columns, rows, ("a note",)), accuracy)
    return Comparison(tables, sources, ("first note", "S*m and S*m"), 30, 20, "base", 0.95)


def test_markdown_shows_scores_deviations_the_best_and_marks(comparison: Comparison) -> None:
    text = render(comparison)
    odd = r'my_model [50%] & "x" $y$ ~^ \\z {é} \| \<b> \*c\* \`d\` #1'
    assert f"| {odd} | **49.58 ± 0.50**† | **64.00 ± 0.25** |" in text
    assert "| base | 48.35 | **64.00** |" in text
    assert '| always "x" | 12.00 | - |' in text
    assert (
        f"| {odd}, difference | +1.23† | 0.00 |\n| 95 % from | -0.50 | 0.00 |\n| 95 % to | +2.90 | 0.00 |\n| p (Holm) | 0.020 | 1.000 |"
        in text
    )
    assert "| +5.00‡ |" in text
    assert "| <0.001 |" in text


def test_markdown_tables_have_the_same_number_of_cells_in_each_line(comparison: Comparison) -> None:
    tables = re.findall(r"(?:^\|.*\n)+", render(comparison), re.MULTILINE)
    assert len(tables) == 5
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_markdown_ends_with_the_commands_and_seeds(comparison: Comparison) -> None:
    last = render(comparison).rstrip().splitlines()[-2]
    assert last == r"| base | 0 | 1 | beam 3 | `runs/a/predictions.jsonl` | `deltascribe evaluate a --split test \| tee log` |"


def test_csv_has_one_line_a_row_with_plain_numbers(comparison: Comparison) -> None:
    lines = list(csv.DictReader(io.StringIO(render(comparison, "csv"))))
    assert [(line["row"], line["kind"], line["mode"], line["subset"]) for line in lines] == [
        ("base", "run", "ids", "all"),
        (ODD, "run", "ids", "all"),
        ('always "x"', "anchor", "ids", "all"),
        ("Paper 2023 [ids]", "published", "", "all"),
    ]
    assert [line["marks"] for line in lines] == ["", "", "", "ids"]
    ours = lines[1]
    assert [float(ours[f"bleu_4{part}"]) for part in ("", "_sd", "_difference", "_low", "_high", "_p", "_p_holm")] == [
        49.5796,
        0.5,
        1.234,
        -0.5,
        2.9,
        0.004,
        0.02,
    ]
    assert (float(ours["change_accuracy"]), float(ours["change_accuracy_p"]), ours["seeds"]) == (95, 0.0002, "3")
    assert (lines[0]["bleu_4_difference"], lines[2]["s_m"], lines[3]["change_accuracy"]) == ("", "", "")
    assert "change_accuracy_sd" not in ours


def test_json_holds_everything(comparison: Comparison) -> None:
    value = json.loads(render(comparison, "json"))
    assert (value["pairs"], value["baseline"], value["level"]) == (30, "base", 0.95)
    cell = value["tables"][0]["rows"][1]["scores"]["bleu_4"]
    assert cell == {"value": 49.5796, "sd": 0.5, "difference": 1.234, "low": -0.5, "high": 2.9, "p": 0.004, "p_holm": 0.02}
    assert value["runs"][0]["command"].startswith("deltascribe evaluate")


def test_latex_escapes_every_special_letter() -> None:
    assert escape("a_b & 50% #1 $x$ {y}") == r"a\_b \& 50\% \#1 \$x\$ \{y\}"
    assert escape("\\~^<>|") == r"\textbackslash{}\textasciitilde{}\textasciicircum{}\textless{}\textgreater{}\textbar{}"
    assert escape("[x] --split a-b\n") == "{[}x] -{}-split a-b "


def test_latex_tables_are_balanced(comparison: Comparison) -> None:
    text = render(comparison, "latex")
    for name in ("table", "tabular", "itemize"):
        assert text.count(rf"\begin{{{name}}}") == text.count(rf"\end{{{name}}}") > 0
    assert text.count(r"\toprule") == text.count(r"\bottomrule") == 4
    assert r"\textbf{49.58}{\tiny $\pm$0.50}$^{\dagger}$" in text
    assert r"$-$0.50" in text
    body = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {len(re.findall(r"(?<!\\)&", line)) for line in body} == {1, 2}


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="LaTeX is not installed")
def test_latex_compiles(comparison: Comparison, tmp_path: Path) -> None:
    (tmp_path / "table.tex").write_text(render(comparison, "latex"), encoding="utf-8")
    packages = r"\usepackage[T1]{fontenc}\usepackage{textcomp}\usepackage{array}\usepackage{booktabs}"
    (tmp_path / "paper.tex").write_text(rf"\documentclass{{article}}{packages}\begin{{document}}\input{{table}}\end{{document}}")
    result = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-draftmode", "paper.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
    )
    assert result.returncode == 0, result.stdout[-2000:]


def test_the_terminal_shows_scores_with_their_differences_in_80_columns(comparison: Comparison) -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(to_rich(comparison))
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    for piece in ("48.35", "+1.23†", "95 % from", "p (Holm)", "<0.001", "[50%]", "first note", "--split test"):
        assert piece in text


def test_the_format_is_told_by_name_or_suffix() -> None:
    assert [format_of(name, None) for name in FORMATS] == list(FORMATS)
    assert format_of(None, None) == "markdown"
    assert [format_of(None, Path(f"x{suffix}")) for suffix in (".md", ".tex", ".CSV", ".json")] == ["markdown", "latex", "csv", "json"]
    assert format_of("csv", Path("x.txt")) == "csv"
    with pytest.raises(ConfigError, match="markdown, latex, csv, json"):
        format_of("html", None)
    with pytest.raises(ConfigError, match=r"\.tex.*--format"):
        format_of(None, Path("x.pdf"))


@pytest.mark.parametrize(("value", "text"), [(1.0, "+1.00"), (-0.004, "0.00"), (-2.5, "-2.50")])
def test_differences_have_a_sign(value: float, text: str) -> None:
    assert signed(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.00099, "<0.001"), (0.001, "0.001"), (1.0, "1.000")])
def test_p_values_are_never_rounded_to_nothing(value: float, text: str) -> None:
    assert p_text(value) == text
