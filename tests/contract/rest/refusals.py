"""What a refusal says, through either door."""

from dataclasses import dataclass
from typing import Any

import grpc
import httpx
from google.protobuf import json_format
from grpc_status import rpc_status


@dataclass(frozen=True)
class Refusal:
    """A google.rpc.Status, as far as a caller acts on it."""

    code: int
    message: str
    reason: str
    domain: str
    metadata: dict[str, str]


def of_document(document: dict[str, Any]) -> Refusal:
    """Reads the JSON form of google.rpc.Status, whose ErrorInfo comes first."""
    assert set(document) == {"code", "message", "details"}, document
    info = document["details"][0]
    assert info["@type"] == "type.googleapis.com/google.rpc.ErrorInfo"
    return Refusal(
        code=document["code"],
        message=document["message"],
        reason=info["reason"].removeprefix("ERROR_REASON_"),
        domain=info["domain"],
        metadata=info["metadata"],
    )


def of_rest(response: httpx.Response) -> Refusal:
    """Reads a REST refusal."""
    assert response.headers["content-type"] == "application/json", response.text
    return of_document(response.json())


def document_of_grpc(error: grpc.RpcError) -> dict[str, Any]:
    """Returns the JSON form of a gRPC refusal."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # the stubs' errors are calls
    assert status is not None, error
    document: dict[str, Any] = json_format.MessageToDict(
        status, always_print_fields_with_no_presence=True
    )
    return document


def of_grpc(error: grpc.RpcError) -> Refusal:
    """Reads a gRPC refusal."""
    return of_document(document_of_grpc(error))
