"""From google.rpc.Status, as gRPC and REST carry it, to the SDK's own errors."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from google.rpc import code_pb2, error_details_pb2, status_pb2

from aurelius_client.errors import (
    BY_CODE,
    AureliusError,
    FieldViolation,
    Internal,
    MissingPrecondition,
)

_DETAILS_KEY = "grpc-status-details-bin"
# As gRPC says it: "failed to connect to all addresses; last error: UNKNOWN: ipv4:HOST:PORT:
# Failed to connect to remote host: Connection refused".
_NO_SERVER = re.compile(
    r"failed to connect to all addresses; last error: \w+: ipv[46]:(\S+): "
    r"Failed to connect to remote host: (.+)"
)


def from_status(status: status_pb2.Status, request_id: str = "") -> AureliusError:
    """Returns the error of a status; without an ErrorInfo the code is the reason."""
    info = error_details_pb2.ErrorInfo()
    bad, missing = error_details_pb2.BadRequest(), error_details_pb2.PreconditionFailure()
    for detail in status.details:
        for known in (info, bad, missing):
            if detail.Is(known.DESCRIPTOR):
                detail.Unpack(known)
    code = code_pb2.Code.Name(status.code) if status.code in code_pb2.Code.values() else "UNKNOWN"
    facts = dict(info.metadata)
    return BY_CODE.get(code, Internal)(
        info.reason or code,
        status.message or "the server gave no message",
        found=facts.get("found", ""),
        allowed=facts.get("allowed", ""),
        code=code,
        domain=info.domain,
        metadata=facts,
        violations=[FieldViolation(v.field, v.description) for v in bad.field_violations],
        missing=[MissingPrecondition(v.type, v.subject, v.description) for v in missing.violations],
        request_id=request_id or facts.get("request_id", ""),
    )


def from_rpc(error: Any, request_id: str = "") -> AureliusError:
    """Returns the error of a grpc.RpcError, of the synchronous or the asyncio kind."""
    code = error.code()
    number: int = code.value[0] if code is not None else code_pb2.UNKNOWN
    status = status_pb2.Status(code=number, message=error.details() or "")
    trailing = _pairs(error.trailing_metadata())
    if _DETAILS_KEY in trailing:
        try:
            sent = status_pb2.Status.FromString(trailing[_DETAILS_KEY])
        except DecodeError:
            sent = status_pb2.Status()
        if sent.code == number:
            status = sent
    if code is not None and code.name == "UNAVAILABLE" and not status.details:
        status.message = _unreached(status.message)
    initial = _pairs(error.initial_metadata())
    return from_status(status, str(initial.get("x-request-id", request_id)))


def _unreached(message: str) -> str:
    """Returns in our words that no server was reached; any other message is as it was."""
    found = _NO_SERVER.fullmatch(message)
    return f"nothing answers at {found[1]}: {found[2]}" if found else message


def from_rest(body: Mapping[str, Any], request_id: str = "") -> AureliusError:
    """Returns the error of a REST answer: the JSON form of google.rpc.Status."""
    status = status_pb2.Status()
    try:
        json_format.ParseDict(dict(body), status, ignore_unknown_fields=True)
    except json_format.ParseError as error:
        return Internal("ANSWER_MALFORMED", f"the error is no google.rpc.Status: {error}")
    return from_status(status, request_id)


def _pairs(metadata: Iterable[Any] | None) -> dict[str, Any]:
    return dict(metadata or ())
