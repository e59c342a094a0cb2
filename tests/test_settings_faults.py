"""Faults of settings in words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from deltascribe.settings_faults import describe_faults


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    width: int = 1
    heads: int = 2


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    inner: Inner | None = None
    several: tuple[Inner, ...] = ()
    values: dict[str, Any] = Field(default_factory=dict, alias="set")

    @model_validator(mode="after")
    def _both(self) -> Outer:
        if self.inner is not None and self.several:
            raise ValueError("give inner or several")
        return self


@pytest.mark.parametrize(
    ("settings", "faults"),
    [
        ({"iner": {}}, ["iner: unknown setting; did you mean inner?"]),
        ({"sets": {}}, ["sets: unknown setting; did you mean set?"]),
        ({"inner": {"widht": 3}}, ["inner.widht: unknown setting; did you mean width?"]),
        ({"inner": {"colour": 3}}, ["inner.colour: unknown setting; there are: width, heads"]),
        ({"several": [{}, {"head": 3}]}, ["several.1.head: unknown setting; did you mean heads?"]),
        ({"inner": {}, "several": [{}]}, ["give inner or several"]),
    ],
)
def test_an_unknown_setting_is_told_with_what_was_meant_or_with_those_there_are(settings: dict[str, Any], faults: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(settings)
    assert describe_faults(caught.value, Outer) == faults
