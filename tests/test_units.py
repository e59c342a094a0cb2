from __future__ import annotations

from deltascribe.units import format_area, format_duration, keep_together


def test_areas_are_written_in_hectares_from_a_tenth_on() -> None:
    assert [format_area(area) for area in (0, 999.6, 1000, 12_345, 262_144)] == ["0 m²", "1,000 m²", "0.10 ha", "1.23 ha", "26.2 ha"]


def test_numbers_stay_with_their_units() -> None:
    assert keep_together("5 of 16 in 3 ha, 2.5 % or 4 m² each") == "5 of 16 in 3\u00a0ha, 2.5\u00a0% or 4\u00a0m² each"


def test_expected_times_are_rounded_up() -> None:
    times = (0, 0.2, 1.01, 89, 90, 121, 5399, 5400, 7200, 7201)
    assert [format_duration(seconds) for seconds in times] == [
        "1 s", "1 s", "2 s", "89 s", "2 min", "3 min", "90 min", "1.5 h", "2.0 h", "2.1 h",
    ]  # fmt: skip
