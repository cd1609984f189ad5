"""A server of the chassis around two services of the contract, whose handlers a test chooses."""

import json
import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import structlog
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode
from grpc_status import rpc_status
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from aurelius.engine.v1 import (
    backtest_pb2,
    backtest_service_pb2,
    backtest_service_pb2_grpc,
)
from aurelius.governance.v1 import (
    promotion_pb2,
    promotion_service_pb2,
    promotion_service_pb2_grpc,
)
from aurelius_chassis import request_log, telemetry
from aurelius_chassis.errors import ErrorTable, WireError
from aurelius_chassis.jwks import Authenticator, KeySource
from aurelius_chassis.server import Mounted, Server, ServerOptions, build_server
from aurelius_chassis.sql import Database
from tests.contract.chassis.tokens import ALL_ROLES, Issuer

RUN = "runs/r" + "a" * 26
WAIT_SECONDS = 30.0
ISSUER = Issuer()
BACKTESTS, PROMOTIONS = (
    "aurelius.engine.v1.BacktestService",
    "aurelius.governance.v1.PromotionService",
)
GET, WATCH = f"/{BACKTESTS}/GetBacktest", f"/{BACKTESTS}/WatchBacktest"
CREATE = f"/{PROMOTIONS}/CreatePromotion"


class Refused(Exception):
    """A refusal of the double's own table."""

    def __init__(self, found: str) -> None:
        super().__init__(f"{found} is refused")
        self.found, self.allowed = found, "another"


class RefusedToo(Refused):
    """A kind of it, which has the same wire error."""


ERRORS = ErrorTable(
    "double.aurelius.dev", {Refused: WireError(StatusCode.FAILED_PRECONDITION, "REFUSED")}
)


class LogLines:
    """A stream of log lines that a test can wait for."""

    def __init__(self) -> None:
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()

    def write(self, line: bytes) -> None:
        self._lines.put(json.loads(line))

    def flush(self) -> None:
        pass

    def next(self) -> dict[str, Any]:
        return self._lines.get(timeout=WAIT_SECONDS)

    def empty(self) -> bool:
        return self._lines.empty()


Handler = Callable[[Any, grpc.ServicerContext], Any]


@dataclass
class Double(
    backtest_service_pb2_grpc.BacktestServiceServicer,
    promotion_service_pb2_grpc.PromotionServiceServicer,
):
    """Handlers that a test may replace; each call of one is counted."""

    get: Handler = lambda request, context: backtest_pb2.Backtest(name=request.name)
    watch: Handler = lambda request, context: iter(
        [backtest_service_pb2.WatchBacktestResponse(backtest=backtest_pb2.Backtest(name=RUN))]
    )
    create: Handler = lambda request, context: promotion_pb2.Promotion(
        run=request.run, justification=request.justification
    )
    handled: list[Message] = field(default_factory=list)

    def GetBacktest(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.handled.append(request)
        return self.get(request, context)

    def WatchBacktest(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.handled.append(request)
        yield from self.watch(request, context)

    def CreatePromotion(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.handled.append(request)
        return self.create(request, context)


@dataclass(frozen=True)
class Running:
    """A server at work, and what it shows of itself."""

    server: Server
    double: Double
    channel: grpc.Channel
    lines: LogLines
    spans: InMemorySpanExporter
    backtests: Any
    promotions: Any

    def get(self, name: str = RUN, **call: Any) -> Any:
        """Calls GetBacktest with a good token unless `metadata` says otherwise."""
        call.setdefault("metadata", ISSUER.bearer())
        request = backtest_service_pb2.GetBacktestRequest(name=name)
        return self.backtests.GetBacktest(request, timeout=WAIT_SECONDS, **call)

    def get_request(self) -> Any:
        """Returns a good request of GetBacktest."""
        return backtest_service_pb2.GetBacktestRequest(name=RUN)

    def watch(self, **call: Any) -> Any:
        call.setdefault("metadata", ISSUER.bearer())
        request = backtest_service_pb2.WatchBacktestRequest(name=RUN)
        return self.backtests.WatchBacktest(request, timeout=WAIT_SECONDS, **call)

    def create(self, **fields: Any) -> Any:
        given: dict[str, Any] = {
            "run": RUN,
            "target_stage": promotion_pb2.Promotion.STAGE_CANDIDATE,
            "justification": "it works",
        }
        request = promotion_service_pb2.CreatePromotionRequest(**(given | fields))
        return self.send(request)

    def send(self, request: Any) -> Any:
        """Calls CreatePromotion with the request as it is."""
        return self.promotions.CreatePromotion(
            request, timeout=WAIT_SECONDS, metadata=ISSUER.bearer("rita", *ALL_ROLES)
        )

    def count(self, method: str, code: str) -> float:
        """Returns how many calls the metrics counted."""
        labels = {"method": method, "code": code}
        return self.server.metrics.registry.get_sample_value("aurelius_rpc_total", labels) or 0.0


@contextmanager
def running(
    double: Double | None = None,
    *,
    database: Path | None = None,
    fetch_keys: Callable[[], bytes] = ISSUER.key_set,
    **options: Any,
) -> Iterator[Running]:
    """Serves a double on loopback; `options` are those of ServerOptions."""
    double = double or Double()
    lines, spans = LogLines(), InMemorySpanExporter()
    telemetry.configure_logs("double", lines)  # type: ignore[arg-type]  # as much of a stream as is used
    provider = None
    if "otlp_target" not in options:
        provider = TracerProvider(shutdown_on_exit=False, id_generator=telemetry.SystemIds())
        provider.add_span_processor(SimpleSpanProcessor(spans))
    sql = None
    if database is not None:
        sql = Database.open(f"sqlite:///{database}")
        request_log.METADATA.create_all(sql.engine)
    chosen = {"service": "double", "listen": "127.0.0.1:0", "drain_seconds": 0.0} | options
    server = build_server(
        [
            Mounted(
                BACKTESTS, backtest_service_pb2_grpc.add_BacktestServiceServicer_to_server, double
            ),
            Mounted(
                PROMOTIONS,
                promotion_service_pb2_grpc.add_PromotionServiceServicer_to_server,
                double,
            ),
        ],
        options=ServerOptions(**chosen),
        errors=ERRORS,
        authenticator=Authenticator(KeySource(fetch_keys)),
        database=sql,
        provider=provider,
    )
    server.start()
    channel = grpc.insecure_channel(f"127.0.0.1:{server.port}")
    try:
        yield Running(
            server,
            double,
            channel,
            lines,
            spans,
            backtest_service_pb2_grpc.BacktestServiceStub(channel),
            promotion_service_pb2_grpc.PromotionServiceStub(channel),
        )
    finally:
        channel.close()
        server.stop(0)
        if sql is not None:
            sql.close()
        structlog.reset_defaults()


def status_of(error: grpc.RpcError) -> status_pb2.Status:
    found = rpc_status.from_call(error)  # type: ignore[arg-type]  # the stubs' errors are calls
    assert found is not None, error
    return found


def detail(error: grpc.RpcError, kind: Any) -> Any:
    """Returns the detail of that type, which the status must have."""
    for packed in status_of(error).details:
        if packed.Is(kind.DESCRIPTOR):
            unpacked = kind()
            packed.Unpack(unpacked)
            return unpacked
    raise AssertionError(f"no {kind.__name__} in {error}")


def info(error: grpc.RpcError) -> Any:
    """Returns the ErrorInfo."""
    return detail(error, error_details_pb2.ErrorInfo)


def violations(error: grpc.RpcError) -> dict[str, str]:
    """Returns what BadRequest says of each field."""
    bad = detail(error, error_details_pb2.BadRequest)
    return {item.field: item.description for item in bad.field_violations}
