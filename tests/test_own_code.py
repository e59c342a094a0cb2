"""The user's own code is imported when it is named, once, here and in processes that are started; never else."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from deltascribe.errors import OwnCodeError
from deltascribe.models import list_models
from deltascribe.own_code import VARIABLE, import_options, import_own, own_code
from deltascribe.processes import serve_parent

pytestmark = pytest.mark.usefixtures("own_imports")
MODEL = """from pydantic import BaseModel
from deltascribe.models import register_model
register_model("mine", BaseModel)(lambda config, size: None)
"""


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def test_a_file_is_imported_under_its_own_name_with_the_files_beside_it(tmp_path: Path) -> None:
    write(tmp_path, "own_blocks.py", "WIDTH = 3\n")
    file = write(tmp_path, "own_thing.py", "from own_blocks import WIDTH\n")
    import_own([str(file)])
    import_own([str(file)])
    assert sys.modules["own_thing"].WIDTH == 3
    assert sys.path.count(str(tmp_path)) == 1
    assert sys.path[-1] == str(tmp_path)  # hides no other module
    assert own_code() == (str(file),)
    assert import_options() == ["--import", str(file)]


def test_the_environment_names_more_and_a_relative_path_becomes_a_whole_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("own_one.py", "own_two.py"):
        write(tmp_path, name, "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, f"own_two.py{os.pathsep}json")
    import_own(["own_one.py"])
    assert {"own_one", "own_two"} <= sys.modules.keys()
    assert own_code() == (str(tmp_path / "own_one.py"), str(tmp_path / "own_two.py"), "json")


def test_a_link_is_imported_by_its_own_name_and_a_linked_folder_is_the_same(tmp_path: Path) -> None:
    real = write(tmp_path / "real", "version-2.py", "WIDTH = 5\n")
    link = tmp_path / "own_link.py"
    link.symlink_to(real)
    import_own([str(link)])
    assert sys.modules["own_link"].WIDTH == 5
    assert own_code() == (str(link),)
    (tmp_path / "linked").symlink_to(real.parent, target_is_directory=True)
    write(real.parent, "own_seen.py", "")
    sys.path.append(str(real.parent))
    import_own([str(tmp_path / "linked" / "own_seen.py")])
    assert "own_seen" in sys.modules


@pytest.mark.skipif(os.pathsep == ";", reason="a path on Windows has its drive's colon")
def test_a_path_that_could_not_be_handed_on_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OwnCodeError, match="rename the folder, without ':'"):
        import_own([str(write(tmp_path / "a:b", "own_apart.py", ""))])
    assert VARIABLE not in os.environ


def test_a_recorded_command_tells_no_folder_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below, beside = write(tmp_path / "here", "own_below.py", ""), write(tmp_path / "there", "own_beside.py", "")
    import_own([str(below), str(beside), "json"])
    monkeypatch.chdir(tmp_path / "here")
    assert import_options(recorded=True) == ["--import", "own_below.py", "--import", "own_beside.py", "--import", "json"]
    assert import_options() == ["--import", str(below), "--import", str(beside), "--import", "json"]


def test_nothing_is_imported_or_noted_where_nothing_is_named() -> None:
    import_own()
    assert VARIABLE not in os.environ


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("own_broken.py", "x = 1\n1 / 0\n", r"ZeroDivisionError: division by zero \(.*own_broken.py, line 2\)"),
        ("own_syntax.py", "def\n", r"SyntaxError: .*own_syntax.py, line 1\)\. Mend it"),
        ("own_needs.py", "import no_such_module_at_all\n", "No module named 'no_such_module_at_all'"),
        ("json.py", "", "finds another module 'json' first .*rename the file"),
        ("own-model.py", "", "letters, digits and _ alone"),
        ("own_ending.py", "import sys\nsys.exit(0)\n", r"own_ending\.py can't be imported: SystemExit: 0 \(.*own_ending\.py, line 2\)"),
        ("sys.py", "", "finds another module 'sys' first .*rename the file"),
    ],
)
def test_a_file_that_cannot_be_imported_is_told_with_the_next_step(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(OwnCodeError, match=said):
        import_own([str(write(tmp_path, name, text))])
    assert VARIABLE not in os.environ


def test_a_file_with_the_name_of_the_program_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)  # as that of an installed command
    with pytest.raises(OwnCodeError, match=r"finds another module '__main__' first \(one that is in no file\); rename the file"):
        import_own([str(write(tmp_path, "__main__.py", ""))])


@pytest.mark.parametrize("name", ["nowhere/own_model.py", "no_such_module_at_all"])
def test_a_file_or_module_that_is_not_there_is_told(name: str) -> None:
    with pytest.raises(OwnCodeError, match=r"there is no file|No module named"):
        import_own([name])


def test_a_process_that_is_started_knows_the_model_too(tmp_path: Path) -> None:
    import_own([str(write(tmp_path, "own_model.py", MODEL))])
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=serve_parent) as pool:
        assert "mine" in pool.submit(list_models).result()
