"""`deltascribe demo`: a first look, with nothing to prepare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deltascribe.cli.image_options import Device, Threads


def demo(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the page and the pictures.")] = Path("demo-report"),
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = False,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Captions the pairs and the GeoTIFF scene that come with the package and writes a page to look at.

    Examples:

        deltascribe demo

        deltascribe demo -o my-report --open
    """
    # torch takes over a second to import; `deltascribe --help` must not wait for it
    from deltascribe import load
    from deltascribe.demo import describe, describe_scene, how_to, run_demo
    from deltascribe.device import set_threads

    set_threads(threads)
    result = run_demo(out, load(device=device))
    for report in result.reports:
        typer.echo(f"{report.name:<20} {report.caption}  ({describe(report)})")
    typer.echo(f"{result.scene.report.name:<20} {result.scene.report.caption}  ({describe_scene(result.scene)})")
    typer.echo(f"\nPage:     {result.page.resolve()}\nPictures: {result.pictures[0].resolve()} and {len(result.pictures) - 1} more")
    typer.echo("\nTo caption your own images:\n\n" + "\n".join(f"    {line}".rstrip() for line in how_to().splitlines()))
    if open_page:
        typer.launch(result.page.resolve().as_uri())
