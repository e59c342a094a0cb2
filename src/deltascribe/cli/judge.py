"""`deltascribe judge`: sheets to judge captions by eye, and the counts of the verdicts."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from deltascribe.cli.scoring_options import SHIPPED, Seed, open_split
from deltascribe.shipped import DEFAULT_BEAMS

app = typer.Typer(help="Judge by eye, without the references, whether captions are true.", no_args_is_help=True)


@app.command()
def sheets(
    model: Annotated[str, typer.Argument(help=f"Checkpoint folder, or '{SHIPPED}' for the model that comes with the package.")],
    data: Annotated[Path, typer.Argument(help="Folder of a captioned data set, in any layout that `deltascribe data formats` lists.")],
    split: Annotated[str, typer.Option(help="Part of the data set to draw from: train, val or test.")] = "test",
    count: Annotated[int, typer.Option("--count", "-n", help="Number of pairs.")] = 40,
    seed: Seed = 0,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the sheets and the form.")] = Path("runs/judge"),
    plain: Annotated[bool, typer.Option("--plain", help="Only images and caption, without the model's mask and word attention.")] = False,
    beams: Annotated[int, typer.Option(help="Width of the search, 1 is greedy.")] = DEFAULT_BEAMS,
    gate: Annotated[bool, typer.Option(help="Let the change flag decide between a change sentence and the no-change sentence.")] = True,
    batch_size: Annotated[int, typer.Option(help="Pairs captioned at once.")] = 16,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    threads: Annotated[int | None, typer.Option(help="CPU threads; torch's own choice by default.")] = None,
    format: Annotated[str | None, typer.Option(help="Layout of the data set; recognised by default.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Draws pairs at random and writes a numbered sheet for each: before, after, mask, caption and word attention, but no reference.

    The folder OUT gets pair-01.png and so on, verdicts.csv to fill in, with the written rule at its top, and key.json, which tells the
    names of the pairs. Give the sheets and the form to a reader who does not know the references.

    Examples:

        deltascribe judge sheets shipped data/LEVIR-CC

        deltascribe judge sheets runs/dfm/best data/LEVIR-CC --split val -n 100 --seed 3 --plain -o runs/judge-val
    """
    from deltascribe.device import set_threads
    from deltascribe.evaluation.judging import write_sheets
    from deltascribe.evaluation.runner import load_captioner

    set_threads(threads)
    written = write_sheets(
        load_captioner(None if model == SHIPPED else model, device),
        open_split(data, split, format),
        out,
        count=count,
        seed=seed,
        beams=beams,
        gate=gate,
        batch_size=batch_size,
        plain=plain,
        command=shlex.join(["deltascribe", *sys.argv[1:]]),
        progress=not quiet,
    )
    typer.echo(f"{len(written.pictures)} sheets in {out}. Fill in {written.form}, then: deltascribe judge count {written.form}")


@app.command()
def count(
    form: Annotated[Path, typer.Argument(help="The filled verdicts.csv.", show_default=False)],
    key: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="The key.json of the sheets, by which changed pairs are counted apart; by default the one beside the form, if any.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of Markdown.")] = False,
) -> None:
    """Counts a filled form: true, partly and false with a 95 % interval, over all and over changed pairs, and a table by kind of error.

    A row without a verdict, or with one that the rule does not know, is an error that names it.

    Examples:

        deltascribe judge count runs/judge/verdicts.csv

        deltascribe judge count runs/judge/verdicts.csv --json > verdicts.json

        deltascribe judge count docs/verdicts.csv --key docs/verdicts-key.json
    """
    from deltascribe.evaluation.judging import KEY
    from deltascribe.evaluation.verdicts import count_verdicts, read_changed, read_form, verdicts_markdown

    beside = form.parent / KEY
    chosen = key or (beside if beside.is_file() else None)
    changed = None if chosen is None else read_changed(chosen)
    # what lies beside the form was not asked for: a key without flags is none
    counts = count_verdicts(read_form(form), changed if changed or key else None)
    typer.echo(json.dumps(counts, indent=2) if as_json else verdicts_markdown(counts))
