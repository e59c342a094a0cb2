"""`deltascribe ablate`: a grid of variants and seeds, trained, scored and compared."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deltascribe.ablation import Ablation, PlannedRun

FAILED = 1


def ablate(
    config: Annotated[Path, typer.Argument(help="YAML file that describes the grid.")],
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Training settings for all variants, over `set` of the file.")
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder of the grid, in place of the file's `output`.")] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="VARIANT", help="Run this variant alone; give it again for more.")] = None,
    seeds: Annotated[str | None, typer.Option(help="Run these of the file's seeds alone, by commas.")] = None,
    jobs: Annotated[
        int,
        typer.Option("-j", "--jobs", min=1, help="Runs to train at once; they share the cores."),
    ] = 1,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="List the runs, how far each is and what the rest takes; check data and models; write nothing."),
    ] = False,
    table: Annotated[bool, typer.Option("--table", help="Run nothing: write the table of all that is done.")] = False,
    final_test: Annotated[
        bool, typer.Option("--final-test", help="Run nothing: score the finished runs (of --only, --seeds) on test, once all is chosen.")
    ] = False,
    permutations: Annotated[int, typer.Option(help="Permutations of the significance test, 1 or more.")] = 10_000,
    resamples: Annotated[int, typer.Option(help="Bootstrap resamples of the intervals, 1 or more.")] = 1000,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars; a line for each run stays.")] = False,
) -> None:
    """Trains every variant with every seed, scores each on val, and writes one table: means, deviations, significance, plots.

    Run the same command again after an interruption: what is done is skipped, a half-finished run goes on where it was. A run whose
    settings changed in the file is refused, and the settings are named. The folder of the grid gets table-val.md, .tex, .csv and .json.

    Examples:

        deltascribe ablate configs/ablation/parts.yaml data.root=LEVIR-MCI --dry-run

        deltascribe ablate configs/ablation/parts.yaml data.root=LEVIR-MCI -o runs/parts

        deltascribe ablate configs/ablation/parts.yaml --only baseline --only "+TGCL" --seeds 1,2

        deltascribe ablate configs/ablation/parts.yaml --jobs 2

        deltascribe ablate configs/ablation/parts.yaml --final-test
    """
    from deltascribe.ablation import check_buildable, check_unchanged, load_ablation, plan_runs, run_grid, score_finished
    from deltascribe.locks import locked

    _check_options(table, final_test, narrowed=bool(only or seeds))
    grid = load_ablation(config, overrides or (), out)
    chosen = _seeds(seeds)
    runs = plan_runs(grid, only or (), chosen)
    if dry_run:
        check_unchanged(plan_runs(grid))
        _list(grid, runs, jobs)
        check_buildable(grid, [run for run in runs if not run.finished], runs)
        return
    split, failed = grid.split, {}
    with locked(grid.output):
        if final_test:
            split = "test"
            score_finished(grid, split, only or (), chosen, quiet=quiet, tell=typer.echo)
        elif table:
            check_unchanged([run for run in plan_runs(grid) if run.finished])
        else:
            try:
                failed = run_grid(grid, only or (), chosen, jobs=jobs, quiet=quiet, tell=typer.echo).failed
            except KeyboardInterrupt:
                raise KeyboardInterrupt("the same command goes on; --dry-run tells how far each run is") from None
        # of a chosen part the reference may be missing
        _write(grid, split, permutations, resamples, quiet, needed=table or (final_test and not (only or chosen)))
    for title, reason in failed.items():
        typer.secho(f"failed: {title}: {reason}", err=True)
    if failed:
        raise typer.Exit(FAILED)


def _check_options(table: bool, final_test: bool, narrowed: bool) -> None:
    from deltascribe.errors import ConfigError

    if table and final_test:
        raise ConfigError("--final-test writes the table of the test split already: leave out --table, or --final-test for that of val.")
    if table and narrowed:
        raise ConfigError("--table writes all rows that are done: leave out --only and --seeds.")


def _seeds(text: str | None) -> tuple[int, ...]:
    from deltascribe.errors import ConfigError

    parts = [part.strip() for part in (text or "").split(",") if part.strip()]
    wrong = [part for part in parts if not part.isdigit()]
    if wrong:
        raise ConfigError(f"--seeds: {', '.join(wrong)} is no seed. Give whole numbers by commas, such as 1,2.")
    return tuple(map(int, parts))


def _list(grid: Ablation, runs: list[PlannedRun], jobs: int) -> None:
    from deltascribe.ablation import Clock, duration, plan_runs

    states = [run.state(grid.split, grid.beams) for run in runs]
    width = max(len(run.title) for run in runs)
    for run, state in zip(runs, states, strict=True):
        minutes = run.facts().get("minutes")
        typer.echo(f"{run.title:{width}}  {state}" + ("" if minutes is None else f", trained in {minutes:.1f} min"))
    pending = [(run, state) for run, state in zip(runs, states, strict=True) if state != "done"]
    left = Clock(plan_runs(grid), jobs).minutes_left(pending)
    rest = "the time left is known once a run is finished" if left is None else f"about {duration(left)} left"
    typer.echo(f"{len(runs)} runs, {len(runs) - len(pending)} done" + (f"; {rest}" if pending else ""))


def _write(grid: Ablation, split: str, permutations: int, resamples: int, quiet: bool, *, needed: bool) -> None:
    from deltascribe.ablation import summarise_grid, write_table
    from deltascribe.errors import ConfigError
    from deltascribe.evaluation.comparison import Resampling
    from deltascribe.evaluation.progress import spinner

    try:
        with spinner(not quiet) as tell:
            summary = summarise_grid(grid, split, Resampling(resamples, permutations), tell)
    except ConfigError as error:
        if needed:
            raise
        typer.echo(f"No table yet: {error}", err=True)
        return
    written = write_table(grid, summary, shlex.join(["deltascribe", *sys.argv[1:]]))
    typer.echo(f"Written to {written[0]}")
