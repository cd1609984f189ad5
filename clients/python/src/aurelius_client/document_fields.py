"""What a document says in a message's fields, checked before it is parsed as proto JSON."""

import math
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.timestamp_pb2 import Timestamp

from aurelius.engine.v1 import strategy_pb2
from aurelius_client.errors import InvalidInput

_WELL_KNOWN = "google.protobuf."
_SHOWN_MAX = 60


def refuse_wrong_fields(document: dict[str, Any], descriptor: Any, path: str = "") -> None:
    """Refuses a field that the message does not have, and a value that the field cannot hold.

    An unknown field has the reason and the facts that a server refuses it with.

    Raises:
        InvalidInput: There is one, with its path, what was found and what is allowed.
    """
    known = {field.json_name: field for field in descriptor.fields}
    known |= {field.name: field for field in descriptor.fields}
    given: list[Any] = []
    for name, value in document.items():
        field = known.get(name)
        if field is None:
            raise _unknown(descriptor, path, name)
        if field in given:
            found = f"{path}{name} appears twice, in two spellings"
            raise _malformed("a field is given twice", found, "each field once")
        if value is not None:  # null is an absent field
            given.append(field)
            _refuse_wrong_value(value, field, f"{path}{field.json_name}")
    _refuse_two_of_one(given, descriptor, path)


def _refuse_two_of_one(given: list[Any], descriptor: Any, path: str) -> None:
    for choice in descriptor.oneofs:
        chosen = [field.json_name for field in given if field.containing_oneof == choice]
        if len(chosen) > 1:
            place = path.rstrip(".") or descriptor.name
            allowed = "one of " + ", ".join(field.json_name for field in choice.fields)
            raise _malformed(f"{place} says two things at once", ", ".join(chosen), allowed)


def _refuse_wrong_value(value: Any, field: Any, path: str) -> None:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        if not isinstance(value, dict):
            raise _wrong(path, value, "a mapping")
        return
    if not field.is_repeated:
        _refuse_wrong_item(value, field, path)
        return
    if not isinstance(value, list):
        raise _wrong(path, value, f"a list, as [{_shown(value)}]")
    for item in value:
        _refuse_wrong_item(item, field, path)


def _refuse_wrong_item(value: Any, field: Any, path: str) -> None:
    message = field.message_type
    if message is not None and not message.full_name.startswith(_WELL_KNOWN):
        if not isinstance(value, dict):
            names = ", ".join(inner.json_name for inner in message.fields)
            raise _wrong(path, value, f"a mapping of {names}" if names else "{}")
        refuse_wrong_fields(value, message, f"{path}.")
        return
    allowed = _allowed(value, field)
    if allowed:
        raise _wrong(path, value, allowed)


def _allowed(value: Any, field: Any) -> str:
    """Returns what a field without fields of its own allows, or nothing if this is allowed."""
    kind = field.cpp_type
    if field.message_type is not None:
        timed = field.message_type.full_name == Timestamp.DESCRIPTOR.full_name
        return "a date, or a time as 2010-01-02T15:30:00Z" if timed and not _is_time(value) else ""
    if kind == FieldDescriptor.CPPTYPE_ENUM:
        values = field.enum_type.values_by_name
        named = value in values if isinstance(value, str) else type(value) is int
        return "" if named else ", ".join(n for n in values if not n.endswith("_UNSPECIFIED"))
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return "" if isinstance(value, bool) else "true, false"
    if kind == FieldDescriptor.CPPTYPE_STRING:
        return "" if isinstance(value, str) else "text: in quotes, as YAML reads it as another type"
    if kind in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return "" if _number(value) is not None else "a finite number"
    number = _number(value)
    return "" if number is not None and number.is_integer() else "a whole number"


def _is_time(value: Any) -> bool:
    try:
        Timestamp().FromJsonString(value)
    except (ValueError, TypeError, AttributeError):
        return False
    return True


def _number(value: Any) -> float | None:
    """Returns the number that proto JSON reads in a value; NaN and infinity are none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _unknown(descriptor: Any, path: str, name: str) -> InvalidInput:
    """Returns the refusal of a field; one of a strategy's template is a parameter."""
    fields = ", ".join(field.json_name for field in descriptor.fields)
    templates = {field.message_type for field in strategy_pb2.Strategy.DESCRIPTOR.fields}
    if descriptor in templates:
        template = path.rstrip(".").rpartition(".")[2]
        allowed = fields or "no parameter"
        return InvalidInput(
            "UNKNOWN_STRATEGY_PARAMETER",
            f"{path}{name} is not a parameter of {template}, which has {allowed}",
            found=name,
            allowed=allowed,
        )
    return InvalidInput(
        "UNKNOWN_FIELD",
        f"{path}{name} is not a field of {descriptor.name}",
        found=f"{path}{name}",
        allowed=fields,
    )


def _wrong(path: str, value: Any, allowed: str) -> InvalidInput:
    return _malformed(f"{path} cannot hold this value", _shown(value), allowed)


def _malformed(message: str, found: str, allowed: str) -> InvalidInput:
    return InvalidInput("FILE_MALFORMED", message, found=found, allowed=allowed)


def _shown(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}..."
