"""The rules that the contract states, checked before a handler sees a request."""

from typing import Any

import protovalidate
from google.protobuf.message import Message
from grpc import StatusCode

from aurelius_chassis.allowed_values import allowed_by_field_rule, allowed_by_oneof
from aurelius_chassis.errors import FieldViolation, RequestRefused
from aurelius_chassis.redaction import REDACTED, is_secret, text_of
from aurelius_chassis.timestamps import ALLOWED, invalid_timestamps


def refuse_invalid(request: Message) -> None:
    """Raises: RequestRefused: With every violation, and what was found and is allowed first."""
    _refuse_invalid_timestamps(request)
    try:
        protovalidate.validate(request)
    except protovalidate.ValidationError as error:
        protos: list[Any] = [violation.proto for violation in error.violations]
        violations = dict.fromkeys(_violation(request, proto) for proto in protos)
        path, allowed = _path(protos[0]), _allowed(request, protos[0])
        found = _found(request, path)
        wrong = f"the value is {'not allowed' if found else 'missing'}"
        raise RequestRefused(
            StatusCode.INVALID_ARGUMENT,
            "ERROR_REASON_INVALID_FIELD",
            f"{_text(path) or 'the request'}: {wrong if allowed else protos[0].message}",
            violations=violations,
            found=found,
            allowed=allowed or protos[0].message,
        ) from error


def _violation(request: Message, proto: Any) -> FieldViolation:
    allowed = _allowed(request, proto)
    return FieldViolation(
        _text(_path(proto)), f"allowed: {allowed}" if allowed else proto.message or proto.rule_id
    )


def _allowed(request: Message, proto: Any) -> str | None:
    """Returns what the violated rule allows; None of a rule that says it in its own message."""
    path = _path(proto)
    if not path:
        return None
    message: Any = request.DESCRIPTOR
    for element in path[:-1]:
        message = message.fields_by_name[element.field_name].message_type
    name = path[-1].field_name
    if name in message.oneofs_by_name:
        return allowed_by_oneof(message.oneofs_by_name[name])
    rule = tuple(element.field_name for element in proto.rule.elements) if proto.rule else ()
    return allowed_by_field_rule(message.fields_by_name[name], rule) if rule else None


def _path(proto: Any) -> Any:
    return proto.field.elements if proto.field else ()


def _refuse_invalid_timestamps(request: Message) -> None:
    found = list(invalid_timestamps(request))
    if found:
        path, timestamp = found[0]
        raise RequestRefused(
            StatusCode.INVALID_ARGUMENT,
            "ERROR_REASON_INVALID_FIELD",
            f"{path}: must be {ALLOWED}",
            violations=[FieldViolation(field, f"must be {ALLOWED}") for field, _ in found],
            found=text_of(timestamp),
            allowed=ALLOWED,
        )


def _text(path: Any) -> str:
    return ".".join(
        element.field_name + ("" if _subscript(element) is None else f"[{_subscript(element)}]")
        for element in path
    )


def _subscript(element: Any) -> Any:
    """Returns the index or the key that an element of a path has, or None."""
    return element.subscript.value if element.subscript else None


def _found(request: Message, path: Any) -> str:
    """Returns the value at `path` as text, without what is secret."""
    value: Any = request
    for element in path:
        field = value.DESCRIPTOR.fields_by_name.get(element.field_name)
        if field is None:  # a oneof, of which nothing is set
            return ""
        if is_secret(field):
            return REDACTED
        value = getattr(value, field.name)
        at = _subscript(element)
        if at is not None:
            value = value[at]
        if field.enum_type is not None:
            value = _enum_names(field.enum_type, value)
    return text_of(value)


def _enum_names(enum: Any, value: Any) -> Any:
    """Returns the name of an enum's value, or the number where it has none; lists item by item."""
    if not isinstance(value, int):
        return ", ".join(str(_enum_names(enum, item)) for item in value)
    return enum.values_by_number[value].name if value in enum.values_by_number else value
