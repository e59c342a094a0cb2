"""The house stays in order: imports run downward, files stay small, and what is banned stays out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "deltascribe"
MAX_LINES = 400

LAYERS: list[set[str]] = [
    {"shell", "errors", "files", "locks", "own_code", "processes", "device", "shipped", "doctor", "settings_faults"},
    {"text", "datasets", "pair", "report", "picture", "imaging", "pixels", "geotiff", "outlines", "tiling", "inputs", "units", "webpage"},
    {"models", "losses", "generation", "metrics"},
    {"captioner", "detection"},
    {"training", "evaluation", "demo", "scenes"},
    {"ablation"},
    {"cli"},
    {"__main__"},
]
"""Lowest first. A module may import what lies below it, and its own sub-package."""

SIBLINGS: dict[str, set[str]] = {
    "errors": {"shell"},
    "doctor": {"shipped", "device", "errors", "files", "shell"},
    "shipped": {"errors", "files"},
    "files": {"errors"},
    "own_code": {"errors"},
    "processes": {"own_code"},
    "locks": {"errors", "files"},
    "device": {"errors"},
    "datasets": {"text", "imaging", "pixels", "pair", "geotiff"},
    "pair": {"imaging", "pixels", "geotiff"},
    "report": {"pair", "picture"},
    "picture": {"report", "pair", "pixels", "text", "tiling"},
    "imaging": {"pixels", "geotiff"},
    "inputs": {"pair", "pixels", "imaging"},
    "geotiff": {"pixels"},
    "outlines": {"geotiff"},
    "losses": {"models"},
    "generation": {"models"},
    "training": {"evaluation"},
}
"""Who may import whom within a layer."""

FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = [path for path in FILES if path != PACKAGE / "__init__.py"]


def part_of(path: Path) -> str:
    """The sub-package or top module that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def level_of(part: str) -> int:
    return next(level for level, parts in enumerate(LAYERS) if part in parts)


def imported_parts(path: Path) -> Iterator[tuple[int, str]]:
    """Line and part of each import of deltascribe in a file, inside functions and TYPE_CHECKING blocks too."""
    package = ["deltascribe", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names] if module == "deltascribe" else [module]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "deltascribe" and len(parts) > 1:
                yield node.lineno, parts[1]


def upward_imports(path: Path, part: str) -> list[str]:
    wrong = []
    for line, target in imported_parts(path):
        known = any(target in parts for parts in LAYERS)
        if not known or target == part:  # a name that `deltascribe` itself gives, or the same sub-package
            continue
        if level_of(target) > level_of(part) or (level_of(target) == level_of(part) and target not in SIBLINGS.get(part, set())):
            wrong.append(f"{path.relative_to(PACKAGE)}:{line} imports {target}")
    return wrong


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_has_a_layer_and_imports_downward(path: Path) -> None:
    part = part_of(path)
    assert any(part in parts for parts in LAYERS), f"put '{part}' into LAYERS"
    assert upward_imports(path, part) == []


def test_public_names_of_the_package_are_used_by_the_top_layers_only() -> None:
    lower = [path for path in MODULES if level_of(part_of(path)) <= level_of("captioner")]
    public = {"ChangeCaptioner", "ChangeMap", "ChangeMapper", "ChangeReport", "ImagePair", "list_models", "load", "load_mapper"}
    assert [str(path) for path in lower for _, name in imported_parts(path) if name in public] == []


def test_an_upward_import_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = tmp_path / "metrics" / "bad.py"
    bad.parent.mkdir()
    bad.write_text(
        "from deltascribe import cli\nfrom deltascribe.models import dfm\ndef f():\n    from ..training import x\nimport deltascribe.text\n"
    )
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    assert upward_imports(bad, "metrics") == [
        "metrics/bad.py:1 imports cli",
        "metrics/bad.py:2 imports models",
        "metrics/bad.py:4 imports training",
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_are_small_and_say_what_they_are_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_LINES
    assert ast.get_docstring(ast.parse(text)), "a file opens with one line that says what it is for"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_banned_is_in_the_source(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert list(banned(tree)) == []


def banned(tree: ast.AST) -> Iterator[str]:
    """What must not be there: assert, torchvision, unpickling, `.cuda(`, listening to the world."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            yield f"line {node.lineno}: assert"
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            if (module or "").split(".")[0] == "torchvision":
                yield f"line {node.lineno}: {module}"
        elif isinstance(node, ast.keyword) and node.arg == "weights_only" and getattr(node.value, "value", None) is not True:
            yield f"line {node.value.lineno}: weights_only is not True"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "cuda":
                yield f"line {node.lineno}: .cuda("
            if getattr(node.func.value, "id", "") == "pickle":
                yield f"line {node.lineno}: pickle.{node.func.attr}("
            torch_load = node.func.attr == "load" and getattr(node.func.value, "id", "") == "torch"
            if torch_load and all(keyword.arg != "weights_only" for keyword in node.keywords):
                yield f"line {node.lineno}: torch.load without weights_only=True"
        elif isinstance(node, ast.Constant) and node.value == "0.0.0.0":
            yield f"line {node.lineno}: listens on every interface"


@pytest.mark.parametrize(
    "source",
    [
        "assert x",
        "import torchvision.ops",
        "from torchvision import ops",
        "pickle.loads(data)",
        "torch.load(f, weights_only=False)",
        "torch.load(f)",
        "model.cuda()",
        "host = '0.0.0.0'",
    ],
)
def test_what_is_banned_would_be_found(source: str) -> None:
    assert len(list(banned(ast.parse(source)))) == 1
