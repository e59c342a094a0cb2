"""A comparison as LaTeX tables with booktabs, to be read into a paper by \\input."""

from __future__ import annotations

from collections.abc import Sequence

from deltascribe.evaluation.comparison.cells import difference_lines, headline, number, source_cells
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
_HEADS = {"meteor_exact": "M (exact)"}
_MANY = 6
_LABELS, _LONG = r">{\raggedright\arraybackslash}p{3.4cm}", 26
_HEAD = r"""% \usepackage[T1]{fontenc}, \usepackage{textcomp}, \usepackage{array} and \usepackage{booktabs} are needed"""


def to_latex(comparison: Comparison) -> str:
    """One float a table, with the notes and the commands and seeds of the runs below."""
    parts = [_HEAD]
    for table in comparison.tables:
        parts.append(_float(table, table.title, _body(table), table.notes))
        differences = _differences(comparison, table)
        if differences:
            parts.append(_float(table, f"{table.title}: differences to {comparison.baseline}", differences))
    parts.append(_list("Notes", [f"{headline(comparison)}.", *comparison.notes]))
    runs = []
    for label, seed, training_seed, decoding, path, command in source_cells(comparison.sources):
        facts = f"{escape(label)}: seed {seed}, training seed {training_seed}, decoding {escape(decoding)}, "
        runs.append(facts + rf"\texttt{{{escape(path)}}}, \texttt{{{escape(command)}}}")
    parts.append(_list("Runs", runs, escaped=True))
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Text with all that LaTeX would read as a command made harmless; control characters become blanks."""
    harmless = "".join(_SPECIAL.get(letter, letter) if letter.isprintable() else " " for letter in text)
    # two hyphens, as options of a command have them, would become one dash
    return harmless.replace("--", "-{}-")


def _body(table: Table) -> list[str]:
    lines: list[str] = []
    previous: Row | None = None
    for row in table.rows:
        if previous is not None and row.kind != previous.kind:
            lines.append(r"\midrule")
        lines.append(_line([escape(row.label), *(_cell(row.cells[key]) for key in table.columns)]))
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
            lines.append(_line([escape(f"{label}, {heading}" if position == 0 else heading), *map(_minus, cells)]))
    return lines


def _minus(text: str) -> str:
    """A number with a true minus sign."""
    return f"${text[0]}${escape(text[1:])}" if text[0] in "+-" and len(text) > 1 else escape(text)


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _float(table: Table, title: str, body: Sequence[str], notes: Sequence[str] = ()) -> str:
    columns = table.columns
    wraps = any(len(row.label) > _LONG for row in table.rows)
    heads = _line(["", *(escape(_HEADS.get(key, name)) for key, name in columns.items())])
    dense = len(columns) > _MANY and any(row.seeds > 1 for row in table.rows)
    size, gap = (r"\scriptsize", "2pt") if dense else (r"\footnotesize", "3pt")
    caption = ". ".join([escape(title), *(escape(note.rstrip(".")) for note in notes)])
    return "\n".join(
        [
            r"\begin{table}[htbp]",
            rf"\caption{{{caption}.}}\smallskip",
            rf"\centering{size}\setlength{{\tabcolsep}}{{{gap}}}",
            rf"\begin{{tabular}}{{@{{}}{_LABELS if wraps else 'l'}{'r' * len(columns)}@{{}}}}",
            r"\toprule",
            heads,
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        ]
    )


def _list(title: str, entries: Sequence[str], escaped: bool = False) -> str:
    items = [rf"\item {entry if escaped else escape(entry)}" for entry in entries]
    return "\n".join([rf"\paragraph{{{title}}}", r"\begin{itemize}\footnotesize\raggedright", *items, r"\end{itemize}"])
