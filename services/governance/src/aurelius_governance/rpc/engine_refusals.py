"""What the engine answers about a run, as a refusal of governance."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from aurelius_governance.domain.errors import EngineRefused, EngineUnavailable, RunDamaged

_RETRYABLE = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.CANCELLED,
    }
)
_TOO_MANY_STREAMS = "ERROR_REASON_TOO_MANY_STREAMS"


@contextmanager
def refusals(run: str) -> Iterator[None]:
    """Turns what the engine answers about a run into a refusal of governance."""
    try:
        yield
    except grpc.RpcError as error:
        if error.code() is grpc.StatusCode.DATA_LOSS:
            raise RunDamaged(run, detail=error.details() or "") from error
        if error.code() in _RETRYABLE:
            raise EngineUnavailable(f"{error.code().name}: {error.details()}") from error
        raise EngineRefused(
            engine_code=error.code().name,
            engine_reason=_reason(error),
            detail=error.details() or "",
        ) from error


def is_without_streams(error: grpc.RpcError) -> bool:
    """Whether the engine refused a stream because it serves as many as it can."""
    return (
        error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED and _reason(error) == _TOO_MANY_STREAMS
    )


def _reason(error: grpc.RpcError) -> str:
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # the stubs' RpcError is a Call
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return str(info.reason)
    return ""
