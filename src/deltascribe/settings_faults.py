"""What is wrong with settings, in words: an unknown one is told with the name that was meant, or with those there are."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError


def describe_faults(error: ValidationError, schema: type[BaseModel]) -> list[str]:
    """Each fault in a line.

    Args:
        error: what the check of `schema` raised.
        schema: what the settings must be; its sections may lie in lists or be optional.

    Returns:
        `section.key: what is wrong`.
    """
    lines = []
    for item in error.errors():
        place, text = item["loc"], item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            text = _unknown(str(place[-1]), _names_at(schema, place[:-1]))
        lines.append(f"{'.'.join(map(str, place))}: {text}" if place else text)
    return lines


def _unknown(name: str, known: Sequence[str]) -> str:
    meant = difflib.get_close_matches(name, known, n=1)
    if meant:
        return f"unknown setting; did you mean {meant[0]}?"
    return f"unknown setting; there are: {', '.join(known)}" if known else "unknown setting; leave it out"


def _names_at(schema: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """Names of the settings of the section at a place, as users write them."""
    section: type[BaseModel] | None = schema
    for part in place:
        if section is not None and isinstance(part, str):  # a number is an item of a list of sections
            field = next((field for name, field in section.model_fields.items() if part in (name, field.alias)), None)
            section = None if field is None else _section_in(field.annotation)
    return [] if section is None else [field.alias or name for name, field in section.model_fields.items()]


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """The section that an annotation, such as `Section | None` or `tuple[Section, ...]`, holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section_in(part)) is not None), None)
