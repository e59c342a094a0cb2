"""The `deltascribe` command: lists its commands without importing them, and turns errors into one clear line."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from deltascribe import __version__
from deltascribe.errors import DeltascribeError, one_line
from deltascribe.own_code import import_own

COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("deltascribe.cli.demo", "demo", "Captions the image pairs and the scene that come with the package, on a page to look at."),
    "caption": ("deltascribe.cli.caption", "caption", "Tells in words what changed between two images, or in each pair of two folders."),
    "scene": ("deltascribe.cli.scene", "scene", "Describes what changed between GeoTIFF scenes: captions, areas, a map."),
    "detect": ("deltascribe.cli.detect", "detect", "Maps what changed between two images: mask, changed area, polygons."),
    "evaluate": ("deltascribe.cli.evaluate", "evaluate", "Scores a model on a captioned data set."),
    "score": ("deltascribe.cli.score", "score", "Scores anybody's captions against references, without a model and without images."),
    "compare": ("deltascribe.cli.compare", "compare", "Compares runs on the same pairs, with tests and published figures."),
    "judge": ("deltascribe.cli.judge", "app", "Draws sheets to judge captions by eye without references, and counts the verdicts."),
    "train": ("deltascribe.cli.train", "train", "Trains a model from a YAML configuration."),
    "ablate": ("deltascribe.cli.ablate", "ablate", "Trains and compares a grid of variants and seeds, and writes the table."),
    "average": ("deltascribe.cli.average", "average", "Averages the weights of several checkpoints of one model."),
    "ensemble": (
        "deltascribe.cli.ensemble",
        "ensemble",
        "Puts several trained models over their one encoder, to write each word together.",
    ),
    "pretrain-detector": ("deltascribe.cli.pretrain_detector", "pretrain_detector", "Trains a change detector on pairs with masks."),
    "data": ("deltascribe.cli.data", "app", "Checks, shows and builds data sets."),
    "models": ("deltascribe.cli.models", "models", "Lists the models that can be trained and the trained ones that come with the package."),
    "doctor": ("deltascribe.cli.doctor", "doctor", "Tells what is installed, what is missing for which feature, and which device is used."),
}
"""Name of each command -> module, function or typer app in it, and the line that `--help` shows."""

USER_ERROR, INTERRUPTED = 2, 130


class LazyGroup(TyperGroup):
    """Imports a command when it is called; for `--help` the line in `COMMANDS` is enough."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Reads the arguments; `--import` may stand behind the command's name too."""
        return super().parse_args(ctx, _imports_first(args))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Finds a command as usual, then puts the real one in the place of its stand-in."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, _load(name) if name in COMMANDS else command, rest

    def invoke(self, ctx: Any) -> Any:
        """Runs the command; an error that the user can act upon becomes one line, not a traceback."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:  # a command may say what is saved
            typer.secho(": ".join(["interrupted", *map(str, stop.args)]), err=True)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # the reader of a pipe went away, as `head` does: no error to tell of
            raise
        except (DeltascribeError, OSError) as error:
            if ctx.params.get("debug"):
                raise
            typer.secho(f"deltascribe: {one_line(error)}", fg=typer.colors.RED, err=True)
            raise typer.Exit(USER_ERROR) from None


def _imports_first(args: list[str]) -> list[str]:
    """The same arguments, those of `--import` before all others."""
    first, rest, left = list[str](), list[str](), iter(args)
    for arg in left:
        if arg == "--":
            rest += [arg, *left]
        elif arg == "--import":
            value = next(left, None)
            if value is None:
                return [arg]  # which is refused for want of a value
            first += [arg, value]
        else:
            (first if arg.startswith("--import=") else rest).append(arg)
    return first + rest


def _load(name: str | None) -> Any:
    module, attribute, _ = COMMANDS[str(name)]
    target = getattr(import_module(module), attribute)
    if not isinstance(target, typer.Typer):
        single = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
        single.command(name)(target)
        target = single
    command = get_command(target)
    command.name = name
    return command


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"deltascribe {__version__}")
        raise typer.Exit


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, pretty_exceptions_show_locals=False)


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    own: Annotated[
        list[str] | None,
        typer.Option(
            "--import", metavar="FILE.py", help="Your own Python file or module to import first, such as a model; give it again for more."
        ),
    ] = None,
) -> None:
    """Tells in words what changed between two images of one place.

    Exit codes: 0 all went well, 1 some inputs failed (or a check did not pass), 2 wrong use or unusable input, 130 interrupted.
    """
    import_own(own or ())


def _stand_in() -> Callable[[], None]:
    def never_called() -> None: ...

    return never_called


for _name, (_, _, _help) in COMMANDS.items():
    app.command(_name, help=_help)(_stand_in())


def main() -> None:
    """Runs the command line."""
    # a progress bar's library warns on each fork otherwise; nothing here tokenizes in parallel
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    app(prog_name="deltascribe")
