"""One process at a time works in a folder."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from deltascribe.errors import ConfigError
from deltascribe.locks import locked

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no such locks")


def test_two_processes_never_work_in_one_folder(tmp_path: Path) -> None:
    with locked(tmp_path / "grid"), pytest.raises(ConfigError, match="Another process works in"), locked(tmp_path / "grid"):
        pass
    with locked(tmp_path / "grid"):
        pass


def test_a_process_that_wants_to_wait_is_told_once_and_waits(tmp_path: Path) -> None:
    other, told = ExitStack(), list[str]()
    other.enter_context(locked(tmp_path, "own"))

    def tell() -> None:
        told.append("waiting")
        other.close()  # the other one is done

    with locked(tmp_path, "own", waiting=tell):
        assert told == ["waiting"]
        with pytest.raises(ConfigError, match="Another process works in"), locked(tmp_path, "own"):
            pass
        with locked(tmp_path):  # another lock
            pass


def test_a_lock_file_of_others_is_kept_and_one_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("of another program")
    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text() == "of another program"
    (tmp_path / "grid" / ".lock").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"\.lock can't be opened .* Delete it if no other process"), locked(tmp_path / "grid"):
        pass


def test_a_drive_without_locks_gives_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def without(stream: Any, kind: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", without)
    worked = False
    with pytest.warns(UserWarning, match=r"can't be locked \(No locks available\)"), locked(tmp_path / "grid"):
        worked = True
    assert worked


def test_the_lock_of_a_killed_process_is_gone_with_it(tmp_path: Path) -> None:
    hold = "import sys, time; from pathlib import Path; from deltascribe.locks import locked\n"
    hold += "with locked(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hold, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ConfigError, match="Another process works in"), locked(tmp_path):
            pass
        other.kill()
    with locked(tmp_path):
        pass
