"""The one path that every call takes, in this order.

request id and deadline, who is asking and whether they may, the body, the rules
of the contract, an answer given before, the handler; and on the way out one
table of errors, one log line, one count and one span.
"""

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
from grpc_health.v1 import health
from grpc_reflection.v1alpha import reflection
from grpc_status import rpc_status
from opentelemetry import context as contexts
from opentelemetry import trace

from aurelius_chassis import request_log, stream_ends, telemetry
from aurelius_chassis.caller import Caller, enter_request
from aurelius_chassis.descriptors import MethodPolicy
from aurelius_chassis.errors import (
    SHARED_DOMAIN,
    ErrorTable,
    RequestRefused,
    reason_of,
    status,
)
from aurelius_chassis.jwks import Authenticator
from aurelius_chassis.sql import Database
from aurelius_chassis.strict_json import UnknownField, merge_body
from aurelius_chassis.validation import refuse_invalid

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_CODES: Mapping[int, StatusCode] = {code.value[0]: code for code in StatusCode}
_OPEN_SERVICES = (f"/{health.SERVICE_NAME}/", f"/{reflection.SERVICE_NAME}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """What the interceptor works with."""

    policies: Mapping[str, MethodPolicy]
    errors: ErrorTable
    authenticator: Authenticator
    metrics: telemetry.Metrics
    tracer: trace.Tracer
    database: Database | None
    unknown_field: UnknownField | None
    max_streams: int


class PolicyInterceptor(grpc.ServerInterceptor):
    """Applies the pipeline to every RPC; one that the contract does not describe is refused."""

    def __init__(self, pipeline: Pipeline) -> None:
        """Takes all that the calls need."""
        self._p = pipeline
        self._streams = threading.BoundedSemaphore(pipeline.max_streams)
        self._log = structlog.get_logger().bind()

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Any],
        details: grpc.HandlerCallDetails,
    ) -> Any:
        """Wraps the handler; health and reflection, which the contract omits, pass."""
        handler = continuation(details)
        if handler is None:
            return None
        policy = self._p.policies.get(details.method)
        kinds = {
            "request_deserializer": handler.request_deserializer,
            "response_serializer": handler.response_serializer,
        }
        if policy is None:
            if not details.method.startswith(_OPEN_SERVICES):
                return grpc.unary_unary_rpc_method_handler(_refuse_unknown_method)
            if handler.request_streaming and handler.response_streaming:  # reflection
                return grpc.stream_stream_rpc_method_handler(
                    self._counted(handler.stream_stream), **kinds
                )
            return handler
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
            with _Call(self._p, policy, context, self._log) as current:
                answer = current.prepare(request)
                return handler(request, context) if answer is None else answer
            raise AssertionError("a call ends with an answer or an error")

        return call

    def _stream(
        self, policy: MethodPolicy, handler: Callable[..., Iterator[Message]]
    ) -> Callable[[Message, grpc.ServicerContext], Iterator[Message]]:
        # gRPC iterates on one thread, in one context, and drops the generator when the client
        # is gone: that closes it, and with it the handler's.
        def call(request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
            with _Call(self._p, policy, context, self._log) as current:
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
                    for message in handler(request, context):
                        current.send_request_id()
                        yield message
                except Exception as error:
                    yield from current.last_message(error)
                    raise
                finally:
                    self._streams.release()

        return call

    def _counted(self, handler: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        """Lets streams that need no token count as streams, so that they starve nobody."""

        def call(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
            if not self._streams.acquire(blocking=False):
                context.abort(StatusCode.RESOURCE_EXHAUSTED, "this server has no stream left")
            try:
                yield from handler(requests, context)
            finally:
                self._streams.release()

        return call


def _refuse_unknown_method(_: bytes, context: grpc.ServicerContext) -> None:
    context.abort(StatusCode.UNIMPLEMENTED, "the contract has no such method")


class _Call:
    """One call, from its arrival to its log line."""

    def __init__(
        self,
        pipeline: Pipeline,
        policy: MethodPolicy,
        context: Any,
        log: Any,
    ) -> None:
        self._p, self._policy, self._context, self._log = pipeline, policy, context, log
        self._metadata: dict[str, str] = {}
        for key, value in context.invocation_metadata() or ():
            # A header that came twice is read as RFC 9110, 5.3 says: two tokens are no token.
            before = self._metadata.get(key)
            self._metadata[key] = str(value) if before is None else f"{before}, {value!s}"
        given = self._metadata.get("x-request-id", "")
        self._request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        self._said = False
        self._refusal: status_pb2.Status | None = None
        self._ended = False
        self._caller = Caller()
        self._began = time.monotonic()

    def __enter__(self) -> "_Call":
        parent = telemetry.parent_of(self._metadata)
        self._span = self._p.tracer.start_span(
            self._policy.path, context=parent, kind=trace.SpanKind.SERVER
        )
        self._entered = contexts.attach(trace.set_span_in_context(self._span))
        return self

    def prepare(self, request: Message) -> Message | None:
        """Does all that comes before the handler; returns an answer given before."""
        if not self._policy.streams:
            self.send_request_id()
        deadline = self._deadline()
        if not self._policy.anonymous:
            self._caller = self._p.authenticator.caller_of(self._metadata.get("authorization", ""))
            self._refuse_role()
        enter_request(self._caller, self._request_id, method=self._policy.path, deadline=deadline)
        if self._policy.takes_body:
            merge_body(request, self._p.unknown_field)
        refuse_invalid(request)
        if not self._policy.remembers or self._p.database is None:
            return None
        key = request_log.enter(self._caller.name, self._policy.path, request)
        if key is None:
            return None
        return request_log.recall(self._p.database, key, self._policy.response_type)

    def send_request_id(self) -> None:
        """Sends it in initial metadata, once.

        A stream waits with it for its first message: metadata makes the edge answer 200,
        and a stream that is refused before that has to be an error of HTTP.
        """
        if not self._said:
            self._said = True
            self._context.send_initial_metadata((("x-request-id", self._request_id),))

    def _deadline(self) -> float | None:
        """Returns when the caller stops waiting, on the monotonic clock in seconds."""
        remaining = self._context.time_remaining()
        if remaining is None or remaining > threading.TIMEOUT_MAX:
            return None
        if remaining <= 0:
            raise RequestRefused(
                StatusCode.DEADLINE_EXCEEDED,
                "ERROR_REASON_DEADLINE_EXCEEDED",
                "the deadline passed before the call began",
                found=remaining,
                allowed="above 0 seconds",
            )
        return time.monotonic() + float(remaining)

    def _refuse_role(self) -> None:
        if not self._caller.roles & self._policy.required_roles:
            raise RequestRefused(
                StatusCode.PERMISSION_DENIED,
                "ERROR_REASON_PERMISSION_DENIED",
                f"{self._caller.name} may not call {self._policy.path}",
                found=", ".join(sorted(self._caller.roles)) or "no role",
                allowed=", ".join(sorted(self._policy.required_roles)),
            )

    def last_message(self, error: Exception) -> Iterator[Message]:
        """Yields the message that says why a stream ends midway, if its type can say it.

        Before the first message there is none: the refusal is then an error of HTTP.
        """
        if not (self._said and self._policy.tells_end):
            return
        self._refuse(error)
        if self._refusal is not None:
            last = self._policy.response_type()
            getattr(last, stream_ends.FIELD).CopyFrom(self._refusal)
            yield last

    def __exit__(self, kind: object, error: BaseException | None, where: object) -> None:
        if error is None:
            self._end(self._code_of_answer())
            return
        if not self._ended:
            self._refuse(error)
        if self._refusal is None or isinstance(error, GeneratorExit) or self._is_own_abort(error):
            return
        wire: Any = rpc_status.to_status(self._refusal)
        if not self._said:
            ids = (("x-request-id", self._request_id),)
            wire = wire._replace(trailing_metadata=(*wire.trailing_metadata, *ids))
        self._context.abort_with_status(wire)

    def _refuse(self, error: BaseException) -> None:
        """Notes what the caller is told, if there is one, and ends the call for the operator."""
        self._refusal = self._p.errors.status_of(error)
        if self._refusal is not None:
            self._end(_CODES[self._refusal.code].name, reason=reason_of(self._refusal))
        elif self._is_own_abort(error):
            self._refusal = _status_of_abort(self._context)
            self._end(_name(self._context.code()))
        elif isinstance(error, GeneratorExit | grpc.RpcError) and not self._context.is_active():
            self._end(self._code_of_absence())
        else:
            self._refusal = status(
                StatusCode.INTERNAL,
                "ERROR_REASON_INTERNAL",
                "an error of the server; its log has the request id",
                domain=SHARED_DOMAIN,
                facts={"request_id": self._request_id},
            )
            self._end("INTERNAL", reason="ERROR_REASON_INTERNAL", crash=error)

    def _is_own_abort(self, error: BaseException) -> bool:
        """Whether the handler called `context.abort`, which raises a bare Exception."""
        return type(error) is Exception and not error.args and self._context.code() is not None

    def _code_of_answer(self) -> str:
        if not self._context.is_active():
            return self._code_of_absence()
        code = self._context.code()
        return "OK" if code is None else _name(code)

    def _code_of_absence(self) -> str:
        remaining = self._context.time_remaining()
        return "DEADLINE_EXCEEDED" if remaining is not None and remaining <= 0 else "CANCELLED"

    def _end(self, code: str, *, reason: str = "", crash: BaseException | None = None) -> None:
        self._ended = True
        seconds = time.monotonic() - self._began
        self._p.metrics.record(self._policy.path, code, seconds)
        self._span.set_attribute("rpc.grpc.status", code)
        self._span.set_attribute("aurelius.request_id", self._request_id)
        if crash is not None:
            self._span.record_exception(crash)
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.end()
        contexts.detach(self._entered)
        facts = {
            "method": self._policy.path,
            "code": code,
            "principal": self._caller.name,
            "request_id": self._request_id,
            "trace_id": telemetry.trace_id(self._span),
            "duration_ms": round(seconds * 1000, 3),
        }
        if reason:
            facts["reason"] = reason
        if crash is None:
            self._log.info("rpc_ended", **facts)
        else:
            self._log.error("rpc_ended", **facts, exc_info=crash)


def _name(code: Any) -> str:
    return str(code.name) if isinstance(code, StatusCode) else str(code)


def _status_of_abort(context: Any) -> status_pb2.Status:
    details = context.details() or b""
    return status_pb2.Status(code=context.code().value[0], message=details.decode())
