"""Models by name: a decorator registers a builder, `create_model` calls it with a checked configuration."""

from __future__ import annotations

import difflib
import fnmatch
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from torch import nn

from deltascribe.errors import ConfigError, UnknownModelError
from deltascribe.files import sha256_of
from deltascribe.settings_faults import describe_faults

Builder = Callable[[Any, int], nn.Module]


@dataclass(frozen=True)
class Code:
    """The Python file that registered a model of the user's own, as it was then.

    Attributes:
        file: its path.
        sha256: of its content, in hexadecimal digits.
    """

    file: Path
    sha256: str


@dataclass(frozen=True)
class _Entry:
    config: type[BaseModel]
    builder: Builder
    own: bool
    code: Code | None


_REGISTRY: dict[str, _Entry] = {}
_MADE: set[str] = set()


def register_model(name: str, config: type[BaseModel], *, trained: bool = True) -> Callable[[Builder], Builder]:
    """Registers `builder(config, vocabulary_size) -> nn.Module` under a lower-case name.

    Args:
        name: lower-case name, as users write it in a configuration.
        config: pydantic model that checks the model's settings.
        trained: whether it is trained; else it is made of trained ones, and `list_models` leaves it out.

    Returns:
        The decorator; it leaves the builder as it is. A name that is taken gives a warning and the newer builder wins. Whoever calls
        `register_model` itself, wherever the builder is from, is taken for the file that registers the model.
    """
    caller = sys._getframe(1).f_globals
    own = str(caller.get("__name__")).split(".")[0] != __name__.split(".")[0]
    # now, not when it is asked for: the file may be edited while its code runs
    code = _code_in(caller.get("__file__")) if own else None

    def decorate(builder: Builder) -> Builder:
        if name in _REGISTRY:
            warnings.warn(f"model '{name}' was registered twice; the later one is used", stacklevel=2)
        _REGISTRY[name] = _Entry(config, builder, own, code)
        _MADE.discard(name)
        if not trained:
            _MADE.add(name)
        return builder

    return decorate


def list_models(pattern: str = "*") -> list[str]:
    """Names of the registered models that can be trained and match a shell pattern, sorted."""
    return sorted(fnmatch.filter(_REGISTRY.keys() - _MADE, pattern))


def is_registered(name: str) -> bool:
    """Whether there is a model of that name."""
    return name in _REGISTRY


def is_own(name: str) -> bool:
    """Whether a model is the user's own: registered, and not by this package."""
    return name in _REGISTRY and _REGISTRY[name].own


def code_of(name: str) -> Code | None:
    """The code of the user's own that registered a model; None for this package's, and where it was not in a file, as in a notebook."""
    return _REGISTRY[name].code


def _code_in(path: str | None) -> Code | None:
    file = None if path is None else Path(path).absolute()
    return None if file is None or not file.is_file() else Code(file, sha256_of(file))


def check_model_config(name: str, settings: Mapping[str, Any]) -> BaseModel:
    """The checked configuration of a model, defaults filled in.

    Raises:
        UnknownModelError: no such model.
        ConfigError: a setting is unknown or out of range.
    """
    if name not in _REGISTRY:
        meant = difflib.get_close_matches(name, _REGISTRY, n=1)
        raise UnknownModelError(
            f"no model '{name}'{f'; did you mean {meant[0]}?' if meant else '.'} There are: {', '.join(list_models())}. "
            "One of your own is known once the file that registers it is imported: "
            "`deltascribe --import FILE.py ...`, or `import` in Python"
        )
    schema = _REGISTRY[name].config
    try:
        return schema.model_validate(dict(settings))
    except ValidationError as error:
        problems = "\n".join(f"  {line}" for line in describe_faults(error, schema))
        raise ConfigError(f"the settings of model '{name}' are not valid:\n{problems}") from error


def create_model(name: str, settings: Mapping[str, Any] | BaseModel, vocabulary_size: int) -> nn.Module:
    """Builds a model (a `CaptionModel`) by name.

    Args:
        name: registered name.
        settings: the model's own settings, as a mapping or already checked.
        vocabulary_size: number of words, special tokens included.

    Raises:
        UnknownModelError: no such model.
        ConfigError: a setting is unknown or out of range.
    """
    config = check_model_config(name, settings if isinstance(settings, Mapping) else settings.model_dump())
    return _REGISTRY[name].builder(config, vocabulary_size)
