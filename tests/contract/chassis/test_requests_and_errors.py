"""Bodies, rules and errors, over a real server."""

import json
from typing import Any

import grpc
import pytest
from google.api import httpbody_pb2
from google.rpc import error_details_pb2
from grpc import StatusCode

from aurelius.engine.v1 import backtest_pb2
from aurelius.governance.v1 import promotion_pb2, promotion_service_pb2
from tests.contract.chassis.harness import (
    CREATE,
    GET,
    RUN,
    Double,
    Refused,
    RefusedToo,
    detail,
    info,
    running,
    status_of,
    violations,
)

GOOD = {"run": RUN, "targetStage": "STAGE_CANDIDATE", "justification": "it works"}
DETAILS_LIMIT_BYTES = 8192


def body(text: str | bytes, **fields: Any) -> promotion_service_pb2.CreatePromotionRequest:
    """Returns the request that the REST edge makes of a body."""
    data = text.encode() if isinstance(text, str) else text
    return promotion_service_pb2.CreatePromotionRequest(
        http_body=httpbody_pb2.HttpBody(content_type="application/json", data=data), **fields
    )


def refused(request: Any, double: Double | None = None) -> grpc.RpcError:
    """Sends a request that must be refused before the handler."""
    with running(double) as chassis, pytest.raises(grpc.RpcError) as refusal:
        chassis.send(request)
    assert chassis.double.handled == []
    assert chassis.lines.next()["reason"] == info(refusal.value).reason
    return refusal.value


def test_json_body_is_the_request() -> None:
    with running() as chassis:
        answer = chassis.send(body(json.dumps(GOOD)))

    (handled,) = chassis.double.handled
    assert answer.run == RUN
    assert handled == promotion_service_pb2.CreatePromotionRequest(
        run=RUN,
        target_stage=promotion_pb2.Promotion.STAGE_CANDIDATE,
        justification="it works",
    )


def test_field_names_of_the_proto_are_good_too() -> None:
    with running() as chassis:
        chassis.send(body(json.dumps({**GOOD, "request_id": "one", "validate_only": True})))

    assert chassis.double.handled[0].request_id == "one"  # type: ignore[attr-defined]


UNKNOWN = {
    "at_the_top": ({**GOOD, "stage": 1}, "stage"),
    "the_body_itself": ({**GOOD, "httpBody": {}}, "http_body"),
    "of_another_case": ({**GOOD, "Justification": "x"}, "Justification"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_unknown_field_of_a_body_is_refused_by_its_name(case: str) -> None:
    document, name = UNKNOWN[case]

    error = refused(body(json.dumps(document)))

    assert error.code() is StatusCode.INVALID_ARGUMENT
    assert info(error).reason == "ERROR_REASON_UNKNOWN_FIELD"
    assert info(error).metadata["found"] == name
    assert "justification" in info(error).metadata["allowed"]
    assert set(violations(error)) == {name}


MALFORMED = {
    "no_json": "{",
    "a_list": "[]",
    "a_text": '"run"',
    "a_name_twice": '{"run": "a", "run": "b"}',
    "a_name_twice_in_two_spellings": '{"requestId": "a", "request_id": "b"}',
    "a_number_for_a_text": json.dumps({**GOOD, "justification": 1}),
    "a_text_for_a_truth": json.dumps({**GOOD, "validateOnly": "true"}),
    "an_unknown_enum": json.dumps({**GOOD, "targetStage": "STAGE_MOON"}),
    "a_list_for_a_text": json.dumps({**GOOD, "run": ["a"]}),
    "half_a_character": '{"justification": "\\ud800"}',
    "latin_1": '{"justification": "é"}'.encode("latin-1"),
    "utf_16": json.dumps(GOOD).encode("utf-16"),
    "too_deep": "[" * 100_000,
    "too_many_digits": '{"targetStage": ' + "1" * 5000 + "}",
    "not_a_number": '{"targetStage": NaN}',
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_body_is_refused(case: str) -> None:
    error = refused(body(MALFORMED[case]))

    assert error.code() is StatusCode.INVALID_ARGUMENT
    assert info(error).reason == "ERROR_REASON_MALFORMED_JSON"
    assert info(error).metadata["found"]
    assert info(error).metadata["allowed"]


def test_body_that_contradicts_the_path_is_refused() -> None:
    error = refused(body(json.dumps({**GOOD, "run": "runs/r" + "b" * 26}), run=RUN))

    assert info(error).reason == "ERROR_REASON_INVALID_FIELD"
    assert set(violations(error)) == {"run"}


def test_every_violation_is_listed_and_the_first_value_shown() -> None:
    error = refused(
        promotion_service_pb2.CreatePromotionRequest(run="runs/x", request_id="a" * 129)
    )

    assert error.code() is StatusCode.INVALID_ARGUMENT
    assert info(error).reason == "ERROR_REASON_INVALID_FIELD"
    assert info(error).metadata["found"] == "runs/x"
    assert set(violations(error)) == {"run", "target_stage", "justification", "request_id"}
    assert all(violations(error).values())


def test_unknown_number_of_an_enum_is_refused() -> None:
    request = promotion_service_pb2.CreatePromotionRequest(
        run=RUN,
        target_stage=77,  # type: ignore[arg-type]
        justification="x",
    )

    assert set(violations(refused(request))) == {"target_stage"}


def test_message_over_the_limit_is_refused_and_the_server_lives_on() -> None:
    with running() as chassis:
        with pytest.raises(grpc.RpcError) as refusal:
            chassis.send(body(b" " * (9 * 1024 * 1024)))
        chassis.get()

    assert refusal.value.code() is StatusCode.RESOURCE_EXHAUSTED
    assert len(chassis.double.handled) == 1


def test_long_text_in_a_refusal_is_cut_so_that_it_arrives() -> None:
    def get(request: Any, context: grpc.ServicerContext) -> Any:
        raise Refused("x" * 100_000)

    with running(Double(get=get)) as chassis, pytest.raises(grpc.RpcError) as refusal:
        chassis.get()

    assert refusal.value.code() is StatusCode.FAILED_PRECONDITION
    assert status_of(refusal.value).ByteSize() < DETAILS_LIMIT_BYTES
    assert info(refusal.value).metadata["found"].endswith("…")


@pytest.mark.parametrize("kind", [Refused, RefusedToo])
def test_refusal_becomes_what_the_table_says(kind: type[Refused]) -> None:
    def get(request: Any, context: grpc.ServicerContext) -> Any:
        raise kind("this")

    with running(Double(get=get)) as chassis, pytest.raises(grpc.RpcError) as refusal:
        chassis.get()

    assert refusal.value.code() is StatusCode.FAILED_PRECONDITION
    assert refusal.value.details() == "this is refused"
    assert info(refusal.value) == error_details_pb2.ErrorInfo(
        reason="REFUSED",
        domain="double.aurelius.dev",
        metadata={"found": "this", "allowed": "another"},
    )


@pytest.mark.parametrize("error", [KeyError("a secret"), Exception("a secret"), SystemExit(3)])
def test_bug_is_internal_with_its_traceback_in_the_log_alone(error: BaseException) -> None:
    def get(request: Any, context: grpc.ServicerContext) -> Any:
        raise error

    with running(Double(get=get)) as chassis, pytest.raises(grpc.RpcError) as refusal:
        chassis.get(metadata=(*_bearer(), ("x-request-id", "of-this-call")))

    line = chassis.lines.next()
    assert refusal.value.code() is StatusCode.INTERNAL
    assert info(refusal.value).reason == "ERROR_REASON_INTERNAL"
    assert info(refusal.value).metadata == {"request_id": "of-this-call"}
    assert "secret" not in str(status_of(refusal.value))
    assert "Traceback" not in str(status_of(refusal.value))
    assert line["level"] == "error"
    assert "Traceback" in line["exception"]
    assert type(error).__name__ in line["exception"]
    assert (line["event"], line["code"], line["method"]) == ("rpc_ended", "INTERNAL", GET)
    assert chassis.lines.empty()


def test_abort_of_the_handler_itself_is_kept() -> None:
    def get(request: Any, context: grpc.ServicerContext) -> Any:
        context.abort(StatusCode.NOT_FOUND, "not here")

    with running(Double(get=get)) as chassis, pytest.raises(grpc.RpcError) as refusal:
        chassis.get()

    assert (refusal.value.code(), refusal.value.details()) == (StatusCode.NOT_FOUND, "not here")
    assert chassis.lines.next()["code"] == "NOT_FOUND"
    assert chassis.count(GET, "NOT_FOUND") == 1


def test_code_that_the_handler_sets_is_the_one_in_the_log() -> None:
    def get(request: Any, context: grpc.ServicerContext) -> Any:
        context.set_code(StatusCode.DATA_LOSS)
        return backtest_pb2.Backtest()

    with running(Double(get=get)) as chassis, pytest.raises(grpc.RpcError):
        chassis.get()

    assert chassis.lines.next()["code"] == "DATA_LOSS"


def test_refusal_has_the_details_that_its_table_adds() -> None:
    with running() as chassis, pytest.raises(grpc.RpcError) as refusal:
        chassis.create(run="")

    assert detail(refusal.value, error_details_pb2.BadRequest).field_violations[0].field == "run"
    assert chassis.count(CREATE, "INVALID_ARGUMENT") == 1


def _bearer() -> Any:
    from tests.contract.chassis.harness import ISSUER

    return ISSUER.bearer()


def _message() -> Any:
    from aurelius.engine.v1 import backtest_service_pb2

    return backtest_service_pb2.WatchBacktestResponse()
