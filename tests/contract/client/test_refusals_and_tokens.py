"""Every failure is the SDK's own error, with all its facts; tokens are renewed in time."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2

from aurelius.gateway.v1 import auth_service_pb2
from aurelius_chassis.errors import FieldViolation
from aurelius_client import AureliusError, Client
from aurelius_client import errors as sdk
from aurelius_client.errors import FieldViolation as SdkViolation
from aurelius_client.errors import MissingPrecondition
from tests.contract.client.conftest import surroundings
from tests.contract.client.doubles import Refuse
from tests.contract.client.engine_double import EngineDouble

Caller = Callable[[Callable[[Any], Any]], Any]
KINDS = {
    grpc.StatusCode.INVALID_ARGUMENT: sdk.InvalidInput,
    grpc.StatusCode.OUT_OF_RANGE: sdk.InvalidInput,
    grpc.StatusCode.NOT_FOUND: sdk.NotFound,
    grpc.StatusCode.ALREADY_EXISTS: sdk.Conflict,
    grpc.StatusCode.ABORTED: sdk.Conflict,
    grpc.StatusCode.PERMISSION_DENIED: sdk.PermissionDenied,
    grpc.StatusCode.UNAUTHENTICATED: sdk.Unauthenticated,
    grpc.StatusCode.RESOURCE_EXHAUSTED: sdk.ResourceExhausted,
    grpc.StatusCode.FAILED_PRECONDITION: sdk.FailedPrecondition,
    grpc.StatusCode.UNAVAILABLE: sdk.Unavailable,
    grpc.StatusCode.DATA_LOSS: sdk.DataLoss,
    grpc.StatusCode.CANCELLED: sdk.Cancelled,
    grpc.StatusCode.DEADLINE_EXCEEDED: sdk.DeadlineExceeded,
    grpc.StatusCode.INTERNAL: sdk.Internal,
    grpc.StatusCode.UNKNOWN: sdk.Internal,
    grpc.StatusCode.UNIMPLEMENTED: sdk.Internal,
}


def test_every_code_has_an_error() -> None:
    assert set(KINDS) | {grpc.StatusCode.OK} == set(grpc.StatusCode)


@pytest.mark.parametrize("code", list(KINDS), ids=lambda code: code.name)
def test_a_code_becomes_its_error(both: Caller, engine: EngineDouble, code: Any) -> None:
    def refuse(*_: object) -> None:
        raise Refuse(code, "ERROR_REASON_SOMETHING", "it is so", found=3, allowed="below 2")

    engine.handler("GetDataset", refuse)

    with pytest.raises(AureliusError) as refusal:
        both(lambda client: client.datasets.get("datasets/goog"))

    error = refusal.value
    assert type(error) is KINDS[code]
    assert (error.code, error.reason) == (code.name, "SOMETHING")
    assert (error.found, error.allowed) == ("3", "below 2")
    assert error.domain == "engine.aurelius.dev"
    assert error.request_id == engine.metadata("GetDataset")[-1]["x-request-id"]
    assert str(error) == "SOMETHING: it is so (found 3; allowed below 2)"
    assert error.__cause__ is None


def test_violations_and_missing_evidence_are_kept(both: Caller, engine: EngineDouble) -> None:
    missing = error_details_pb2.PreconditionFailure()
    missing.violations.add(type="CRV", subject="runs/r1", description="was not run")

    def refuse(*_: object) -> None:
        raise Refuse(
            grpc.StatusCode.FAILED_PRECONDITION,
            "ERROR_REASON_EVIDENCE_INCOMPLETE",
            violations=(FieldViolation("run", "is new"),),
            more=(missing,),
        )

    engine.handler("CreatePromotion", refuse)

    with pytest.raises(sdk.FailedPrecondition) as refusal:
        both(lambda client: client.promotions.create("runs/r1", 1, "because"))

    assert refusal.value.violations == (SdkViolation("run", "is new"),)
    assert refusal.value.missing == (MissingPrecondition("CRV", "runs/r1", "was not run"),)


def test_a_server_without_the_rpc_is_an_error_of_the_sdk(both: Caller) -> None:
    with pytest.raises(sdk.Internal) as refusal:
        both(lambda client: client.strategies.get("strategies/a"))

    assert refusal.value.reason == "UNIMPLEMENTED"


def test_a_stream_fails_with_an_error_of_the_sdk(both: Caller, engine: EngineDouble) -> None:
    def refuse(*_: object) -> Any:
        raise Refuse(grpc.StatusCode.NOT_FOUND, "ERROR_REASON_RUN_NOT_FOUND")
        yield

    engine.handler("WatchBacktest", refuse)

    with pytest.raises(sdk.NotFound) as refusal:
        both(lambda client: client.backtests.watch("runs/r1"))

    assert refusal.value.reason == "RUN_NOT_FOUND"


class Issuer:
    """Sells tokens that last `seconds` from the tests' moment."""

    def __init__(self, engine: EngineDouble, seconds: int) -> None:
        self.sold = 0
        self.seconds = seconds
        engine.handler("ExchangeApiKey", self.sell)
        engine.handler("Login", self.sell)

    def sell(self, request: Any, _: grpc.ServicerContext) -> Any:
        self.sold += 1
        answer = auth_service_pb2.AccessToken(access_token=f"token-{self.sold}", user="users/ann")
        answer.expire_time.seconds = 1_000_000 + self.seconds
        return answer


def keyed(engine: EngineDouble) -> Client:
    return Client(engine.target, api_key="key", surroundings=surroundings())


def tokens(engine: EngineDouble) -> list[str]:
    return [metadata.get("authorization", "") for metadata in engine.metadata("ListDatasets")]


def test_a_key_buys_one_token_for_many_calls(engine: EngineDouble) -> None:
    issuer = Issuer(engine, seconds=3600)

    with keyed(engine) as client:
        list(client.datasets.list())
        list(client.datasets.list())

    assert issuer.sold == 1
    assert tokens(engine) == ["Bearer token-1", "Bearer token-1"]
    assert "authorization" not in engine.metadata("ExchangeApiKey")[0]


def test_a_token_is_renewed_before_it_ends(engine: EngineDouble) -> None:
    Issuer(engine, seconds=59)

    with keyed(engine) as client:
        list(client.datasets.list())
        list(client.datasets.list())

    assert tokens(engine) == ["Bearer token-1", "Bearer token-2"]


def test_a_refused_token_is_renewed_once(engine: EngineDouble) -> None:
    issuer = Issuer(engine, seconds=3600)
    original = engine.handlers["ListDatasets"]

    def refuse_the_first(request: Any, context: grpc.ServicerContext) -> Any:
        if tokens(engine)[-1] == "Bearer token-1":
            raise Refuse(grpc.StatusCode.UNAUTHENTICATED, "ERROR_REASON_UNAUTHENTICATED")
        return original(request, context)

    engine.handler("ListDatasets", refuse_the_first)

    with keyed(engine) as client:
        assert list(client.datasets.list()) == []

    assert issuer.sold == 2


def test_a_token_that_is_always_refused_is_an_error(engine: EngineDouble) -> None:
    Issuer(engine, seconds=3600)

    def refuse(*_: object) -> None:
        raise Refuse(grpc.StatusCode.UNAUTHENTICATED, "ERROR_REASON_UNAUTHENTICATED")

    engine.handler("ListDatasets", refuse)

    with keyed(engine) as client, pytest.raises(sdk.Unauthenticated):
        list(client.datasets.list())

    assert len(tokens(engine)) == 2


def test_a_refused_token_without_a_key_is_an_error_at_once(
    client: Client, engine: EngineDouble
) -> None:
    def refuse(*_: object) -> None:
        raise Refuse(grpc.StatusCode.UNAUTHENTICATED, "ERROR_REASON_UNAUTHENTICATED")

    engine.handler("ListDatasets", refuse)

    with pytest.raises(sdk.Unauthenticated):
        list(client.datasets.list())

    assert tokens(engine) == ["Bearer t"]


def test_login_uses_the_token_from_then_on(both: Caller, engine: EngineDouble) -> None:
    Issuer(engine, seconds=3600)

    issued = both(lambda client: client.login("ann", "correct horse battery"))

    assert issued.user == "users/ann"
    assert "authorization" not in engine.metadata("Login")[0]


def test_after_login_calls_carry_the_new_token(client: Client, engine: EngineDouble) -> None:
    Issuer(engine, seconds=3600)

    client.login("ann", "correct horse battery")
    list(client.datasets.list())

    assert tokens(engine) == ["Bearer token-1"]
