"""A threaded gRPC server with health, reflection and a drain."""

import contextlib
import queue
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from opentelemetry.sdk.trace import TracerProvider

from aurelius_chassis import telemetry
from aurelius_chassis.descriptors import method_policies
from aurelius_chassis.errors import ErrorTable
from aurelius_chassis.interceptor import Pipeline, PolicyInterceptor
from aurelius_chassis.jwks import Authenticator
from aurelius_chassis.sql import Database
from aurelius_chassis.strict_json import UnknownField

# A chunk of an upload is at most 4 MiB; a message has room for it and its frame.
MESSAGE_LIMIT_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """How a server listens and how much it takes on. `listen` is `host:port`, port 0 is free.

    `max_calls` is how many calls may be at work or wait for a worker; one more is refused.
    """

    service: str
    listen: str
    max_workers: int = 32
    max_streams: int = 24
    max_calls: int = 1000
    drain_seconds: float = 1.0
    grace_seconds: float = 10.0
    metrics_listen: str | None = None
    otlp_target: str | None = None

    def __post_init__(self) -> None:
        """Keeps streams below the pool, so that watchers never starve unary calls."""
        if not 0 < self.max_streams < self.max_workers:
            raise ValueError(f"max_streams {self.max_streams}, allowed 1..{self.max_workers - 1}")


@dataclass(frozen=True, slots=True)
class Mounted:
    """A servicer: its full name, the generated function that adds it, and itself."""

    name: str
    add: Callable[[Any, grpc.Server], None]
    servicer: object


class Server:
    """A server that was built but not started. `metrics_port` is 0 without metrics."""

    def __init__(
        self,
        server: grpc.Server,
        port: int,
        options: ServerOptions,
        *,
        services: Sequence[str],
        metrics: telemetry.Metrics,
        provider: TracerProvider,
    ) -> None:
        """Takes a bound server, and what stops with it."""
        self._server, self.port, self._options = server, port, options
        self._services, self.metrics, self._provider = services, metrics, provider
        self._health = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        self._stopping = threading.Lock()
        self._hurry = threading.Event()
        self.refusing = threading.Event()  # set once new calls are refused
        self._stopped = threading.Event()
        listen = options.metrics_listen
        self.metrics_port = metrics.serve(listen) if listen else 0

    def start(self) -> None:
        """Answers calls, and says so to health checks: for each service, and for `` last."""
        self._server.start()
        for name in (*self._services, ""):
            self._health.set(name, health_pb2.HealthCheckResponse.SERVING)

    def stop(self, grace_seconds: float | None = None) -> None:
        """Says NOT_SERVING, waits for health checks to see it, then lets calls finish."""
        with self._stopping:
            if self._stopped.is_set():
                return
            self._health.enter_graceful_shutdown()
            self._hurry.wait(self._options.drain_seconds)
            grace = self._options.grace_seconds if grace_seconds is None else grace_seconds
            ended = self._server.stop(grace)
            self.refusing.set()
            ended.wait()
            self.metrics.close()
            self._provider.shutdown()
            self._stopped.set()

    def hurry(self) -> None:
        """Ends the wait for health checks; calls still have their grace."""
        self._hurry.set()

    def run_until_signal(self) -> None:
        """Starts, and stops at SIGTERM or SIGINT; a second one makes it hurry."""
        asked: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        for number in (signal.SIGTERM, signal.SIGINT):
            # Handlers may interrupt each other anywhere, so this one takes no lock and runs
            # no Python: it puts the number; what else a handler is given, `put` ignores.
            signal.signal(number, asked.put)  # type: ignore[arg-type]
        self.start()
        asked.get()
        with ThreadPoolExecutor(1, thread_name_prefix="stop") as stopper:
            stopped = stopper.submit(self.stop)
            stopped.add_done_callback(lambda _: asked.put(None))
            while asked.get() is not None:
                self.hurry()
        for number in (signal.SIGTERM, signal.SIGINT):
            # A late one must not end in Python's own end, which takes handlers away.
            signal.signal(number, signal.SIG_IGN)
        stopped.result()


def build_server(
    services: Sequence[Mounted],
    *,
    options: ServerOptions,
    errors: ErrorTable,
    authenticator: Authenticator,
    database: Database | None = None,
    unknown_field: UnknownField | None = None,
    provider: TracerProvider | None = None,
) -> Server:
    """Builds and binds a server.

    Args:
        services: What it serves; every RPC of each must declare its policy.
        options: Addresses and limits.
        errors: The service's table.
        authenticator: Checks tokens.
        database: Where request ids are remembered; without one they are not.
        unknown_field: May name a refusal of its own for an unknown field of a JSON body.
        provider: Makes spans; by default one that exports to `options.otlp_target`.

    Raises:
        PolicyMissing: An RPC of the services lacks one of its options.
        OSError: The address cannot be bound.
    """
    metrics = telemetry.Metrics()
    provider = provider or telemetry.tracer_provider(options.service, options.otlp_target)
    pipeline = Pipeline(
        policies=method_policies(mounted.name for mounted in services),
        errors=errors,
        authenticator=authenticator,
        metrics=metrics,
        tracer=provider.get_tracer("aurelius"),
        database=database,
        unknown_field=unknown_field,
        max_streams=options.max_streams,
    )
    server = grpc.server(
        ThreadPoolExecutor(options.max_workers, thread_name_prefix="rpc"),
        interceptors=[PolicyInterceptor(pipeline)],
        options=[
            ("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES),
            ("grpc.max_send_message_length", MESSAGE_LIMIT_BYTES),
            ("grpc.keepalive_time_ms", 60_000),
            ("grpc.keepalive_timeout_ms", 20_000),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
            ("grpc.so_reuseport", 0),
        ],
        maximum_concurrent_rpcs=options.max_calls,
    )
    for mounted in services:
        mounted.add(mounted.servicer, server)
    names = [mounted.name for mounted in services]
    reflection.enable_server_reflection(
        [*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server
    )
    _require_free(options.listen)
    port = 0
    with contextlib.suppress(RuntimeError):
        port = server.add_insecure_port(options.listen)
    if port == 0:
        raise OSError(f"{options.listen} cannot be bound")
    return Server(server, port, options, services=names, metrics=metrics, provider=provider)


def _require_free(listen: str) -> None:
    """Tries the address before gRPC does, which would write lines of its own about it.

    Raises:
        OSError: It is no address, or cannot be bound.
    """
    host, _, port = listen.rpartition(":")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        raise OSError(f"{listen} cannot be bound: {error}") from error
