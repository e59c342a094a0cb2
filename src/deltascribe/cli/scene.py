"""`deltascribe scene`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from deltascribe.cli.image_options import Bands, Device, parse_bands, parse_scale
from deltascribe.cli.progress import long_progress
from deltascribe.cli.scene_costs import cost_text, counted_tiles, crew_for
from deltascribe.errors import ConfigError, DeltascribeError, one_line
from deltascribe.shipped import DEFAULT_BEAMS

if TYPE_CHECKING:
    from deltascribe.captioner import ChangeCaptioner
    from deltascribe.scenes.costs import Crew
    from deltascribe.scenes.inputs import WantedPair
    from deltascribe.scenes.options import SceneOptions
    from deltascribe.scenes.preparing import PreparedScene, ScenePair

SOME_FAILED = 1


def scene(
    scenes: Annotated[list[str] | None, typer.Argument(help="GeoTIFFs, or STAC items (ITEM.json or ITEM.json#ASSET), by date.")] = None,
    pairs: Annotated[Path | None, typer.Option(help="CSV list instead: before,after[,name,clouds_before,clouds_after].")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")] = Path("scene"),
    model: Annotated[str | None, typer.Option(help="Checkpoint folder, or shipped model; the shipped one if left out.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, and what it will cost; look at a few tiles only.")] = False,
    bbox: Annotated[str | None, typer.Option(help="Keep to W,S,E,N in degrees; W is above E across 180 degrees.")] = None,
    polygon: Annotated[Path | None, typer.Option(help="Keep to the polygons of a GeoJSON, GeoPackage (FILE#LAYER) or Shapefile.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many tiles.")] = None,
    bands: Bands = None,
    bands_after: Annotated[str | None, typer.Option(help="The same for the later date, where it differs.")] = None,
    scale: Annotated[str, typer.Option(help="auto, dtype, the value that becomes white, or LOW,HIGH.")] = "auto",
    resolution: Annotated[str, typer.Option(help="Metres a pixel to read at: auto, native, or a number.")] = "auto",
    nodata: Annotated[float | None, typer.Option(help="Value that means missing, for scenes that don't declare one.")] = None,
    clouds: Annotated[list[str] | None, typer.Option(help="Mask (not 0: unusable) of each scene, in order; '' for none.")] = None,
    min_valid: Annotated[float, typer.Option(min=0.01, max=1, help="Share of a tile that must be known on both dates.")] = 0.25,
    correct_shift: Annotated[bool, typer.Option("--correct-shift", help="Move the later date back by the measured shift.")] = False,
    overlap: Annotated[int, typer.Option(min=0, help="Pixels that neighbouring tiles share.")] = 32,
    threshold: Annotated[float, typer.Option(min=0.01, max=0.99, help="Probability from which on a pixel counts as changed.")] = 0.5,
    min_area: Annotated[float, typer.Option(min=0, help="Leave out smaller changed areas, in m2.")] = 10.0,
    beams: Annotated[int, typer.Option(min=1, help="Beams of the search for captions.")] = DEFAULT_BEAMS,
    executor: Annotated[Literal["local", "ray"], typer.Option(help="Threads of this process, or Ray.")] = "local",
    address: Annotated[str | None, typer.Option(help="Cluster of --executor ray: auto, HOST:PORT, ray://...; else this machine.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads, or most Ray actors; if left out, all cores (of the cluster, where there is one).")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Most tiles that are worked on and written down together.")] = 16,
    device: Device = "auto",
    network: Annotated[bool, typer.Option("--network", help="Allow https:// and s3:// addresses.")] = False,
    max_pixels: Annotated[int, typer.Option(min=1, help="Largest width x height of a scene.")] = 4_000_000_000,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no notes.")] = False,
) -> None:
    """Describe what changed between two GeoTIFFs of one place (or each of several dates and the next): captions, areas, a map.

    Any coordinate systems, resolutions and grids; only what both show is read, in tiles, in flat memory. Writes a page to look at
    (index.html), changes.gpkg (also GeoJSON, GeoParquet, CSV), probability.tif (COG), summary.json and a STAC item. Interrupted? Give the
    same command again: it goes on where it stopped.

    Examples:

      deltascribe scene 2019.tif 2024.tif -o changes --dry-run

      deltascribe scene 2019.tif 2024.tif -o changes

      deltascribe scene 2015.tif 2019.tif 2024.tif -o changes --bbox 11.5,48.1,11.6,48.2

      deltascribe scene a.tif b.tif -o changes --bands 4,3,2 --clouds a_clouds.tif --clouds b_clouds.tif

      deltascribe scene --pairs pairs.csv -o changes --executor ray --address auto --workers 32

    Exit codes: 0 all pairs were described; 1 some could not be (they are named on standard error, the rest is done); 2 none.
    """
    from deltascribe.captioner import ChangeCaptioner

    if address is not None and executor != "ray":
        raise ConfigError("--address is that of a Ray cluster: add --executor ray, or leave out --address to work on this machine.")
    chosen = _options(
        bbox, polygon, limit, bands, bands_after, scale, resolution, nodata, min_valid, correct_shift, overlap, threshold, min_area, beams
    )
    wanted = _wanted(scenes, pairs, clouds or [])
    captioner = ChangeCaptioner.from_pretrained(model, device=device)
    reading = {"max_pixels": max_pixels, "network": network}
    running = {"batch_size": batch_size, "network": network, **_executing(executor, address, workers)}
    crew = crew_for(executor, address, workers, batch_size, captioner) if dry_run else None
    failed: list[str] = []
    for one in wanted:
        folder = output if len(wanted) == 1 else output / one.name
        try:
            pair = one.resolved(network=network)
            if crew is not None:
                _plan(pair, captioner, chosen, reading, crew)
            else:
                _describe(pair, captioner, chosen, folder, reading, running, quiet)
        except BrokenPipeError:  # the reader of our output went away: of all pairs
            raise
        except (DeltascribeError, OSError) as error:
            if len(wanted) == 1:
                raise
            failed.append(one.name)
            typer.secho(f"{one.name}: {one_line(error)}", fg=typer.colors.RED, err=True)  # at once: an interrupt may come
    if failed:
        raise typer.Exit(2 if len(failed) == len(wanted) else SOME_FAILED)


def _options(
    bbox: str | None,
    polygon: Path | None,
    limit: int | None,
    bands: str | None,
    bands_after: str | None,
    scale: str,
    resolution: str,
    nodata: float | None,
    min_valid: float,
    correct_shift: bool,
    overlap: int,
    threshold: float,
    min_area: float,
    beams: int,
) -> SceneOptions:
    from pydantic import ValidationError

    from deltascribe.scenes.options import SceneOptions
    from deltascribe.scenes.region import read_polygon

    try:
        return SceneOptions(
            overlap=overlap,
            resolution=resolution if resolution in ("auto", "native") else _number(resolution, "--resolution"),  # type: ignore[arg-type]
            bands=parse_bands(bands),
            bands_after=parse_bands(bands_after),
            scale="auto" if scale == "auto" else parse_scale(scale),
            bbox=None if bbox is None else _box(bbox),
            polygon=None if polygon is None else read_polygon(polygon),
            limit=limit,
            nodata=nodata,
            min_valid=min_valid,
            correct_shift=correct_shift,
            beams=beams,
            threshold=threshold,
            min_area=min_area,
        )
    except ValidationError as error:
        raise ConfigError("; ".join(str(item["msg"]).removeprefix("Value error, ") for item in error.errors())) from error


def _wanted(scenes: list[str] | None, pairs: Path | None, clouds: list[str]) -> list[WantedPair]:
    from deltascribe.scenes.inputs import wanted_list, wanted_scenes

    if pairs is None:
        return wanted_scenes(scenes or [], clouds)
    if scenes:
        raise ConfigError("Give either scenes or --pairs, not both.")
    if clouds:
        raise ConfigError("The masks of --pairs go into its columns clouds_before and clouds_after. Leave --clouds out.")
    return wanted_list(pairs)


def _describe(
    pair: ScenePair,
    captioner: ChangeCaptioner,
    options: SceneOptions,
    folder: Path,
    reading: dict[str, Any],
    running: dict[str, Any],
    quiet: bool,
) -> None:
    """One pair, from its files to the output folder."""
    from deltascribe.scenes.outputs import write_outputs
    from deltascribe.scenes.preparing import prepare
    from deltascribe.scenes.running import describe_scene

    prepared = prepare(pair, captioner, options, **reading)
    if not quiet:
        _tell(prepared)
    saved: tuple[str, ...] = ()
    try:
        with long_progress(quiet) as show:

            def report(stage: str, done: int, total: int) -> None:
                nonlocal saved
                if stage == "tiles":
                    saved = (f"{done} of {total} tiles of {pair.name} are saved; give the same command again to go on",)
                show(stage, done, total)

            answer = describe_scene(prepared, captioner, folder, progress=report, notice=None if quiet else _note, **running)
            write_outputs(answer, folder, network=reading["network"], progress=report)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(*saved) from stop
    typer.echo(answer.summary.text(most=5))
    if not quiet:
        for note in answer.notes[len(prepared.notes) :]:
            _note(note)
        typer.echo(f"Written to {folder}: open {folder / 'index.html'}")


def _executing(executor: str, address: str | None, workers: int | None) -> dict[str, Any]:
    """What `describe_scene` is told of who works."""
    from deltascribe.device import available_cores

    if executor == "local":
        return {"threads": workers or available_cores()}
    from deltascribe.scenes.executors.ray import run_ray

    return {"executor": partial(run_ray, address=address, workers=workers)}


def _plan(pair: ScenePair, captioner: ChangeCaptioner, options: SceneOptions, reading: dict[str, Any], crew: Crew) -> None:
    """Shows what a run would do."""
    from deltascribe.scenes.costs import estimate
    from deltascribe.scenes.preparing import prepare

    prepared = prepare(pair, captioner, options, **reading)
    _tell(prepared)
    expected = estimate(prepared, captioner, crew, network=reading["network"])
    typer.echo(f"{cost_text(prepared.plan, expected, crew)} Nothing was written.")


def _tell(prepared: PreparedScene) -> None:
    grid, alignment = prepared.plan.grid, prepared.alignment
    typer.echo(
        f"{prepared.pair.name} (before: {prepared.before.info.name}, after: {prepared.after.info.name}): "
        f"{grid.width} x {grid.height} pixels of {grid.gsd:.3g} m in {grid.crs:.40} ({grid.area / 1e6:.3g} km2); "
        f"the scenes share {100 * alignment.shared[0]:.0f} % of the before and {100 * alignment.shared[1]:.0f} % of the after one; "
        f"{counted_tiles(prepared.plan)}"
    )
    for note in prepared.notes:
        _note(note)


def _note(text: str) -> None:
    typer.secho(f"note: {text}", fg=typer.colors.YELLOW, err=True)


def _box(text: str) -> tuple[float, float, float, float]:
    values = [_number(part, "--bbox") for part in text.split(",")]
    if len(values) != 4:
        raise ConfigError(f"--bbox {text}: give west,south,east,north in degrees, such as 11.5,48.1,11.6,48.2")
    return values[0], values[1], values[2], values[3]


def _number(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ConfigError(f"{option}: '{text}' is no number.") from error
