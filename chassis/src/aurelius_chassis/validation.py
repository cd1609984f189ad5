"""The rules that the contract states, checked before a handler sees a request."""

from typing import Any

import protovalidate
from google.protobuf.message import Message
from grpc import StatusCode

from aurelius_chassis.errors import FieldViolation, RequestRefused
from aurelius_chassis.redaction import REDACTED, is_secret, text_of
from aurelius_chassis.timestamps import ALLOWED, invalid_timestamps


def refuse_invalid(request: Message) -> None:
    """Raises: RequestRefused: With every violation, and the value found at the first."""
    _refuse_invalid_timestamps(request)
    try:
        protovalidate.validate(request)
    except protovalidate.ValidationError as error:
        protos: list[Any] = [violation.proto for violation in error.violations]
        paths = [proto.field.elements if proto.field else () for proto in protos]
        violations = [
            FieldViolation(_text(path), proto.message or proto.rule_id)
            for path, proto in zip(paths, protos, strict=True)
        ]
        first = violations[0]
        raise RequestRefused(
            StatusCode.INVALID_ARGUMENT,
            "ERROR_REASON_INVALID_FIELD",
            f"{first.field or 'the request'}: {first.description}",
            violations=violations,
            found=_found(request, paths[0]),
            allowed=first.description,
        ) from error


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
    return text_of(value)
