"""`deltascribe models`: lists what can be trained and what comes trained."""

from __future__ import annotations

import json
from typing import Annotated

import typer

WEIGHTS_SHOWN = {"right": "checked", "wrong": "DAMAGED", "unlisted": "not checked"}


def models(as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False) -> None:
    """Lists the models that can be trained and the weights that come with the package."""
    from deltascribe.models import list_models
    from deltascribe.shipped import shipped_models

    shipped = shipped_models()
    if as_json:
        weights = [{"name": m.name, "folder": str(m.folder), "megabytes": m.megabytes, "integrity": m.integrity} for m in shipped]
        typer.echo(json.dumps({"models": list_models(), "shipped": weights}, indent=2))
        return
    _print_tables(list_models(), [(m.name, f"{m.megabytes:.1f} MB", WEIGHTS_SHOWN[m.integrity], str(m.folder)) for m in shipped])


def _print_tables(names: list[str], shipped: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print("[bold]Models to train[/]: " + ", ".join(names))
    if not shipped:
        console.print("No trained weights are in this installation.")
        return
    console.print("[bold]Trained weights in this installation[/]")
    table = Table("name", "size", "checksum", "folder")
    for row in shipped:
        table.add_row(*row)
    console.print(table)
