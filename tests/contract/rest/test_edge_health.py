"""What the edge says of the services, in whatever order they start, stop and change keys."""

import grpc
import httpx
import pytest

from aurelius.engine.v1 import backtest_service_pb2
from tests.contract.chassis.tokens import Issuer
from tests.contract.rest.edge import Edge, running_edge
from tests.contract.rest.refusals import of_grpc, of_rest


def _health(edge: Edge, path: str = "/healthz") -> int:
    return edge.client.get(path).status_code


def test_a_service_that_is_down_is_a_503_and_only_its_own(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running_edge(tmp_path_factory.mktemp("down")) as edge:
        edge.stop("engine")
        edge.until(lambda: _health(edge) == 503)

        response = edge.get("/v1/runs")
        with pytest.raises(grpc.RpcError) as native:
            edge.backtests.ListBacktests(
                backtest_service_pb2.ListBacktestsRequest(), metadata=tuple(edge.bearer().items())
            )
        entry = edge.get("/v1/ledgerEntries/3")
        truths = {name: _health(edge, f"/healthz/{name}") for name in ("engine", "governance")}
        unhealthy = edge.client.get("/healthz")

        edge.start("engine")
        edge.until(lambda: edge.get("/v1/runs").status_code == 200)
        healthy = _health(edge)

    assert response.status_code == 503
    assert of_rest(response).reason == "SERVICE_UNAVAILABLE"
    assert of_grpc(native.value) == of_rest(response)
    assert entry.json()["name"] == "ledgerEntries/3"
    assert truths == {"engine": 503, "governance": 200}
    assert of_rest(unhealthy).reason == "SERVICE_UNAVAILABLE"
    assert healthy == 200


def test_healthz_says_serving_while_all_three_serve(edge: Edge) -> None:
    answers = [
        edge.client.get(f"/healthz{path}") for path in ("", "/engine", "/governance", "/gateway")
    ]

    assert [answer.json() for answer in answers] == [{"status": "SERVING"}] * 4


def test_tokens_hold_soon_after_a_gateway_that_starts_last(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running_edge(tmp_path_factory.mktemp("last"), services=("engine", "governance")) as edge:
        edge.until(lambda: _health(edge, "/healthz/engine") == 200)
        before = edge.get("/v1/runs")
        edge.start("gateway")
        edge.until(lambda: edge.get("/v1/runs").status_code == 200)

    assert before.status_code == 503
    assert of_rest(before).reason == "KEYS_UNAVAILABLE"


def test_a_new_key_of_the_issuer_is_taken_up_without_a_restart(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running_edge(tmp_path_factory.mktemp("keys")) as edge:
        old = edge.bearer()
        edge.gateway.issuer = Issuer("second-key")
        edge.until(lambda: edge.get("/v1/runs").status_code == 200)
        outdated = edge.get("/v1/runs", headers=old)

    assert outdated.status_code == 401


def _failed_fetches(edge: Edge) -> int:
    url = f"http://127.0.0.1:{edge.place.ports['admin']}/stats?filter=jwks_fetch_failed&format=json"
    return sum(stat.get("value", 0) for stat in httpx.get(url).json()["stats"])


def test_tokens_still_hold_while_the_gateway_is_down(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running_edge(tmp_path_factory.mktemp("alone")) as edge:
        before = _failed_fetches(edge)
        edge.stop("gateway")
        edge.until(lambda: _failed_fetches(edge) > before)
        answer = edge.get("/v1/runs")
        logging_in = edge.client.post("/v1/auth:login", json={"userId": "a", "password": "b"})

    assert answer.status_code == 200
    assert logging_in.status_code == 503
