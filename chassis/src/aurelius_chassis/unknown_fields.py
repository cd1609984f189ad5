"""Fields of a binary message that this build does not know: refused, not dropped.

Protobuf keeps such fields, by number, and whoever maps the message drops them. That
is right for most requests, and wrong for one whose every field changes a number. JSON
bodies are read strictly already (strict_json.py).
"""

from collections.abc import Iterable
from typing import Any

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet
from grpc import StatusCode

from aurelius_chassis.errors import FieldViolation, RequestRefused
from aurelius_chassis.strict_json import UnknownField


def refuse_unknown_fields(
    message: Message, path: str, unknown_field: UnknownField | None = None
) -> None:
    """Refuses a message that has, at any depth, a field that this build does not know.

    Args:
        message: The part of a request that must be known as a whole.
        path: Where it stands in the request, such as `strategy.definition`.
        unknown_field: The server's hook; it gets `field number 7` as the name.

    Raises:
        RequestRefused: With the refusal of the hook, or ERROR_REASON_UNKNOWN_FIELD.
    """
    descriptor = message.DESCRIPTOR
    for unknown in _unknown(message):
        name = f"field number {unknown.field_number}"
        special = unknown_field(f"{path}.", name) if unknown_field else None
        allowed = ", ".join(field.json_name for field in descriptor.fields) or "no field"
        raise special or RequestRefused(
            StatusCode.INVALID_ARGUMENT,
            "ERROR_REASON_UNKNOWN_FIELD",
            f"{path} has {name}, which is not a field of {descriptor.name}",
            violations=[FieldViolation(path, f"allowed: {allowed}")],
            found=f"{path}, {name}",
            allowed=allowed,
        )
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for item in value if field.is_repeated else [value]:
            refuse_unknown_fields(item, f"{path}.{field.json_name}", unknown_field)


def _unknown(message: Message) -> Iterable[Any]:
    found: Any = UnknownFieldSet(message)
    return tuple(found)
