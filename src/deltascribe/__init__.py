"""Tells in words what changed between two images of one place.

from deltascribe import ChangeCaptioner, ImagePair

report = ChangeCaptioner.from_pretrained().caption([ImagePair.open("before.png", "after.png")])[0]
print(report.caption)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = ["ChangeCaptioner", "ChangeReport", "ImagePair", "__version__", "list_models", "load"]

if TYPE_CHECKING:
    from pathlib import Path

    from deltascribe.captioner import ChangeCaptioner as ChangeCaptioner
    from deltascribe.models import list_models as list_models
    from deltascribe.pair import ImagePair as ImagePair
    from deltascribe.report import ChangeReport as ChangeReport

_HOMES = {
    "ChangeCaptioner": "deltascribe.captioner",
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


def __getattr__(name: str) -> Any:
    # torch takes over a second to import: names that need it come on first use, so that `deltascribe --help` stays fast
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'deltascribe' has no attribute '{name}'")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
