"""The JSON body of a REST request, read strictly into its message.

Envoy drops unknown JSON fields without a word. It therefore hands the raw body
over in `http_body`, and this module reads it: an unknown field is refused.
"""

import json
from collections.abc import Callable
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message
from grpc import StatusCode

from aurelius_chassis.descriptors import BODY_FIELD
from aurelius_chassis.errors import FieldViolation, RequestRefused
from aurelius_chassis.redaction import text_of_field

# Says whether an unknown field has a refusal of its own; returns it or None.
UnknownField = Callable[[str, str], RequestRefused | None]


def merge_body(request: Message, unknown_field: UnknownField | None = None) -> None:
    """Parses `http_body`, if it is set, into the request, and clears it.

    Args:
        request: A message with a field `http_body`; path fields are set already.
        unknown_field: May name a refusal of its own for an unknown field: it
            gets the path of the message that has no such field, and the field.

    Raises:
        RequestRefused: The body is not JSON, not this message, has an unknown
            field, or sets a field that the path sets otherwise.
    """
    if not request.HasField(BODY_FIELD):
        return
    body: bytes = getattr(request, BODY_FIELD).data
    request.ClearField(BODY_FIELD)
    document = _parse(body)
    if BODY_FIELD in document or "httpBody" in document:
        raise _unknown("", BODY_FIELD, request)
    _refuse_unknown(document, request, "", unknown_field)
    parsed = type(request)()
    try:
        json_format.ParseDict(document, parsed)
    except json_format.ParseError as error:
        raise RequestRefused(
            StatusCode.INVALID_ARGUMENT,
            "ERROR_REASON_MALFORMED_JSON",
            f"the body is not a {request.DESCRIPTOR.name}: {error}",
            found=str(error)[:200],
            allowed=f"proto JSON of {request.DESCRIPTOR.full_name}",
        ) from error
    for field, value in request.ListFields():
        named = {name for name, _ in _set_fields(parsed)}
        if field.name in named and getattr(parsed, field.name) != value:
            raise RequestRefused(
                StatusCode.INVALID_ARGUMENT,
                "ERROR_REASON_INVALID_FIELD",
                f"{field.name} is set by the path and otherwise by the body",
                violations=[FieldViolation(field.name, "the path says otherwise")],
                found=text_of_field(parsed, field.name),
                allowed=text_of_field(request, field.name),
            )
    request.MergeFrom(_without(parsed, {field.name for field, _ in request.ListFields()}))


def _set_fields(message: Message) -> list[tuple[str, Any]]:
    return [(field.name, value) for field, value in message.ListFields()]


def _without(message: Message, names: set[str]) -> Message:
    for name in names:
        message.ClearField(name)
    return message


def _parse(body: bytes) -> dict[str, Any]:
    try:
        # RFC 8259, 8.1: UTF-8 and nothing else.
        document = json.loads(body.decode() or "{}", object_pairs_hook=_no_repetition)
    except (ValueError, RecursionError) as error:
        raise _malformed(str(error)) from error
    if not isinstance(document, dict):
        raise _malformed(f"a {type(document).__name__}")
    return document


def _malformed(found: str) -> RequestRefused:
    return RequestRefused(
        StatusCode.INVALID_ARGUMENT,
        "ERROR_REASON_MALFORMED_JSON",
        f"the body is not one JSON object: {found}",
        found=found,
        allowed="a JSON object",
    )


def _no_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        again = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {again!r} appears twice")
    return document


def _refuse_unknown(
    document: dict[str, Any], message: Any, path: str, unknown_field: UnknownField | None
) -> None:
    descriptor = getattr(message, "DESCRIPTOR", message)
    if descriptor.full_name.startswith("google.protobuf."):
        return
    known = {f.json_name: f for f in descriptor.fields} | {f.name: f for f in descriptor.fields}
    named: set[str] = set()
    for name, value in document.items():
        field = known.get(name)
        if field is None:
            special = unknown_field(path, name) if unknown_field else None
            raise special or _unknown(path, name, message)
        if field.name in named:  # once as `requestId`, once as `request_id`
            raise _malformed(f"{path}{name} appears twice, in two spellings")
        named.add(field.name)
        inner = field.message_type
        if inner is None or inner.GetOptions().map_entry:
            continue
        items = value if isinstance(value, list) else [value]
        for item in items:
            if isinstance(item, dict):
                _refuse_unknown(item, inner, f"{path}{field.json_name}.", unknown_field)


def _unknown(path: str, name: str, message: Any) -> RequestRefused:
    descriptor = getattr(message, "DESCRIPTOR", message)
    allowed = ", ".join(f.json_name for f in descriptor.fields if f.name != BODY_FIELD)
    return RequestRefused(
        StatusCode.INVALID_ARGUMENT,
        "ERROR_REASON_UNKNOWN_FIELD",
        f"{path}{name} is not a field of {descriptor.name}",
        violations=[FieldViolation(f"{path}{name}", f"allowed: {allowed}")],
        found=f"{path}{name}",
        allowed=allowed,
    )
