"""Tests of deltascribe.cli.main."""

from __future__ import annotations

import os
import subprocess
import sys
from types import ModuleType
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from deltascribe import __version__
from deltascribe.cli import main
from deltascribe.errors import ImageNotFoundError

HEAVY = ("torch", "numpy", "PIL", "lightning", "transformers", "rasterio", "matplotlib", "pydantic")


def put(monkeypatch: pytest.MonkeyPatch, name: str, target: object) -> None:
    """Makes `deltascribe NAME` call `target`."""
    module = ModuleType("fake_command")
    module.target = target  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "fake_command", module)
    monkeypatch.setitem(main.COMMANDS, name, ("fake_command", "target", "Short."))


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main.app, list(arguments), env={"COLUMNS": "160"})
    return result.exit_code, result.stdout, result.stderr


def fresh(code: str) -> str:
    """What a new Python process prints when it runs `code`."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "160"}
    ).stdout


def test_help_lists_every_command_and_imports_nothing_heavy() -> None:
    output = fresh(
        "import sys; sys.argv = ['deltascribe', '--help']\n"
        "from deltascribe.cli.main import main\n"
        "try: main()\nexcept SystemExit as stop: print('exit', stop.code)\n"
        f"print('heavy', [name for name in {HEAVY!r} if name in sys.modules])\n"
        "print('commands', [n for n in sys.modules if n.startswith('deltascribe.cli.') and n != 'deltascribe.cli.main'])"
    )
    assert "exit 0" in output
    assert "heavy []" in output
    assert "commands []" in output
    for name, (_, _, line) in main.COMMANDS.items():
        assert f"│ {name} " in output
        assert line in output


def test_importing_the_package_does_not_import_torch() -> None:
    assert fresh("import sys, deltascribe; print('torch' in sys.modules, deltascribe.__version__)") == f"False {__version__}\n"


def test_public_names_come_on_first_use() -> None:
    output = fresh(
        "import deltascribe as d\n"
        "print(d.ImagePair.__module__, d.list_models.__module__, d.ChangeMapper.__module__)\n"
        "print(hasattr(d, 'nothing'), {'load', 'load_mapper', 'ChangeMap'} <= set(dir(d)))"
    )
    assert output == "deltascribe.pair deltascribe.models.registry deltascribe.detection.mapper\nFalse True\n"


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "deltascribe", "--version"], check=True, capture_output=True, text=True)
    assert done.stdout == f"deltascribe {__version__}\n"


def test_version_is_printed() -> None:
    assert invoke("--version") == (0, f"deltascribe {__version__}\n", "")


def test_no_command_shows_the_help() -> None:
    _, stdout, stderr = invoke()
    assert "Usage: deltascribe" in (stdout + stderr).replace("root", "deltascribe")


def test_an_unknown_command_is_refused_with_a_suggestion() -> None:
    code, _, stderr = invoke("capton")
    assert code == 2
    assert "Did you mean 'caption'?" in stderr


def test_a_command_gets_its_arguments_and_shows_its_own_help(monkeypatch: pytest.MonkeyPatch) -> None:
    def command(name: str, loud: Annotated[bool, typer.Option(help="Shout.")] = False) -> None:
        """Greets."""
        typer.echo(f"hello {name.upper() if loud else name}")

    put(monkeypatch, "caption", command)
    assert invoke("caption", "you", "--loud") == (0, "hello YOU\n", "")
    code, stdout, _ = invoke("caption", "--help")
    assert code == 0
    assert "Greets." in stdout
    assert "Shout." in stdout


def test_a_group_of_commands_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    group = typer.Typer()

    @group.command()
    def check() -> None:
        typer.echo("checked")

    @group.command()
    def show() -> None: ...

    put(monkeypatch, "data", group)
    assert invoke("data", "check") == (0, "checked\n", "")
    code, stdout, _ = invoke("data", "--help")
    assert code == 0
    assert "show" in stdout


def fail(error: BaseException) -> object:
    def command() -> None:
        raise error

    return command


def test_an_error_of_the_user_becomes_one_line_and_exit_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, "caption", fail(ImageNotFoundError("a.png is not there. Check the path.")))
    assert invoke("caption") == (2, "", "deltascribe: a.png is not there. Check the path.\n")


def test_debug_shows_where_an_error_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ImageNotFoundError("a.png is not there.")
    put(monkeypatch, "caption", fail(error))
    result = CliRunner().invoke(main.app, ["--debug", "caption"])
    assert result.exception is error


def test_a_defect_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ZeroDivisionError("oops")
    put(monkeypatch, "caption", fail(error))
    assert CliRunner().invoke(main.app, ["caption"]).exception is error


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (PermissionError(13, "Permission denied", "out/a.png"), "out/a.png: Permission denied"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (IsADirectoryError(21, "Is a directory", "a", None, "b"), "a -> b: Is a directory"),
        (TimeoutError("two\nlines"), "two lines"),
        (ConnectionError(), "ConnectionError"),
    ],
)
def test_an_error_of_the_system_becomes_one_line_and_exit_code_2(monkeypatch: pytest.MonkeyPatch, error: OSError, line: str) -> None:
    put(monkeypatch, "caption", fail(error))
    assert invoke("caption") == (2, "", f"deltascribe: {line}\n")


def test_a_reader_that_goes_away_is_no_error_to_tell_of(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, "caption", fail(BrokenPipeError(32, "Broken pipe")))
    assert invoke("caption")[1:] == ("", "")


def test_an_interrupt_gives_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, "caption", fail(KeyboardInterrupt()))
    assert invoke("caption") == (130, "", "interrupted\n")


def test_an_interrupt_tells_what_a_command_says_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped() -> None:
        raise KeyboardInterrupt("3 of 9 are saved")

    put(monkeypatch, "caption", stopped)
    assert invoke("caption") == (130, "", "interrupted: 3 of 9 are saved\n")


def test_a_command_may_choose_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, "caption", fail(typer.Exit(1)))
    assert invoke("caption")[0] == 1


@pytest.mark.parametrize("name", list(main.COMMANDS))
def test_every_listed_command_is_there(name: str) -> None:
    code, stdout, stderr = invoke(name, "--help")
    assert (code, stderr) == (0, "")
    assert "Usage:" in stdout
