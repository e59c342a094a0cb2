"""The `deltascribe` command."""

import typer

app = typer.Typer()


def main() -> None:
    """Runs the command line."""
    app()
