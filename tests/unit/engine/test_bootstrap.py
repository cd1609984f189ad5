"""The stationary bootstrap: blocks of the returns, and their automatic length."""

from typing import Any

import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap, optimal_block_length

from aurelius_engine.domain.errors import StudyContradiction
from aurelius_engine.domain.validation.block_lengths import block_length, refuse_long
from aurelius_engine.domain.validation.bootstrap import resampled


def equity_of(returns: np.ndarray) -> np.ndarray:
    return np.concatenate(([100.0], 100.0 * np.cumprod(1.0 + returns)))


def test_resamples_are_blocks_of_the_returns_wrapped_at_the_end() -> None:
    returns = np.arange(1, 8) / 1000.0
    draws = np.array([[0.9, 0.0, 0.3, 0.5, 0.0, 0.0, 0.0], [0.0, 0.99, 0.0, 0.99, 0.99, 0.1, 0.5]])
    found = resampled(equity_of(returns), draws, 5.0)

    # Blocks begin at bar 0 by rule, and where the second row is below 1/5.
    assert np.diff(found) / found[:-1] == pytest.approx(
        np.array([7, 1, 3, 4, 5, 1, 2]) / 1000.0, rel=1e-12
    )


def test_blocks_of_one_bar_are_draws_of_single_returns() -> None:
    returns = np.random.Generator(np.random.Philox(1)).normal(0.0, 0.01, 50)
    draws = np.random.Generator(np.random.Philox(2)).random((2, 50))
    found = resampled(equity_of(returns), draws, 1.0)
    places = np.minimum((draws[0] * 50).astype(int), 49)

    assert np.diff(found) / found[:-1] == pytest.approx(returns[places], rel=1e-9)


def test_dependence_makes_blocks_longer_and_none_makes_them_short() -> None:
    noise = np.random.Generator(np.random.Philox(3)).normal(0.0, 0.01, 3000)
    dependent = np.zeros(3000)
    for bar in range(1, 3000):
        dependent[bar] = 0.8 * dependent[bar - 1] + 0.6 * noise[bar]

    short, long = (block_length(returns) for returns in (noise, dependent))
    assert 1.0 <= short < 8.0
    assert 15.0 < long < 165.0


def test_the_block_length_of_a_known_process_is_the_one_of_its_formula() -> None:
    """For an AR(1) with coefficient a, G and g(0) are known: Politis and White (2004).

    The optimal length is (G^2 n / g(0)^2)^(1/3) with G/g(0) = 2 a / (1 - a^2).
    """
    coefficient, bars = 0.5, 60_000
    noise = np.random.Generator(np.random.Philox(4)).normal(0.0, 0.001, bars)
    returns = np.zeros(bars)
    for bar in range(1, bars):
        returns[bar] = coefficient * returns[bar - 1] + noise[bar]
    wanted = ((2 * coefficient / (1 - coefficient**2)) ** 2 * bars) ** (1 / 3)

    assert block_length(returns) == pytest.approx(wanted, rel=0.15)


def autoregressive(coefficient: float, bars: int, seed: int) -> np.ndarray:
    noise = np.random.Generator(np.random.Philox(seed)).normal(0.0, 0.01, bars)
    returns = np.zeros(bars)
    for bar in range(1, bars):
        returns[bar] = coefficient * returns[bar - 1] + noise[bar]
    return returns


@pytest.mark.parametrize("coefficient", [-0.6, -0.2, 0.0, 0.3, 0.9])
@pytest.mark.parametrize("bars", [40, 300, 2500])
def test_the_automatic_length_is_that_of_arch(coefficient: float, bars: int) -> None:
    returns = autoregressive(coefficient, bars, seed=bars)
    theirs = float(optimal_block_length(returns)["stationary"].iloc[0])

    assert block_length(returns) == pytest.approx(max(theirs, 1.0), rel=1e-9)


@pytest.mark.parametrize("length", [1, 4, 25])
def test_the_samples_of_the_same_draws_are_those_of_arch(length: int) -> None:
    returns = autoregressive(0.3, 400, seed=1)
    theirs: Any = StationaryBootstrap(length, returns, seed=np.random.default_rng(9))
    random = np.random.default_rng(9)

    for (sample,), _ in theirs.bootstrap(20):
        starts, uniforms = random.integers(400, size=400), random.random(400)
        # Ours takes a place in [0, 1) where theirs takes a bar.
        ours = resampled(equity_of(returns), np.stack([(starts + 0.5) / 400, uniforms]), length)
        assert np.diff(ours) / ours[:-1] == pytest.approx(sample, rel=1e-9, abs=1e-13)


@pytest.mark.parametrize(
    ("bars", "longest"), [(1, 1), (12, 4), (81, 27), (82, 28), (900, 90), (2500, 150)]
)
def test_blocks_longer_than_any_automatic_one_are_refused(bars: int, longest: int) -> None:
    refuse_long(longest, bars)

    with pytest.raises(StudyContradiction) as refused:
        refuse_long(longest + 1, bars)

    assert refused.value.facts["allowed"] == f"at most {longest}"
