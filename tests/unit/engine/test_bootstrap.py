"""The stationary bootstrap: blocks of the returns, and their automatic length."""

import numpy as np
import pytest

from aurelius_engine.domain.validation.bootstrap import block_length, resampled


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

    short, long = (block_length(equity_of(returns)) for returns in (noise, dependent))
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

    assert block_length(equity_of(returns)) == pytest.approx(wanted, rel=0.15)
