"""Who is asking, and what a call to another service carries on."""

from contextvars import ContextVar
from dataclasses import dataclass

ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A principal, `users/{user}` or `anonymous`, its roles, and its bearer token."""

    name: str = ANONYMOUS
    roles: frozenset[str] = frozenset()
    token: str = ""


_CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)
_REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")


def enter_request(caller: Caller, request_id: str) -> None:
    """Says, in the current context, whose request is being handled."""
    _CALLER.set(caller)
    _REQUEST_ID.set(request_id)


def current_caller() -> Caller:
    """Returns who is asking."""
    return _CALLER.get() or Caller()


def current_request_id() -> str:
    """Returns the id that the logs of all services carry for this request."""
    return _REQUEST_ID.get()


def outgoing_metadata() -> tuple[tuple[str, str | bytes], ...]:
    """Returns what a call to another service carries: the caller's token, the request id."""
    metadata: list[tuple[str, str | bytes]] = [("x-request-id", current_request_id())]
    token = current_caller().token
    if token:
        metadata.append(("authorization", f"Bearer {token}"))
    return tuple(metadata)
