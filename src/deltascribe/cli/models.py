"""`deltascribe models`: lists what can be trained and what comes trained."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deltascribe.shipped import ShippedModel

WEIGHTS_SHOWN = {"right": "checked", "wrong": "DAMAGED", "unlisted": "not checked"}


def models(as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False) -> None:
    """Lists the captioners that can be trained, and the trained captioners and change detectors that come with the package.

    Models of your own are listed too once their file is imported: deltascribe --import my_model.py models
    """
    from deltascribe.models import list_models
    from deltascribe.shipped import shipped_models

    shipped = shipped_models()
    if as_json:
        weights = [{**asdict(model), "folder": str(model.folder)} for model in shipped]
        typer.echo(json.dumps({"models": list_models(), "shipped": weights}, indent=2))
        return
    _print_tables(list_models(), shipped)


def _print_tables(names: list[str], shipped: list[ShippedModel]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    console.print("[bold]Captioners to train[/]: " + ", ".join(names))
    if not shipped:
        console.print("No trained weights are in this installation.")
        return
    console.print("[bold]Trained weights in this installation[/]")
    table = Table("name", "kind", "size", "checksum")
    for model in shipped:
        table.add_row(model.name, model.kind or "unknown", f"{model.megabytes:.1f} MB", WEIGHTS_SHOWN[model.integrity])
    console.print(table)
    console.print("[bold]Their model cards[/], which tell what a model does not know")
    for model in shipped:  # not in the table, which would cut a path that is too long for the terminal
        console.print(escape(str(model.folder / "README.md")), soft_wrap=True, highlight=False)
