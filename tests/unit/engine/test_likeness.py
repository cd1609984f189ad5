"""Whether two runs earned nearly the same."""

import numpy as np
import pytest

from aurelius_engine.domain.likeness import Earned, alike, at_bars_of, earned_of

DRAWS = np.random.default_rng(1).normal(0.0, 0.01, 500)


def earned(returns: object, first: int = 0) -> Earned:
    values = np.asarray(returns, dtype=np.float64)
    return Earned(times=np.arange(first, first + values.size, dtype=np.int64), returns=values)


def test_returns_are_those_of_equity_and_nothing_is_earned_with_nothing() -> None:
    found = earned_of(np.arange(3), np.array([100.0, 110.0, 0.0, 0.0]))

    assert found.returns.tolist() == [0.1, -1.0, 0.0]


@pytest.mark.parametrize("times", [1.0, 0.01, -3.0])
def test_size_and_sign_do_not_matter_and_a_little_noise_neither(times: float) -> None:
    noise = np.random.default_rng(2).normal(0.0, 0.002, 500)

    assert alike(earned(DRAWS), earned(times * (DRAWS + noise)))


def test_a_correlation_below_the_bound_is_not_alike() -> None:
    noise = np.random.default_rng(2).normal(0.0, 0.01, 500)
    other = DRAWS + 0.4 * noise

    assert 0.9 < np.corrcoef(DRAWS, other)[0, 1] < 0.95
    assert not alike(earned(DRAWS), earned(other))
    assert not alike(earned(DRAWS), earned(np.zeros(500)))


@pytest.mark.parametrize(("common", "same"), [(59, False), (60, True)])
def test_sixty_common_bars_are_needed(common: int, same: bool) -> None:
    other = earned(DRAWS[500 - common :], first=500 - common)

    assert alike(earned(DRAWS), other) is same
    assert not alike(earned(DRAWS[:400]), earned(DRAWS[400:], first=400))


@pytest.mark.parametrize(("common", "same"), [(19, False), (20, True)])
def test_of_a_short_run_half_its_bars_are_enough(common: int, same: bool) -> None:
    assert alike(earned(DRAWS[:40]), earned(DRAWS[:common])) is same


def test_bars_of_other_data_are_compared_where_they_are_the_same() -> None:
    other = earned(DRAWS[100:], first=1100)
    theirs = np.arange(1100, 1500)

    moved = at_bars_of(other, theirs - 1000, theirs)
    assert alike(earned(DRAWS), moved)
    assert moved.times.tolist() == list(range(100, 500))
    assert not alike(earned(DRAWS), other)
    nothing = np.empty(0, np.int64)
    assert at_bars_of(other, nothing, nothing).times.size == 0


@pytest.mark.parametrize(("idle", "same"), [(200, True), (300, False)])
def test_bars_before_either_earned_anything_are_left_out_up_to_half(idle: int, same: bool) -> None:
    warming = np.concatenate((np.zeros(idle), DRAWS[idle:]))

    assert alike(earned(DRAWS), earned(warming)) is same
    assert alike(earned(warming), earned(DRAWS)) is same
