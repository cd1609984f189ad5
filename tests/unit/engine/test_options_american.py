"""American options against published values and a plain tree."""

import math
from dataclasses import replace

import numpy as np
import pytest

from aurelius_engine.domain.american_options import american
from aurelius_engine.domain.options import Option, OptionType, european
from tests.unit.engine.test_options import CALL, PUT, option

HULL_21_1 = option(PUT, 50, 50, 5 / 12, 0.10)


def plain_tree(priced: Option, volatility: float, steps: int) -> float:
    """Cox, Ross and Rubinstein, Journal of Financial Economics 7 (1979)."""
    step = priced.years_to_expiry / steps
    up = math.exp(volatility * math.sqrt(step))
    growth = math.exp((priced.risk_free_rate - priced.dividend_yield) * step)
    chance = (growth - 1 / up) / (up - 1 / up)
    discount = math.exp(-priced.risk_free_rate * step)
    sign = 1 if priced.type is OptionType.CALL else -1
    values = np.zeros(steps + 1)
    for layer in range(steps, -1, -1):
        if layer < steps:
            values = discount * (chance * values[1:] + (1 - chance) * values[:-1])
        spots = priced.spot_price * up ** np.arange(-layer, layer + 1, 2.0)
        values = np.maximum(values, sign * (spots - priced.strike_price))
    return float(values[0])


def reference(priced: Option, volatility: float) -> float:
    """The mean of an even and an odd number of steps, between which the error alternates."""
    return 0.5 * (plain_tree(priced, volatility, 3000) + plain_tree(priced, volatility, 3001))


CASES = [
    (HULL_21_1, 0.40),
    (option(PUT, 36, 40, 1, 0.06), 0.20),
    (option(CALL, 100, 95, 1, 0.05, 0.08), 0.30),
    (option(PUT, 100, 100, 3, 0.03, 0.07), 0.25),
    (option(PUT, 100, 100, 0.05, 0.05), 0.10),
    (option(CALL, 80, 100, 2, -0.02, 0.01), 0.50),
]


# Both below 0, where exercise pays all the same.
NEGATIVE = [
    (option(PUT, 100, 100, 2, -0.02, -0.08), 0.30),
    (option(CALL, 100, 100, 2, -0.08, -0.02), 0.30),
]


@pytest.mark.parametrize(("priced", "volatility"), CASES + NEGATIVE)
def test_the_price_is_within_its_stated_error_of_a_plain_tree(
    priced: Option, volatility: float
) -> None:
    found, want = american(priced, volatility), reference(priced, volatility)

    assert found.price_error is not None
    assert found.price_error < 2e-4 * priced.strike_price
    assert abs(found.price - want) <= found.price_error


def test_hull_21_1_is_met() -> None:
    # Hull, example 21.1: 4.283 with 500 steps, a delta of -0.41 with 5.
    found = american(HULL_21_1, 0.40)

    assert found.price == pytest.approx(4.283, abs=0.002)
    assert found.delta == pytest.approx(-0.41, abs=0.005)
    assert found.tree_steps == 500


@pytest.mark.parametrize(
    ("spot", "volatility", "years", "printed"),
    [
        (36, 0.2, 1, 4.478),
        (36, 0.4, 2, 8.508),
        (38, 0.2, 1, 3.250),
        (38, 0.4, 1, 6.148),
        (40, 0.2, 1, 2.314),
        (40, 0.4, 2, 6.920),
        (42, 0.2, 2, 2.212),
        (44, 0.2, 1, 1.110),
        (44, 0.4, 1, 3.948),
    ],
)
def test_it_is_worth_little_more_than_with_50_exercises_a_year(
    spot: float, volatility: float, years: float, printed: float
) -> None:
    # Longstaff and Schwartz (2001), table 1, finite differences.
    found = american(option(PUT, spot, 40, years, 0.06), volatility)

    assert printed < found.price < printed + 0.01


@pytest.mark.parametrize(("priced", "volatility"), CASES)
def test_greeks_are_the_differences_of_prices(priced: Option, volatility: float) -> None:
    found = american(priced, volatility)

    def price(volatility: float = volatility, **changes: float) -> float:
        return american(replace(priced, **changes), volatility).price

    spot, years, rate = priced.spot_price, priced.years_to_expiry, priced.risk_free_rate
    h = 0.01 * spot
    up, here, down = price(spot_price=spot + h), found.price, price(spot_price=spot - h)
    assert found.delta == pytest.approx((up - down) / (2 * h), abs=4e-3)
    assert found.gamma == pytest.approx((up - 2 * here + down) / (h * h), rel=0.06, abs=1e-4)
    v = 0.03 * volatility
    slope = (price(volatility + v) - price(volatility - v)) / (2 * v)
    assert found.vega == pytest.approx(slope, rel=0.01)
    slope = (price(risk_free_rate=rate + 0.01) - price(risk_free_rate=rate - 0.01)) / 0.02
    assert found.rho == pytest.approx(slope, rel=0.02)
    t = 0.02 * years
    slope = (price(years_to_expiry=years - t) - price(years_to_expiry=years + t)) / (2 * t)
    assert found.theta == pytest.approx(slope, rel=0.02)


def test_where_waiting_never_costs_it_is_the_european_option() -> None:
    for priced in (option(CALL, 42, 40, 0.5, 0.10), option(PUT, 42, 40, 0.5, 0.0, 0.03)):
        assert american(priced, 0.2) == european(priced, 0.2)


def test_where_exercise_is_best_it_is_worth_its_exercise() -> None:
    found = american(option(PUT, 20, 40, 1, 0.06), 0.2)

    assert (found.price, found.delta) == (20.0, -1.0)
    assert (found.gamma, found.vega, found.theta, found.rho) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("expiring", "theta"),
    [
        # Interest on the strike is above the dividends: who waits loses, so nobody does.
        (option(PUT, 90, 100, 0, 0.05, 0.02), 0.0),
        (option(PUT, 90, 100, 0, 0.02, 0.05), 0.02 * 100 - 0.05 * 90),
        (option(CALL, 90, 100, 0, 0.02, 0.05), 0.0),
    ],
)
def test_at_expiry_time_is_lost_only_where_it_was_held(expiring: Option, theta: float) -> None:
    assert american(expiring, 0.2).theta == theta


def test_at_expiry_at_the_strike_theta_is_none() -> None:
    assert american(option(PUT, 100, 100, 0, 0.05), 0.2).theta is None
