"""A comparison as LaTeX tables with booktabs, to be read into a paper by \\input."""

from __future__ import annotations

import re
from collections.abc import Sequence

from deltascribe.evaluation.comparison.cells import difference_lines, headline, number, source_cells
from deltascribe.evaluation.comparison.legends import differences_legend, legend, sentences, setting
from deltascribe.evaluation.comparison.table import Cell, Comparison, Row, Table

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    # after the end of a row a bracket would be taken for its argument
    "[": "{[}",
    "±": r"$\pm$",
    "†": r"$^{\dagger}$",
    "‡": r"$^{\ddagger}$",
}
_LABELS, _LONG = r">{\raggedright\arraybackslash}p{3.4cm}", 22
_UNBROKEN = 16
"""Letters in a row after which a line may break, since names of files and runs can be wider than their column."""
_HEAD = r"""% needs \usepackage[T1]{fontenc}, \usepackage{textcomp}, \usepackage{array}, \usepackage{booktabs} and \usepackage{graphicx}"""


def to_latex(comparison: Comparison) -> str:
    """One float a table, whose caption says all that is needed to read it; the notes and the commands and seeds of the runs below."""
    parts = [_HEAD]
    for table in comparison.tables:
        about = setting(comparison, table)
        parts.append(_float(table, [*about, *legend(comparison, table), *table.notes], _body(table)))
        differences = _differences(comparison, table)
        if differences:
            parts.append(_float(table, [f"{about[0]}: differences", *about[1:], *differences_legend(comparison, table)], differences))
    parts.append(_list("Notes", [escape(note) for note in (f"{headline(comparison)}.", *comparison.notes)]))
    runs = []
    for label, seed, training_seed, decoding, path, command in source_cells(comparison.sources):
        facts = f"{_breakable(label)}: seed {seed}, training seed {training_seed}, decoding {escape(decoding)}, "
        runs.append(facts + rf"\texttt{{{_breakable(path)}}}, \texttt{{{_breakable(command)}}}")
    parts.append(_list("Runs", runs))
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Text with all that LaTeX would read as a command made harmless; control characters become blanks."""
    harmless = "".join(_SPECIAL.get(letter, letter) if letter.isprintable() else " " for letter in text)
    # two hyphens, as options of a command have them, would become one dash
    return harmless.replace("--", "-{}-")


def _breakable(text: str) -> str:
    """Escaped text whose long words may break after what parts them, or anywhere if nothing does."""
    return " ".join(_with_breaks(word) for word in " ".join(text.split()).split(" "))


def _with_breaks(word: str) -> str:
    if len(word) <= _UNBROKEN:
        return escape(word)
    pieces = [
        piece[start : start + _UNBROKEN] for piece in re.findall(r"[^/_=,.-]*[/_=,.-]*", word) for start in range(0, len(piece), _UNBROKEN)
    ]
    return r"\allowbreak{}".join(map(escape, pieces))


def _body(table: Table) -> list[str]:
    lines: list[str] = []
    previous: Row | None = None
    for row in table.rows:
        if previous is not None and row.block != previous.block:
            lines.append(r"\midrule")
        lines.append(_line([_breakable(row.label), *(_cell(row.cells[key]) for key in table.columns)]))
        previous = row
    return lines


def _cell(cell: Cell) -> str:
    text = _minus(number(cell.value))
    text = rf"\textbf{{{text}}}" if cell.best else text
    if cell.deviation is not None:
        text += rf"{{\tiny $\pm${cell.deviation:.2f}}}"
    return text + (escape(cell.difference.mark) if cell.difference is not None else "")


def _differences(comparison: Comparison, table: Table) -> list[str]:
    lines: list[str] = []
    for label, entries in difference_lines(comparison, table):
        if lines:
            lines.append(r"\midrule")
        for position, (heading, cells) in enumerate(entries):
            lines.append(_line([_breakable(f"{label}, {heading}" if position == 0 else heading), *map(_minus, cells)]))
    return lines


def _minus(text: str) -> str:
    """A number with a true minus sign."""
    return f"${text[0]}${escape(text[1:])}" if text[0] in "+-" and len(text) > 1 else escape(text)


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _float(table: Table, caption: Sequence[str], body: Sequence[str]) -> str:
    wraps = any(len(row.label) > _LONG for row in table.rows)
    return "\n".join(
        [
            r"\begin{table}[htbp]",
            rf"\caption{{{_breakable(sentences(caption))}}}\smallskip",
            r"\centering\small\setlength{\tabcolsep}{3pt}",
            rf"\sbox0{{\begin{{tabular}}{{@{{}}{_LABELS if wraps else 'l'}{'r' * len(table.columns)}@{{}}}}",
            r"\toprule",
            _line(["", *map(escape, table.columns.values())]),
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}}",
            "% only a table that is wider than the column is made smaller",
            r"\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\usebox0}\else\usebox0\fi",
            r"\end{table}",
        ]
    )


def _list(title: str, items: Sequence[str]) -> str:
    """A list of escaped items."""
    lines = [rf"\item {item}" for item in items]
    return "\n".join([rf"\paragraph{{{title}}}", r"\begin{itemize}\footnotesize\raggedright", *lines, r"\end{itemize}"])
