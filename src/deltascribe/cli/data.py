"""`deltascribe data`: checks, builds and shows captioned data sets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deltascribe.cli.data_synth import synth

if TYPE_CHECKING:
    from deltascribe.datasets import ChangeDataset, DatasetCheck, Split

app = typer.Typer(help="Check, build and look at captioned data sets.", no_args_is_help=True)
app.command()(synth)

Folder = Annotated[Path, typer.Argument(help="Folder of a data set.", show_default=False)]
Format = Annotated[str | None, typer.Option("--format", help="Layout of the folder; recognised by default.")]
Part = Annotated[str | None, typer.Option("--split", help="Only train, val or test; all by default.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]

_COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}


@app.command()
def check(folder: Folder, format: Format = None, split: Part = None, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Reads every file of a data set and reports what is missing, corrupt or contradictory.

    Ends with code 1 where there is an error; warnings and notes are only
    shown. Lists of names are cut after five, those of --json are complete.

    Examples:

        deltascribe data check data/LEVIR-MCI

        deltascribe data check my-pairs --split train --json > check.json
    """
    from deltascribe.datasets import check_dataset

    dataset = _open(folder, split, format)
    with _progress(quiet) as advance:
        result = check_dataset(dataset, lambda done, total: advance("reading pairs", done, total))
    if as_json:
        typer.echo(json.dumps(result.to_dict(), indent=2, ensure_ascii=False))
    else:
        _print_check(dataset, result)
    if not result.ok:
        raise typer.Exit(1)


@app.command()
def build(
    folder: Folder,
    out: Annotated[Path, typer.Argument(help="New folder in LEVIR-CC style.", show_default=False)],
    format: Format = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it is an earlier result.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Turns your own before/, after/, label/ and captions.csv into a LEVIR-CC style data set.

    The table has one row a caption, with the columns name, split, caption and,
    if you like, changed, ground, caption_source and quality. Pairs without a
    split are put into train, val or test (80/10/10) by a hash of their ground,
    or of their name. The source is checked first; where it has errors nothing
    is written.

    Examples:

        deltascribe data build my-pairs data/mine

        deltascribe data build my-pairs data/mine --force
    """
    from deltascribe.datasets import build_dataset

    dataset = _open(folder, None, format)
    with _progress(quiet) as advance:
        report = build_dataset(
            dataset,
            out,
            force=force,
            progress=lambda step, done, total: advance({"check": "checking", "write": "writing"}[step], done, total),
        )
    if as_json:
        typer.echo(json.dumps(report.to_dict(), indent=2, ensure_ascii=False))
        return
    console = Console()
    _print_problems(console, report.check)
    parts = ", ".join(f"{number:,} {part}" for part, number in report.counts.items())
    console.print(f"Wrote {sum(report.counts.values()):,} pairs ({parts}), {report.captions:,} captions and {report.labels:,} labels to")
    console.print(escape(str(report.target)), soft_wrap=True)


@app.command()
def show(
    folder: Folder,
    out: Annotated[Path, typer.Option("-o", "--out", help="PNG file to write.")] = Path("sheet.png"),
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many pairs.")] = 8,
    name: Annotated[list[str] | None, typer.Option(help="Show this pair; may be given several times.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random choice.")] = 0,
    tile: Annotated[int, typer.Option(min=32, max=1024, help="Size of one image on the sheet, in pixels.")] = 224,
    format: Format = None,
    split: Part = None,
) -> None:
    """Draws some pairs with masks and captions as one picture.

    Examples:

        deltascribe data show data/LEVIR-MCI -o sheet.png --seed 3

        deltascribe data show data/LEVIR-MCI --split test --name test_000042 --name test_000274
    """
    from deltascribe.datasets import save_sheet

    shown = save_sheet(_open(folder, split, format), out, count=count, seed=seed, names=name or (), tile=tile)
    Console().print(escape(f"{out}: {', '.join(shown)}"), soft_wrap=True)


@app.command()
def formats(as_json: AsJson = False) -> None:
    """Lists the layouts that are recognised, and where to get each data set.

    Examples:

        deltascribe data formats
    """
    from deltascribe.datasets import get_format, list_formats

    known = [get_format(name) for name in list_formats()]
    if as_json:
        keys = ("name", "title", "source", "layout", "counts_note")
        rows = [{key: getattr(format, key) for key in keys} | {"counts": dict(format.counts)} for format in known]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    console = Console()
    for format in known:
        counts = ", ".join(f"{number:,} {part}" for part, number in format.counts.items())
        console.print(f"[bold]{format.name}[/bold]  {escape(format.title)}{f' ({counts})' if counts else ''}")
        console.print(f"  files: {escape(format.layout)}", soft_wrap=True)
        console.print(f"  source: {escape(format.source)}", soft_wrap=True)


def _open(folder: Path, split: str | None, format: str | None) -> ChangeDataset:
    from deltascribe.datasets import SPLITS, open_dataset
    from deltascribe.errors import DatasetError

    known: Split | None = next((part for part in SPLITS if part == split), None)
    if split is not None and known is None:
        raise DatasetError(f"There is no split '{split}'. Choose one of: {', '.join(SPLITS)}.")
    return open_dataset(folder, known, format)


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on stderr, so that it never mixes with what is printed."""
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=quiet) as bar:
        tasks = {}

        def advance(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step)
            bar.update(tasks[step], completed=done, total=total)

        yield advance


def _print_check(dataset: ChangeDataset, result: DatasetCheck) -> None:
    console = Console()
    console.print(f"[bold]{escape(dataset.format.title)}[/bold] ({result.format}) in {escape(str(result.root))}", soft_wrap=True)
    table = Table("split", "pairs", "published", "changed")
    for part in dict.fromkeys([*result.counts, *result.published]):
        numbers = (result.counts.get(part, 0), result.published.get(part), result.changed.get(part, 0))
        table.add_row(part, *("-" if number is None else f"{number:,}" for number in numbers))
    console.print(table)
    captions = result.captions
    per_pair = ", ".join(f"{number} in {pairs:,} pairs" for number, pairs in captions.captions_per_pair.items())
    console.print(f"captions: {captions.captions:,} ({per_pair}); {captions.word_types:,} word types")
    console.print(f"words a caption: {captions.mean_words:.1f} on average, at most {captions.max_words}")
    console.print("images: " + (", ".join(f"{number:,} of {size}" for size, number in result.image_sizes.items()) or "none could be read"))
    console.print(f"masks: {result.masks:,}")
    _print_problems(console, result)
    if not result.problems:
        console.print("[green]Nothing to complain about.[/green]")


def _print_problems(console: Console, result: DatasetCheck) -> None:
    for problem in result.problems:
        console.print(f"[{_COLOURS[problem.severity]}]{problem.severity}[/] {escape(problem.message)}", soft_wrap=True)
