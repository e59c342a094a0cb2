"""`deltascribe models`: lists what can be trained and what comes trained."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

WEIGHTS_SHOWN = {"right": "checked", "wrong": "DAMAGED", "unlisted": "not checked"}


def models(as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False) -> None:
    """Lists the captioners that can be trained, and the trained captioners and change detectors that come with the package."""
    from deltascribe.models import list_models
    from deltascribe.shipped import shipped_models

    shipped = shipped_models()
    if as_json:
        weights = [{**asdict(model), "folder": str(model.folder)} for model in shipped]
        typer.echo(json.dumps({"models": list_models(), "shipped": weights}, indent=2))
        return
    rows: list[tuple[str, ...]] = [
        (m.name, m.kind or "unknown", f"{m.megabytes:.1f} MB", WEIGHTS_SHOWN[m.integrity], str(m.folder)) for m in shipped
    ]
    _print_tables(list_models(), rows)


def _print_tables(names: list[str], shipped: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print("[bold]Captioners to train[/]: " + ", ".join(names))
    if not shipped:
        console.print("No trained weights are in this installation.")
        return
    console.print("[bold]Trained weights in this installation[/]")
    table = Table("name", "kind", "size", "checksum", "folder")
    for row in shipped:
        table.add_row(*row)
    console.print(table)
