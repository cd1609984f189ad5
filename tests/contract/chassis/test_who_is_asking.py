"""Tokens and roles, over a real server."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.api import httpbody_pb2
from grpc import StatusCode

from aurelius.engine.v1 import (
    backtest_pb2,
    backtest_service_pb2,
    backtest_service_pb2_grpc,
)
from aurelius.gateway.v1 import auth_service_pb2_grpc
from aurelius_chassis.caller import current_caller
from aurelius_chassis.errors import RequestRefused
from aurelius_chassis.jwks import (
    CLOCK_LEEWAY_SECONDS,
    KEYS_MAX_AGE_SECONDS,
    Authenticator,
    KeySource,
    fetch_over_grpc,
)
from aurelius_chassis.server import Mounted, ServerOptions, build_server
from tests.contract.chassis import harness
from tests.contract.chassis.harness import ISSUER, PROMOTIONS, Double, info, running
from tests.contract.chassis.tokens import Issuer

STRANGER = Issuer(ISSUER.key_id)


def _unsigned(header: dict[str, Any], payload: dict[str, Any]) -> str:
    parts = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in (header, payload)
    )
    return ".".join(part.rstrip("=") for part in parts) + "."


def _alg_none() -> str:
    header = {"alg": "none", "kid": ISSUER.key_id}
    payload = {
        "iss": "aurelius",
        "aud": "aurelius",
        "sub": "users/rita",
        "roles": ["ROLE_RESEARCHER"],
        "exp": int(time.time()) + 600,
    }
    return _unsigned(header, payload)


def _cut() -> str:
    head, payload, signature = ISSUER.token().split(".")
    return f"{head}.{payload}.{signature[:-8]}"


def _other_payload() -> str:
    head, _, signature = ISSUER.token().split(".")
    return f"{head}.{ISSUER.token('anna').split('.')[1]}.{signature}"


BAD_TOKENS = {
    "none_at_all": lambda: "",
    "no_jwt": lambda: "hello",
    "alg_none": _alg_none,
    "cut_signature": _cut,
    "payload_of_another_token": _other_payload,
    "signed_by_a_stranger": STRANGER.token,
    "hmac_with_the_public_key": lambda: ISSUER.token(
        key=ISSUER.key.public_key().public_bytes_raw(), algorithm="HS256"
    ),
    "expired": lambda: ISSUER.token(exp=int(time.time()) - 3600),
    "without_end": lambda: ISSUER.token(exp=None),
    "not_yet": lambda: ISSUER.token(nbf=int(time.time()) + 3600),
    "other_issuer": lambda: ISSUER.token(iss="another"),
    "other_audience": lambda: ISSUER.token(aud="another"),
    "without_subject": lambda: ISSUER.token(sub=None),
    "subject_that_is_no_user": lambda: ISSUER.token(sub="anonymous"),
    "roles_that_are_no_list": lambda: ISSUER.token(roles="ROLE_RESEARCHER"),
    "unknown_key_id": lambda: ISSUER.token(headers={"kid": "another"}),
    "no_key_id": lambda: ISSUER.token(headers={}),
    "deeply_nested_header": lambda: base64.urlsafe_b64encode(b"[" * 3000).decode() + ".e30.e30",
}


@pytest.mark.parametrize("token", BAD_TOKENS)
def test_bad_token_is_refused_before_the_handler(token: str) -> None:
    metadata = (("authorization", f"Bearer {BAD_TOKENS[token]()}"),)

    with running() as chassis, pytest.raises(grpc.RpcError) as refusal:
        chassis.get(metadata=metadata)

    assert refusal.value.code() is StatusCode.UNAUTHENTICATED
    assert info(refusal.value).reason == "ERROR_REASON_UNAUTHENTICATED"
    assert info(refusal.value).domain == "aurelius.dev"
    assert set(info(refusal.value).metadata) == {"found", "allowed"}
    assert chassis.double.handled == []
    assert chassis.lines.next()["principal"] == "anonymous"


@pytest.mark.parametrize(
    "metadata",
    [(), (("authorization", "Basic cml0YTpyaXRh"),), (*ISSUER.bearer(), *ISSUER.bearer("anna"))],
    ids=["no_header", "other_scheme", "two_headers"],
)
def test_call_without_exactly_one_bearer_token_is_refused(metadata: Any) -> None:
    with running() as chassis, pytest.raises(grpc.RpcError) as refusal:
        chassis.get(metadata=metadata)

    assert refusal.value.code() is StatusCode.UNAUTHENTICATED
    assert chassis.double.handled == []


def test_clock_that_is_a_little_late_does_not_matter() -> None:
    with running() as chassis:
        chassis.get(metadata=ISSUER.bearer(exp=int(time.time()) - 5))
        chassis.get(metadata=ISSUER.bearer(iat=int(time.time()) + 5))

    assert len(chassis.double.handled) == 2


def test_role_of_another_kind_is_refused_with_the_allowed_ones() -> None:
    with running() as chassis, pytest.raises(grpc.RpcError) as refusal:
        chassis.get(metadata=ISSUER.bearer("adam", "ROLE_ADMIN"))

    assert refusal.value.code() is StatusCode.PERMISSION_DENIED
    assert info(refusal.value).reason == "ERROR_REASON_PERMISSION_DENIED"
    assert info(refusal.value).metadata["found"] == "ROLE_ADMIN"
    assert "ROLE_RESEARCHER" in info(refusal.value).metadata["allowed"]
    assert chassis.double.handled == []
    assert chassis.lines.next()["principal"] == "users/adam"


def test_token_without_roles_may_nothing() -> None:
    with running() as chassis, pytest.raises(grpc.RpcError) as refusal:
        chassis.get(metadata=ISSUER.bearer(roles=[]))

    assert refusal.value.code() is StatusCode.PERMISSION_DENIED
    assert info(refusal.value).metadata["found"] == "no role"


def test_handler_sees_its_caller_and_no_other() -> None:
    double = Double(
        get=lambda request, context: backtest_pb2.Backtest(creator=current_caller().name)
    )
    with running(double) as chassis:
        seen = [
            chassis.get(metadata=ISSUER.bearer(user)).creator for user in ("rita", "anna", "rita")
        ]

    assert seen == ["users/rita", "users/anna", "users/rita"]


def test_issuer_that_does_not_answer_makes_the_service_unavailable() -> None:
    def fetch() -> bytes:
        raise RequestRefused(StatusCode.UNAVAILABLE, "ANY", "no answer")

    with running(fetch_keys=fetch) as chassis, pytest.raises(grpc.RpcError) as refusal:
        chassis.get()

    assert refusal.value.code() is StatusCode.UNAVAILABLE
    assert info(refusal.value).reason == "ERROR_REASON_KEYS_UNAVAILABLE"


def test_keys_come_from_the_gateway_over_grpc() -> None:
    class Gateway(auth_service_pb2_grpc.AuthServiceServicer):
        def GetJsonWebKeySet(self, request: Any, context: grpc.ServicerContext) -> Any:
            return httpbody_pb2.HttpBody(data=ISSUER.key_set())

    gateway = grpc.server(ThreadPoolExecutor(2))
    auth_service_pb2_grpc.add_AuthServiceServicer_to_server(Gateway(), gateway)
    port = gateway.add_insecure_port("127.0.0.1:0")
    gateway.start()

    with running(fetch_keys=fetch_over_grpc(f"127.0.0.1:{port}")) as chassis:
        answer = chassis.get()
    gateway.stop(None).wait()

    assert answer.name == harness.RUN


def test_servicer_that_was_added_without_its_policies_is_refused() -> None:
    double = Double()
    add = backtest_service_pb2_grpc.add_BacktestServiceServicer_to_server
    server = build_server(
        [Mounted(PROMOTIONS, add, double)],  # the policies of one service, the calls of another
        options=ServerOptions(service="double", listen="127.0.0.1:0", drain_seconds=0.0),
        errors=harness.ERRORS,
        authenticator=Authenticator(KeySource(ISSUER.key_set)),
    )
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = backtest_service_pb2_grpc.BacktestServiceStub(channel)
        request = backtest_service_pb2.GetBacktestRequest(name=harness.RUN)
        with pytest.raises(grpc.RpcError) as refusal:
            stub.GetBacktest(request, timeout=harness.WAIT_SECONDS, metadata=ISSUER.bearer())
    server.stop(0)

    assert refusal.value.code() is StatusCode.UNIMPLEMENTED
    assert double.handled == []


def test_token_that_was_good_is_refused_once_it_has_expired_or_its_key_was_withdrawn() -> None:
    clock = [float(int(time.time()))]
    issuer, published = Issuer("a"), [True]

    def fetch() -> bytes:
        return issuer.key_set() if published[0] else b'{"keys": []}'

    authenticator = Authenticator(KeySource(fetch, now=lambda: clock[0]), now=lambda: clock[0])
    short = f"Bearer {issuer.token(exp=int(clock[0]) + 100)}"
    long = f"Bearer {issuer.token(exp=int(clock[0]) + 10_000)}"
    callers = [authenticator.caller_of(token).name for token in (short, long)]

    clock[0] += 100 + CLOCK_LEEWAY_SECONDS
    with pytest.raises(RequestRefused, match="expired"):
        authenticator.caller_of(short)
    authenticator.caller_of(long)
    published[0] = False
    clock[0] += KEYS_MAX_AGE_SECONDS
    with pytest.raises(RequestRefused, match="not known"):
        authenticator.caller_of(long)

    assert callers == ["users/rita"] * 2
