"""Settings as dotted names."""

from __future__ import annotations

from deltascribe.training.settings import differences, flatten, shown


def test_differences_name_the_innermost_setting_and_what_is_missing_and_leave_out_nothing_against_nothing() -> None:
    one = {"model": {"settings": {"width": 8, "gate": None}}, "seed": 1, "cache": {}}
    other = {"model": {"settings": {"width": 9}}, "seed": 1, "cache": {"variants": 2}}
    assert differences(one, other) == {
        "model.settings.width": (8, 9),
        "cache": ({}, None),
        "cache.variants": (None, 2),
    }
    assert differences(one, one) == {}
    assert dict(flatten(other))["cache.variants"] == 2


def test_values_are_shown_as_in_yaml() -> None:
    assert [shown(value) for value in (None, True, 0.5, ["a"])] == ["none", "true", "0.5", "['a']"]
