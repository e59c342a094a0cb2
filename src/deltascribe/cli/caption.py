"""`deltascribe caption`."""

from __future__ import annotations

import csv
import json
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deltascribe.cli.image_options import (
    After,
    Align,
    Bands,
    Before,
    Device,
    Gsd,
    MaxPixels,
    Pairs,
    Scale,
    Threads,
    parse_bands,
    parse_files,
    parse_scale,
)
from deltascribe.errors import ConfigError, ImageError, MissingDependencyError
from deltascribe.shipped import DEFAULT_BEAMS

if TYPE_CHECKING:
    from deltascribe.captioner import ChangeCaptioner
    from deltascribe.inputs import PairFiles
    from deltascribe.pair import ImagePair
    from deltascribe.report import ChangeReport

SOME_FAILED = 1
PART_PIXELS = 64_000_000
"""Pixels, of both dates together, that are open at once; decoded they take 12 bytes each."""


def caption(
    before: Before = None,
    after: After = None,
    pairs: Pairs = None,
    model: Annotated[str | None, typer.Option(help="Checkpoint folder, shipped model or hub name; the shipped one if left out.")] = None,
    save: Annotated[Path | None, typer.Option(help="Folder for a picture of each pair: before, after, change, caption.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV with a line a pair.")] = False,
    beams: Annotated[int, typer.Option(min=1, max=20, help="Beams of the search; 1 is greedy.")] = DEFAULT_BEAMS,
    alternatives: Annotated[int, typer.Option(min=1, help="Captions to show for each pair, at most --beams.")] = 1,
    batch_size: Annotated[int, typer.Option(min=1, help="Pairs, or tiles of large pairs, at once.")] = 16,
    gsd: Gsd = None,
    bands: Bands = None,
    scale: Scale = "dtype",
    align: Align = False,
    max_pixels: MaxPixels = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Captions only: no progress bar, probabilities or warnings.")] = False,
) -> None:
    """Tell in words what changed between two images, or in each pair of two folders.

    Examples:

      deltascribe caption before.png after.png

      deltascribe caption 2019/ 2024/ --save pictures/ --csv > captions.csv

      deltascribe caption --pairs list.csv --json --gsd 0.5

    Exit codes: 0 all pairs were captioned; 1 some pairs could not be read (they are named on standard error, the rest is done);
    2 nothing could be done.
    """
    from deltascribe.captioner import ChangeCaptioner
    from deltascribe.device import set_threads
    from deltascribe.imaging import MAX_PIXELS

    if as_json and as_csv:
        raise ConfigError("--json and --csv exclude each other; choose one")
    if save is not None and save.exists() and not save.is_dir():
        raise ConfigError(f"--save {save} is a file; give a folder")
    limit = MAX_PIXELS if max_pixels is None else max_pixels
    options = {"bands": parse_bands(bands), "scale": parse_scale(scale), "align": align, "gsd": gsd, "max_pixels": limit}
    files = parse_files(before, after, pairs, "caption")
    set_threads(threads)
    captioner = ChangeCaptioner.from_pretrained(model, device=device)
    writer = _Writer(as_json, as_csv, len(files) > 1, quiet)
    failed = _run(captioner, files, options, {"beams": beams, "alternatives": alternatives}, batch_size, writer, save, quiet)
    for name, message in failed:
        typer.secho(f"{name}: {message}", fg=typer.colors.RED, err=True)
    if failed:
        raise typer.Exit(2 if len(failed) == len(files) else SOME_FAILED)


def _run(
    captioner: ChangeCaptioner,
    files: Sequence[PairFiles],
    options: dict[str, Any],
    search: dict[str, Any],
    batch_size: int,
    writer: _Writer,
    save: Path | None,
    quiet: bool,
) -> list[tuple[str, str]]:
    """Captions part by part, so that answers come early and memory stays flat; gives the pairs that could not be read."""
    failed: list[tuple[str, str]] = []

    def caption_part(part: Sequence[PairFiles]) -> None:
        # a function of its own, so that its images are freed before the next ones are read
        opened = list(_opened(part, options, failed))
        reports = captioner.caption(opened, batch_size=batch_size, **search)
        for pair, report in zip(opened, reports, strict=True):
            if save is not None:
                report.to_png(pair, save / f"{pair.name}.png")
            writer.write(report)

    with _progress(len(files), quiet) as advance:
        for part in _parts(files, batch_size):
            caption_part(part)
            advance(len(part))
    return failed


def _parts(files: Sequence[PairFiles], batch_size: int) -> Iterator[list[PairFiles]]:
    """Parts of at most `batch_size` pairs and `PART_PIXELS` pixels, each of at least one pair."""
    part: list[PairFiles] = []
    total = 0
    for entry in files:
        pixels = _declared_pixels(entry.before) + _declared_pixels(entry.after)
        if part and (len(part) == batch_size or total + pixels > PART_PIXELS):
            yield part
            part, total = [], 0
        part.append(entry)
        total += pixels
    if part:
        yield part


def _declared_pixels(path: Path) -> int:
    """Width x height by the file's header; a whole part's share where it can't be told, so that the pair is opened alone."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large images: those are what is looked for
            with Image.open(path, formats=("PNG", "JPEG", "TIFF", "BMP", "WEBP")) as image:
                return image.width * image.height
    except Exception:  # decoders answer damaged files with almost any exception; opening the pair will name what is wrong
        return PART_PIXELS


def _opened(files: Sequence[PairFiles], options: dict[str, Any], failed: list[tuple[str, str]]) -> Iterator[ImagePair]:
    from deltascribe.pair import ImagePair

    for entry in files:
        try:
            yield ImagePair.open(entry.before, entry.after, name=entry.name, **options)
        except (ImageError, MissingDependencyError) as error:
            failed.append((entry.name, str(error)))


class _Writer:
    """Prints reports as they come: text, JSON lines or CSV."""

    def __init__(self, as_json: bool, as_csv: bool, several: bool, quiet: bool) -> None:
        self.as_json, self.several, self.quiet = as_json, several, quiet
        self.csv = csv.writer(sys.stdout, lineterminator="\n") if as_csv else None
        if self.csv is not None:
            self.csv.writerow(["name", "caption", "changed", "change_probability", "changed_fraction", "warnings"])

    def write(self, report: ChangeReport) -> None:
        """Prints one report."""
        from deltascribe.report import format_percent

        if self.as_json:
            typer.echo(json.dumps(report.to_dict(with_mask=False), ensure_ascii=False))
        elif self.csv is not None:
            fraction = report.changed_fraction
            share = "" if fraction is None else f"{fraction:.4f}"
            row = [report.name, report.caption, int(report.changed), f"{report.change_probability:.4f}", share, "; ".join(report.warnings)]
            self.csv.writerow(row)
            sys.stdout.flush()
        else:
            typer.echo(f"{report.name}: {report.caption}" if self.several else report.caption)
            if not self.quiet:
                typer.echo(f"  change probability {format_percent(report.change_probability)}")
            for other in (entry.caption for entry in report.alternatives):
                typer.echo(f"  or: {other}")
        if not self.quiet and not self.as_json and self.csv is None:
            for warning in report.warnings:
                typer.secho(f"  note: {warning}", fg=typer.colors.YELLOW, err=True)


@contextmanager
def _progress(total: int, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A progress bar for more than one pair; on standard error, so that it never mixes with what is printed."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=quiet or total == 1) as bar:
        task = bar.add_task("captioning", total=total)
        yield lambda count: bar.advance(task, count)
