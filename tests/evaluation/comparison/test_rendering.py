"""Tests of how comparisons are written: Markdown, LaTeX, CSV, JSON, terminal."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from rich.console import Console

from deltascribe.errors import ConfigError
from deltascribe.evaluation.comparison import FORMATS, Comparison, format_of, render
from deltascribe.evaluation.comparison.cells import p_text, signed
from deltascribe.evaluation.comparison.latex import escape
from deltascribe.evaluation.comparison.legends import differences_legend, legend, sentences, setting
from deltascribe.evaluation.comparison.table import Cell, Difference, Row, Source, Table
from deltascribe.evaluation.comparison.terminal import to_rich
from deltascribe.metrics import METRICS

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
        Row('always "x"', "constant", {"bleu_4": Cell(12.0), "s_m": Cell(None)}),
        Row("Paper 2023 [ids]", "published", {"bleu_4": Cell(62.77), "s_m": Cell(None)}, marks="ids", comparable=False),
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
    return Comparison(
        tables, sources, ("first note", "S*m and S*m"), 30, 20, "base", 0.95, "levir_x, split test", "9 words, train captions"
    )


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


def test_csv_keeps_a_metric_that_no_row_has(comparison: Comparison) -> None:
    table = comparison.tables[0]
    rows = tuple(replace(row, cells={**row.cells, "meteor": Cell(None)}) for row in table.rows)
    dashed = replace(comparison, tables=(replace(table, columns={**table.columns, "meteor": "METEOR"}, rows=rows), comparison.tables[1]))
    lines = list(csv.DictReader(io.StringIO(render(dashed, "csv"))))
    assert {line["meteor"] for line in lines} == {""}
    assert "meteor_p" not in lines[0]


def test_a_legend_stands_directly_under_each_markdown_table(comparison: Comparison) -> None:
    blocks = render(comparison).split("\n\n")
    under = [after for block, after in pairwise(blocks) if block.startswith("| ")]
    scores, differences, accuracies, accuracy_differences = under
    assert not any("\n" in entry for entry in under)
    for piece in ("Bold:", "±: sample standard deviation over the seeds", "against the baseline base", "the 2 metrics of one row"):
        assert piece in scores
    assert "not over rows, subsets or modes" in scores
    assert "predictors that see no image" in scores
    assert "- in published rows: not published." in scores
    for piece in ("minus the baseline base", "95 %: interval of each difference by itself, not adjusted", "paired bootstrap"):
        assert piece in differences
    assert "randomisation" in accuracies
    assert "±" not in accuracies
    assert "a single test in each row" in accuracy_differences


def test_a_legend_holds_only_what_its_table_has(comparison: Comparison) -> None:
    table = comparison.tables[0]
    alone = replace(
        comparison, tables=(replace(table, rows=(Row("a", "run", {"bleu_4": Cell(1.0), "s_m": Cell(2.0)}),)), comparison.tables[1])
    )
    assert sentences(legend(alone, alone.tables[0])) == "All times 100."


def test_the_test_of_accuracies_depends_on_the_seeds(comparison: Comparison) -> None:
    table = comparison.tables[1]
    single = replace(table, rows=tuple(replace(row, seeds=1) for row in table.rows))
    assert "the exact McNemar test" in sentences(legend(comparison, single))
    assert "Agresti and Min" in sentences(differences_legend(comparison, single))
    mixed = replace(table, rows=(*table.rows, replace(table.rows[1], label="c", seeds=1)))
    assert "the exact McNemar test (rows of several seeds: two-sided" in sentences(legend(comparison, mixed))
    assert "McNemar" not in sentences(legend(comparison, table))


def test_columns_that_are_left_out_are_still_told_of_where_p_was_adjusted_over_them(comparison: Comparison) -> None:
    narrow = comparison.only(["s_m"])
    assert [list(table.columns) for table in narrow.tables] == [["s_m"], ["change_accuracy"]]
    text = sentences(legend(narrow, narrow.tables[0]))
    assert "over the 2 metrics of one row in this table (also BLEU-4, not shown)" in text


def test_a_latex_caption_says_all_that_its_table_needs(comparison: Comparison) -> None:
    captions = re.findall(r"^\\caption\{(.*)\}\\smallskip$", render(comparison, "latex"), re.MULTILINE)
    scores, differences, accuracies, _ = captions
    for caption in (scores, differences):
        assert "All 30 pairs, 20 of them changed." in caption
        assert "ids: each word is scored as its number in a vocabulary (9 words, train captions)" in caption
        assert r"Data: levir\_x, split test." in caption
        assert "the baseline base" in caption
        assert "not over rows, subsets or modes" in caption
        assert r"$^{\dagger}$ p \textless{} 0.05" in caption
    assert "Bold:" in scores
    assert r"$\pm$: sample standard deviation over the seeds" in scores
    assert "a note" in scores
    assert r"95 \%: interval of each difference by itself, not adjusted" in differences
    assert "No-change acc.: share of the unchanged pairs" in accuracies


@pytest.mark.parametrize(
    ("mode", "subset", "text"),
    [
        ("words", "changed", "The 30 changed pairs alone. words: scored as words, in lower case and without punctuation."),
        ("words", "no_change", "The 30 pairs without a change alone."),
        ("ids", "balanced", "All 30 pairs, weighted so that the 20 changed ones and the others count half each."),
    ],
)
def test_a_setting_says_what_mode_and_subset_mean(comparison: Comparison, mode: str, subset: str, text: str) -> None:
    assert text in sentences(setting(comparison, replace(comparison.tables[0], mode=mode, subset=subset)))


def test_csv_has_one_line_a_row_with_plain_numbers(comparison: Comparison) -> None:
    lines = list(csv.DictReader(io.StringIO(render(comparison, "csv"))))
    assert [(line["row"], line["kind"], line["mode"], line["subset"]) for line in lines] == [
        ("base", "run", "ids", "all"),
        (ODD, "run", "ids", "all"),
        ('always "x"', "constant", "ids", "all"),
        ("Paper 2023 [ids]", "published", "", "all"),
    ]
    assert [line["marks"] for line in lines] == ["", "", "", "ids"]
    assert [line["comparable"] for line in lines] == ["yes", "yes", "yes", "no"]
    assert [(line["baseline"], line["seeds"]) for line in lines] == [("base", "1"), ("base", "3"), ("", ""), ("", "")]
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
    rows = value["tables"][0]["rows"]
    assert [row.get("seeds") for row in rows] == [1, 3, None, None]
    assert ["seeds" in row for row in rows] == [True, True, False, False]
    assert [row["comparable"] for row in rows] == [True, True, True, False]
    assert (value["data"], value["vocabulary"]) == ("levir_x, split test", "9 words, train captions")


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


def compiled(folder: Path, text: str, options: str = "") -> str:
    """The log of LaTeX."""
    (folder / "table.tex").write_text(text, encoding="utf-8")
    packages = r"\usepackage[T1]{fontenc}\usepackage{textcomp}\usepackage{array}\usepackage{booktabs}\usepackage{graphicx}"
    paper = rf"\documentclass{options}{{article}}{packages}\begin{{document}}\input{{table}}\end{{document}}"
    (folder / "paper.tex").write_text(paper, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-draftmode", "paper.tex"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    assert result.returncode == 0, result.stdout[-2000:]
    return result.stdout


needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="LaTeX is not installed")


@needs_latex
def test_latex_compiles(comparison: Comparison, tmp_path: Path) -> None:
    assert "Overfull" not in compiled(tmp_path, render(comparison, "latex"))


def wide(runs: int, metrics: Sequence[str]) -> Comparison:
    """Rows of seeds with all that widens a cell, and long names."""
    columns = {key: METRICS[key] for key in metrics}
    cells = {key: Cell(133.33, 11.11, True, Difference(-111.11, -112.22, -110.0, 0.001, 0.001)) for key in columns}
    names = ["runs_of_a_model_with_many_underscores_2026-11-25", "averyveryverylongnamewithoutanyplacetobreakitatall", "short"]
    rows = [Row("base", "run", {key: Cell(100.0, 10.0) for key in columns}, 3)]
    rows += [Row(name, "run", cells, 3) for name in names[: runs - 1]]
    rows.append(Row('perfect flag + always "a road is built in the bareland" (best on val)', "oracle", {key: Cell(1.0) for key in columns}))
    path = "/somewhere/very/deep/in/a/file_system/that/never/ends/predictions.jsonl"
    sources = tuple(Source(row.label, path, 0, 1, "beam 3", f"deltascribe evaluate {path} --split=test -o {path}") for row in rows[:runs])
    tables = (
        Table("ids", "ids", "all", 30, columns, tuple(rows)),
        Table(
            "Change recognised",
            None,
            "accuracy",
            30,
            {"change_accuracy": "change acc."},
            (Row("base", "run", {"change_accuracy": Cell(1.0)}),),
        ),
    )
    return Comparison(tables, sources, ("note",), 30, 20, "base", 0.95, "levir", "9 words")


@needs_latex
@pytest.mark.parametrize("options", ["", "[twocolumn]"])
@pytest.mark.parametrize("runs", [2, 3])
@pytest.mark.parametrize("metrics", [("bleu_4", "meteor", "rouge_l", "cider_d", "s_m"), tuple(METRICS)])
def test_latex_tables_stay_inside_the_page(tmp_path: Path, runs: int, metrics: tuple[str, ...], options: str) -> None:
    assert "Overfull" not in compiled(tmp_path, render(wide(runs, metrics), "latex"), options)


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
