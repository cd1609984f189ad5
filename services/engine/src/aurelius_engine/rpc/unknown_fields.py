"""Fields of a specification that this engine does not know are refused, not dropped.

docs/specs/identity.md 2.4. JSON bodies are checked by the chassis; a binary message
keeps what it does not know, by number.
"""

from collections.abc import Iterable
from typing import Any

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet
from grpc import StatusCode

from aurelius.engine.v1 import strategy_pb2
from aurelius_chassis.errors import FieldViolation, RequestRefused
from aurelius_engine.application.errors import UnknownStrategyParameter

_TEMPLATES = frozenset(
    field.message_type.full_name
    for field in strategy_pb2.Strategy.DESCRIPTOR.fields
    if field.message_type is not None
)


def refuse_unknown_fields(message: Message, path: str) -> None:
    """Refuses a message that has, at any depth, a field that the contract does not.

    Args:
        message: Of the engine's contract.
        path: Where it stands in the request, such as `spec`.

    Raises:
        UnknownStrategyParameter: In a template.
        RequestRefused: Elsewhere.
    """
    descriptor = message.DESCRIPTOR
    for unknown in _unknown_fields(message):
        found = f"{path}, field number {unknown.field_number}"
        allowed = ", ".join(field.json_name for field in descriptor.fields) or "no field"
        if descriptor.full_name in _TEMPLATES:
            raise UnknownStrategyParameter(
                f"{found} is not a parameter of {descriptor.name}, which has {allowed}",
                found=found,
                allowed=allowed,
                field=path,
            )
        raise RequestRefused(
            StatusCode.INVALID_ARGUMENT,
            "ERROR_REASON_UNKNOWN_FIELD",
            f"{found} is not a field of {descriptor.name}",
            violations=[FieldViolation(path, f"allowed: {allowed}")],
            found=found,
            allowed=allowed,
        )
    for field, value in message.ListFields():
        if field.message_type is not None:
            for item in value if field.is_repeated else [value]:
                refuse_unknown_fields(item, f"{path}.{field.json_name}")


def _unknown_fields(message: Message) -> Iterable[Any]:
    found: Any = UnknownFieldSet(message)
    return tuple(found)
