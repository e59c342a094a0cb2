"""Tells in words what changed between two images of one place, and maps where.

from deltascribe import ChangeCaptioner, ChangeMapper, ImagePair

pair = ImagePair.open("before.png", "after.png")
print(ChangeCaptioner.from_pretrained().caption([pair])[0].caption)
print(ChangeMapper.from_pretrained().detect(pair).changed_share)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "ChangeCaptioner",
    "ChangeMap",
    "ChangeMapper",
    "ChangeReport",
    "ImagePair",
    "__version__",
    "list_models",
    "load",
    "load_mapper",
]

if TYPE_CHECKING:
    from pathlib import Path

    from deltascribe.captioner import ChangeCaptioner as ChangeCaptioner
    from deltascribe.detection import ChangeMap as ChangeMap
    from deltascribe.detection import ChangeMapper as ChangeMapper
    from deltascribe.models import list_models as list_models
    from deltascribe.pair import ImagePair as ImagePair
    from deltascribe.report import ChangeReport as ChangeReport

_HOMES = {
    "ChangeCaptioner": "deltascribe.captioner",
    "ChangeMap": "deltascribe.detection",
    "ChangeMapper": "deltascribe.detection",
    "ChangeReport": "deltascribe.report",
    "ImagePair": "deltascribe.pair",
    "list_models": "deltascribe.models",
}


def load(model: str | Path | None = None, *, device: str = "auto") -> ChangeCaptioner:
    """A ready captioner; short for `ChangeCaptioner.from_pretrained`.

    Args:
        model: None for the model that comes with the package, else a shipped one's name, a checkpoint folder or a hub name.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps` ...
    """
    from deltascribe.captioner import ChangeCaptioner

    return ChangeCaptioner.from_pretrained(model, device=device)


def load_mapper(model: str | Path | None = None, *, device: str = "auto") -> ChangeMapper:
    """A ready change detector; short for `ChangeMapper.from_pretrained`.

    Args:
        model: None for the detector that comes with the package, else a shipped one's name or a checkpoint folder.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps` ...
    """
    from deltascribe.detection import ChangeMapper

    return ChangeMapper.from_pretrained(model, device=device)


def __getattr__(name: str) -> Any:
    # torch takes over a second to import: names that need it come on first use, so that `deltascribe --help` stays fast
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'deltascribe' has no attribute '{name}'")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
