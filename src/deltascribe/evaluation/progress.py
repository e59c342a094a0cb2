"""Progress on standard error: a bar over batches, and a line that tells what is being done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(total: int, description: str, visible: bool) -> Iterator[Callable[[int], None]]:
    """A bar over `total` pairs; call what it gives with the number of pairs that were finished."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not visible, transient=True) as bar:
        task = bar.add_task(description, total=total)
        yield lambda count: bar.advance(task, count)


def batches(count: int, batch_size: int, description: str, visible: bool) -> Iterator[int]:
    """The first position of each batch, with a bar over the pairs."""
    with progress_bar(count, description, visible) as advance:
        for start in range(0, count, batch_size):
            yield start
            advance(min(batch_size, count - start))


@contextmanager
def spinner(visible: bool) -> Iterator[Callable[[str], None]]:
    """Shows what is being scored; METEOR's first look at its table takes seconds."""
    from rich.console import Console

    if not visible:
        yield lambda stage: None
        return
    with Console(stderr=True).status("scoring") as status:
        yield lambda stage: status.update(f"scoring: {stage}")
