"""What Envoy refuses by itself: always the JSON form of google.rpc.Status with a reason."""

import time
from typing import Any

import grpc
import pytest

from aurelius.engine.v1 import backtest_service_pb2
from aurelius_client.suite.edge_settings import BODY_LIMIT_BYTES, EdgeSettings
from tests.contract.chassis.tokens import Issuer
from tests.contract.rest.edge import MIB, RUN, Edge, running_edge
from tests.contract.rest.refusals import Refusal, of_grpc, of_rest

SHARED = "aurelius.dev"


def refusal(edge: Edge, path: str, http: int, **request: Any) -> Refusal:
    response = edge.client.request(
        request.pop("verb", "GET"),
        path,
        headers=edge.bearer() | request.pop("headers", {}),
        **request,
    )
    assert response.status_code == http, response.text
    found = of_rest(response)
    assert found.domain == SHARED
    return found


@pytest.mark.parametrize("path", ["/", "/nothing", "/v1/nothing", f"/v1/{RUN}/nothing"])
def test_an_unknown_path_is_a_404_that_names_it(edge: Edge, path: str) -> None:
    found = refusal(edge, path, 404)

    assert (found.code, found.reason) == (5, "ROUTE_NOT_FOUND")
    assert found.metadata == {"found": f"GET {path}"}


def test_a_grpc_path_is_not_a_rest_path(edge: Edge) -> None:
    found = refusal(
        edge, "/aurelius.engine.v1.BacktestService/ListBacktests", 404, verb="POST", json={}
    )

    assert found.reason == "ROUTE_NOT_FOUND"


@pytest.mark.parametrize(
    ("verb", "path", "allowed"),
    [
        ("DELETE", "/v1/runs", "GET, POST"),
        ("PUT", f"/v1/{RUN}", "GET"),
        ("GET", "/v1/auth:login", "POST"),
    ],
)
def test_a_wrong_verb_is_a_405_that_names_the_right_ones(
    edge: Edge, verb: str, path: str, allowed: str
) -> None:
    response = edge.client.request(verb, path, headers=edge.bearer())

    assert response.status_code == 405
    assert response.headers["allow"] == allowed
    found = of_rest(response)
    assert (found.reason, found.metadata) == (
        "VERB_NOT_ALLOWED",
        {"found": verb, "allowed": allowed},
    )


def test_a_custom_verb_that_a_get_path_has_not_is_a_404(edge: Edge) -> None:
    found = refusal(edge, f"/v1/{RUN}:explode", 404)

    assert found.reason == "ROUTE_NOT_FOUND"


def test_a_custom_verb_hidden_by_escaping_reaches_no_other_method(edge: Edge) -> None:
    response = edge.get(f"/v1/{RUN}%3Acancel")

    assert response.status_code == 400
    assert of_rest(response).reason == "INVALID_FIELD"


def test_an_escaped_slash_in_an_id_is_refused(edge: Edge) -> None:
    found = refusal(edge, "/v1/runs/a%2Fb", 400)

    assert found.reason == "REQUEST_MALFORMED"


def test_an_unknown_query_parameter_is_refused_by_name(edge: Edge) -> None:
    found = refusal(edge, "/v1/runs?pageSizes=3", 400)

    assert (found.code, found.reason) == (3, "QUERY_MALFORMED")
    assert '"pageSizes"' in found.metadata["found"]


def test_a_query_parameter_of_another_type_is_refused_by_name(edge: Edge) -> None:
    found = refusal(edge, "/v1/runs?pageSize=many", 400)

    assert found.reason == "QUERY_MALFORMED"
    assert 'page_size: invalid value "many"' in found.metadata["found"]


def test_an_enum_value_that_does_not_exist_is_refused_by_name(edge: Edge) -> None:
    found = refusal(edge, f"/v1/{RUN}/artifacts/equity:download?format=DOWNLOAD_FORMAT_XLS", 400)

    assert found.reason == "QUERY_MALFORMED"
    assert '"DOWNLOAD_FORMAT_XLS"' in found.metadata["found"]


@pytest.mark.parametrize(
    "query",
    [
        "page_size=1&page_size=2",
        "pageSize=1&page_size=2",
        "page%5Fsize=1&page_size=2",
        "page_size=1&page_token=x&page_size=1",
    ],
)
def test_a_repeated_query_parameter_is_refused_by_name(edge: Edge, query: str) -> None:
    found = refusal(edge, f"/v1/runs?{query}", 400)

    assert (found.reason, found.metadata) == ("QUERY_REPEATED", {"found": "page_size"})


def test_a_query_cannot_replace_what_the_path_sets(edge: Edge) -> None:
    found = refusal(edge, f"/v1/{RUN}?name=runs/r{'b' * 26}", 400)

    assert (found.reason, found.metadata) == ("QUERY_REPEATED", {"found": "name"})


def test_a_body_over_the_limit_is_a_413_and_one_at_the_limit_passes(edge: Edge) -> None:
    path = "/v1/datasetUploads/u1:append?offset=0"

    found = refusal(edge, path, 413, verb="POST", content=bytes(BODY_LIMIT_BYTES + 1))
    passed = edge.client.post(path, headers=edge.bearer(), content=bytes(BODY_LIMIT_BYTES))

    assert (found.code, found.reason) == (8, "BODY_TOO_LARGE")
    assert found.metadata == {
        "found": str(BODY_LIMIT_BYTES + 1),
        "allowed": f"{BODY_LIMIT_BYTES} bytes",
    }
    assert passed.json()["sizeBytes"] == str(BODY_LIMIT_BYTES)


def test_an_oversized_body_of_unknown_length_is_a_413_too(edge: Edge) -> None:
    pieces = (bytes(MIB) for _ in range(9))

    found = refusal(edge, "/v1/datasetUploads/u1:append?offset=0", 413, verb="POST", content=pieces)

    assert found.reason == "BODY_TOO_LARGE"


def test_an_unknown_json_field_is_refused_by_name(edge: Edge) -> None:
    response = edge.client.post("/v1/auth:login", json={"userId": "a", "password": "b", "pin": 1})

    assert response.status_code == 400
    assert of_rest(response).reason == "UNKNOWN_FIELD"
    assert of_rest(response).metadata["found"] == "pin"


TOKENS: dict[str, tuple[dict[str, Any] | None, str]] = {
    "missing": (None, "there is none"),
    "expired": ({"exp": int(time.time()) - 5}, "it is expired"),
    "without an end": ({"exp": None}, "it does not hold"),
    "of another issuer": ({"iss": "somebody"}, "it does not hold"),
    "for another audience": ({"aud": "somebody"}, "it does not hold"),
    "signed by another key": ({"key": Issuer().key}, "it does not hold"),
    "of an unknown key": ({"headers": {"kid": "another"}}, "it does not hold"),
}


@pytest.mark.parametrize("case", TOKENS)
def test_a_token_that_does_not_hold_is_a_401_through_both_doors(edge: Edge, case: str) -> None:
    claims, why = TOKENS[case]
    headers = {} if claims is None else edge.bearer(**claims)

    response = edge.get("/v1/runs", headers=headers)
    with pytest.raises(grpc.RpcError) as native:
        edge.backtests.ListBacktests(
            backtest_service_pb2.ListBacktestsRequest(), metadata=tuple(headers.items())
        )

    found = of_rest(response)
    assert response.status_code == 401
    assert native.value.code() is grpc.StatusCode.UNAUTHENTICATED  # type: ignore[attr-defined]
    assert (found.code, found.reason) == (16, "UNAUTHENTICATED")
    assert found.metadata["found"] == why
    assert of_grpc(native.value) == found


@pytest.mark.parametrize("scheme", ["Basic cml0YTpyaXRh", "Bearer", "Bearer a.b.c"])
def test_an_authorization_that_is_no_token_is_a_401(edge: Edge, scheme: str) -> None:
    found = refusal(edge, "/v1/runs", 401, headers={"authorization": scheme})

    assert found.reason == "UNAUTHENTICATED"


def test_a_token_of_another_role_is_a_403_through_both_doors(edge: Edge) -> None:
    headers = edge.bearer("ROLE_ADMIN")

    response = edge.get("/v1/runs", headers=headers)
    with pytest.raises(grpc.RpcError) as native:
        edge.backtests.ListBacktests(
            backtest_service_pb2.ListBacktestsRequest(), metadata=tuple(headers.items())
        )

    assert response.status_code == 403
    assert of_rest(response).reason == "PERMISSION_DENIED"
    assert of_grpc(native.value) == of_rest(response)


def test_anonymous_methods_need_no_token(edge: Edge) -> None:
    logged_in = edge.client.post("/v1/auth:login", json={"userId": "rita", "password": "b"})
    keys = edge.client.get("/.well-known/jwks.json")

    assert logged_in.json()["user"] == "users/rita"
    assert keys.content == edge.gateway.issuer.key_set()


def test_an_unknown_grpc_method_is_unimplemented_with_a_reason(edge: Edge) -> None:
    call = edge.channel.unary_unary(
        "/some.Service/Method", request_serializer=None, response_deserializer=None
    )

    with pytest.raises(grpc.RpcError) as native:
        call(b"", metadata=tuple(edge.bearer().items()))

    assert of_grpc(native.value).code == grpc.StatusCode.UNIMPLEMENTED.value[0]
    assert of_grpc(native.value).reason == "ROUTE_NOT_FOUND"


def test_requests_over_the_rate_are_a_429_through_both_doors(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    settings = EdgeSettings(requests_per_second=1, request_burst=40)
    with running_edge(tmp_path_factory.mktemp("rate"), settings=settings) as edge:
        answers = [edge.get("/v1/runs") for _ in range(60)]
        metadata = tuple(edge.bearer().items())
        requests = [backtest_service_pb2.ListBacktestsRequest() for _ in range(10)]
        with pytest.raises(grpc.RpcError) as native:
            [edge.backtests.ListBacktests(one, metadata=metadata) for one in requests]

    limited = [answer for answer in answers if answer.status_code == 429]
    assert answers[0].status_code == 200
    assert limited
    assert limited[0].headers["retry-after"] == "1"
    assert of_rest(limited[0]).reason == "RATE_LIMITED"
    assert of_grpc(native.value) == of_rest(limited[0])


def test_no_refusal_shows_what_envoy_says_to_its_operator(edge: Edge) -> None:
    texts = [
        edge.get("/nothing").text,
        edge.get("/v1/runs", headers={}).text,
        edge.get("/v1/runs?bogus=1").text,
    ]

    for inner in ("jwt_authn", "transcode_failure", "upstream", "via_upstream"):
        assert all(inner not in text for text in texts)
