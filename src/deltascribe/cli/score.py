"""`deltascribe score`: scores anybody's captions against references, without a model and without images."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from deltascribe.cli.scoring_options import (
    AsJson,
    FixedFrom,
    MinCount,
    ModeName,
    ParityVocabulary,
    Resamples,
    Seed,
    Vocabulary,
    parse_modes,
    parse_vocabulary,
    print_analysis,
    print_notes,
)
from deltascribe.files import make_folder


def score(
    predictions: Annotated[Path, typer.Argument(help="Captions: JSONL, JSON, COCO results, CSV, TSV, or a predictions.jsonl of ours.")],
    references: Annotated[
        Path, typer.Argument(help="References: LEVIR-CC's caption file, JSON of name to sentences, COCO annotations, JSONL, or a folder.")
    ],
    split: Annotated[str, typer.Option(help="Part of the references that is scored: train, val, test, or all.")] = "test",
    mode: ModeName = "both",
    vocabulary: Vocabulary = "train",
    parity_vocabulary: ParityVocabulary = False,
    min_count: MinCount = None,
    fixed_from: FixedFrom = "val",
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Score the shared pairs only, and say so, where one side lacks some.")
    ] = False,
    anchors: Annotated[bool, typer.Option(help="Rows of constants, chance and people under the result.")] = True,
    resamples: Resamples = 1000,
    seed: Seed = 0,
    label: Annotated[str | None, typer.Option(help="Name of the row; the file's name by default.")] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder for scores, tables, a row a pair, and a page.")] = None,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress display.")] = False,
) -> None:
    """Scores any model's captions in both modes of the published protocol, with nothing but the two files.

    BLEU-1..4, METEOR 1.5 (no Java), ROUGE-L, CIDEr-D, S*m, keywords, both accuracies, and calibration where the file holds change
    probabilities. A missing, doubled or unknown pair is an error that lists all of them: nothing is scored in silence.

    Examples:

        deltascribe score predictions.jsonl LevirCCcaptions.json

        deltascribe score results.json LevirCCcaptions.json --parity-vocabulary -o runs/theirs

        deltascribe score captions.csv references.json --split all --mode words --json > scores.json
    """
    from rich.console import Console

    from deltascribe.evaluation.progress import spinner
    from deltascribe.evaluation.scoring import score_files, write_scores

    if out is not None:
        make_folder(out)
    command = shlex.join(["deltascribe", *sys.argv[1:]])
    modes, kind = parse_modes(mode), parse_vocabulary("parity" if parity_vocabulary else vocabulary)
    with spinner(not quiet) as tell:
        scored = score_files(
            predictions,
            references,
            split=None if split == "all" else split,
            modes=modes,
            vocabulary=kind,
            min_count=min_count,
            fixed_from=fixed_from,
            allow_missing=allow_missing,
            anchors=anchors,
            resamples=resamples,
            seed=seed,
            label=label,
            tell=tell,
        )
    for note in (*scored.matched.notes, *(f"warning: {warning}" for warning in scored.context.warnings)):
        typer.echo(note, err=True)
    if out is not None:
        write_scores(out, scored, command)
    if as_json:
        typer.echo(json.dumps(scored.to_dict(command), indent=2, ensure_ascii=False))
        return
    console = Console()
    print_analysis(console, scored.analysis, constants=True)
    print_notes(console)
    if out is not None:
        console.print(f"\nWritten to {out}", markup=False, highlight=False, soft_wrap=True)
