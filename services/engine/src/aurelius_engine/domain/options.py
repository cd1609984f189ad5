"""European options by the formula of Black, Scholes and Merton. docs/specs/options.md.

Black and Scholes, Journal of Political Economy 81 (1973); Merton, Bell Journal of
Economics 4 (1973), for the continuous dividend yield.
"""

import math
from dataclasses import dataclass
from enum import Enum

from aurelius_engine.domain.errors import OptionExpired, OptionPriceOutsideBounds
from aurelius_engine.domain.fixed_math import fixed_exp, fixed_log, fixed_normal_cdf

VOLATILITY_MIN = 1e-6
VOLATILITY_MAX = 10.0
_ROUNDING = 8.0 * math.ulp(0.5)
_BISECTIONS_MAX = 120
_DENSITY_AT_0 = 0.398942280401432677939946


class OptionType(Enum):
    """What the holder may do at the strike."""

    CALL = "call"
    PUT = "put"

    @property
    def sign(self) -> float:
        """1 of a call, -1 of a put."""
        return 1.0 if self is OptionType.CALL else -1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option and its market.

    Attributes:
        type: Call or put.
        spot_price: Quote currency, in [1e-9, 1e12].
        strike_price: Quote currency, in [1e-9, 1e12].
        years_to_expiry: At most 100. 0 is at expiry.
        risk_free_rate: Continuously compounded, per year, in [-1, 1].
        dividend_yield: Continuously compounded, per year, in [-1, 1].
    """

    type: OptionType
    spot_price: float
    strike_price: float
    years_to_expiry: float
    risk_free_rate: float
    dividend_yield: float

    def __post_init__(self) -> None:
        """Raises: OptionExpired: The expiry is past."""
        if self.years_to_expiry < 0.0:
            raise OptionExpired(
                f"the option expired {-self.years_to_expiry} years ago",
                found=self.years_to_expiry,
                allowed="years to expiry of at least 0",
            )

    @property
    def intrinsic_value(self) -> float:
        """What exercise pays now, at least 0. Quote currency."""
        return max(self.type.sign * (self.spot_price - self.strike_price), 0.0)

    @property
    def rounding(self) -> float:
        """What a European price may be off by, at most. Quote currency."""
        growth = (abs(self.risk_free_rate) + abs(self.dividend_yield)) * self.years_to_expiry
        return _ROUNDING * (1.0 + growth) * max(self.discounted_legs)

    @property
    def discounted_legs(self) -> tuple[float, float]:
        """The spot without its dividends until expiry, and the strike's present value."""
        return (
            self.spot_price * fixed_exp(-self.dividend_yield * self.years_to_expiry),
            self.strike_price * fixed_exp(-self.risk_free_rate * self.years_to_expiry),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """A price and its derivatives. None is undefined: at expiry, with the spot at the strike.

    Attributes:
        price: Quote currency, at least 0.
        delta: By the spot.
        gamma: Of delta, by the spot.
        vega: By the volatility, per 1.0.
        theta: By the passing of time, per year.
        rho: By the risk-free rate, per 1.0.
        price_error: An estimate of the price's error. None: the price is a formula's.
        tree_steps: Steps of the tree. None: there is none.
    """

    price: float
    delta: float | None
    gamma: float | None
    vega: float
    theta: float | None
    rho: float
    price_error: float | None = None
    tree_steps: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpliedVolatility:
    """The volatilities whose price is the given one, as far as doubles can tell.

    Attributes:
        volatility: The middle of them, per year.
        half_width: Half of their range.
    """

    volatility: float
    half_width: float


def european_price(option: Option, volatility: float) -> float:
    """Returns the price of a European option, within its no-arbitrage bounds.

    Args:
        option: The option.
        volatility: Per year, in [VOLATILITY_MIN, VOLATILITY_MAX].
    """
    if option.years_to_expiry == 0.0:
        return option.intrinsic_value
    sign = option.type.sign
    spot, strike = option.discounted_legs
    d1, d2 = _d1_d2(option, volatility)
    price = sign * (spot * fixed_normal_cdf(sign * d1) - strike * fixed_normal_cdf(sign * d2))
    low, high = _bounds(option)
    return min(max(price, low), high)


def european(option: Option, volatility: float) -> Valuation:
    """Returns the price of a European option and its Greeks.

    Args:
        option: The option. At expiry the Greeks are their limits; see `at_expiry`.
        volatility: Per year, in [VOLATILITY_MIN, VOLATILITY_MAX].
    """
    if option.years_to_expiry == 0.0:
        return at_expiry(option)
    sign, years = option.type.sign, option.years_to_expiry
    spot, strike = option.discounted_legs
    d1, d2 = _d1_d2(option, volatility)
    root = math.sqrt(years)
    from_spot = spot * fixed_normal_cdf(sign * d1)
    from_strike = strike * fixed_normal_cdf(sign * d2)
    density = spot * _density(d1)
    carry = option.dividend_yield * from_spot - option.risk_free_rate * from_strike
    return Valuation(
        price=european_price(option, volatility),
        delta=sign * from_spot / option.spot_price,
        gamma=density / (option.spot_price * option.spot_price * volatility * root),
        vega=density * root,
        theta=sign * carry - density * volatility / (2.0 * root),
        rho=sign * from_strike * years,
    )


def at_expiry(option: Option) -> Valuation:
    """Returns what an option is worth at expiry, and the limits of its Greeks.

    With the spot at the strike, delta has no limit that does not depend on the way there,
    and gamma and theta have none at all: they are None.
    """
    sign = option.type.sign
    if option.spot_price == option.strike_price:
        return Valuation(price=0.0, delta=None, gamma=None, vega=0.0, theta=None, rho=0.0)
    held = option.intrinsic_value > 0.0
    carry = option.dividend_yield * option.spot_price - option.risk_free_rate * option.strike_price
    return Valuation(
        price=option.intrinsic_value,
        delta=sign if held else 0.0,
        gamma=0.0,
        vega=0.0,
        theta=sign * carry if held else 0.0,
        rho=0.0,
    )


def implied_volatility(option: Option, price: float) -> ImpliedVolatility:
    """Returns the volatility at which a European option has a price.

    Bisects [VOLATILITY_MIN, VOLATILITY_MAX] twice: for the least and for the greatest
    volatility whose price cannot be told from the given one.

    Args:
        option: The option, before its expiry.
        price: Quote currency.

    Raises:
        OptionExpired: At expiry the price does not depend on the volatility.
        OptionPriceOutsideBounds: No volatility in range has the price.
    """
    if option.years_to_expiry == 0.0:
        raise OptionExpired(
            "at expiry the price does not depend on the volatility",
            found=0.0,
            allowed="years to expiry above 0",
        )
    rounding = option.rounding
    bounds = _bounds(option)
    low = max(european_price(option, VOLATILITY_MIN), bounds[0] + rounding)
    high = min(european_price(option, VOLATILITY_MAX), bounds[1] - rounding)
    if not low < price < high:
        raise OptionPriceOutsideBounds(
            f"no volatility from {VOLATILITY_MIN} to {VOLATILITY_MAX} has the price {price}",
            found=price,
            allowed=f"({low!r}, {high!r})",
        )
    least = _volatility_at(option, price - rounding)
    greatest = _volatility_at(option, price + rounding)
    return ImpliedVolatility(
        volatility=0.5 * (least + greatest), half_width=0.5 * (greatest - least)
    )


def _volatility_at(option: Option, price: float) -> float:
    low, high = VOLATILITY_MIN, VOLATILITY_MAX
    for _ in range(_BISECTIONS_MAX):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if european_price(option, middle) < price:
            low = middle
        else:
            high = middle
    return high


def _bounds(option: Option) -> tuple[float, float]:
    spot, strike = option.discounted_legs
    if option.type is OptionType.CALL:
        return max(spot - strike, 0.0), spot
    return max(strike - spot, 0.0), strike


def _d1_d2(option: Option, volatility: float) -> tuple[float, float]:
    years = option.years_to_expiry
    deviation = volatility * math.sqrt(years)
    forward = (
        fixed_log(option.spot_price / option.strike_price)
        + (option.risk_free_rate - option.dividend_yield) * years
    )
    return forward / deviation + 0.5 * deviation, forward / deviation - 0.5 * deviation


def _density(x: float) -> float:
    """Returns the density of the standard normal distribution; 0 beyond 37."""
    return _DENSITY_AT_0 * fixed_exp(-0.5 * x * x) if abs(x) <= 37.0 else 0.0
