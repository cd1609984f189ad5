"""What each RPC declares about itself: read from the contract, once, at start."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message

from aurelius.contract.v1 import method_policy_pb2
from aurelius_chassis.stream_ends import has_room

ANONYMOUS = "ROLE_ANONYMOUS"
BODY_FIELD = "http_body"


class PolicyMissing(Exception):
    """An RPC does not say who may call it, what it belongs to, or what repetition does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodPolicy:
    """An RPC's declarations. `path` is `/package.Service/Method`.

    `tells_end` is whether a stream that fails midway says so in its last message.
    """

    path: str
    required_roles: frozenset[str]
    capability: str
    idempotency: str
    request_type: type[Message]
    response_type: type[Message]
    takes_body: bool
    streams: bool
    tells_end: bool

    @property
    def anonymous(self) -> bool:
        """Whether no token is asked for."""
        return ANONYMOUS in self.required_roles

    @property
    def remembers(self) -> bool:
        """Whether a request_id makes a repetition give the first answer."""
        return self.idempotency == "IDEMPOTENCY_REQUEST_ID"


def method_policies(services: Iterable[str]) -> Mapping[str, MethodPolicy]:
    """Returns the policy of every RPC of the services, by path.

    Args:
        services: Full names, such as `aurelius.engine.v1.DatasetService`.

    Raises:
        PolicyMissing: An RPC lacks one of its three options.
    """
    pool = descriptor_pool.Default()
    found: dict[str, MethodPolicy] = {}
    for service in services:
        for method in pool.FindServiceByName(service).methods:
            path = f"/{service}/{method.name}"
            options: Any = method.GetOptions().Extensions
            roles = options[method_policy_pb2.required_roles]
            idempotency = options[method_policy_pb2.idempotency]
            capability = options[method_policy_pb2.capability]
            if not roles or 0 in roles or not capability or not idempotency:
                raise PolicyMissing(f"{path} lacks required_roles, capability or idempotency")
            found[path] = MethodPolicy(
                path=path,
                required_roles=frozenset(method_policy_pb2.Role.Name(role) for role in roles),
                capability=capability,
                idempotency=method_policy_pb2.Idempotency.Name(idempotency),
                request_type=message_factory.GetMessageClass(method.input_type),
                response_type=message_factory.GetMessageClass(method.output_type),
                takes_body=BODY_FIELD in method.input_type.fields_by_name,
                streams=method.server_streaming,
                tells_end=method.server_streaming and has_room(method.output_type),
            )
    return found
