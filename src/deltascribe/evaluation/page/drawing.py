"""Draws plots as SVG that stands inside a page: its colours and its font are the page's, in light and in dark mode."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from deltascribe.errors import MissingDependencyError
from deltascribe.webpage.markup import Html, tag

MODEL, CONSTANT, HUMAN, INK, SOFT, LINE, CARD = (f"#0{number}0{number}0{number}" for number in range(1, 8))
_COLOURS = {MODEL: "model", CONSTANT: "constant", HUMAN: "human", INK: "ink", SOFT: "soft", LINE: "line", CARD: "card"}
"""Placeholders that matplotlib draws with, and the page's variables that take their place."""
_SIZE = (4.7, 3.35)  # inches at 72 units: about as wide as a phone, so that its words stay readable there
_SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",  # text is a fifth of the size of outlines, and can be searched
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "text.parse_math": False,  # a label may hold dollar signs
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.prop_cycle": f"cycler('color', ['{MODEL}'])",
    "figure.facecolor": "none",
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 9.0,
    "legend.handlelength": 1.4,
    "legend.columnspacing": 1.2,
}

Draw = Callable[[Any], None]


def draw_svg(key: str, description: str, draw: Draw) -> Html:
    """One plot.

    Args:
        key: a name of its own on the page, for the elements' ids.
        description: what it shows, for a reader who does not see it.
        draw: puts axes and marks on the empty `matplotlib` figure that it is given.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    try:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependencyError("matplotlib", "Drawing the plots of a report", "evaluate") from error
    buffer = io.StringIO()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # a user's own style must not change the page
        settings: Any = {**_SETTINGS, "svg.hashsalt": key}
        matplotlib.rcParams.update(settings)
        figure = Figure(figsize=_SIZE, layout="constrained")
        draw(figure)
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _embed(buffer.getvalue(), key, description)


def _embed(source: str, key: str, description: str) -> Html:
    """Strips what only a file of its own needs, and makes ids, colours and font fit the page."""
    inner = re.sub(r"<metadata>.*?</metadata>|<clipPath.*?</clipPath>|<!--.*?-->", "", source, flags=re.DOTALL)
    inner = re.sub(r' clip-path="[^"]*"', "", inner)
    inner = re.sub(r"<defs>\s*</defs>", "", inner)
    opening = re.search(r'<svg[^>]*?viewBox="([^"]*)"[^>]*>(.*)</svg>', inner, flags=re.DOTALL)
    if opening is None:
        raise ValueError("matplotlib wrote no SVG")
    box, inner = opening.groups()
    inner = re.sub(r'<style type="text/css">.*?</style>', "", inner, count=1, flags=re.DOTALL)
    inner = re.sub(r'(\sid="|href="#|url\(#)', rf"\g<1>{key}-", inner).replace("xlink:href", "href")
    for placeholder, name in _COLOURS.items():
        inner = inner.replace(placeholder, f"var(--{name})")
    inner = re.sub(r"font-family: [^;\"]*;?\s*", "", inner)
    inner = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", inner)
    inner = re.sub(r"\s*\n\s*", "\n", inner).strip()
    return tag("svg", tag("title", description), Html(inner), viewBox=box, role="img", class_="plot")


def draw_metrics(figure: Any, names: Sequence[str], rows: Sequence[Sequence[float | None]], who: str = "this model") -> None:
    """Bars of the model with whiskers, and a mark for each rival.

    Args:
        names: of the metrics.
        rows: for each metric the model's score, the ends of its interval, and the scores of the best row without images and of
            people, times 100.
        who: made the captions.
    """
    axes = figure.subplots()
    places = np.arange(len(names))[::-1]
    values = np.array([[np.nan if entry is None else entry for entry in row] for row in rows], dtype=float)
    axes.barh(places, values[:, 0], height=0.62, color=MODEL, label=_name(who))
    known = ~np.isnan(values[:, 1])
    if known.any():
        ends = np.abs(values[known][:, 1:3] - values[known][:, :1]).T
        axes.errorbar(values[known, 0], places[known], xerr=ends, fmt="none", ecolor=INK, elinewidth=1.1, capsize=2.5, capthick=1.1)
    for column, marker, colour, label in ((3, "D", CONSTANT, "best row without images"), (4, "o", HUMAN, "people")):
        if not np.isnan(values[:, column]).all():
            axes.scatter(values[:, column], places, s=34, marker=marker, c=CARD, edgecolors=colour, linewidths=1.6, zorder=4, label=label)
    for place, value in zip(places, values[:, 0], strict=True):
        axes.text(0.8, place, "" if np.isnan(value) else f"{value:.1f}", va="center", color=CARD, fontsize=8.5)
    axes.set_yticks(places, names)
    axes.set_xlim(0, 1.06 * max(1.0, float(np.nanmax(values))))
    _only_grid(axes, "x")
    _legend(figure, axes)


def draw_reliability(figure: Any, rows: Sequence[tuple[float, float, int, float | None, float | None]], who: str = "this model") -> None:
    """Observed share over mean probability, and below it how many pairs each bin holds.

    Args:
        rows: for each bin its ends, its count, and its mean probability and observed share, None where it is empty.
        who: made the captions.
    """
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
    top.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle=(0, (3, 3)), label="perfect")
    full = [(mean, share) for _, _, _, mean, share in rows if mean is not None and share is not None]
    for mean, share in full:
        top.plot([mean, mean], [mean, share], color=CONSTANT, linewidth=2)
    top.plot(*zip(*full, strict=True), color=MODEL, marker="o", markersize=5, linewidth=1.5, label=_name(who))
    top.plot([], [], color=CONSTANT, linewidth=2, label="gap")
    top.set_ylim(-0.04, 1.04)
    top.set_xlim(0, 1)
    top.set_ylabel("share that changed")
    top.legend(loc="upper left")
    centres = [(low + high) / 2 for low, high, *_ in rows]
    counts = [count for _, _, count, *_ in rows]
    bottom.bar(centres, counts, width=0.92 * (rows[0][1] - rows[0][0]), color=MODEL)
    _log_counts(bottom, max(counts))
    bottom.set_ylabel("pairs")
    bottom.set_xlabel("change probability")
    _only_grid(bottom, "y")


def draw_probabilities(figure: Any, edges: Sequence[float], changed: Sequence[int], still: Sequence[int]) -> None:
    """Change probabilities of the changed pairs upward, of the others downward; counts [bins] on a logarithmic scale."""
    axes = figure.subplots()
    width = edges[1] - edges[0]
    centres = [low + width / 2 for low in edges[:-1]]
    axes.bar(centres, changed, width=0.9 * width, color=MODEL, label="changed pairs (upward)")
    axes.bar(centres, [-count for count in still], width=0.9 * width, color=CONSTANT, label="pairs without a change (downward)")
    axes.axhline(0, color=SOFT, linewidth=0.8)
    axes.set_yscale("symlog", linthresh=1)
    most = max(1, *changed, *still)
    ticks = [10**power for power in range(len(str(most)))]
    axes.set_yticks([-tick for tick in reversed(ticks)] + [0, *ticks], [str(tick) for tick in reversed(ticks)] + ["0", *map(str, ticks)])
    axes.minorticks_off()
    axes.set_ylim(-1.6 * most, 1.6 * most)
    axes.set_xlim(0, 1)
    axes.set_xlabel("change probability")
    axes.set_ylabel("pairs")
    _only_grid(axes, "y")
    _legend(figure, axes)


def draw_shares(figure: Any, names: Sequence[str], groups: Sequence[tuple[str, Sequence[float], Sequence[float]]]) -> None:
    """Two bars a name, the first filled, the second hollow, with a circle on the first and a square on the second where people stand.

    Args:
        names: of the rows.
        groups: name of each bar (after a comma its unit), and the model's and people's values, 0..100, NaN where there is none.
    """
    axes = figure.subplots()
    places = np.arange(len(names))[::-1]
    for (name, values, people), shift, fill, marker in zip(groups, (0.2, -0.2), (MODEL, CARD), "os", strict=True):
        axes.barh(places + shift, values, height=0.36, color=fill, edgecolor=MODEL, linewidth=1.2, label=name)
        if not np.isnan(people).all():
            whose = f"people's {name.split(',')[0]}"
            axes.scatter(people, places + shift, s=22, marker=marker, c=CARD, edgecolors=HUMAN, linewidths=1.5, zorder=4, label=whose)
        for place, value in zip(places, values, strict=True):
            if not np.isnan(value):
                colour = CARD if fill == MODEL else MODEL
                axes.text(1.2, place + shift, f"{value:.0f}", va="center", fontsize=8.5, color=colour)
    axes.set_yticks(places, names)
    axes.set_xlim(0, 103)
    axes.set_xticks(range(0, 101, 20))
    _only_grid(axes, "x")
    _legend(figure, axes, columns=2)


def draw_histogram(figure: Any, edges: Sequence[float], counts: Sequence[int], marks: Sequence[tuple[str, float]], label: str) -> None:
    """Counts of values between edges, with lines at named values."""
    axes = figure.subplots()
    width = edges[1] - edges[0]
    axes.bar([low + width / 2 for low in edges[:-1]], counts, width=0.9 * width, color=MODEL)
    for (name, value), style in zip(marks, ("-", (0, (4, 2))), strict=False):
        axes.axvline(value, color=INK, linewidth=1.3, linestyle=style, label=f"{name} {value:.1f}")
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xlabel(label)
    axes.set_ylabel("pairs")
    axes.locator_params(axis="y", integer=True, nbins=6)
    _only_grid(axes, "y")
    _legend(figure, axes)


def draw_lengths(figure: Any, lengths: Sequence[int], model: Sequence[float], people: Sequence[float], who: str = "this model") -> None:
    """Shares of captions by number of words, 0..100: those of who made the captions as bars, people's as an outline."""
    axes = figure.subplots()
    axes.bar(lengths, model, width=0.86, color=MODEL, label=_name(who))
    edges = [*(length - 0.5 for length in lengths), lengths[-1] + 0.5]
    axes.stairs(people, edges, color=HUMAN, linewidth=1.8, label="references")
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xlabel("words in a caption")
    axes.set_ylabel("% of captions")
    axes.locator_params(axis="both", integer=True, nbins=7)
    _only_grid(axes, "y")
    _legend(figure, axes)


def _name(label: str) -> str:
    """The label as a legend takes it: one that begins with an underscore would be left out."""
    return f" {label}" if label.startswith("_") else label


def _legend(figure: Any, axes: Any, columns: int = 3) -> None:
    """Names above the axes, the model's first: matplotlib puts points and lines before bars."""
    marks, names = axes.get_legend_handles_labels()
    order = sorted(range(len(names)), key=lambda place: not hasattr(marks[place], "patches"))
    figure.legend([marks[place] for place in order], [names[place] for place in order], loc="outside upper left", ncols=columns)


def _only_grid(axes: Any, axis: str) -> None:
    axes.grid(False, axis="y" if axis == "x" else "x")


def _log_counts(axes: Any, most: int) -> None:
    axes.set_yscale("symlog", linthresh=1)
    powers = range(0, len(str(most)), 2 if most >= 1000 else 1)
    axes.set_yticks([10**power for power in powers], [str(10**power) for power in powers])
    axes.minorticks_off()
    axes.set_ylim(0, 1.5 * max(1, most))
