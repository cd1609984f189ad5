"""Options: their prices, Greeks and implied volatilities. Experimental."""

from aurelius.engine.v1 import option_pricing_service_pb2 as pb
from aurelius_client.modes import M, Resource, operation


class Options(Resource[M]):
    """Prices of options. Experimental: no run uses them."""

    @operation
    async def price(
        self, option: pb.Option, *, volatility: float, american: bool = False
    ) -> pb.PriceOptionResponse:
        """Prices an option and gives its Greeks.

        Args:
            option: The option and its market.
            volatility: Per year; 0.2 means 20 %.
            american: Whether it may be exercised before its expiry.

        Raises:
            InvalidInput: The option has expired, or a number is out of range.
        """
        request = price_request(option, volatility=volatility, american=american)
        return await self._calls.call(request, pb.PriceOptionResponse)

    @operation
    async def imply_volatility(
        self, option: pb.Option, *, price: float
    ) -> pb.ImplyVolatilityResponse:
        """Finds the volatility at which a European option has a price.

        Args:
            option: The option and its market.
            price: Of one unit of the option.

        Raises:
            InvalidInput: No volatility has the price, or the option is at expiry.
        """
        request = pb.ImplyVolatilityRequest(option=option, price=price)
        return await self._calls.call(request, pb.ImplyVolatilityResponse)


def price_request(option: pb.Option, *, volatility: float, american: bool) -> pb.PriceOptionRequest:
    """Returns the request that prices an option."""
    style = pb.EXERCISE_STYLE_AMERICAN if american else pb.EXERCISE_STYLE_EUROPEAN
    return pb.PriceOptionRequest(option=option, volatility=volatility, exercise_style=style)
