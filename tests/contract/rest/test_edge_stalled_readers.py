"""Callers who stop reading: others have room, and a transfer that stands still is cut."""

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import grpc
import httpx
import pytest

from aurelius.engine.v1 import artifact_service_pb2, backtest_pb2, backtest_service_pb2
from aurelius_chassis.server import ServerOptions
from aurelius_client.suite.edge_settings import EdgeSettings
from tests.contract.rest import raw_http
from tests.contract.rest.edge import MIB, RUN, WAIT_SECONDS, Edge, running_edge

SLOTS = ServerOptions(service="engine", listen="").max_streams
READ = f"/v1/{RUN}/artifacts/fills:read"
PIECE = artifact_service_pb2.ReadArtifactResponse(data=b"x" * MIB)


@dataclass
class Endless:
    """A table without end; each reader is counted when it comes and when it is let go."""

    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    ended: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    pieces: Iterator[int] = field(default_factory=itertools.count)
    sent: int = 0

    def read(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        context.add_callback(self.ended.release)
        self.begun.release()
        while True:
            self.sent = next(self.pieces)
            yield PIECE


def _stalled(edge: Edge) -> int:
    """Returns how many streams Envoy has stopped reading, since nobody reads them from it."""
    url = f"http://127.0.0.1:{edge.place.ports['admin']}/stats"
    stats = httpx.get(f"{url}?filter=upstream_flow_control_paused_reading_total&format=json")
    return sum(stat.get("value", 0) for stat in stats.json()["stats"])


def _all(semaphore: threading.Semaphore, count: int) -> bool:
    return all(semaphore.acquire(timeout=WAIT_SECONDS) for _ in range(count))


def _calls_until_nothing_moves(edge: Edge, table: Endless) -> list[int]:
    """Calls until the server could send no piece to anybody during many calls."""
    sent, same, statuses = -1, 0, []
    while same < 50:
        statuses.append(edge.get("/v1/runs").status_code)
        same = same + 1 if table.sent == sent else 0
        sent = table.sent
    return statuses


def _read_nothing(edge: Edge, stack: ExitStack) -> socket.socket:
    """Asks for the table over a socket of its own and never reads."""
    connection = stack.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", edge.port))
    raw_http.send_get(connection, READ, edge.bearer())
    return connection


def _read_nothing_of_grpc(edge: Edge) -> Any:
    read = edge.channel.unary_stream(
        "/aurelius.engine.v1.ArtifactService/ReadArtifact",
        request_serializer=artifact_service_pb2.ReadArtifactRequest.SerializeToString,
        response_deserializer=artifact_service_pb2.ReadArtifactResponse.FromString,
    )
    request = artifact_service_pb2.ReadArtifactRequest(name=f"{RUN}/artifacts/fills")
    return read(request, metadata=tuple(edge.bearer().items()))


@pytest.fixture
def own_edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    # Nobody is cut while a call still waits.
    settings = EdgeSettings(transfer_idle_seconds=20 * WAIT_SECONDS)
    with running_edge(tmp_path_factory.mktemp("stalled"), settings=settings) as edge:
        yield edge


def test_others_have_their_calls_while_many_readers_have_stopped(own_edge: Edge) -> None:
    edge, table, readers = own_edge, Endless(), SLOTS - 2
    edge.engine.read = table.read
    large = "x" * MIB
    edge.engine.get = lambda request, context: backtest_pb2.Backtest(
        name=request.name, creator=large
    )
    request = backtest_service_pb2.GetBacktestRequest(name=RUN)
    watching = backtest_service_pb2.WatchBacktestRequest(name=RUN)
    metadata = tuple(edge.bearer().items())
    with ExitStack() as stack:
        for _ in range(readers):
            _read_nothing(edge, stack)
        assert _all(table.begun, readers)
        edge.until(lambda: _stalled(edge) >= readers)
        statuses = _calls_until_nothing_moves(edge, table)

        rest = [edge.get(f"/v1/{RUN}").json()["creator"] == large for _ in range(10)]
        native = [
            edge.backtests.GetBacktest(request, metadata=metadata, timeout=WAIT_SECONDS).name
            for _ in range(10)
        ]
        watched = list(
            edge.backtests.WatchBacktest(watching, metadata=metadata, timeout=WAIT_SECONDS)
        )
        moving = edge.client.stream("GET", READ, headers=edge.bearer())
        with moving as response:
            arrived = next(response.iter_bytes(MIB))
        healthy = edge.client.get("/healthz").status_code

    assert set(statuses) == {200}
    assert rest == [True] * 10
    assert native == [RUN] * 10
    assert len(watched) == 2
    assert len(arrived) == MIB
    assert healthy == 200


def test_a_reader_who_stops_is_cut_and_a_watch_that_is_silent_is_not(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    table, readers, told = Endless(), SLOTS - 1, threading.Event()

    def watch(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        yield backtest_service_pb2.WatchBacktestResponse(
            backtest=backtest_pb2.Backtest(name=request.name)
        )
        assert told.wait(WAIT_SECONDS)
        yield backtest_service_pb2.WatchBacktestResponse(
            backtest=backtest_pb2.Backtest(state=backtest_pb2.Backtest.STATE_SEALED)
        )

    settings = EdgeSettings(transfer_idle_seconds=0.5)
    with (
        running_edge(tmp_path_factory.mktemp("cut"), settings=settings) as edge,
        ExitStack() as stack,
    ):
        edge.engine.watch, edge.engine.read = watch, table.read
        watching = edge.backtests.WatchBacktest(
            backtest_service_pb2.WatchBacktestRequest(name=RUN),
            metadata=tuple(edge.bearer().items()),
        )
        first = next(watching)
        unread = [_read_nothing_of_grpc(edge) for _ in range(4)]
        for _ in range(readers - len(unread)):
            _read_nothing(edge, stack)

        assert _all(table.begun, readers)
        assert _all(table.ended, readers)
        edge.engine.read = lambda request, context: iter([PIECE])
        edge.until(lambda: edge.get(READ).status_code == 200)
        told.set()
        rest = list(watching)

    assert first.backtest.name == RUN
    assert [message.backtest.state for message in rest] == [backtest_pb2.Backtest.STATE_SEALED]
    assert all(call.code() is not grpc.StatusCode.OK for call in unread)
