"""Which RPC a request belongs to, and what the contract says of it.

Each request message belongs to exactly one RPC, so a request names its call:
nothing here lists the RPCs again.
"""

import functools
from dataclasses import dataclass
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from aurelius.contract.v1 import method_policy_pb2


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """An RPC. `path` is `/package.Service/Method`; the rest is its declared policy."""

    path: str
    response_type: type[Message]
    idempotency: str
    anonymous: bool

    @property
    def repeatable(self) -> bool:
        """Whether sending the same request again does the work once."""
        return self.idempotency in {
            "IDEMPOTENCY_READ_ONLY",
            "IDEMPOTENCY_NATURAL",
            "IDEMPOTENCY_REQUEST_ID",
        }

    @property
    def takes_request_id(self) -> bool:
        """Whether a request_id is what makes a repetition safe."""
        return self.idempotency == "IDEMPOTENCY_REQUEST_ID"


def method_of(request: Message) -> Method:
    """Returns the RPC that takes the request.

    Raises:
        LookupError: No RPC of the request's file takes it, or more than one does.
    """
    return _method_of(request.DESCRIPTOR)


@functools.cache
def _method_of(request: Descriptor) -> Method:
    found = [
        method
        for service in request.file.services_by_name.values()
        for method in service.methods
        if method.input_type is request
    ]
    if len(found) != 1:
        raise LookupError(f"{request.full_name} belongs to {len(found)} RPCs, expected 1")
    (method,) = found
    options: Any = method.GetOptions().Extensions
    roles = options[method_policy_pb2.required_roles]
    idempotency = options[method_policy_pb2.idempotency]
    return Method(
        path=f"/{method.containing_service.full_name}/{method.name}",
        response_type=message_factory.GetMessageClass(method.output_type),
        idempotency=method_policy_pb2.Idempotency.Name(idempotency),
        anonymous=method_policy_pb2.ROLE_ANONYMOUS in roles,
    )
