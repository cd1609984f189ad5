"""PriceOption and ImplyVolatility over the wire."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import option_pricing_service_pb2 as pb
from aurelius.engine.v1 import option_pricing_service_pb2_grpc
from aurelius_client import Client
from aurelius_engine.domain.american_options import american
from aurelius_engine.domain.options import Option, OptionType, european, implied_volatility
from aurelius_engine.rpc.option_pricing_servicer import MODELS, TYPES
from tests.contract.engine.serving import Served, refusal_of, serving, token

OPTION = {
    "type": "OPTION_TYPE_PUT",
    "spotPrice": 50,
    "strikePrice": 52,
    "yearsToExpiry": 0.5,
    "riskFreeRate": 0.1,
    "dividendYield": 0.02,
}
SAME = Option(
    type=OptionType.PUT,
    spot_price=50,
    strike_price=52,
    years_to_expiry=0.5,
    risk_free_rate=0.1,
    dividend_yield=0.02,
)


@pytest.fixture(scope="module")
def pricer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("options")
    with serving(folder) as engine:
        yield Pricer(engine)


class Pricer:
    def __init__(self, engine: Served) -> None:
        self.target = engine.target
        self._stub = option_pricing_service_pb2_grpc.OptionPricingServiceStub(engine.channel)

    def price(self, option: Any, volatility: float = 0.4, **more: Any) -> pb.PriceOptionResponse:
        document = {"option": option, "volatility": volatility, **more}
        request = json_format.ParseDict(document, pb.PriceOptionRequest())
        return self._stub.PriceOption(request, metadata=token())

    def imply(self, option: Any, price: float) -> pb.ImplyVolatilityResponse:
        document = {"option": option, "price": price}
        request = json_format.ParseDict(document, pb.ImplyVolatilityRequest())
        return self._stub.ImplyVolatility(request, metadata=token())


@pytest.mark.parametrize("style", [{}, {"exerciseStyle": "EXERCISE_STYLE_AMERICAN"}])
def test_an_option_is_priced(pricer: Pricer, style: dict[str, str]) -> None:
    want = (american if style else european)(SAME, 0.4)

    found = pricer.price(OPTION, **style)

    assert found.price == want.price
    for name in ("delta", "gamma", "vega", "theta", "rho"):
        assert getattr(found, name).value == getattr(want, name), name
    assert want.theta is not None
    assert found.theta_per_day.value == want.theta / 365
    assert found.HasField("price_error") == bool(style)
    assert found.tree_step_count == (want.tree_steps or 0)
    assert list(found.labels) == ["experimental"]


def test_a_greek_without_a_value_has_a_reason(pricer: Pricer) -> None:
    found = pricer.price({**OPTION, "spotPrice": 52, "yearsToExpiry": 0})

    for greek in (found.delta, found.gamma, found.theta, found.theta_per_day):
        assert greek.undefined_reason == "UNDEFINED_AT_STRIKE"
    assert (found.vega.WhichOneof("outcome"), found.vega.value) == ("value", 0.0)
    assert found.rho.WhichOneof("outcome") == "value"


def test_a_volatility_is_implied(pricer: Pricer) -> None:
    want = implied_volatility(SAME, 5.0)

    found = pricer.imply(OPTION, 5.0)

    assert found.volatility == want.volatility
    assert found.volatility_half_width == want.half_width
    assert list(found.labels) == ["experimental"]


def test_an_expired_option_is_refused(pricer: Pricer) -> None:
    for ask in (pricer.price, lambda option: pricer.imply(option, 5.0)):
        with pytest.raises(grpc.RpcError) as refused:
            ask({**OPTION, "yearsToExpiry": -0.5})

        code, reason, facts = refusal_of(refused.value)
        assert (code, reason, facts["found"]) == ("INVALID_ARGUMENT", "OPTION_EXPIRED", "-0.5")


def test_a_price_that_no_volatility_has_is_refused(pricer: Pricer) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        pricer.imply(OPTION, 60.0)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("INVALID_ARGUMENT", "OPTION_PRICE_OUTSIDE_BOUNDS")
    assert (facts["found"], facts["allowed"][0]) == ("60.0", "(")


@pytest.mark.parametrize(
    "wrong",
    [
        {"spotPrice": 0},
        {"spotPrice": "NaN"},
        {"strikePrice": -1},
        {"riskFreeRate": 5},
        {"dividendYield": "Infinity"},
        {"yearsToExpiry": 101},
        {"yearsToExpiry": None},
        {"type": "OPTION_TYPE_UNSPECIFIED"},
    ],
)
def test_what_no_option_has_is_refused_with_its_field(pricer: Pricer, wrong: Any) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        pricer.price({**OPTION, **wrong})

    assert refusal_of(refused.value)[1] == "INVALID_FIELD"


@pytest.mark.parametrize(("volatility", "years"), [(1e-5, 1), (10, 4), (0.01, 1e-9)])
def test_what_a_tree_cannot_resolve_is_refused(
    pricer: Pricer, volatility: float, years: float
) -> None:
    option = {**OPTION, "yearsToExpiry": years}
    with pytest.raises(grpc.RpcError) as refused:
        pricer.price(option, volatility, exerciseStyle="EXERCISE_STYLE_AMERICAN")

    assert refusal_of(refused.value)[1] == "INVALID_FIELD"
    assert pricer.price(option, volatility).price >= 0.0


def test_the_sdk_asks_for_both(pricer: Pricer) -> None:
    option = json_format.ParseDict(OPTION, pb.Option())
    bearer = dict(token())["authorization"].removeprefix("Bearer ")

    with Client(pricer.target, token=bearer) as client:
        price = client.options.price(option, volatility=0.4, american=True)
        volatility = client.options.imply_volatility(option, price=5.0)

    assert price == pricer.price(OPTION, exerciseStyle="EXERCISE_STYLE_AMERICAN")
    assert volatility == pricer.imply(OPTION, 5.0)


def test_no_member_of_an_enum_is_missing() -> None:
    assert set(TYPES.values()) == set(OptionType)
    assert set(TYPES) == set(pb.OptionType.values()) - {0}
    assert set(MODELS) == set(pb.ExerciseStyle.values())
