"""Logs of a run, and how a resumed run goes on with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from deltascribe.training.log import RunLog


def lines(folder: Path, name: str = "losses.csv") -> list[str]:
    return (folder / name).read_text().split()


@pytest.fixture
def three_steps(tmp_path: Path) -> Path:
    log = RunLog(tmp_path, 0)
    for step in (1, 2, 3):
        log.losses(step, {"loss": step / 3, "flag": float("nan")}, 0.5)
        log.scores(step, {"cider_d": float(step)})
    return tmp_path


def test_numbers_are_written_to_the_last_bit(three_steps: Path) -> None:
    assert lines(three_steps) == [
        "step,loss,flag,lr_factor",
        "1,0.3333333333333333,nan,0.5",
        "2,0.6666666666666666,nan,0.5",
        "3,1.0,nan,0.5",
    ]
    assert lines(three_steps, "scores.csv") == ["step,cider_d", "1,1.0", "2,2.0", "3,3.0"]


def test_lines_after_the_resumed_step_are_dropped(three_steps: Path) -> None:
    log = RunLog(three_steps, 2)
    assert [line[0] for line in lines(three_steps)] == ["s", "1", "2"]
    assert [line[0] for line in lines(three_steps, "scores.csv")] == ["s", "1", "2"]
    log.losses(3, {"loss": 9.0, "flag": 1.0}, 0.25)
    assert lines(three_steps)[-1] == "3,9.0,1.0,0.25"


@pytest.mark.parametrize("cut", ["4", "4,0.1", "\x00\x00,,,"])
def test_a_last_line_that_was_cut_short_is_dropped(three_steps: Path, cut: str) -> None:
    whole = lines(three_steps)
    with (three_steps / "losses.csv").open("a") as stream:
        stream.write(cut)
    RunLog(three_steps, 9)
    assert lines(three_steps) == whole


@pytest.mark.parametrize("text", ["", "step,lo", "step,loss\n1,0"])
def test_a_log_without_a_line_to_keep_begins_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "losses.csv").write_text(text)
    RunLog(tmp_path, 0).losses(1, {"loss": 2.0}, 1.0)
    assert lines(tmp_path) == ["step,loss,lr_factor", "1,2.0,1.0"]
