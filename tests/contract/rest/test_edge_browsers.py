"""What a page in a browser needs: CORS and gRPC-Web."""

import struct

import pytest

from aurelius.engine.v1 import backtest_pb2, backtest_service_pb2
from aurelius_client.suite.edge_settings import EdgeSettings
from tests.contract.rest.edge import RUN, Edge, running_edge

PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
}
GET_BACKTEST = "/aurelius.engine.v1.BacktestService/GetBacktest"


@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://127.0.0.1", "https://[::1]:1"])
def test_a_page_of_this_machine_may_call(edge: Edge, origin: str) -> None:
    preflight = edge.client.options("/v1/runs", headers=PREFLIGHT | {"origin": origin})
    answer = edge.get("/v1/runs", headers=edge.bearer() | {"origin": origin})
    refusal = edge.get("/v1/runs", headers={"origin": origin})

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == origin
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    for response in (answer, refusal):
        assert response.headers["access-control-allow-origin"] == origin
        assert "x-request-id" in response.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://localhost.evil.example", "http://localhost:1@evil"]
)
def test_a_page_of_elsewhere_may_not(edge: Edge, origin: str) -> None:
    preflight = edge.client.options("/v1/runs", headers=PREFLIGHT | {"origin": origin})
    answer = edge.get("/v1/runs", headers=edge.bearer() | {"origin": origin})

    assert preflight.status_code >= 400
    assert "access-control-allow-origin" not in preflight.headers
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_of_an_origin_that_the_operator_names_may(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    settings = EdgeSettings(cors_origins=("https://desk.example",))
    with running_edge(tmp_path_factory.mktemp("cors"), settings=settings) as edge:
        named = edge.client.options(
            "/v1/runs", headers=PREFLIGHT | {"origin": "https://desk.example"}
        )
        similar = edge.client.options(
            "/v1/runs", headers=PREFLIGHT | {"origin": "https://desk.example.evil"}
        )

    assert named.headers["access-control-allow-origin"] == "https://desk.example"
    assert "access-control-allow-origin" not in similar.headers


def _frames(body: bytes) -> list[tuple[int, bytes]]:
    frames = []
    while body:
        flag, size = struct.unpack(">BI", body[:5])
        frames.append((flag, body[5 : 5 + size]))
        body = body[5 + size :]
    return frames


def test_grpc_web_over_http_1_gets_message_and_status(edge: Edge) -> None:
    request = backtest_service_pb2.GetBacktestRequest(name=RUN).SerializeToString()

    response = edge.client.post(
        GET_BACKTEST,
        headers=edge.bearer() | {"content-type": "application/grpc-web+proto", "x-grpc-web": "1"},
        content=struct.pack(">BI", 0, len(request)) + request,
    )

    (data_flag, message), (trailer_flag, trailers) = _frames(response.content)
    assert response.http_version == "HTTP/1.1"
    assert response.headers["content-type"] == "application/grpc-web+proto"
    assert (data_flag, trailer_flag) == (0, 0x80)
    assert backtest_pb2.Backtest.FromString(message).name == RUN
    assert b"grpc-status:0" in trailers


def test_grpc_web_without_a_token_gets_the_status_that_grpc_gets(edge: Edge) -> None:
    response = edge.client.post(
        GET_BACKTEST,
        headers={"content-type": "application/grpc-web+proto", "x-grpc-web": "1"},
        content=struct.pack(">BI", 0, 0),
    )

    assert response.headers["grpc-status"] == "16"
    assert response.headers["grpc-message"] == "the call needs a valid bearer token: there is none"
    assert response.headers["grpc-status-details-bin"]
