"""`deltascribe evaluate`: scores a model on a captioned data set."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deltascribe.cli.scoring_options import (
    SHIPPED,
    AsJson,
    FixedFrom,
    MinCount,
    ModeName,
    ParityVocabulary,
    Resamples,
    Seed,
    Vocabulary,
    open_split,
    parse_modes,
    parse_vocabulary,
    print_analysis,
    print_notes,
)
from deltascribe.shipped import DEFAULT_BEAMS

if TYPE_CHECKING:
    from rich.console import Console

    from deltascribe.datasets import ChangeDataset
    from deltascribe.evaluation import Evaluation


def evaluate(
    model: Annotated[str, typer.Argument(help=f"Checkpoint folder, or '{SHIPPED}' for the model that comes with the package.")],
    data: Annotated[Path, typer.Argument(help="Folder of a captioned data set, in any layout that `deltascribe data formats` lists.")],
    split: Annotated[str, typer.Option(help="Part of the data set to evaluate on: train, val or test.")] = "test",
    beams: Annotated[
        list[int] | None,
        typer.Option(help="Width of the search, 1 is greedy; give it twice for two. Default: 5 and 1.", show_default=False),
    ] = None,
    batch_size: Annotated[int, typer.Option(help="Pairs captioned at once.")] = 16,
    gate: Annotated[bool, typer.Option(help="Let the change flag decide between a change sentence and the no-change sentence.")] = True,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    threads: Annotated[int | None, typer.Option(help="CPU threads; torch's own choice by default.")] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for scores, predictions and gallery.")] = Path("runs/evaluation"),
    limit: Annotated[int | None, typer.Option(help="Use only so many pairs, evenly spread over the split.")] = None,
    fixed_from: FixedFrom = "val",
    vocabulary: Vocabulary = "train",
    parity_vocabulary: ParityVocabulary = False,
    min_count: MinCount = None,
    mode: ModeName = "both",
    sanity: Annotated[int, typer.Option(help="Pairs for the sanity tests (altered images); 0 leaves them out.")] = 100,
    retrieval: Annotated[bool, typer.Option(help="Measure how well pairs and sentences find each other.")] = True,
    resamples: Resamples = 1000,
    format: Annotated[str | None, typer.Option(help="Layout of the data set; recognised by default.")] = None,
    seed: Seed = 0,
    looks: Annotated[
        int, typer.Option(help="Pairs on the page that open to where the model looked at each word, drawn at random; 0 for none.")
    ] = 40,
    gallery: Annotated[bool, typer.Option("--gallery/--no-gallery", help="Write index.html and gallery.png.")] = True,
    as_json: AsJson = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print all tables: both modes, 50/50, keywords, calibration, retrieval, sanity tests, notes.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Scores a model: BLEU-1..4, METEOR, ROUGE-L, CIDEr-D, S*m, keywords, both accuracies, calibration, retrieval, sanity tests.

    Overall figures hide the captions where many pairs have no change, so the changed pairs are scored apart too, beside constant
    predictions and people. Published tables score word numbers (ids); plain words are scored beside. The folder OUT gets
    scores.json, scores.md, pairs.csv, predictions.jsonl, index.html and gallery.png; a part of their figures is printed.

    Examples:

        deltascribe evaluate shipped data/LEVIR-CC

        deltascribe evaluate runs/dfm/best data/LEVIR-CC --split val --limit 200 -o runs/val

        deltascribe evaluate runs/dfm/best data/LEVIR-CC --looks 100 --seed 3

        deltascribe evaluate runs/dfm/best my-pairs --fixed-from train --beams 1 --json > scores.json
    """
    # torch takes over a second to import; `deltascribe --help` must not wait for it
    from deltascribe.device import set_threads
    from deltascribe.evaluation import build_context, read_split_captions
    from deltascribe.evaluation import evaluate as run

    set_threads(threads)
    modes = parse_modes(mode)
    dataset = open_split(data, split, format)
    context = build_context(
        read_split_captions(data, format),
        split,
        fixed_from=fixed_from,
        vocabulary=parse_vocabulary("parity" if parity_vocabulary else vocabulary),
        min_count=min_count,
        numbered="ids" in modes,
    )
    for warning in context.warnings:
        typer.echo(f"warning: {warning}", err=True)
    command = shlex.join(["deltascribe", *sys.argv[1:]])
    evaluation = run(
        None if model == SHIPPED else model,
        dataset,
        out,
        device=device,
        beams=beams or (DEFAULT_BEAMS, 1),
        batch_size=batch_size,
        gate=gate,
        limit=limit,
        context=context,
        modes=modes,
        resamples=resamples,
        sanity=sanity,
        retrieval=retrieval,
        seed=seed,
        label=SHIPPED if model == SHIPPED else _label(Path(model)),
        command=command,
        gallery=gallery,
        looks=looks,
        progress=not quiet,
        tell=lambda line: typer.echo(line, err=True),
    )
    _print(evaluation, dataset, out, command, as_json, verbose)


def _label(model: Path) -> str:
    """The folder of a checkpoint with that of its run, `run1/best`; a name that is no folder as it is."""
    if not model.is_dir():
        return str(model)
    folder = model.absolute()  # a link was named for a reason: it is not resolved
    return "/".join(part for part in (folder.parent.name, folder.name) if part)


def _print(evaluation: Evaluation, dataset: ChangeDataset, out: Path, command: str, as_json: bool, verbose: bool) -> None:
    if as_json:
        from deltascribe.evaluation import summarise

        typer.echo(json.dumps(summarise(evaluation, dataset, command), indent=2, ensure_ascii=False))
        return
    from rich.console import Console

    from deltascribe.evaluation.record import PAGE, TABLES
    from deltascribe.metrics.render import to_rich_short

    console = Console()
    if verbose:
        _print_all(console, evaluation)
    else:
        # a table of each search in the first mode
        console.print(to_rich_short([next(iter(run.analysis.tables.values())) for run in evaluation.runs]))
    page = out / PAGE
    way = f": open {page}" if page.exists() else f": see {out / TABLES}"
    console.print(f"\nWritten to {out}{way}", markup=False, highlight=False, soft_wrap=True)
    if not verbose:
        console.print("All other figures stand there and, with --verbose, here.")


def _print_all(console: Console, evaluation: Evaluation) -> None:
    from deltascribe.evaluation.terminal import retrieval_table, sanity_table

    for position, run in enumerate(evaluation.runs):
        # the constant predictions don't depend on the search: once is enough
        print_analysis(console, run.analysis, constants=position == 0)
        console.print(f"{run.name}: {run.seconds:.1f} s in the model, {len(run.predictions) / max(run.seconds, 1e-9):.1f} pairs/s\n")
    if evaluation.retrieval is not None:
        console.print(retrieval_table(evaluation.retrieval), "")
    if evaluation.sanity is not None:
        console.print(sanity_table(evaluation.sanity), "")
    print_notes(console)
