"""What a user should know before a run, one sentence each: of dates, bands, values, what is missing, clouds and shifts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from deltascribe.errors import BandError
from deltascribe.report import format_percent
from deltascribe.scenes.addresses import shown
from deltascribe.scenes.dates import Span, as_text
from deltascribe.scenes.grid import Grid
from deltascribe.scenes.options import SceneOptions
from deltascribe.scenes.plan import ScenePlan
from deltascribe.scenes.reading import DateSource
from deltascribe.scenes.sampling import Misregistration

_DATES = ("before", "after")
_MUCH_BLACK = 0.05
"""Share of the ground from which on what is exactly black is told."""
_COLOURS = ("red", "green", "blue")
_BESIDE = 1.5
"""Pixels of misregistration from which on a warning is due."""
_WHOLE = 0.995
"""Share of the ground from which on a mask counts as covering all of it."""


def date_notes(dates: tuple[Span | None, Span | None]) -> list[str]:
    """Of scenes that are in the wrong order, as far as it is known when they were taken."""
    before, after = dates
    if before is None or after is None or before[0] <= after[1]:
        return []
    return [
        f"The before scene was taken after the after scene ({as_text(before[0])} and {as_text(after[1])}): give them by date, or what was "
        "built is told as removed."
    ]


def band_notes(sources: Sequence[DateSource]) -> list[str]:
    """Of bands that don't go together, or whose names say another colour than the one that they are shown as.

    Raises:
        BandError: the files name them, and differently.
    """
    named = [[source.info.roles[band - 1] for band in source.bands] for source in sources]
    notes = [
        f"Bands {', '.join(map(str, source.bands))} of the {date} image are named {', '.join(names)}, but shown as red, green, blue. "
        "Where that isn't meant, give the numbers of these three: --bands, --bands-after."
        for date, source, names in zip(_DATES, sources, named, strict=True)
        if len(names) == len(_COLOURS) and any(name in _COLOURS and name != colour for name, colour in zip(names, _COLOURS, strict=True))
    ]
    if len({len(source.bands) for source in sources}) > 1:
        grey = "One date is grey and the other in colour; the grey one is shown as three equal bands, and colours mean nothing here."
        return [*notes, grey]
    if named[0] != named[1] and all("unknown" not in names and "undefined" not in names for names in named):
        raise BandError(
            f"The bands read are {', '.join(named[0])} before and {', '.join(named[1])} after. Choose others: --bands, --bands-after."
        )
    return notes


def value_notes(sources: Sequence[DateSource], options: SceneOptions) -> list[str]:
    """Of values that are not shown as they are: what becomes black and white."""
    kinds = [source.info.dtype for source in sources]
    if all(kind == "uint8" and (source.low, source.high) == (0.0, 255.0) for kind, source in zip(kinds, sources, strict=True)):
        return []
    if options.scale not in ("auto", "dtype"):
        text = f"By --scale, {sources[0].low:g} becomes black and {sources[0].high:g} white on both dates, whose values are"
        text += f" {kinds[0]}." if kinds[0] == kinds[1] else f" {kinds[0]} and {kinds[1]}."
        return [text + (" 8-bit values end at 255: without --scale they are taken as they are." if "uint8" in kinds else "")]
    origin = {"dtype": "by their type", "auto": "the 2nd and 98th percentile of a sample"}
    return [
        f"The {kind} values of the {date} image are "
        + (
            "taken as they are."
            if kind == "uint8"
            else f"mapped alike in all tiles: {source.low:g} becomes black and {source.high:g} white, {origin[str(options.scale)]}."
        )
        for date, kind, source in zip(_DATES, kinds, sources, strict=True)
    ]


def nodata_notes(sources: Sequence[DateSource], options: SceneOptions, black: Sequence[float]) -> list[str]:
    """Of a missing value that can't be used, and of ground that looks missing though no value says so.

    Args:
        sources: dates.
        options: settings.
        black: see `deltascribe.scenes.sampling.Sampled`; of the whole overlap, whatever the polygon.
    """
    notes = []
    for date, source, share in zip(_DATES, sources, black, strict=True):
        own = source.info.nodata
        if options.nodata is not None and own is not None and own != options.nodata:
            notes.append(f"--nodata {options.nodata:g} is not used for the {date} image, which declares {own:g} itself.")
        elif options.nodata is not None and own is None and source.nodata is None:
            notes.append(f"--nodata {options.nodata:g} is not used for the {date} image, whose {source.info.dtype} values can't be that.")
        if share > _MUCH_BLACK:
            if own is not None:
                remedy = "gdal_edit.py -a_nodata 0 FILE"
            elif source.nodata is not None:  # a file has one such value, but may be transparent besides
                remedy = f"gdalwarp -srcnodata 0 -dstalpha IN.tif OUT.tif, and --nodata {source.nodata:g} as before"
            else:
                remedy = "--nodata 0"
            notes.append(
                f"{format_percent(share)} of the overlap, by a sample, is 0 in all bands of the {date} image without a gap. If nothing is "
                f"known there, say so, or it is told as change: {remedy}"
            )
    return notes


def cloud_notes(sources: Sequence[DateSource], covered: Sequence[float | None], hidden: Sequence[float | None]) -> list[str]:
    """Of each date's cloud mask: how much of the ground it covers, and how much it hides by a sample (shares, None without a mask)."""
    notes = []
    for date, source, within, share in zip(_DATES, sources, covered, hidden, strict=True):
        if source.clouds is None or within is None or share is None:
            continue
        mask = f"The cloud mask {PurePath(shown(source.clouds)).name}"
        notes.append(f"{mask} hides {format_percent(share)} of the {date} image's ground, by a sample (every value but 0 does).")
        if within < _WHOLE:
            notes.append(f"{mask} covers {format_percent(within)} of the ground; the rest of the {date} image is taken as clear.")
    return notes


def shift_notes(shift: Misregistration, options: SceneOptions, grid: Grid) -> list[str]:
    """Of dates that lie beside each other."""
    if shift.windows < 3:
        return []
    text = (
        f"The after image lies {shift.columns:+.1f} pixels to the right and {shift.rows:+.1f} below the before image "
        f"({shift.distance * grid.gsd:.1f} m; median of {shift.windows} windows, spread {shift.spread:.1f} pixels)"
    )
    if not shift.certain:
        return [f"{text}, but the windows disagree: nothing can be said of misregistration."] if shift.distance >= _BESIDE else []
    if options.correct_shift:
        return [f"{text}; it was moved back by that."]
    return [f"{text}. Edges of unchanged things may be told as change: --correct-shift moves it back."] if shift.distance >= _BESIDE else []


def partial_notes(plan: ScenePlan, options: SceneOptions) -> list[str]:
    """How much of the scene is looked at, where that is not all of it."""
    notes = []
    if options.polygon is not None:
        notes.append("Probabilities and changed areas keep to the polygon (--polygon); captions tell of whole tiles.")
    whole = plan.lattice[0] * plan.lattice[1]
    if len(plan.tiles) == whole:
        return notes
    named = ", ".join(name for name, holds in (("--polygon", options.polygon is not None), ("--limit", plan.limited)) if holds)
    return [f"Tiles that are looked at: only {len(plan.tiles):,} of {whole:,} ({named}).", *notes]
