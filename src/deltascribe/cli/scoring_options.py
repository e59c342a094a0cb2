"""What `evaluate`, `score`, `compare` and `judge` share: choices given as text, and the printing of an analysis."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from deltascribe.datasets import ChangeDataset
    from deltascribe.evaluation import Analysis
    from deltascribe.evaluation.context import VocabularyKind
    from deltascribe.metrics import Mode

SHIPPED = "shipped"
"""Names the model that comes with the package."""

ModeName = Annotated[str, typer.Option(help="ids, words, or both.")]
Vocabulary = Annotated[
    str, typer.Option(help="Whose words have numbers in the mode ids: train, parity (all splits), or references (the scored ones).")
]
ParityVocabulary = Annotated[
    bool, typer.Option("--parity-vocabulary", help="As --vocabulary parity: words seen more than 5 times over all splits.")
]
MinCount = Annotated[
    int | None, typer.Option(help="Number the words seen so often; 5 with train, 6 with parity by default.", show_default=False)
]
FixedFrom = Annotated[str, typer.Option(help="Split that chooses the fixed sentence to compare with, or 'none'.")]
Resamples = Annotated[int, typer.Option(help="Bootstrap resamples of the 95 % intervals; 0 leaves them out.")]
Seed = Annotated[int, typer.Option(help="Seed of everything drawn at random.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the scores as JSON instead of tables.")]


def open_split(data: Path, split: str, format: str | None) -> ChangeDataset:
    """One split of a data set.

    Raises:
        DatasetError: no such split or data set.
    """
    from deltascribe.datasets import SPLITS, open_dataset
    from deltascribe.errors import DatasetError

    known = next((name for name in SPLITS if name == split), None)
    if known is None:
        raise DatasetError(f"There is no split '{split}'. Choose one of: {', '.join(SPLITS)}.")
    return open_dataset(data, known, format)


def parse_modes(mode: str) -> tuple[Mode, ...]:
    """The modes of `--mode`.

    Raises:
        ConfigError: no such mode.
    """
    from deltascribe.errors import ConfigError
    from deltascribe.metrics import MODES

    chosen = MODES if mode == "both" else tuple(name for name in MODES if name == mode)
    if not chosen:
        raise ConfigError(f"There is no mode '{mode}'. Choose one of: {', '.join(MODES)}, both.")
    return chosen


def parse_vocabulary(kind: str) -> VocabularyKind:
    """The kind of vocabulary of `--vocabulary`.

    Raises:
        ConfigError: no such kind.
    """
    from deltascribe.errors import ConfigError
    from deltascribe.evaluation.context import VOCABULARIES

    for name in VOCABULARIES:
        if name == kind:
            return name
    raise ConfigError(f"There is no vocabulary '{kind}'. Choose one of: {', '.join(VOCABULARIES)}.")


def print_analysis(console: Console, analysis: Analysis, *, constants: bool) -> None:
    """Prints the tables of each mode, the first of them with the constants' rows, keywords and calibration."""
    from deltascribe.evaluation.terminal import calibration_line, keyword_table

    for position, table in enumerate(analysis.tables.values()):
        console.print((table if constants and position == 0 else replace(table, constants=())).to_rich(), "")
    for part in (keyword_table(analysis), calibration_line(analysis)):
        if part is not None:
            console.print(part, "")


def print_notes(console: Console) -> None:
    """Prints what holds for every table."""
    from deltascribe.metrics.render import NOTES

    for note in NOTES:
        console.print(f"- {note}", markup=False, highlight=False)
