"""Calls to other services: repeated when that may help, and their refusals understood."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from aurelius_gateway.application.services import Interrupted, ServiceFailed

T = TypeVar("T")
UNAVAILABLE = "gateway.aurelius.dev/ERROR_REASON_SERVICE_UNAVAILABLE"
# Nothing was done, or nothing that a repetition does twice.
_RETRYABLE = frozenset({grpc.StatusCode.UNAVAILABLE})
# A watcher that found no stream free has done nothing either.
_RETRYABLE_STREAM = _RETRYABLE | {grpc.StatusCode.RESOURCE_EXHAUSTED}


class StreamCut(Exception):
    """A stream ended before its last message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLimits:
    """How often a call is made, and how long the first pause is; each is twice the last."""

    max_attempts: int
    backoff_seconds: float


class ServiceCalls:
    """Calls one service."""

    def __init__(self, service: str, *, limits: RetryLimits, stopping: threading.Event):
        """Takes the name of the service, and what says that the gateway is stopping."""
        self._service, self._limits, self._stopping = service, limits, stopping

    def unary(self, call: Callable[[], T]) -> T:
        """Makes a call whose repetition does nothing twice.

        Raises:
            ServiceFailed: The service refused, broke or could not be asked.
            Interrupted: The gateway is stopping.
        """
        return self._attempts(call, _RETRYABLE)

    def stream(self, call: Callable[[], T]) -> T:
        """Reads a stream, which may raise StreamCut; raises as `unary` does."""
        return self._attempts(call, _RETRYABLE_STREAM)

    def _attempts(self, call: Callable[[], T], retryable: frozenset[grpc.StatusCode]) -> T:
        pause = self._limits.backoff_seconds
        for left in reversed(range(self._limits.max_attempts)):
            try:
                return self._once(call)
            except grpc.RpcError as error:
                if left == 0 or error.code() not in retryable:
                    raise self._failure(error) from error
            except StreamCut as error:
                if left == 0:
                    detail = f"The {self._service} ended the stream early."
                    raise ServiceFailed(UNAVAILABLE, detail) from error
            if self._stopping.wait(pause):
                raise Interrupted
            pause *= 2
        raise AssertionError("the last attempt returns or raises")

    def _once(self, call: Callable[[], T]) -> T:
        if self._stopping.is_set():
            raise Interrupted
        try:
            return call()
        except (grpc.RpcError, ValueError) as error:
            # A call on a channel that was closed is a ValueError.
            if self._stopping.is_set():
                raise Interrupted from error
            raise

    def _failure(self, error: grpc.RpcError) -> ServiceFailed:
        status = rpc_status.from_call(error)  # type: ignore[arg-type]  # the stubs' RpcError is a Call
        for detail in status.details if status else ():
            info = error_details_pb2.ErrorInfo()
            if detail.Unpack(info):
                return ServiceFailed(f"{info.domain}/{info.reason}", status.message)
        # The text of gRPC itself has addresses, which callers need not know.
        return ServiceFailed(UNAVAILABLE, f"The {self._service} gave {error.code().name}.")
