from __future__ import annotations

from deltascribe.units import format_area, keep_together


def test_areas_are_written_in_hectares_from_a_tenth_on() -> None:
    assert [format_area(area) for area in (0, 999.6, 1000, 12_345, 262_144)] == ["0 m²", "1,000 m²", "0.10 ha", "1.23 ha", "26.2 ha"]


def test_numbers_stay_with_their_units() -> None:
    assert keep_together("5 of 16 in 3 ha, 2.5 % or 4 m² each") == "5 of 16 in 3\u00a0ha, 2.5\u00a0% or 4\u00a0m² each"
