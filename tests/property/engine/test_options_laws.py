"""Laws of option prices: parity, bounds, monotonicity, Greeks as differences, finiteness."""

import math
from dataclasses import astuple, replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from aurelius_engine.domain.american_options import DEVIATION_MAX, DEVIATION_MIN, american
from aurelius_engine.domain.options import (
    VOLATILITY_MAX,
    VOLATILITY_MIN,
    Option,
    OptionType,
    european,
    european_price,
    implied_volatility,
)

options = st.builds(
    Option,
    type=st.sampled_from(OptionType),
    spot_price=st.floats(50, 200),
    strike_price=st.floats(50, 200),
    years_to_expiry=st.floats(0.05, 3),
    risk_free_rate=st.floats(-0.1, 0.2),
    dividend_yield=st.floats(-0.1, 0.2),
)
volatilities = st.floats(0.1, 1.0)
LAW = settings(deadline=None, suppress_health_check=list(HealthCheck))
# A tree costs a tenth of a second.
TREE_LAW = settings(LAW, max_examples=10)
# All that the contract lets through.
extremes = st.builds(
    Option,
    type=st.sampled_from(OptionType),
    spot_price=st.floats(1e-9, 1e12),
    strike_price=st.floats(1e-9, 1e12),
    years_to_expiry=st.floats(0, 100),
    risk_free_rate=st.floats(-1, 1),
    dividend_yield=st.floats(-1, 1),
)
extreme_volatilities = st.floats(VOLATILITY_MIN, VOLATILITY_MAX)


def other(option: Option) -> Option:
    types = {OptionType.CALL: OptionType.PUT, OptionType.PUT: OptionType.CALL}
    return replace(option, type=types[option.type])


@LAW
@given(options, volatilities)
def test_put_call_parity(option: Option, volatility: float) -> None:
    found, opposite = european(option, volatility), european(other(option), volatility)
    spot, strike = option.discounted_legs
    sign, years = option.type.sign, option.years_to_expiry

    difference = sign * (found.price - opposite.price)
    assert difference == pytest.approx(spot - strike, abs=4 * option.rounding)
    assert found.delta is not None
    assert opposite.delta is not None
    assert sign * (found.delta - opposite.delta) == pytest.approx(spot / option.spot_price)
    assert sign * (found.rho - opposite.rho) == pytest.approx(strike * years)
    assert (found.gamma, found.vega) == (opposite.gamma, opposite.vega)


@LAW
@given(options, volatilities, st.floats(1.0001, 1.5))
def test_a_price_rises_with_volatility_and_with_what_the_holder_gets(
    option: Option, volatility: float, factor: float
) -> None:
    price, slack = european_price(option, volatility), 4 * option.rounding
    sign = option.type.sign

    assert european_price(option, volatility * factor) >= price - slack
    dearer = replace(option, spot_price=option.spot_price * factor)
    assert sign * (european_price(dearer, volatility) - price) >= -slack
    harder = replace(option, strike_price=option.strike_price * factor)
    assert sign * (price - european_price(harder, volatility)) >= -slack


@LAW
@given(options, volatilities)
def test_the_greeks_are_the_differences_of_prices(option: Option, volatility: float) -> None:
    found = european(option, volatility)

    def slope(name: str, step: float) -> float:
        def price(by: float) -> float:
            if name == "volatility":
                return european_price(option, volatility + by)
            return european_price(replace(option, **{name: getattr(option, name) + by}), volatility)

        return (price(step) - price(-step)) / (2 * step)

    def delta(spot_price: float) -> float:
        value = european(replace(option, spot_price=spot_price), volatility).delta
        assert value is not None
        return value

    spot, step = option.spot_price, 1e-5 * option.spot_price
    assert found.delta == pytest.approx(slope("spot_price", step), rel=1e-5, abs=1e-7)
    curvature = (delta(spot + step) - delta(spot - step)) / (2 * step)
    assert found.gamma == pytest.approx(curvature, rel=1e-4, abs=1e-9)
    assert found.vega == pytest.approx(slope("volatility", 1e-5), rel=1e-5, abs=1e-5)
    assert found.rho == pytest.approx(slope("risk_free_rate", 1e-5), rel=1e-5, abs=1e-5)
    assert found.theta == pytest.approx(-slope("years_to_expiry", 1e-5), rel=1e-4, abs=1e-4)


@LAW
@given(options, volatilities)
def test_the_equation_of_black_scholes_and_merton_holds(option: Option, volatility: float) -> None:
    found, spot = european(option, volatility), option.spot_price
    assert found.delta is not None
    assert found.gamma is not None
    assert found.theta is not None

    carried = (option.risk_free_rate - option.dividend_yield) * spot * found.delta
    curved = 0.5 * volatility * volatility * spot * spot * found.gamma
    kept = option.risk_free_rate * found.price
    assert found.theta + carried + curved == pytest.approx(kept, abs=1e-9)


@LAW
@given(extremes, extreme_volatilities)
def test_no_answer_is_nan_or_infinite_and_prices_are_within_bounds(
    option: Option, volatility: float
) -> None:
    found = european(option, volatility)
    spot, strike = option.discounted_legs
    low = max(option.type.sign * (spot - strike), 0.0)

    for value in astuple(found):
        assert value is None or math.isfinite(value)
    assert low <= found.price <= (spot if option.type is OptionType.CALL else strike)


@LAW
@given(options, volatilities)
def test_the_volatility_of_a_price_is_implied(option: Option, volatility: float) -> None:
    found = european(option, volatility)
    assume(found.vega > 1e-6)

    implied = implied_volatility(option, found.price)

    assert abs(implied.volatility - volatility) <= implied.half_width * 1.01 + 1e-15
    # As wide as the rounding of the price makes it, where the price is about straight.
    if found.vega > 1e-2:
        assert implied.half_width == pytest.approx(option.rounding / found.vega, rel=0.2)


@TREE_LAW
@given(options, volatilities)
def test_an_american_option_is_worth_its_exercise_and_the_european_one(
    option: Option, volatility: float
) -> None:
    found = american(option, volatility)

    assert found.price >= option.intrinsic_value
    assert found.price >= european_price(option, volatility)
    high = option.spot_price if option.type is OptionType.CALL else option.strike_price
    # A negative rate or yield makes the strike, or the spot, worth more than itself later.
    low = min(option.risk_free_rate, option.dividend_yield, 0.0)
    assert found.price <= high * math.exp(-low * option.years_to_expiry)


@TREE_LAW
@given(extremes, extreme_volatilities)
def test_no_american_answer_is_nan_or_infinite(option: Option, volatility: float) -> None:
    deviation = volatility * math.sqrt(option.years_to_expiry)
    assume(deviation == 0.0 or DEVIATION_MIN <= deviation <= DEVIATION_MAX)

    for value in astuple(american(option, volatility)):
        assert value is None or math.isfinite(value)
