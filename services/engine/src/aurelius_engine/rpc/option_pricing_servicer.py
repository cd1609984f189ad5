"""OptionPricingService: each RPC translates and decides nothing."""

from collections.abc import Callable, Mapping

import grpc

from aurelius.engine.v1 import option_pricing_service_pb2 as pb
from aurelius.engine.v1 import option_pricing_service_pb2_grpc
from aurelius_engine.domain.american_options import american
from aurelius_engine.domain.options import (
    Option,
    OptionType,
    Valuation,
    european,
    implied_volatility,
)

Context = grpc.ServicerContext

LABELS = ("experimental",)
UNDEFINED = "UNDEFINED_AT_STRIKE"
DAYS_PER_YEAR = 365.0
TYPES: Mapping[pb.OptionType, OptionType] = {
    pb.OPTION_TYPE_CALL: OptionType.CALL,
    pb.OPTION_TYPE_PUT: OptionType.PUT,
}
MODELS: Mapping[pb.ExerciseStyle, Callable[[Option, float], Valuation]] = {
    pb.EXERCISE_STYLE_UNSPECIFIED: european,
    pb.EXERCISE_STYLE_EUROPEAN: european,
    pb.EXERCISE_STYLE_AMERICAN: american,
}


class OptionPricingServicer(option_pricing_service_pb2_grpc.OptionPricingServiceServicer):
    """Serves OptionPricingService."""

    def PriceOption(
        self, request: pb.PriceOptionRequest, context: Context
    ) -> pb.PriceOptionResponse:
        """Prices an option."""
        return priced(request)

    def ImplyVolatility(
        self, request: pb.ImplyVolatilityRequest, context: Context
    ) -> pb.ImplyVolatilityResponse:
        """Finds an implied volatility."""
        return implied(request)


def priced(request: pb.PriceOptionRequest) -> pb.PriceOptionResponse:
    """Returns the price and the Greeks of a valid request.

    Raises:
        OptionExpired: The expiry is past.
    """
    found = MODELS[request.exercise_style](_option(request.option), request.volatility)
    daily = None if found.theta is None else found.theta / DAYS_PER_YEAR
    return pb.PriceOptionResponse(
        price=found.price,
        delta=_greek(found.delta),
        gamma=_greek(found.gamma),
        vega=_greek(found.vega),
        theta=_greek(found.theta),
        theta_per_day=_greek(daily),
        rho=_greek(found.rho),
        price_error=found.price_error,
        tree_step_count=found.tree_steps,
        labels=LABELS,
    )


def implied(request: pb.ImplyVolatilityRequest) -> pb.ImplyVolatilityResponse:
    """Returns the volatility of a valid request.

    Raises:
        OptionExpired: The option is at expiry or past it.
        OptionPriceOutsideBounds: No volatility has the price.
    """
    found = implied_volatility(_option(request.option), request.price)
    return pb.ImplyVolatilityResponse(
        volatility=found.volatility, volatility_half_width=found.half_width, labels=LABELS
    )


def _option(option: pb.Option) -> Option:
    return Option(
        type=TYPES[option.type],
        spot_price=option.spot_price,
        strike_price=option.strike_price,
        years_to_expiry=option.years_to_expiry,
        risk_free_rate=option.risk_free_rate,
        dividend_yield=option.dividend_yield,
    )


def _greek(value: float | None) -> pb.Greek:
    return pb.Greek(undefined_reason=UNDEFINED) if value is None else pb.Greek(value=value)
