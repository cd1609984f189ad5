"""A real Envoy with the rendered configuration, before doubles that a test steers."""

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import grpc
import httpx
import structlog
from google.api import httpbody_pb2
from grpc import StatusCode

from aurelius.engine.v1 import (
    artifact_service_pb2_grpc,
    backtest_pb2,
    backtest_service_pb2,
    backtest_service_pb2_grpc,
    dataset_service_pb2,
    dataset_service_pb2_grpc,
)
from aurelius.gateway.v1 import auth_service_pb2, auth_service_pb2_grpc
from aurelius.governance.v1 import ledger_pb2, ledger_service_pb2_grpc
from aurelius_chassis import telemetry
from aurelius_chassis.errors import ErrorTable, WireError
from aurelius_chassis.jwks import Authenticator, KeySource
from aurelius_chassis.server import Mounted, Server, ServerOptions, build_server
from aurelius_client.suite import readiness
from aurelius_client.suite.child import Child, Event
from aurelius_client.suite.edge_settings import EdgeSettings
from aurelius_client.suite.envoy_config import local_descriptors, render
from aurelius_client.suite.ports import free_ports
from aurelius_client.suite.processes import envoy_program
from aurelius_client.suite.topology import ENVOY, SERVICES, Place, envoy_arguments
from tests.contract.chassis.tokens import Issuer

RUN = "runs/r" + "a" * 26
WAIT_SECONDS = 30.0
MIB = 1024 * 1024
Handler = Callable[[Any, grpc.ServicerContext], Any]


class Refused(Exception):
    """A refusal of a double."""

    def __init__(self, found: str) -> None:
        super().__init__(f"{found} is refused")
        self.found, self.allowed = found, "another"


ERRORS = ErrorTable(
    "double.aurelius.dev",
    {Refused: WireError(StatusCode.NOT_FOUND, "ERROR_REASON_RUN_NOT_FOUND")},
)


def _two_states(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
    for state in (backtest_pb2.Backtest.STATE_RUNNING, backtest_pb2.Backtest.STATE_SEALED):
        backtest = backtest_pb2.Backtest(name=request.name, state=state)
        yield backtest_service_pb2.WatchBacktestResponse(backtest=backtest)


@dataclass
class EngineDouble(
    backtest_service_pb2_grpc.BacktestServiceServicer,
    dataset_service_pb2_grpc.DatasetServiceServicer,
    artifact_service_pb2_grpc.ArtifactServiceServicer,
):
    """Handlers that a test may replace."""

    get: Handler = lambda request, context: backtest_pb2.Backtest(name=request.name)
    watch: Handler = _two_states
    download: Handler = lambda request, context: iter(())
    read: Handler = lambda request, context: iter(())

    def GetBacktest(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self.get(request, context)

    def ListBacktests(self, request: Any, context: grpc.ServicerContext) -> Any:
        return backtest_service_pb2.ListBacktestsResponse(next_page_token=request.page_token)

    def CancelBacktest(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self.get(request, context)

    def CompareBacktests(self, request: Any, context: grpc.ServicerContext) -> Any:
        response = backtest_service_pb2.CompareBacktestsResponse()
        response.identity_changes.add(path="name", left=request.name, right=request.other)
        return response

    def WatchBacktest(self, request: Any, context: grpc.ServicerContext) -> Any:
        yield from self.watch(request, context)

    def AppendDatasetUpload(self, request: Any, context: grpc.ServicerContext) -> Any:
        return dataset_service_pb2.DatasetUpload(
            name=request.name, size_bytes=len(request.chunk.data), received_bytes=request.offset
        )

    def DownloadArtifact(self, request: Any, context: grpc.ServicerContext) -> Any:
        yield from self.download(request, context)

    def ReadArtifact(self, request: Any, context: grpc.ServicerContext) -> Any:
        yield from self.read(request, context)


@dataclass
class GatewayDouble(auth_service_pb2_grpc.AuthServiceServicer):
    """Publishes the keys of whatever issuer is its present one."""

    issuer: Issuer = field(default_factory=Issuer)

    def GetJsonWebKeySet(self, request: Any, context: grpc.ServicerContext) -> Any:
        return httpbody_pb2.HttpBody(content_type="application/json", data=self.issuer.key_set())

    def Login(self, request: Any, context: grpc.ServicerContext) -> Any:
        return auth_service_pb2.AccessToken(user=f"users/{request.user_id}")


class GovernanceDouble(ledger_service_pb2_grpc.LedgerServiceServicer):
    """Answers with what it was asked for."""

    def GetLedgerEntry(self, request: Any, context: grpc.ServicerContext) -> Any:
        return ledger_pb2.LedgerEntry(name=request.name)


@dataclass
class Edge:
    """Envoy at work, and the doubles behind it."""

    place: Place
    engine: EngineDouble
    gateway: GatewayDouble
    servers: dict[str, Server]
    log: Path
    client: httpx.Client
    channel: grpc.Channel
    backtests: Any

    @property
    def port(self) -> int:
        return self.place.ports[ENVOY]

    def bearer(self, *roles: str, **claims: Any) -> dict[str, str]:
        """Returns the header of a token."""
        return dict(self.gateway.issuer.bearer("rita", *roles, **claims))

    def get(self, path: str, **request: Any) -> httpx.Response:
        """Sends a GET, with a good token unless `headers` say otherwise."""
        request.setdefault("headers", self.bearer())
        return self.client.get(path, **request)

    def start(self, name: str) -> None:
        """Starts the double of a service at its port."""
        server = build_server(
            _mounted(name, self),
            options=ServerOptions(
                service=name, listen=self.place.target(name), drain_seconds=0.0, grace_seconds=0.0
            ),
            errors=ERRORS,
            authenticator=Authenticator(KeySource(lambda: self.gateway.issuer.key_set())),
        )
        server.start()
        self.servers[name] = server

    def stop(self, name: str) -> None:
        """Stops the double of a service."""
        self.servers.pop(name).stop(0)

    def until(self, holds: Callable[[], bool]) -> None:
        """Asks again until a condition holds, which takes Envoy a health check or a fetch."""
        deadline = time.monotonic() + WAIT_SECONDS
        pause = threading.Event()
        while not holds():
            assert time.monotonic() < deadline, self.log.read_text()[-4000:]
            pause.wait(0.05)


def _mounted(name: str, edge: Edge) -> list[Mounted]:
    engine = edge.engine
    by_service = {
        "engine": [
            ("engine.v1.BacktestService", backtest_service_pb2_grpc, engine),
            ("engine.v1.DatasetService", dataset_service_pb2_grpc, engine),
            ("engine.v1.ArtifactService", artifact_service_pb2_grpc, engine),
        ],
        "gateway": [("gateway.v1.AuthService", auth_service_pb2_grpc, edge.gateway)],
        "governance": [
            ("governance.v1.LedgerService", ledger_service_pb2_grpc, GovernanceDouble())
        ],
    }
    return [
        Mounted(
            f"aurelius.{service}",
            getattr(module, f"add_{service.rpartition('.')[2]}Servicer_to_server"),
            servicer,
        )
        for service, module, servicer in by_service[name]
    ]


@contextmanager
def envoy(folder: Path, place: Place, settings: EdgeSettings) -> Iterator[Child]:
    """Runs Envoy until the block ends."""
    config = folder / "envoy.yaml"
    config.write_text(render(place, settings, descriptors=local_descriptors()))
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    with (folder / "lock").open("w") as hold:
        child = Child(
            ENVOY,
            [envoy_program(), *envoy_arguments(str(config))],
            environment=os.environ,
            log=folder / "envoy.log",
            events=events,
            hold=hold.fileno(),
        )
        try:
            yield child
        finally:
            child.ask_to_stop()
            child.wait(10)


@contextmanager
def running_edge(
    folder: Path,
    *,
    settings: EdgeSettings | None = None,
    services: tuple[str, ...] = tuple(service.name for service in SERVICES),
) -> Iterator[Edge]:
    """Runs Envoy before doubles of the services named, and waits for those to be seen."""
    ports = free_ports([ENVOY, "admin", *(service.name for service in SERVICES)])
    place = Place(home=PurePosixPath(folder), ports=ports)
    with ExitStack() as stack:
        telemetry.configure_logs("double", stack.enter_context((folder / "doubles.log").open("ab")))
        stack.callback(structlog.reset_defaults)
        client = stack.enter_context(
            httpx.Client(base_url=f"http://{place.target(ENVOY)}", timeout=WAIT_SECONDS)
        )
        channel = stack.enter_context(
            grpc.insecure_channel(
                place.target(ENVOY), [("grpc.max_receive_message_length", 16 * MIB)]
            )
        )
        edge = Edge(
            place=place,
            engine=EngineDouble(),
            gateway=GatewayDouble(),
            servers={},
            log=folder / "envoy.log",
            client=client,
            channel=channel,
            backtests=backtest_service_pb2_grpc.BacktestServiceStub(channel),
        )
        stack.callback(lambda: [edge.stop(name) for name in list(edge.servers)])
        for name in services:
            edge.start(name)
        stack.enter_context(envoy(folder, place, settings or EdgeSettings()))
        edge.until(lambda: readiness.runs(place.ports["admin"]))
        if len(services) == len(SERVICES):
            edge.until(lambda: readiness.edge_serves(edge.port, place.ports["admin"]))
        yield edge
