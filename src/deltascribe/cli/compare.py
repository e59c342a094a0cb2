"""`deltascribe compare`: runs side by side, with tests, constants, people and published figures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deltascribe.evaluation.comparison import Comparison, Format


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN ...",
            help="Folders of `deltascribe evaluate` or `score -o`, or their predictions.jsonl; NAME=RUN names the row, "
            "NAME=RUN,RUN,RUN makes one row of several seeds.",
        ),
    ],
    mode: Annotated[str, typer.Option(help="ids (numbers of words, as most papers score), words, or both.")] = "both",
    subset: Annotated[str, typer.Option(help="Parts of the pairs, by commas: all, changed, no_change, balanced.")] = "all,changed,balanced",
    metric: Annotated[
        str | None,
        typer.Option(
            help="Columns, by commas, such as bleu_4,meteor,rouge_l,cider_d,s_m, or all; the p of a row are adjusted over these. "
            "Default: all, of which LaTeX shows the five above.",
            show_default=False,
        ),
    ] = None,
    baseline: Annotated[str | None, typer.Option(help="Row that the others are tested against; the first by default.")] = None,
    vocabulary_from: Annotated[
        str | None,
        typer.Option(
            metavar="ROW", help="Row whose numbering of words the mode ids uses; by default the first that states one.", show_default=False
        ),
    ] = None,
    common: Annotated[bool, typer.Option("--common", help="Score only the pairs that all runs share, where they differ.")] = False,
    published: Annotated[
        str | None,
        typer.Option(help="Published figures: levir-cc, whu-cdc or none. Default: those of exactly these pairs.", show_default=False),
    ] = None,
    anchors: Annotated[
        bool,
        typer.Option(
            help="Rows under the runs: 'always \"the scene is the same as before\"'; 'perfect flag + always ...', with the fixed sentences "
            "of the first run whose scores.json has any; 'human, leave one out, perfect flag'."
        ),
    ] = True,
    keywords: Annotated[
        bool, typer.Option("--keywords", help="A table of keywords too: do the captions of changed pairs name the right things?")
    ] = False,
    resamples: Annotated[int, typer.Option(help="Bootstrap resamples of the intervals, 1 or more.")] = 1000,
    permutations: Annotated[int, typer.Option(help="Permutations of the significance test, 1 or more.")] = 10_000,
    level: Annotated[float, typer.Option(help="Coverage of the intervals, between 0 and 1.")] = 0.95,
    seed: Annotated[int, typer.Option(help="Seed of resamples and permutations.")] = 0,
    format: Annotated[str | None, typer.Option(help="markdown, latex, csv or json; by the suffix of OUT by default.")] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File to write; standard output by default.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress display.")] = False,
) -> None:
    """Compares runs on the same pairs: every score computed anew, differences with intervals and p values.

    All runs must be on the same pairs with the same references; other models' captions become a run by `deltascribe score -o`. Rows of
    several seeds show mean and standard deviation. Published figures stand beside only where they are of these very pairs, and each is
    marked by its protocol.

    Examples:

        deltascribe compare runs/ours runs/theirs

        deltascribe compare dfm=runs/s1,runs/s2,runs/s3 chg2cap=runs/chg2cap --baseline chg2cap -o table.tex

        deltascribe compare runs/a runs/b --mode ids --subset changed --metric bleu_4,cider_d --format csv > changed.csv
    """
    from deltascribe.cli.scoring_options import parse_modes
    from deltascribe.evaluation.comparison import Resampling, format_of, read_groups
    from deltascribe.evaluation.comparison import compare as compare_groups
    from deltascribe.evaluation.progress import spinner
    from deltascribe.metrics import METRICS
    from deltascribe.metrics.statistics import MEAN_OF

    chosen, resampling = format_of(format, out), Resampling(resamples, permutations, level, seed)
    with spinner(not quiet) as tell:
        tell("reading")
        comparison = compare_groups(
            read_groups(runs),
            modes=parse_modes(mode),
            subsets=_split(subset),
            metrics=tuple(METRICS) if metric in (None, "all") else _split(metric),
            baseline=baseline,
            vocabulary_from=vocabulary_from,
            common=common,
            published=published,
            anchors=anchors,
            resampling=resampling,
            tell=tell,
            keywords=keywords,
        )
    if metric is None and chosen == "latex":
        comparison = comparison.only((*MEAN_OF, "s_m"))
    _give(comparison, chosen, out, as_table=format is None)


def _split(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _give(comparison: Comparison, format: Format, out: Path | None, as_table: bool) -> None:
    from deltascribe.evaluation.comparison import render

    if out is not None:
        from deltascribe.files import write_text

        write_text(out, render(comparison, format))
        typer.echo(f"Written to {out}")
    elif as_table and sys.stdout.isatty():
        from rich.console import Console

        from deltascribe.evaluation.comparison.terminal import to_rich

        Console().print(to_rich(comparison))
    else:
        typer.echo(render(comparison, format), nl=False)
