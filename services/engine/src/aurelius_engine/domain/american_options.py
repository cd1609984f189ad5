"""American options by a binomial tree whose last step is the formula. docs/specs/options.md.

Broadie and Detemple, Review of Financial Studies 9 (1996): the formula for a European
option at the last step but one, extrapolated from two trees. Nodes are centred on the
forward price, so that the probability is within (0, 1) at every volatility. The tree
begins two steps before now (Pelsser and Vorst, Journal of Derivatives 1 (1994)): three
nodes at the present give delta and gamma.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.fixed_math import fixed_exp
from aurelius_engine.domain.options import (
    Option,
    OptionType,
    Valuation,
    at_expiry,
    european,
    european_price,
)

TREE_STEPS = 500
# Bounds of the volatility times the root of the years. Within them the nodes are finite
# doubles, and far enough apart for differences of their values.
DEVIATION_MIN = 1e-4
DEVIATION_MAX = 10.0
# Steps of the differences that are vega and rho: of the volatility, and per year.
_VOLATILITY_STEP = 0.01
_RATE_STEP = 0.005


@dataclass(frozen=True, slots=True)
class _Root:
    price: float
    delta: float
    gamma: float
    exercised: bool


def american(option: Option, volatility: float) -> Valuation:
    """Returns the price of an American option and its Greeks.

    Args:
        option: The option.
        volatility: Per year, as of `european`; times the root of the years within
            [DEVIATION_MIN, DEVIATION_MAX].

    Returns:
        The European valuation where early exercise never pays, otherwise the tree's, whose
        `price_error` is the difference between the two trees before extrapolation.
    """
    if option.years_to_expiry == 0.0:
        return _at_expiry(option)
    if _never_exercised_early(option):
        return european(option, volatility)
    fine = _root(option, volatility, TREE_STEPS)
    coarse = _root(option, volatility, TREE_STEPS // 2)
    if fine.exercised:
        return Valuation(
            price=option.intrinsic_value,
            delta=option.type.sign,
            gamma=0.0,
            vega=0.0,
            theta=0.0,
            rho=0.0,
            price_error=abs(fine.price - coarse.price),
            tree_steps=TREE_STEPS,
        )
    return _held(option, volatility, fine, coarse)


def _held(option: Option, volatility: float, fine: _Root, coarse: _Root) -> Valuation:
    """Returns the valuation where the option is worth more than its exercise.

    What extrapolation carries beyond a bound that holds of every American option is
    put back on it: delta between 0 and 1 by size, gamma at least 0, theta at most 0.
    """
    sign, spot, rate = option.type.sign, option.spot_price, option.risk_free_rate
    price = _extrapolated(option, volatility, fine.price, coarse.price)
    delta = sign * min(max(sign * (2.0 * fine.delta - coarse.delta), 0.0), 1.0)
    gamma = max(2.0 * fine.gamma - coarse.gamma, 0.0)
    # The equation of Black, Scholes and Merton, which holds while the option is held.
    theta = (
        rate * price
        - (rate - option.dividend_yield) * spot * delta
        - 0.5 * volatility * volatility * spot * spot * gamma
    )
    bump = _VOLATILITY_STEP * volatility
    up = _price(option, volatility + bump)
    down = _price(option, volatility - bump)
    dearer = _price(replace(option, risk_free_rate=rate + _RATE_STEP), volatility)
    cheaper = _price(replace(option, risk_free_rate=rate - _RATE_STEP), volatility)
    return Valuation(
        price=price,
        delta=delta,
        gamma=gamma,
        vega=(up - down) / (2.0 * bump),
        theta=min(theta, 0.0),
        rho=(dearer - cheaper) / (2.0 * _RATE_STEP),
        price_error=abs(fine.price - coarse.price),
        tree_steps=TREE_STEPS,
    )


def _at_expiry(option: Option) -> Valuation:
    """Returns the European limits, but for theta: who would gain by waiting exercises instead."""
    limits = at_expiry(option)
    return replace(limits, theta=None if limits.theta is None else min(limits.theta, 0.0))


def _never_exercised_early(option: Option) -> bool:
    """Whether waiting never costs: no dividends to miss and no interest to gain."""
    if option.type is OptionType.CALL:
        return option.dividend_yield <= 0.0 <= option.risk_free_rate
    return option.risk_free_rate <= 0.0 <= option.dividend_yield


def _price(option: Option, volatility: float) -> float:
    fine = _root(option, volatility, TREE_STEPS)
    coarse = _root(option, volatility, TREE_STEPS // 2)
    return _extrapolated(option, volatility, fine.price, coarse.price)


def _extrapolated(option: Option, volatility: float, fine: float, coarse: float) -> float:
    """Returns the price without the error that halves with the steps, at least what it must be."""
    least = max(option.intrinsic_value, european_price(option, volatility))
    return max(2.0 * fine - coarse, least)


def _root(option: Option, volatility: float, steps: int) -> _Root:
    step = option.years_to_expiry / steps
    width = volatility * math.sqrt(step)
    up = 1.0 / (1.0 + fixed_exp(width))
    discount = fixed_exp(-option.risk_free_rate * step)
    carry = (option.risk_free_rate - option.dividend_yield) * step
    # Layer i, at time i * step, has the nodes k = -(i + 2), -i, ..., i + 2.
    moves = np.array([fixed_exp(k * width) for k in range(-steps - 1, steps + 2)])

    def spots(layer: int) -> NDArray[np.float64]:
        reach = layer + 2
        nodes: NDArray[np.float64] = moves[steps + 1 - reach : steps + 2 + reach : 2]
        return nodes * (option.spot_price * fixed_exp(carry * layer))

    sign, strike = option.type.sign, option.strike_price
    last = replace(option, years_to_expiry=step)
    prices = spots(steps - 1)
    held = np.array(
        [european_price(replace(last, spot_price=float(spot)), volatility) for spot in prices]
    )
    values = np.maximum(held, sign * (prices - strike))
    for layer in range(steps - 2, -1, -1):
        held = discount * (up * values[1:] + (1.0 - up) * values[:-1])
        values = np.maximum(held, sign * (spots(layer) - strike))
    low, here, high = (float(value) for value in values)
    above = option.spot_price * (fixed_exp(2.0 * width) - 1.0)
    below = option.spot_price * (1.0 - fixed_exp(-2.0 * width))
    rise, fall = (high - here) / above, (here - low) / below
    return _Root(
        price=here,
        delta=(rise * below + fall * above) / (above + below),
        gamma=2.0 * (rise - fall) / (above + below),
        exercised=bool(here > float(held[1])),
    )
