"""Who is asking, and what a call to another service carries on."""

import time
from contextvars import ContextVar
from dataclasses import dataclass, field

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

ANONYMOUS = "anonymous"
_PROPAGATOR = TraceContextTextMapPropagator()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A principal, `users/{user}` or `anonymous`, its roles, and its bearer token."""

    name: str = ANONYMOUS
    roles: frozenset[str] = frozenset()
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The request that the current context handles; the deadline is a monotonic time in s."""

    caller: Caller = Caller()
    request_id: str = ""
    method: str = ""
    deadline: float | None = None


_REQUEST: ContextVar[Request | None] = ContextVar("request", default=None)
_NO_REQUEST = Request()


def enter_request(
    caller: Caller, request_id: str, *, method: str = "", deadline: float | None = None
) -> None:
    """Says, in the current context, whose request is being handled."""
    _REQUEST.set(Request(caller=caller, request_id=request_id, method=method, deadline=deadline))


def current_request() -> Request:
    """Returns the request of the current context; an empty one outside of any."""
    return _REQUEST.get() or _NO_REQUEST


def current_caller() -> Caller:
    """Returns who is asking."""
    return current_request().caller


def current_request_id() -> str:
    """Returns the id that the logs of all services carry for this request."""
    return current_request().request_id


def seconds_left(at_most: float) -> float:
    """Returns the timeout for a call to another service: never past the caller's deadline."""
    deadline = current_request().deadline
    return at_most if deadline is None else max(0.0, min(at_most, deadline - time.monotonic()))


def outgoing_metadata() -> tuple[tuple[str, str | bytes], ...]:
    """Returns what a call to another service carries.

    The caller's token, the request id, and the current span as W3C `traceparent`.
    """
    request = current_request()
    metadata: list[tuple[str, str | bytes]] = [("x-request-id", request.request_id)]
    if request.caller.token:
        metadata.append(("authorization", f"Bearer {request.caller.token}"))
    headers: dict[str, str] = {}
    _PROPAGATOR.inject(headers)
    metadata.extend(headers.items())
    return tuple(metadata)
