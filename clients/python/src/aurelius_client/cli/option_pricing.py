"""`aurelius options`: prices of options, their Greeks and implied volatilities."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from aurelius_client.cli.options import AsJson

if TYPE_CHECKING:
    from aurelius.engine.v1 import option_pricing_service_pb2 as pb

app = typer.Typer(help="Prices options. Experimental.", no_args_is_help=True)


class Kind(Enum):
    """What the holder may do."""

    CALL = "call"
    PUT = "put"


Type = Annotated[Kind, typer.Option("--type", help="Call or put.")]
Spot = Annotated[float, typer.Option(help="The price of the underlying.")]
Strike = Annotated[float, typer.Option(help="The price at which it may be exercised.")]
Years = Annotated[
    float, typer.Option(help="Years of 365 days to expiry. 0 is at expiry; below 0 is refused.")
]
Rate = Annotated[
    float, typer.Option(help="Risk-free rate a year, continuously compounded; 0.05 is 5 %.")
]
DividendYield = Annotated[
    float, typer.Option(help="Dividend yield a year, continuously compounded.")
]
Elsewhere = Annotated[
    str | None,
    typer.Option(
        "--server",
        help="Computes there. Absent, the engine in this process does.",
        show_default=False,
    ),
]


@app.command()
def price(
    type_: Type,
    spot: Spot,
    strike: Strike,
    years: Years,
    volatility: Annotated[
        float, typer.Option(help="Standard deviation of log returns a year; 0.2 is 20 %.")
    ],
    rate: Rate = 0.0,
    dividend_yield: DividendYield = 0.0,
    american: Annotated[
        bool, typer.Option("--american", help="It may be exercised before its expiry.")
    ] = False,
    server: Elsewhere = None,
    as_json: AsJson = False,
) -> None:
    """Prices an option and prints its Greeks.

    Example: aurelius options price --type call --spot 49 --strike 50 --years 0.3846
    --rate 0.05 --volatility 0.2
    """
    from aurelius_client.options import price_request

    option = _option(type_, spot, strike, years, rate, dividend_yield)
    if server is None:
        from aurelius_client.cli.local import price_option

        found = price_option(price_request(option, volatility=volatility, american=american))
    else:
        from aurelius_client.cli.server import connect

        with connect(server) as client:
            found = client.options.price(option, volatility=volatility, american=american)
    _show_price(found, as_json)


@app.command()
def imply(
    type_: Type,
    spot: Spot,
    strike: Strike,
    years: Years,
    price: Annotated[float, typer.Option(help="The price of one unit of the option.")],
    rate: Rate = 0.0,
    dividend_yield: DividendYield = 0.0,
    server: Elsewhere = None,
    as_json: AsJson = False,
) -> None:
    """Finds the volatility at which a European option has a price.

    Example: aurelius options imply --type call --spot 21 --strike 20 --years 0.25
    --rate 0.1 --price 1.875
    """
    from aurelius.engine.v1 import option_pricing_service_pb2 as pb

    option = _option(type_, spot, strike, years, rate, dividend_yield)
    if server is None:
        from aurelius_client.cli.local import imply_volatility

        found = imply_volatility(pb.ImplyVolatilityRequest(option=option, price=price))
    else:
        from aurelius_client.cli.server import connect

        with connect(server) as client:
            found = client.options.imply_volatility(option, price=price)
    _show_volatility(found, as_json)


def _option(
    kind: Kind, spot: float, strike: float, years: float, rate: float, dividend_yield: float
) -> "pb.Option":
    from aurelius.engine.v1 import option_pricing_service_pb2 as pb

    return pb.Option(
        type=pb.OPTION_TYPE_CALL if kind is Kind.CALL else pb.OPTION_TYPE_PUT,
        spot_price=spot,
        strike_price=strike,
        years_to_expiry=years,
        risk_free_rate=rate,
        dividend_yield=dividend_yield,
    )


def _show_price(found: "pb.PriceOptionResponse", as_json: bool) -> None:
    from aurelius_client.cli.output import print_facts, print_message

    if as_json:
        print_message(found)
        return
    error = f", within about {found.price_error:.1g}" if found.HasField("price_error") else ""
    print_facts(
        (
            ("price", f"{found.price:.8g}{error}"),
            ("delta", _text(found.delta)),
            ("gamma", _text(found.gamma)),
            ("vega", _text(found.vega, " per 1.0 of volatility")),
            ("theta", _text(found.theta, f" per year, {_text(found.theta_per_day)} per day")),
            ("rho", _text(found.rho, " per 1.0 of rate")),
            ("labels", ", ".join(found.labels)),
        )
    )


def _show_volatility(found: "pb.ImplyVolatilityResponse", as_json: bool) -> None:
    from aurelius_client.cli.output import print_facts, print_message

    if as_json:
        print_message(found)
        return
    width = f"within {found.volatility_half_width:.1g}"
    print_facts(
        (
            ("volatility", f"{found.volatility:.8g} per year, {width}"),
            ("labels", ", ".join(found.labels)),
        )
    )


def _text(greek: "pb.Greek", unit: str = "") -> str:
    return greek.undefined_reason or f"{greek.value:.8g}{unit}"
