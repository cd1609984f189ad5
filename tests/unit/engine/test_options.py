"""Prices and Greeks against published examples, and what they are at expiry.

Hull: Options, Futures, and Other Derivatives, 10th edition. Haug: The Complete Guide to
Option Pricing Formulas, 2nd edition. Each value is as printed, to half of its last digit.
"""

import math
import random

import mpmath
import pytest

from aurelius_engine.domain.errors import OptionExpired, OptionPriceOutsideBounds
from aurelius_engine.domain.options import (
    Option,
    OptionType,
    at_expiry,
    european,
    european_price,
    implied_volatility,
)

CALL, PUT = OptionType.CALL, OptionType.PUT


def option(
    type_: OptionType, spot: float, strike: float, years: float, rate: float, yield_: float = 0.0
) -> Option:
    return Option(
        type=type_,
        spot_price=spot,
        strike_price=strike,
        years_to_expiry=years,
        risk_free_rate=rate,
        dividend_yield=yield_,
    )


HULL_15_6 = (42, 40, 0.5, 0.10)
HULL_19 = option(CALL, 49, 50, 0.3846, 0.05)


@pytest.mark.parametrize(
    ("priced", "volatility", "greek", "printed", "digits"),
    [
        # Hull, example 15.6, and 17.1, an index with a dividend yield.
        (option(CALL, *HULL_15_6), 0.20, "price", 4.76, 2),
        (option(PUT, *HULL_15_6), 0.20, "price", 0.81, 2),
        (option(CALL, 930, 900, 2 / 12, 0.08, 0.03), 0.20, "price", 51.83, 2),
        # Hull, chapter 19, the examples on 100,000 options, here on one.
        (HULL_19, 0.20, "price", 2.40, 2),
        (HULL_19, 0.20, "delta", 0.522, 3),
        (HULL_19, 0.20, "gamma", 0.066, 3),
        (HULL_19, 0.20, "vega", 12.1, 1),
        (HULL_19, 0.20, "theta", -4.31, 2),
        (HULL_19, 0.20, "rho", 8.91, 2),
        # Haug, chapter 1: stock, stock with a dividend yield.
        (option(CALL, 60, 65, 0.25, 0.08), 0.30, "price", 2.1334, 4),
        (option(PUT, 100, 95, 0.5, 0.10, 0.05), 0.20, "price", 2.4648, 4),
        # Haug, chapter 2: delta on a future, gamma, vega, theta, rho.
        (option(CALL, 105, 100, 0.5, 0.10, 0.10), 0.36, "delta", 0.5946, 4),
        (option(PUT, 105, 100, 0.5, 0.10, 0.10), 0.36, "delta", -0.3566, 4),
        (option(CALL, 55, 60, 0.75, 0.10), 0.30, "gamma", 0.0278, 4),
        (option(CALL, 55, 60, 0.75, 0.105, 0.0355), 0.30, "vega", 18.5027, 4),
        (option(PUT, 430, 405, 1 / 12, 0.07, 0.05), 0.20, "theta", -31.1924, 4),
        (option(CALL, 72, 75, 1.0, 0.09), 0.19, "rho", 38.7325, 4),
    ],
)
def test_a_published_example_is_met(
    priced: Option, volatility: float, greek: str, printed: float, digits: int
) -> None:
    found = getattr(european(priced, volatility), greek)

    assert abs(found - printed) <= 0.5 * 10.0**-digits * 1.0001


def test_the_implied_volatility_of_hull_is_met() -> None:
    # Hull, section 15.11: 23.5 %.
    found = implied_volatility(option(CALL, 21, 20, 0.25, 0.10), 1.875)

    assert round(found.volatility, 3) == 0.235
    assert found.half_width < 1e-12


def exact(priced: Option, volatility: float) -> mpmath.mpf:
    spot, strike, years, rate, yield_, deviation = (
        mpmath.mpf(value)
        for value in (
            priced.spot_price,
            priced.strike_price,
            priced.years_to_expiry,
            priced.risk_free_rate,
            priced.dividend_yield,
            volatility,
        )
    )
    deviation *= mpmath.sqrt(years)
    d1 = (mpmath.log(spot / strike) + (rate - yield_) * years) / deviation + deviation / 2
    sign = int(priced.type.sign)
    return sign * (
        spot * mpmath.exp(-yield_ * years) * mpmath.ncdf(sign * d1)
        - strike * mpmath.exp(-rate * years) * mpmath.ncdf(sign * (d1 - deviation))
    )


def test_a_price_is_within_its_rounding() -> None:
    draws = random.Random(5)
    with mpmath.workprec(200):
        for _ in range(1500):
            priced = option(
                draws.choice((CALL, PUT)),
                100.0 * math.exp(draws.gauss(0, 2)),
                100.0 * math.exp(draws.gauss(0, 2)),
                math.exp(draws.uniform(-14, 4.6)),
                draws.uniform(-1, 1),
                draws.uniform(-1, 1),
            )
            volatility = math.exp(draws.uniform(-13.8, 2.3))
            error = abs(european_price(priced, volatility) - exact(priced, volatility))
            assert error <= priced.rounding


def test_a_price_that_rounding_carries_below_its_bound_is_on_it() -> None:
    # The difference of its two legs is 1.4e-14 below.
    priced = option(CALL, 112, 95, 0.31, 0.05, 0.02)
    spot, strike = priced.discounted_legs

    assert european_price(priced, 0.04) == spot - strike


@pytest.mark.parametrize(
    ("expiring", "price", "delta", "theta"),
    [
        (option(CALL, 110, 100, 0, 0.05, 0.02), 10.0, 1.0, 0.02 * 110 - 0.05 * 100),
        (option(PUT, 90, 100, 0, 0.05, 0.02), 10.0, -1.0, 0.05 * 100 - 0.02 * 90),
        (option(CALL, 90, 100, 0, 0.05, 0.02), 0.0, 0.0, 0.0),
        (option(PUT, 110, 100, 0, 0.05, 0.02), 0.0, 0.0, 0.0),
    ],
)
def test_at_expiry_the_greeks_are_their_limits(
    expiring: Option, price: float, delta: float, theta: float
) -> None:
    found = european(expiring, 0.2)
    moment = option(expiring.type, expiring.spot_price, expiring.strike_price, 1e-9, 0.05, 0.02)
    before = european(moment, 0.2)

    assert (found.price, found.delta, found.theta) == (price, delta, theta)
    assert (found.gamma, found.vega, found.rho) == (0.0, 0.0, 0.0)
    for greek in ("price", "delta", "gamma", "vega", "theta", "rho"):
        assert getattr(before, greek) == pytest.approx(getattr(found, greek), abs=1e-6)


def test_at_expiry_at_the_strike_what_has_no_limit_is_none() -> None:
    found = at_expiry(option(CALL, 100, 100, 0, 0.05))

    assert (found.price, found.vega, found.rho) == (0.0, 0.0, 0.0)
    assert (found.delta, found.gamma, found.theta) == (None, None, None)


def test_an_expired_option_is_refused() -> None:
    with pytest.raises(OptionExpired) as refusal:
        option(CALL, 100, 100, -0.01, 0.05)

    assert refusal.value.facts["found"] == -0.01


def test_at_expiry_no_volatility_is_implied() -> None:
    with pytest.raises(OptionExpired):
        implied_volatility(option(CALL, 110, 100, 0, 0.05), 10.0)


@pytest.mark.parametrize(
    ("type_", "price"),
    # The call is worth between 110 e^-0.02 - 100 e^-0.05 and 110 e^-0.02.
    [(CALL, 12.69), (CALL, 107.83), (PUT, 0.0), (PUT, 95.13)],
)
def test_a_price_outside_the_bounds_is_refused_with_them(type_: OptionType, price: float) -> None:
    priced = option(type_, 110, 100, 1, 0.05, 0.02)

    with pytest.raises(OptionPriceOutsideBounds) as refusal:
        implied_volatility(priced, price)

    low, high = (float(bound) for bound in str(refusal.value.facts["allowed"])[1:-1].split(", "))
    assert refusal.value.facts["found"] == price
    spot, strike = 110 * math.exp(-0.02), 100 * math.exp(-0.05)
    assert low == pytest.approx(max(spot - strike, 0.0) if type_ is CALL else 0.0, abs=1e-12)
    assert high == pytest.approx(european_price(priced, 10.0), abs=1e-9)
    inside = 0.5 * (low + high)
    assert european_price(priced, implied_volatility(priced, inside).volatility) == pytest.approx(
        inside, abs=1e-12
    )
