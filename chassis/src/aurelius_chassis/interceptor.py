"""The one path that every call takes, in this order.

request id and deadline, who is asking and whether they may, the body, the rules
of the contract, an answer given before, the handler; and on the way out one
table of errors, one log line, one count and one span.
"""

import contextvars
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
import structlog
from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc import StatusCode
from grpc_status import rpc_status
from opentelemetry.trace import Tracer

from aurelius_chassis import request_log, telemetry
from aurelius_chassis.caller import Caller, enter_request
from aurelius_chassis.descriptors import MethodPolicy
from aurelius_chassis.errors import SHARED_DOMAIN, ErrorTable, RequestRefused, status
from aurelius_chassis.jwks import Authenticator
from aurelius_chassis.sql import Database
from aurelius_chassis.strict_json import UnknownField, merge_body
from aurelius_chassis.validation import refuse_invalid

_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,128}$")
_CODES: Mapping[int, StatusCode] = {code.value[0]: code for code in StatusCode}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """What the interceptor works with."""

    policies: Mapping[str, MethodPolicy]
    errors: ErrorTable
    authenticator: Authenticator
    metrics: telemetry.Metrics
    tracer: Tracer
    database: Database | None
    unknown_field: UnknownField | None
    max_streams: int


class PolicyInterceptor(grpc.ServerInterceptor):
    """Applies the pipeline to every RPC that the contract describes."""

    def __init__(self, pipeline: Pipeline) -> None:
        """Takes all that the calls need."""
        self._p = pipeline
        self._streams = threading.BoundedSemaphore(pipeline.max_streams)

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Any],
        details: grpc.HandlerCallDetails,
    ) -> Any:
        """Wraps the handler; health and reflection, which the contract omits, pass."""
        handler = continuation(details)
        policy = self._p.policies.get(details.method)
        if handler is None or policy is None:
            return handler
        kinds = {
            "request_deserializer": handler.request_deserializer,
            "response_serializer": handler.response_serializer,
        }
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                self._stream(policy, handler.unary_stream), **kinds
            )
        return grpc.unary_unary_rpc_method_handler(
            self._unary(policy, handler.unary_unary), **kinds
        )

    def _unary(
        self, policy: MethodPolicy, handler: Callable[..., Message]
    ) -> Callable[[Message, grpc.ServicerContext], Message]:
        def call(request: Message, context: grpc.ServicerContext) -> Message:
            with _Call(self._p, policy, context) as current:
                answer = current.prepare(request)
                return handler(request, context) if answer is None else answer
            raise AssertionError("a call ends with an answer or an error")

        return call

    def _stream(
        self, policy: MethodPolicy, handler: Callable[..., Iterator[Message]]
    ) -> Callable[[Message, grpc.ServicerContext], Iterator[Message]]:
        def call(request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
            # The server may resume a generator on another thread, so the context goes along.
            variables = contextvars.copy_context()
            current = _Call(self._p, policy, context)
            messages = self._messages(current, handler, request, context)
            ended = object()
            while True:
                message = variables.run(next, messages, ended)
                if message is ended:
                    return
                yield message  # type: ignore[misc]

        return call

    def _messages(
        self,
        current: "_Call",
        handler: Callable[..., Iterator[Message]],
        request: Message,
        context: grpc.ServicerContext,
    ) -> Iterator[Message]:
        with current:
            current.prepare(request)
            if not self._streams.acquire(blocking=False):
                raise RequestRefused(
                    StatusCode.RESOURCE_EXHAUSTED,
                    "ERROR_REASON_TOO_MANY_STREAMS",
                    "this server has no stream left: poll, or watch later",
                    found=self._p.max_streams + 1,
                    allowed=self._p.max_streams,
                )
            try:
                yield from handler(request, context)
            finally:
                self._streams.release()


class _Call:
    """One call, from its arrival to its log line."""

    def __init__(
        self, pipeline: Pipeline, policy: MethodPolicy, context: grpc.ServicerContext
    ) -> None:
        self._p, self._policy, self._context = pipeline, policy, context
        self._metadata = {key: str(value) for key, value in context.invocation_metadata() or ()}
        given = self._metadata.get("x-request-id", "")
        self._request_id = given if _REQUEST_ID.match(given) else uuid.uuid4().hex
        self._caller = Caller()
        self._began = time.monotonic()

    def __enter__(self) -> "_Call":
        self._context.send_initial_metadata((("x-request-id", self._request_id),))
        parent = telemetry.parent_of(self._metadata)
        self._span = self._p.tracer.start_span(self._policy.path, context=parent)
        return self

    def prepare(self, request: Message) -> Message | None:
        """Does all that comes before the handler; returns an answer given before."""
        remaining = self._context.time_remaining()
        if remaining is not None and remaining <= 0:
            raise RequestRefused(
                StatusCode.DEADLINE_EXCEEDED,
                "ERROR_REASON_DEADLINE_EXCEEDED",
                "the deadline passed before the call began",
                found=remaining,
                allowed="above 0 seconds",
            )
        if not self._policy.anonymous:
            self._caller = self._p.authenticator.caller_of(self._metadata.get("authorization", ""))
            self._refuse_role()
        enter_request(self._caller, self._request_id)
        if self._policy.takes_body:
            merge_body(request, self._p.unknown_field)
        refuse_invalid(request)
        if not self._policy.remembers or self._p.database is None:
            return None
        key = request_log.enter(self._caller.name, self._policy.path, request)
        if key is None:
            return None
        return request_log.recall(self._p.database, key, self._policy.response_type)

    def _refuse_role(self) -> None:
        if not self._caller.roles & self._policy.required_roles:
            raise RequestRefused(
                StatusCode.PERMISSION_DENIED,
                "ERROR_REASON_PERMISSION_DENIED",
                f"{self._caller.name} may not call {self._policy.path}",
                found=", ".join(sorted(self._caller.roles)) or "no role",
                allowed=", ".join(sorted(self._policy.required_roles)),
            )

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: object) -> None:
        answer: status_pb2.Status | None = None
        if isinstance(error, Exception):
            answer = self._p.errors.status_of(error)
            if answer is None:
                log.error("rpc_crashed", method=self._policy.path, exc_info=error)
                answer = status(
                    StatusCode.INTERNAL,
                    "ERROR_REASON_INTERNAL",
                    "an error of the server; its log has the request id",
                    domain=SHARED_DOMAIN,
                    facts={"request_id": self._request_id},
                )
        abandoned = kind is not None and answer is None
        code = "CANCELLED" if abandoned else _CODES[answer.code if answer else 0].name
        self._end(code)
        if answer is not None:
            self._context.abort_with_status(rpc_status.to_status(answer))

    def _end(self, code: str) -> None:
        seconds = time.monotonic() - self._began
        self._p.metrics.record(self._policy.path, code, seconds)
        self._span.set_attribute("rpc.grpc.status", code)
        self._span.set_attribute("aurelius.request_id", self._request_id)
        self._span.end()
        log.info(
            "rpc_ended",
            method=self._policy.path,
            code=code,
            principal=self._caller.name,
            request_id=self._request_id,
            duration_ms=round(seconds * 1000, 3),
        )
