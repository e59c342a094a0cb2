"""The wheel is whole: what is built from the tree captions a pair by itself, offline."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

import deltascribe
from deltascribe.shipped import DEFAULT_DETECTOR, MODELS, shipped_models

ROOT = Path(__file__).resolve().parents[1]

CAPTION = """
import sys, deltascribe
from deltascribe.shipped import demo_pairs
assert deltascribe.__file__.startswith(sys.argv[1]), deltascribe.__file__
before, after = demo_pairs()[0]
pair = deltascribe.ImagePair.open(before, after)
print(deltascribe.ChangeCaptioner.from_pretrained().caption([pair])[0].caption)
"""


DETECT = """
import sys, deltascribe
from deltascribe.shipped import demo_pairs
assert deltascribe.__file__.startswith(sys.argv[1]), deltascribe.__file__
print(deltascribe.ChangeMapper.from_pretrained().detect(deltascribe.ImagePair.open(*demo_pairs()[0])).changed_share)
"""


def call(*command: str, cwd: Path, **environment: str) -> str:
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT), cwd=out)
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--no-index")
    call(*pip, "--target", str(target), str(wheel), cwd=target)
    return target


def test_the_wheel_holds_the_code_the_types_and_every_asset(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "src" / "deltascribe"
    files = {f"deltascribe/{path.relative_to(package).as_posix()}" for path in package.rglob("*") if path.is_file()}
    expected = {name for name in files if "__pycache__" not in name}
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert "deltascribe/py.typed" in names
    assert any(name.startswith("deltascribe/assets/demo/before/") for name in names)


def test_the_wheel_tells_its_version_licences_and_command(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    info = f"deltascribe-{deltascribe.__version__}.dist-info"
    metadata = HeaderParser().parsestr(archive.read(f"{info}/METADATA").decode())
    assert metadata["Version"] == deltascribe.__version__
    assert metadata["License-Expression"].startswith("Apache-2.0")
    assert set(metadata.get_all("License-File") or []) == {"LICENSE", "WEIGHTS-LICENSE", "NOTICE"}
    assert "deltascribe = deltascribe.cli.main:main" in archive.read(f"{info}/entry_points.txt").decode()
    needed = " ".join(line for line in metadata.get_all("Requires-Dist") or [] if "extra ==" not in line)
    assert "torchvision" not in needed
    assert "lightning" not in needed


def test_an_installed_wheel_runs_its_command(installed: Path, tmp_path: Path) -> None:
    code = "import sys; from deltascribe.cli.main import main; sys.argv = ['deltascribe', '--version']; main()"
    assert call(sys.executable, "-c", code, cwd=tmp_path, PYTHONPATH=str(installed)) == f"deltascribe {deltascribe.__version__}\n"


@pytest.mark.skipif(not MODELS.is_dir(), reason="no trained weights in the tree yet")
def test_an_installed_wheel_captions_a_pair_offline(installed: Path, tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(installed), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    caption = call(sys.executable, "-c", CAPTION, str(installed), cwd=tmp_path, **environment).strip()
    assert len(caption.split()) >= 3


@pytest.mark.skipif(not (MODELS / DEFAULT_DETECTOR).is_dir(), reason="no trained detector in the tree yet")
def test_an_installed_wheel_maps_a_pair_offline(installed: Path, tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(installed), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    assert 0 <= float(call(sys.executable, "-c", DETECT, str(installed), cwd=tmp_path, **environment)) < 1


def test_weights_that_ship_carry_their_card_and_licence() -> None:
    for model in shipped_models():
        names = {path.name for path in model.folder.iterdir()}
        assert {"model.safetensors", "config.json", "README.md", "WEIGHTS-LICENSE", "SHA256SUMS"} <= names
        assert model.megabytes < 30
