"""A server in this process that speaks the contract and fails where it is told to."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message
from grpc_status import rpc_status

from aurelius_chassis.errors import FieldViolation, status

SERVICES = (
    "aurelius.engine.v1.DatasetService",
    "aurelius.engine.v1.BacktestService",
    "aurelius.engine.v1.ArtifactService",
    "aurelius.engine.v1.ReplayService",
    "aurelius.engine.v1.HoldoutService",
    "aurelius.gateway.v1.AuthService",
    "aurelius.gateway.v1.UserService",
    "aurelius.gateway.v1.StrategyService",
    "aurelius.governance.v1.PromotionService",
)
Handler = Callable[[Any, grpc.ServicerContext], Any]


class Refuse(Exception):
    """What a handler raises to be refused."""

    def __init__(
        self,
        code: grpc.StatusCode,
        reason: str,
        message: str = "refused",
        *,
        domain: str = "engine.aurelius.dev",
        violations: tuple[FieldViolation, ...] = (),
        more: tuple[Message, ...] = (),
        **facts: object,
    ) -> None:
        super().__init__(message)
        self.status = status(
            code, reason, message, domain=domain, facts=facts, violations=violations, more=more
        )


UNAVAILABLE = Refuse(grpc.StatusCode.UNAVAILABLE, "ERROR_REASON_ENGINE_BUSY", "busy")


class ServerDouble(grpc.GenericRpcHandler):
    """Answers by handlers. `calls` has every attempt: the RPC, its request and its metadata.

    `lose_answers` is how many answers of an RPC are lost after its work was done;
    `cut` is how many streams of an RPC are cut after one message.
    """

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self.handlers = dict(handlers)
        self.calls: list[tuple[str, Any, dict[str, str]]] = []
        self.lose_answers: dict[str, int] = {}
        self.cut: dict[str, int] = {}
        self.tamper: dict[str, Callable[[Any], None]] = {}
        self._lock = threading.Lock()
        self._methods = {
            f"/{service}/{method.name}": method
            for service in SERVICES
            for method in descriptor_pool.Default().FindServiceByName(service).methods
        }
        self._server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers((self,))
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.stop(0).wait()

    def requests(self, name: str) -> list[Any]:
        return [request for called, request, _ in self.calls if called == name]

    def metadata(self, name: str) -> list[dict[str, str]]:
        return [metadata for called, _, metadata in self.calls if called == name]

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        method = self._methods.get(details.method)
        if method is None or method.name not in self.handlers:
            return None
        kinds: dict[str, Any] = {
            "request_deserializer": message_factory.GetMessageClass(method.input_type).FromString,
            "response_serializer": lambda message: message.SerializeToString(),
        }
        if method.server_streaming:
            message_type = message_factory.GetMessageClass(method.output_type)
            stream = self._stream(method.name, message_type)
            return grpc.unary_stream_rpc_method_handler(stream, **kinds)
        return grpc.unary_unary_rpc_method_handler(self._unary(method.name), **kinds)

    def _enter(self, name: str, request: Any, context: grpc.ServicerContext) -> None:
        metadata = {key: str(value) for key, value in context.invocation_metadata() or ()}
        with self._lock:
            self.calls.append((name, request, metadata))
        if "x-request-id" in metadata:  # the SDK always sends one
            context.send_initial_metadata((("x-request-id", metadata["x-request-id"]),))

    def _spend(self, budget: dict[str, int], name: str) -> bool:
        with self._lock:
            left = budget.get(name, 0)
            budget[name] = max(0, left - 1)
            return left > 0

    def _unary(self, name: str) -> Handler:
        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            self._enter(name, request, context)
            try:
                message = self.handlers[name](request, context)
                if self._spend(self.lose_answers, name):
                    raise UNAVAILABLE
            except Refuse as refusal:
                context.abort_with_status(rpc_status.to_status(refusal.status))
            if name in self.tamper:
                self.tamper[name](message)
            return message

        return answer

    def _stream(self, name: str, message_type: type[Any]) -> Handler:
        """Fails midway as the servers do: by a last message, if it has room, and the status."""

        def answer(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            self._enter(name, request, context)
            count = 0
            try:
                for count, message in enumerate(self.handlers[name](request, context), start=1):
                    if name in self.tamper:
                        self.tamper[name](message)
                    yield message
                    if count == 1 and self._spend(self.cut, name):
                        raise UNAVAILABLE
            except Refuse as refusal:
                if count and "error" in message_type.DESCRIPTOR.fields_by_name:
                    yield message_type(error=refusal.status)
                context.abort_with_status(rpc_status.to_status(refusal.status))

        return answer
