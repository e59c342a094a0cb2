"""`deltascribe doctor`: shows what is installed and what is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deltascribe.doctor import Diagnosis

_INTEGRITY = {"right": "[green]checksum right[/]", "wrong": "[red]checksum WRONG[/]", "unlisted": "[yellow]no checksum to compare with[/]"}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False) -> None:
    """Tells what is installed, what is missing for which feature, and which device is used.

    Exit code 0 if a pair can be captioned and its changes mapped, 1 if not; missing extras do not count.
    """
    from deltascribe.doctor import diagnose

    diagnosis = diagnose()
    if as_json:
        typer.echo(json.dumps(diagnosis.to_dict(), indent=2))
    else:
        _print(diagnosis)
    if diagnosis.problems:
        raise typer.Exit(1)


def _print(diagnosis: Diagnosis) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in _rows(diagnosis):
        table.add_row(f"[bold]{name}[/]", value)
    console = Console()
    console.print(table)
    for feature in diagnosis.features:
        if feature.missing:
            console.print(f"For {feature.purpose}: [cyan]{escape(feature.install)}[/]", soft_wrap=True)
    for problem in diagnosis.problems:
        console.print(f"[red]{escape(problem)}[/]", soft_wrap=True)
    if not diagnosis.problems:
        console.print("[green]Ready to caption and to map changes.[/]")


def _rows(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    rows = [
        ("deltascribe", diagnosis.version),
        ("python", f"{diagnosis.python} on {diagnosis.system}"),
        *((name, version or "[red]missing[/]") for name, version in diagnosis.packages.items()),
    ]
    for feature in diagnosis.features:
        state = f"[yellow]lacks {', '.join(feature.missing)}[/]" if feature.missing else "[green]installed[/]"
        rows.append((f"extra {feature.extra}", f"{state} ({feature.purpose})"))
    machine = diagnosis.machine
    if machine is not None:
        rows += [
            (
                "device",
                f"{machine.device} ({machine.device_name})" + (f", {machine.device_memory_gb:.0f} GB" if machine.device_memory_gb else ""),
            ),
            ("bfloat16", "in hardware" if machine.bf16 else "not in hardware"),
            ("cores, threads", f"{machine.cores}, {machine.threads}"),
        ]
        if machine.memory_gb is not None and machine.free_memory_gb is not None:
            rows.append(("memory", f"{machine.memory_gb:.1f} GB, {machine.free_memory_gb:.1f} GB free"))
    for model in diagnosis.weights:
        rows.append((f"weights {model.name}", f"{model.kind or 'unknown kind'}, {model.megabytes:.1f} MB, {_INTEGRITY[model.integrity]}"))
    return [*rows, *((f"weights {name}", "[red]missing[/]") for name in diagnosis.missing_models)]
