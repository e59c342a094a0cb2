"""Options of commands that open pairs of images: which files, which bands, which scale."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deltascribe.errors import ConfigError

if TYPE_CHECKING:
    from deltascribe.inputs import PairFiles

Before = Annotated[Path | None, typer.Argument(help="Image, or folder of images, of the first date.")]
After = Annotated[Path | None, typer.Argument(help="Image, or folder of images, of the second date.")]
Pairs = Annotated[Path | None, typer.Option(help="CSV list with the columns before,after[,name] instead.")]
Gsd = Annotated[float | None, typer.Option(min=0.0001, help="Metres a pixel; overrides what the files tell.")]
Bands = Annotated[str | None, typer.Option(help="Bands to use as R,G,B, counted from 1, such as 4,3,2; one band gives grey.")]
Scale = Annotated[str, typer.Option(help="Value that becomes white: dtype (the type's largest), a number, or LOW,HIGH.")]
Align = Annotated[bool, typer.Option("--align", help="Resize the after image to the before image where they differ.")]
MaxPixels = Annotated[int | None, typer.Option(min=1, help="Largest width x height to decode; 100000000 if left out.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads.")]


def parse_files(before: Path | None, after: Path | None, pairs: Path | None, command: str) -> list[PairFiles]:
    """The pairs that BEFORE, AFTER and --pairs of a command mean.

    Raises:
        ConfigError: neither or both ways are used.
        ImageNotFoundError, PairListError: as `find_pairs` and `read_pair_list`.
    """
    from deltascribe.inputs import find_pairs, read_pair_list

    if pairs is not None:
        if before is not None:
            raise ConfigError("give either BEFORE AFTER or --pairs, not both")
        return read_pair_list(pairs)
    if before is None or after is None:
        raise ConfigError(f"give BEFORE and AFTER (two images or two folders), or --pairs LIST.csv; see deltascribe {command} --help")
    return find_pairs(before, after)


def parse_bands(text: str | None) -> tuple[int, ...] | None:
    """The band numbers in the value of --bands.

    Raises:
        ConfigError: not one or three numbers.
    """
    if text is None:
        return None
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) not in (1, 3):
        raise ConfigError(f"--bands {text}: give three band numbers counted from 1, such as 3,2,1, or one for grey, such as 2")
    return numbers


def parse_scale(text: str) -> Any:
    """The scale in the value of --scale.

    Raises:
        ConfigError: neither `dtype` nor one or two numbers.
    """
    if text == "dtype":
        return text
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) not in (1, 2):
        raise ConfigError(f"--scale {text}: give dtype, a number such as 10000, or LOW,HIGH")
    return values[0] if len(values) == 1 else (values[0], values[1])
