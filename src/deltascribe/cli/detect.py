"""`deltascribe detect`."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

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
from deltascribe.shell import install_extra

if TYPE_CHECKING:
    from deltascribe.detection.mapper import ChangeMapper
    from deltascribe.inputs import PairFiles

SOME_FAILED = 1


def detect(
    before: Before = None,
    after: After = None,
    pairs: Pairs = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")] = Path("changes"),
    model: Annotated[str | None, typer.Option(help="Checkpoint folder, or shipped detector; the shipped one if left out.")] = None,
    threshold: Annotated[
        float | None,
        typer.Option(help="Probability from which on a pixel counts as changed; if left out the detector's own (detector_lite0: 0.461)."),
    ] = None,
    format: Annotated[Literal["auto", "png", "tif"], typer.Option(help="Of the mask; auto: GeoTIFF where a place is known.")] = "auto",
    polygons: Annotated[bool, typer.Option("--polygons/--no-polygons", help="Outline changed areas (needs rasterio).")] = True,
    min_area: Annotated[float, typer.Option(min=0, help="Leave out smaller polygons: m2, or pixels where no size is known.")] = 0.0,
    views: Annotated[int, typer.Option(min=1, max=8, help="Turned and mirrored views to average; slower, a little better.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    batch_size: Annotated[int, typer.Option(min=1, help="Tiles at once.")] = 8,
    gsd: Gsd = None,
    bands: Bands = None,
    scale: Scale = "dtype",
    align: Align = False,
    max_pixels: MaxPixels = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar, no warnings.")] = False,
) -> None:
    """Map what changed between two images, or in each pair of two folders: mask, changed area, polygons.

    Writes NAME_mask.png (0, 255 change; a GeoTIFF where the files know their place), NAME_overlay.png to look at, NAME.geojson with
    the outlines (WGS 84 degrees, or pixels where no place is known) and NAME.json with the figures. NAME is that of the files, both
    where they differ (2019_2024); earlier results of that name are replaced. Large images are read in tiles.

    Examples:

      deltascribe detect before.png after.png -o changes

      deltascribe detect 2019.tif 2024.tif -o changes --min-area 20

      deltascribe detect 2019/ 2024/ --model runs/detector/best --gsd 0.5 --json > areas.jsonl

    Exit codes: 0 all pairs were mapped; 1 some pairs could not be read (they are named on standard error, the rest is done);
    2 nothing could be done.
    """
    from deltascribe.detection.mapper import ChangeMapper
    from deltascribe.device import set_threads
    from deltascribe.imaging import MAX_PIXELS

    if output.exists() and not output.is_dir():
        raise ConfigError(f"--output {output} is a file; give a folder")
    if threshold is not None and not 0 < threshold <= 1:
        raise ConfigError(f"--threshold {threshold:g} is no probability above 0; give one such as 0.5")
    files = parse_files(before, after, pairs, "detect")
    limit = MAX_PIXELS if max_pixels is None else max_pixels
    reading = {"bands": parse_bands(bands), "scale": parse_scale(scale), "align": align, "gsd": gsd, "max_pixels": limit}
    rasterio = importlib.util.find_spec("rasterio") is not None
    outline = polygons and rasterio
    if not rasterio and (polygons or format == "auto") and not quiet:
        lack = "no polygons, and masks as PNG," if polygons else "masks as PNG"
        typer.secho(f"note: {lack} without rasterio; install it with: {install_extra('geo')}", fg=typer.colors.YELLOW, err=True)
    if format == "auto" and not rasterio:
        format = "png"
    set_threads(threads)
    mapper = ChangeMapper.from_pretrained(model, device=device)
    running = {"threshold": threshold, "views": views, "batch_size": batch_size}
    writing = {"folder": output, "format": format, "outline": outline, "min_area": min_area}
    failed: list[tuple[str, str]] = []
    replaced: list[str] = []
    with _progress(len(files), quiet) as (begin, advance):
        for entry in files:
            earlier = (output / f"{entry.name}.json").exists()
            try:
                values = _map(mapper, entry, reading, running, writing, begin, advance)
            except (ImageError, MissingDependencyError) as error:
                failed.append((entry.name, str(error)))
                continue
            replaced += [entry.name] * earlier
            typer.echo(json.dumps(values, ensure_ascii=False) if as_json else _line(values))
            for warning in () if quiet or as_json else values["warnings"]:
                typer.secho(f"  note: {warning}", fg=typer.colors.YELLOW, err=True)
    if replaced and not quiet:
        which = replaced[0] if len(replaced) == 1 else f"{replaced[0]} and {len(replaced) - 1} more"
        typer.secho(f"note: earlier results in {output} were replaced: {which}", fg=typer.colors.YELLOW, err=True)
    for name, message in failed:
        typer.secho(f"{name}: {message}", fg=typer.colors.RED, err=True)
    if failed:
        raise typer.Exit(2 if len(failed) == len(files) else SOME_FAILED)
    if not as_json and not quiet:
        typer.echo(f"Written to {output}")


def _map(
    mapper: ChangeMapper,
    entry: PairFiles,
    reading: dict[str, Any],
    running: dict[str, Any],
    writing: dict[str, Any],
    begin: Callable[[str, int], None],
    advance: Callable[[int], None],
) -> dict[str, Any]:
    """Maps one pair and writes what came out; gives the figures."""
    from deltascribe.detection.outputs import georeference_of, write_outputs
    from deltascribe.pair import ImagePair

    pair = ImagePair.open(entry.before, entry.after, name=entry.name, **reading)
    reference = georeference_of(entry.before)
    begin(entry.name, mapper.tiles(pair))
    change = mapper.detect(pair, progress=advance, **running)
    return write_outputs(change, pair, reference=reference, **writing)


def _line(values: dict[str, Any]) -> str:
    """What a reader wants to know of one pair."""
    from deltascribe.report import format_percent

    area = values["changed_area_m2"]
    where = "" if area is None else f", {area:,.0f} m2"
    areas = "" if values["polygons"] is None else f", {values['polygons']} {'area' if values['polygons'] == 1 else 'areas'}"
    return f"{values['name']}: {format_percent(values['changed_share'])} changed{where}{areas}"


@contextmanager
def _progress(count: int, quiet: bool) -> Iterator[tuple[Callable[[str, int], None], Callable[[int], None]]]:
    """A bar over the pairs and one over the tiles of the pair at hand; on standard error, so that it never mixes with what is printed."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=quiet) as bar:
        pairs = bar.add_task("pairs", total=count, completed=-1, visible=count > 1)
        tiles = bar.add_task("tiles", visible=False)

        def begin(name: str, total: int) -> None:
            bar.advance(pairs)
            bar.reset(tiles, total=total, description=name, visible=total > 1)

        yield begin, lambda done: bar.advance(tiles, done)
