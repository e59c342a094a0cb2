"""The plots of a grid: differences to the reference with every seed as a dot, and training curves."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from deltascribe.ablation.summary import SCORES, same_seed_gaps
from deltascribe.errors import MissingDependencyError
from deltascribe.evaluation.comparison.table import Table
from deltascribe.files import atomic_write
from deltascribe.losses import LOSSES

_COLUMNS = 4
_PANEL, _ROW = 3.3, 0.34
_VALIDATION = {
    "cider_d": "validation: CIDEr-D",
    "changed_cider_d": "validation: CIDEr-D, changed",
    "change_accuracy": "validation: change acc.",
    "no_change_accuracy": "validation: no-change acc.",
}
_POINTS = 60
"""A curve of losses is the mean of this many stretches of steps."""
_INK, _SOFT = "#22303c", "#8a96a3"
_Floats = npt.NDArray[np.float64]
Curve = tuple[_Floats, _Floats]


def draw_differences(path: Path, table: Table, reference: str, seeds: Mapping[str, Sequence[int]]) -> Path | None:
    """A panel a metric: of each variant the difference with its interval, and a dot for each seed against the reference's same seed.

    Args:
        path: PNG to write.
        table: the grid's table.
        reference: its row that the others are compared with.
        seeds: of the runs of each row.

    Returns:
        The file; None where there is nothing to compare.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    rows = [row for row in table.rows if row.tested]
    keys = [key for key in SCORES if any(key in row.tested for row in rows)]
    if not keys:
        return None
    base = table.row(reference)
    # the colours of the curves
    colours = {row.label: f"C{place}" for place, row in enumerate(table.rows)}

    def draw(figure: Any) -> None:
        panels = _panels(figure, len(keys))
        for place, (axes, key) in enumerate(zip(panels, keys, strict=True)):
            axes.axvline(0, color=_SOFT, linewidth=0.9)
            for height, row in enumerate(rows):
                entry = row.tested.get(key)
                if entry is None:
                    continue
                axes.plot([entry.low, entry.high], [height, height], color=_INK, linewidth=1.6, solid_capstyle="butt")
                axes.plot([entry.value], [height], "D", color=_INK, markersize=5)
                gaps = same_seed_gaps(row.cells[key], base.cells[key], seeds[row.label], seeds[reference])
                axes.plot(gaps, [height + 0.22] * len(gaps), "o", color=colours[row.label], markersize=3.5, alpha=0.8)
            axes.set_ylim(len(rows) - 0.5, -0.6)
            axes.set_yticks(range(len(rows)), [row.label for row in rows] if place % _COLUMNS == 0 else [""] * len(rows))
            axes.set_title(SCORES[key][0])
        figure.suptitle(f"against {reference}; diamonds and lines: mean and interval over pairs; dots: seeds", fontsize=9, color=_SOFT)

    lines = math.ceil(len(keys) / _COLUMNS)
    return _save(path, (_PANEL * min(_COLUMNS, len(keys)) + 1, lines * (1.2 + _ROW * len(rows)) + 0.4), draw)


def draw_curves(path: Path, folders: Mapping[str, Sequence[Path]]) -> Path:
    """A panel for each loss and validation score: a thick line a variant, the mean over its seeds, and thin ones for the seeds.

    Args:
        path: PNG to write.
        folders: by variant those of its runs.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    curves: dict[str, dict[str, list[Curve]]] = {}
    for name, runs in folders.items():
        for run in runs:
            for title, curve in read_curves(run).items():
                curves.setdefault(title, {}).setdefault(name, []).append(curve)
    order = [*map(_loss_title, LOSSES), *_VALIDATION.values()]
    curves = {title: curves[title] for title in order if title in curves}

    def draw(figure: Any) -> None:
        panels = _panels(figure, len(curves))
        for axes, (title, variants) in zip(panels, curves.items(), strict=True):
            for place, name in enumerate(folders):
                if name not in variants:
                    continue
                for steps, values in variants[name]:
                    axes.plot(steps, values, color=f"C{place}", linewidth=0.6, alpha=0.45, marker=_marker(steps), markersize=3)
                mean = _mean(variants[name])
                axes.plot(*mean, color=f"C{place}", linewidth=1.8, marker=_marker(mean[0]), label=name)
            axes.set_title(title)
            axes.set_xlabel("step", color=_SOFT)
        handles = {label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4)

    return _save(path, (_PANEL * min(_COLUMNS, max(1, len(curves))), 2.5 * math.ceil(len(curves) / _COLUMNS) + 0.6), draw)


def read_curves(run: Path) -> dict[str, Curve]:
    """Steps and values of each loss (smoothed) and validation score of a run, by title; losses that a run lacks are left out."""
    found = {}
    losses = _read(run / "losses.csv")
    for name in LOSSES:
        if name in losses and not np.isnan(losses[name]).all():
            found[_loss_title(name)] = _smooth(losses["step"], losses[name])
    scores = _read(run / "scores.csv")
    return found | {title: (scores["step"], scores[key]) for key, title in _VALIDATION.items() if key in scores}


def _marker(steps: _Floats) -> str:
    """Of a single point there is no line."""
    return "o" if len(steps) == 1 else ""


def _loss_title(name: str) -> str:
    return name if name == "loss" else f"loss: {name}"


def _read(path: Path) -> dict[str, _Floats]:
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]} if rows else {}
    except (OSError, ValueError, TypeError):  # a run that is being written, or an older one
        return {}


def _smooth(steps: _Floats, values: _Floats) -> Curve:
    known = ~np.isnan(values)
    parts = max(1, min(_POINTS, int(known.sum())))
    pieces = [
        (np.mean(x), np.mean(y)) for x, y in zip(np.array_split(steps[known], parts), np.array_split(values[known], parts), strict=True)
    ]
    return np.array([x for x, _ in pieces]), np.array([y for _, y in pieces])


def _mean(curves: Sequence[Curve]) -> Curve:
    """Mean over seeds at the steps of the shortest; seeds differ in none, but a pair without a mask may have none in a batch."""
    steps = min((steps for steps, _ in curves), key=len)
    return steps, np.mean([np.interp(steps, x, y) for x, y in curves], axis=0)


def _panels(figure: Any, count: int) -> list[Any]:
    columns = min(_COLUMNS, max(1, count))
    grid = figure.subplots(math.ceil(max(1, count) / columns), columns, squeeze=False).ravel()
    for axes in grid[count:]:
        axes.remove()
    return list(grid[:count])


def _save(path: Path, size: tuple[float, float], draw: Callable[[Any], None]) -> Path:
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependencyError("matplotlib", "Drawing the plots of an ablation", "evaluate") from error
    settings: Any = {
        "font.size": 9,
        "axes.titlesize": 9.5,
        "axes.grid": True,
        "grid.color": "#e4e8ec",
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "text.parse_math": False,  # a label may hold dollar signs
        "legend.frameon": False,
        "legend.fontsize": 8.5,
    }
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # a user's own style must not change the picture
        matplotlib.rcParams.update(settings)
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        with atomic_write(path) as temporary, temporary.open("wb") as stream:
            canvas: Any = FigureCanvasAgg(figure)
            canvas.print_png(stream)
    return path
