"""Tests of deltascribe.metrics.significance."""

from __future__ import annotations

from dataclasses import astuple
from math import atan, erfc, pi, sqrt

import pytest

from deltascribe.errors import ConfigError, PredictionsError
from deltascribe.metrics.significance import holm, mcnemar_test, mean_and_deviation, proportion_interval, welch_test


def outcomes(first_only: int, second_only: int, both: int, neither: int = 0) -> tuple[list[bool], list[bool]]:
    first = [True] * first_only + [False] * second_only + [True] * both + [False] * neither
    second = [False] * first_only + [True] * second_only + [True] * both + [False] * neither
    return first, second


@pytest.mark.parametrize(
    ("first_only", "second_only", "p_value"),
    [
        (0, 0, 1.0),
        (5, 0, 2 / 32),
        (0, 5, 2 / 32),
        (8, 2, 2 * (1 + 10 + 45) / 1024),
        (1, 9, 2 * (1 + 10) / 1024),
        (3, 3, 1.0),
    ],
)
def test_mcnemar_is_exact(first_only: int, second_only: int, p_value: float) -> None:
    result = mcnemar_test("accuracy", *outcomes(first_only, second_only, both=7, neither=3))
    pairs = first_only + second_only + 10
    assert result.p_value == pytest.approx(p_value, abs=1e-15)
    assert result.difference == pytest.approx((first_only - second_only) / pairs)
    assert (result.first, result.second) == pytest.approx(((first_only + 7) / pairs, (second_only + 7) / pairs))


def test_mcnemar_agrees_with_the_binomial_test_on_thousands_of_pairs() -> None:
    result = mcnemar_test("accuracy", *outcomes(1100, 1000, both=900))
    # normal approximation with continuity correction
    assert result.p_value == pytest.approx(erfc((100 - 1) / sqrt(2100) / sqrt(2)), rel=0.01)


def test_the_interval_of_a_difference_is_that_of_agresti_and_min() -> None:
    # 7.5 and 2.5 of 22 after half a pair is added to each cell
    result = mcnemar_test("accuracy", *outcomes(7, 2, both=8, neither=3))
    half = 1.959964 * ((7.5 + 2.5 - (7.5 - 2.5) ** 2 / 22) ** 0.5) / 22
    assert (result.low, result.high) == pytest.approx((5 / 22 - half, 5 / 22 + half), abs=1e-6)


def test_wilsons_interval() -> None:
    # Newcombe (1998), table I, method 3
    assert astuple(proportion_interval(81, 263)) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert astuple(proportion_interval(15, 148)) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert astuple(proportion_interval(0, 20)) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert astuple(proportion_interval(29, 29)) == pytest.approx((0.8830, 1.0), abs=5e-5)


def test_holm_multiplies_the_smallest_by_all_and_never_falls() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.7, 0.6]) == [1.0, 1.0]
    assert holm([0.2]) == [0.2]
    assert holm([]) == []


def test_the_deviation_is_that_of_a_sample() -> None:
    assert mean_and_deviation([1.0, 2.0, 4.0]) == pytest.approx((7 / 3, (7 / 3) ** 0.5))
    assert mean_and_deviation([3.0]) == (3.0, None)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"0\.95"):
        mcnemar_test("accuracy", [True], [True], level=0)
    with pytest.raises(PredictionsError, match="same pairs"):
        mcnemar_test("accuracy", [], [])
    with pytest.raises(PredictionsError, match="no share"):
        proportion_interval(3, 2)
    with pytest.raises(PredictionsError, match="no share"):
        proportion_interval(0, 0)


def test_welchs_test_is_students_in_closed_form() -> None:
    # equal variances, two values each: 2 degrees of freedom
    t = 3 / sqrt(2)
    assert welch_test([3, 5], [0, 2]) == pytest.approx(1 - t / sqrt(2 + t**2))
    # one group without a deviation: 1 degree of freedom, Cauchy's distribution
    assert welch_test([3, 5], [1, 1]) == pytest.approx(1 - 2 / pi * atan(3))


def test_welchs_test_agrees_with_tables() -> None:
    # t(4) = 2.776 at 5 %, of two groups of three with equal variances
    shift = 2.776445 * sqrt(2 / 3)
    assert welch_test([-1, 0, 1], [shift - 1, shift, shift + 1]) == pytest.approx(0.05, abs=1e-6)
    assert welch_test([1, 2, 3], [1, 2, 3]) == 1
    assert welch_test([2, 2], [2, 2]) == 1
    assert welch_test([2, 2], [3, 3]) == 0
    with pytest.raises(PredictionsError, match="two or more values each"):
        welch_test([1], [1, 2])
