"""How far a long command is: in a terminal and in a log."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from deltascribe.cli import progress
from deltascribe.cli.progress import LogLines, long_progress


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_log_gets_a_line_a_minute_with_the_time_left(clock: Clock) -> None:
    lines: list[str] = []
    report = LogLines(lines.append, clock)
    for done in range(0, 101, 5):
        report("tiles", done, 100)
        clock.now += 20
    assert lines == [f"tiles: {done} of 100 ({done} %), about {left} left" for done, left in (
        (15, "6 min"), (30, "5 min"), (45, "4 min"), (60, "3 min"), (75, "2 min"), (90, "40 s"),
    )]  # fmt: skip


def test_what_was_there_before_is_not_taken_for_speed(clock: Clock) -> None:
    lines: list[str] = []
    report = LogLines(lines.append, clock)
    report("tiles", 900, 1000)
    clock.now += 60
    report("tiles", 910, 1000)
    assert lines == ["tiles: 910 of 1000 (91 %), about 9 min left"]


def test_another_stage_begins_anew(clock: Clock) -> None:
    lines: list[str] = []
    report = LogLines(lines.append, clock)
    report("tiles", 0, 50)
    clock.now += 500
    report("tiles", 50, 50)
    report("index.html", 0, 10)
    clock.now += 60
    report("areas.geojson", 1, 10)
    assert lines == ["tiles: 50 of 50 (100 %)", "areas.geojson: 1 of 10 (10 %), about 9 min left"]


def test_a_quick_command_logs_nothing(clock: Clock) -> None:
    lines: list[str] = []
    report = LogLines(lines.append, clock)
    for done in range(3):
        report("tiles", done, 2)
        clock.now += 19
    assert lines == []


def shown(quiet: bool = False, *, terminal: bool) -> str:
    stream = StringIO()
    with long_progress(quiet, Console(file=stream, force_terminal=terminal, width=100)) as report:
        report("tiles", 3, 9)
        report("tiles", 9, 9)
    return stream.getvalue()


def test_a_terminal_gets_a_bar_and_a_log_plain_lines_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" in shown(terminal=True)
    assert "9/9" in shown(terminal=True)
    assert shown(terminal=False) == ""
    monkeypatch.setattr(progress, "EVERY", 0.0)
    assert shown(terminal=False) == "tiles: 3 of 9 (33 %)\ntiles: 9 of 9 (100 %)\n"


@pytest.mark.parametrize("terminal", [True, False])
def test_quiet_shows_nothing(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    assert shown(quiet=True, terminal=terminal) == ""
