"""The rendered configuration: complete, derived from the contract, and one that Envoy takes."""

import re
import subprocess
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from aurelius.contract.v1 import error_reason_pb2
from aurelius_chassis.descriptors import method_policies
from aurelius_chassis.server import MESSAGE_LIMIT_BYTES
from aurelius_client.errors import InvalidInput
from aurelius_client.suite import contract, edge_query, edge_settings
from aurelius_client.suite.edge_errors import EDGE_ERRORS, status_of
from aurelius_client.suite.edge_settings import EdgeSettings
from aurelius_client.suite.envoy_config import configuration, local_descriptors, render
from aurelius_client.suite.ports import free_ports
from aurelius_client.suite.processes import envoy_program
from aurelius_client.suite.topology import COMPOSE, DEFAULT_PORTS, Place
from tests.conftest import REPOSITORY
from tests.contract.rest.methods import import_contract

import_contract()


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    place = Place(home=PurePosixPath("/home"))
    return configuration(place, EdgeSettings(), local_descriptors())


def _filters(config: dict[str, Any]) -> dict[str, Any]:
    manager = config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]
    return {one["name"]: one["typed_config"] for one in manager["typed_config"]["http_filters"]}


@pytest.mark.parametrize("hosts", [{}, COMPOSE.hosts], ids=["this machine", "compose"])
def test_envoy_takes_the_configuration(tmp_path: Path, hosts: dict[str, str]) -> None:
    place = Place(home=PurePosixPath("/home"), hosts=hosts, ports=free_ports(DEFAULT_PORTS))
    file = tmp_path / "envoy.yaml"
    file.write_text(render(place, EdgeSettings(), descriptors=local_descriptors()))

    done = subprocess.run(
        [envoy_program(), "--mode", "validate", "-c", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert "OK" in done.stdout


def test_the_yaml_is_the_structure(config: dict[str, Any]) -> None:
    place = Place(home=PurePosixPath("/home"))

    text = render(place, EdgeSettings(), descriptors=local_descriptors())

    assert yaml.safe_load(text) == config


def test_every_service_of_the_contract_is_transcoded(config: dict[str, Any]) -> None:
    transcoder = _filters(config)["envoy.filters.http.grpc_json_transcoder"]

    found = set(transcoder["services"])

    assert len(found) == len(list((REPOSITORY / "protos/aurelius").rglob("*_service.proto")))
    assert found == {rpc.service for rpc in contract.rpcs()}
    assert all(transcoder["request_validation_options"].values())


def test_exactly_the_anonymous_rpcs_need_no_token(config: dict[str, Any]) -> None:
    rules = _filters(config)["envoy.filters.http.jwt_authn"]["rules"]
    policies = method_policies(contract.services())

    exempt = {rule["match"]["path"] for rule in rules if "requires" not in rule}
    required = [rule["match"]["prefix"] for rule in rules if "requires" in rule]

    assert exempt == {path for path, policy in policies.items() if policy.anonymous}
    assert exempt
    assert all(path.startswith(tuple(required)) for path in policies)


def test_every_rpc_that_the_chassis_knows_is_one_that_the_edge_knows() -> None:
    policies = method_policies(contract.services())

    assert {rpc.path for rpc in contract.rpcs()} == set(policies)
    assert {rpc.path for rpc in contract.rpcs() if rpc.streams} == {
        path for path, policy in policies.items() if policy.streams
    }


def test_every_stream_has_a_route_without_a_timeout(config: dict[str, Any]) -> None:
    manager = config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]
    routes = manager["typed_config"]["route_config"]["virtual_hosts"][0]["routes"]
    endless = {
        route["match"]["path"] for route in routes if route.get("route", {}).get("timeout") == "0s"
    }

    assert endless == {rpc.path for rpc in contract.rpcs() if rpc.streams}


def test_the_calls_that_may_take_long_are_calls_of_the_contract() -> None:
    assert set(edge_settings.LONG_CALLS) <= {rpc.path for rpc in contract.rpcs()}


def test_a_body_at_the_limit_of_the_edge_fits_into_a_message_of_the_servers() -> None:
    assert edge_settings.MESSAGE_LIMIT_BYTES == MESSAGE_LIMIT_BYTES
    assert edge_settings.BODY_LIMIT_BYTES < MESSAGE_LIMIT_BYTES


def test_every_reason_of_the_edge_is_in_the_catalogue() -> None:
    assert {error.reason for error in EDGE_ERRORS} <= set(error_reason_pb2.ErrorReason.keys())


def test_a_status_of_native_grpc_has_the_code_that_envoy_derives() -> None:
    # Envoy's own table from HTTP to gRPC, and RESOURCE_EXHAUSTED as the rate limit asks for.
    derived = {401: 16, 403: 7, 404: 12, 429: 8, 502: 14, 503: 14, 504: 14}
    native = [error for error in EDGE_ERRORS if error.native_code is not None]

    assert native
    assert all(status_of(error).code == derived[error.http] for error in native)


def test_no_refusal_shows_the_operators_details(config: dict[str, Any]) -> None:
    manager = config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]

    replies = yaml.safe_dump(manager["typed_config"]["local_reply_config"])

    assert "%RESPONSE_CODE_DETAILS%" not in replies
    assert "%LOCAL_REPLY_BODY%" in replies


@pytest.mark.parametrize(
    ("template", "path", "matches"),
    [
        ("/v1/{name=runs/*}", "/v1/runs/r1", True),
        ("/v1/{name=runs/*}", "/v1/runs/r1/artifacts", False),
        ("/v1/{name=runs/*}", "/v1/runs/r1:watch", False),
        ("/v1/{name=runs/*/artifacts/*}:read", "/v1/runs/a/artifacts/b:read", True),
        ("/v1/auth:login", "/v1/auth:login", True),
        ("/.well-known/jwks.json", "/Xwell-known/jwksXjson", False),
    ],
)
def test_a_path_pattern_matches_the_paths_of_its_template(
    template: str, path: str, matches: bool
) -> None:
    assert bool(re.fullmatch(contract.path_pattern(template), path)) is matches


def test_a_field_that_one_path_sets_is_no_query_parameter_of_another() -> None:
    assert edge_query.bound_fields() == {"name", "parent"}


def test_a_limit_that_lets_nothing_pass_is_refused() -> None:
    with pytest.raises(ValueError, match="requests_per_second 0, allowed 1"):
        EdgeSettings(requests_per_second=0)


@pytest.mark.parametrize(
    "origin",
    [
        'not an origin"',
        "",
        "*",
        "null",
        "desk.example",
        "https://",
        "https://desk.example/",
        "https://desk.example/page",
        "https://Desk.example",
        "https://desk.example:443",
        "http://desk.example:80",
        "https://desk.example:0",
        "https://desk..example",
        "https://me@desk.example",
        "https://desk.example\n",
        "ftp://desk.example",
    ],
)
def test_what_is_no_origin_of_a_page_is_refused(origin: str) -> None:
    with pytest.raises(InvalidInput, match=r"allowed .*https://desk\.example"):
        EdgeSettings(cors_origins=("https://desk.example", origin))


@pytest.mark.parametrize(
    "origin",
    ["https://desk.example", "http://10.0.0.7:8443", "http://[fd00::1]", "https://a.b:80"],
)
def test_what_is_an_origin_of_a_page_is_taken(origin: str) -> None:
    assert EdgeSettings(cors_origins=(origin,)).cors_origins == (origin,)
