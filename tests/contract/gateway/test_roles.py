"""Who may call what: every RPC of the gateway, as the contract declares it."""

import base64
from collections.abc import Mapping

import grpc
import pytest
from google.protobuf import descriptor_pool

from aurelius.gateway.v1 import (  # noqa: F401  (they register the services)
    api_key_service_pb2,
    auth_service_pb2,
    pipeline_run_service_pb2,
    strategy_service_pb2,
    user_service_pb2,
)
from aurelius_chassis.descriptors import MethodPolicy, method_policies
from aurelius_chassis.key_file import read_or_create_key
from aurelius_gateway.adapters.jwt_tokens import JwtIssuer
from aurelius_gateway.domain.roles import Role
from tests.contract.gateway.suite import TIMEOUT_SECONDS, Client, Running

SERVICES = [
    "aurelius.gateway.v1.ApiKeyService",
    "aurelius.gateway.v1.AuthService",
    "aurelius.gateway.v1.PipelineRunService",
    "aurelius.gateway.v1.StrategyService",
    "aurelius.gateway.v1.UserService",
]
POLICIES: Mapping[str, MethodPolicy] = method_policies(SERVICES)
STREAMS = {"/aurelius.gateway.v1.PipelineRunService/WatchPipelineRun"}
PROTECTED = sorted(path for path, policy in POLICIES.items() if not policy.anonymous)


def call(client: Client, path: str, token: str) -> tuple[grpc.StatusCode, str]:
    """Calls an RPC with an empty request; returns the code and the text."""
    policy = POLICIES[path]
    kinds = {
        "request_serializer": policy.request_type.SerializeToString,
        "response_deserializer": policy.response_type.FromString,
    }
    metadata = [("authorization", f"Bearer {token}")] if token else []
    try:
        if path in STREAMS:
            messages = client.channel.unary_stream(path, **kinds)(
                policy.request_type(), metadata=metadata, timeout=TIMEOUT_SECONDS
            )
            list(messages)
        else:
            client.channel.unary_unary(path, **kinds)(
                policy.request_type(), metadata=metadata, timeout=TIMEOUT_SECONDS
            )
    except grpc.RpcError as error:
        return error.code(), str(error.details())
    return grpc.StatusCode.OK, ""


@pytest.fixture
def issuer(running: Running) -> JwtIssuer:
    return JwtIssuer(read_or_create_key(running.settings.token_key_file), lifetime_seconds=3600)


def test_every_service_of_the_package_is_walked() -> None:
    names = {
        f"{file.package}.{name}"
        for file in (
            descriptor_pool.Default().FindFileByName(f"aurelius/gateway/v1/{stem}_service.proto")
            for stem in ("api_key", "auth", "pipeline_run", "strategy", "user")
        )
        for name in file.services_by_name
    }

    assert names == set(SERVICES)


def test_exactly_three_rpcs_are_anonymous() -> None:
    assert {path for path, policy in POLICIES.items() if policy.anonymous} == {
        "/aurelius.gateway.v1.AuthService/Login",
        "/aurelius.gateway.v1.AuthService/ExchangeApiKey",
        "/aurelius.gateway.v1.AuthService/GetJsonWebKeySet",
    }


def test_anonymous_callers_reach_three_rpcs(anonymous: Client) -> None:
    reached = {
        path
        for path in POLICIES
        if call(anonymous, path, "")[0] is not grpc.StatusCode.UNAUTHENTICATED
    }

    assert reached == {path for path, policy in POLICIES.items() if policy.anonymous}


@pytest.mark.parametrize("path", PROTECTED)
def test_each_role_reaches_what_is_declared_for_it(
    running: Running, issuer: JwtIssuer, path: str
) -> None:
    denied = set()
    for role in Role:
        token = issuer.issue("users/walker", [role], now=running.clock()).text
        code, text = call(running.anonymous, path, token)
        assert code is not grpc.StatusCode.UNAUTHENTICATED
        if code is grpc.StatusCode.PERMISSION_DENIED and "may not call" in text:
            denied.add(role.value)

    assert denied == {role.value for role in Role} - POLICIES[path].required_roles


@pytest.mark.parametrize("fault", ["garbage", "no signature", "another key", "another subject"])
def test_token_that_does_not_hold_reaches_nothing(
    running: Running, admin: Client, fault: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    header, payload, signature = admin.token.split(".")
    if fault == "garbage":
        token = "garbage"
    elif fault == "no signature":
        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
        token = f"{none}.{payload}."
    elif fault == "another key":
        other = read_or_create_key(tmp_path_factory.mktemp("keys") / "other.pem")
        token = (
            JwtIssuer(other, lifetime_seconds=3600)
            .issue("users/admin", [Role.ADMIN], now=running.clock())
            .text
        )
    else:
        padded = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        forged = base64.urlsafe_b64encode(padded.replace(b"users/admin", b"users/super"))
        token = f"{header}.{forged.decode().rstrip('=')}.{signature}"

    for path in PROTECTED:
        assert call(running.anonymous, path, token)[0] is grpc.StatusCode.UNAUTHENTICATED
