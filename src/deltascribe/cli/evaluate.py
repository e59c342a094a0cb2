"""`deltascribe evaluate`: scores a model on a captioned data set."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deltascribe.datasets import ChangeDataset
    from deltascribe.evaluation import Evaluation

SHIPPED = "shipped"


def evaluate(
    model: Annotated[str, typer.Argument(help=f"Checkpoint folder, or '{SHIPPED}' for the model that comes with the package.")],
    data: Annotated[Path, typer.Argument(help="Folder of a captioned data set, in any layout that `deltascribe data formats` lists.")],
    split: Annotated[str, typer.Option(help="Part of the data set to evaluate on: train, val or test.")] = "test",
    beams: Annotated[
        list[int] | None,
        typer.Option(help="Width of the search, 1 is greedy; give it twice for two. Default: 3 and 1.", show_default=False),
    ] = None,
    batch_size: Annotated[int, typer.Option(help="Pairs captioned at once.")] = 16,
    gate: Annotated[bool, typer.Option(help="Let the change flag decide between a change sentence and the no-change sentence.")] = True,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    threads: Annotated[int | None, typer.Option(help="CPU threads; torch's own choice by default.")] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for scores, predictions and gallery.")] = Path("runs/evaluation"),
    limit: Annotated[int | None, typer.Option(help="Use only so many pairs, evenly spread over the split.")] = None,
    fixed_from: Annotated[str, typer.Option(help="Split that chooses the fixed sentence to compare with, or 'none'.")] = "val",
    format: Annotated[str | None, typer.Option(help="Layout of the data set; recognised by default.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything drawn at random.")] = 0,
    gallery: Annotated[bool, typer.Option("--gallery/--no-gallery", help="Write index.html and gallery.png.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON instead of tables.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Scores a model: BLEU-1..4, ROUGE-L, CIDEr-D, change and no-change accuracy.

    Overall figures hide the captions where many pairs have no change, so the changed pairs are scored apart too, beside the
    constant predictions that a model must beat. The folder OUT gets scores.json, predictions.jsonl, index.html and gallery.png.

    Examples:

        deltascribe evaluate shipped data/LEVIR-CC

        deltascribe evaluate runs/dfm/best data/LEVIR-CC --split val --limit 200 -o runs/val

        deltascribe evaluate runs/dfm/best my-pairs --fixed-from train --beams 1 --json > scores.json
    """
    # torch takes over a second to import; `deltascribe --help` must not wait for it
    from deltascribe.device import set_threads
    from deltascribe.evaluation import evaluate as run

    set_threads(threads)
    dataset = _open(data, split, format)
    command = shlex.join(["deltascribe", *sys.argv[1:]])
    evaluation = run(
        None if model == SHIPPED else model,
        dataset,
        out,
        device=device,
        beams=beams or (3, 1),
        batch_size=batch_size,
        gate=gate,
        limit=limit,
        fixed_from=_open_fixed(data, fixed_from, format, split),
        seed=seed,
        label=SHIPPED if model == SHIPPED else Path(model).name,
        command=command,
        gallery=gallery,
        progress=not quiet,
    )
    _print(evaluation, dataset, out, command, as_json)


def _open(data: Path, split: str, format: str | None) -> ChangeDataset:
    from deltascribe.datasets import SPLITS, open_dataset
    from deltascribe.errors import DatasetError

    known = next((name for name in SPLITS if name == split), None)
    if known is None:
        raise DatasetError(f"There is no split '{split}'. Choose one of: {', '.join(SPLITS)}.")
    return open_dataset(data, known, format)


def _open_fixed(data: Path, split: str, format: str | None, evaluated: str) -> ChangeDataset | None:
    """The split that chooses the fixed sentence; a data set without it is evaluated all the same."""
    from deltascribe.datasets import is_changed
    from deltascribe.errors import DatasetNotFoundError

    if split == "none":
        return None
    if split == evaluated:
        typer.echo(
            f"warning: the fixed sentence is chosen on '{split}', the split that it is scored on, and looks better than it is", err=True
        )
    try:
        dataset = _open(data, split, format)
    except DatasetNotFoundError as error:
        typer.echo(f"warning: no row of a fixed sentence: {error}", err=True)
        return None
    if not any(is_changed(record) for record in dataset.records):
        typer.echo(
            f"warning: no row of a fixed sentence: the split '{split}' has no changed pair. Choose another by --fixed-from.", err=True
        )
        return None
    return dataset


def _print(evaluation: Evaluation, dataset: ChangeDataset, out: Path, command: str, as_json: bool) -> None:
    if as_json:
        from deltascribe.evaluation import summarise

        typer.echo(json.dumps(summarise(evaluation, dataset, command), indent=2, ensure_ascii=False))
        return
    from rich.console import Console

    from deltascribe.metrics.render import NOTES

    console = Console()
    for position, run in enumerate(evaluation.runs):
        # the constant predictions don't depend on the search: once is enough
        table = replace(run.table, constants=()) if position else run.table
        console.print(table.to_rich())
        console.print(f"{run.name}: {run.seconds:.1f} s in the model, {len(run.predictions) / max(run.seconds, 1e-9):.1f} pairs/s\n")
    for note in NOTES:
        console.print(f"- {note}", markup=False, highlight=False)
    console.print(f"\nWritten to {out}", markup=False, highlight=False)
