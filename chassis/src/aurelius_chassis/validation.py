"""The rules that the contract states, checked before a handler sees a request."""

import json
from typing import Any

import protovalidate
from google.protobuf.message import Message
from grpc import StatusCode

from aurelius_chassis.allowed_values import allowed_by_field_rule, allowed_by_oneof
from aurelius_chassis.errors import FieldViolation, RequestRefused
from aurelius_chassis.redaction import REDACTED, is_secret, text_of
from aurelius_chassis.timestamps import ALLOWED, invalid_timestamps

# A violation costs some 30 microseconds, and a message of 8 MB has room for ten million; a
# status for a few dozen.
LARGE_BYTES = 32 * 1024
_COUNTED = {
    "min_items": ("item", "items"),
    "max_items": ("item", "items"),
    "min_pairs": ("entry", "entries"),
    "max_pairs": ("entry", "entries"),
}


def refuse_invalid(request: Message) -> None:
    """Refuses a request that breaks a rule of the contract.

    Of a request above `LARGE_BYTES` only the first violation found is told, and times are
    looked at last: what does not fit its lists is refused at once.

    Raises:
        RequestRefused: With every violation, and what was found and is allowed first.
    """
    if request.ByteSize() > LARGE_BYTES:
        _refuse_violations(request, fail_fast=True)
        _refuse_invalid_timestamps(request)
    else:
        _refuse_invalid_timestamps(request)
        _refuse_violations(request, fail_fast=False)


def _refuse_violations(request: Message, *, fail_fast: bool) -> None:
    try:
        protovalidate.validate(request, fail_fast=fail_fast)
    except protovalidate.ValidationError as error:
        protos = _in_order([violation.proto for violation in error.violations])
        violations = dict.fromkeys(_violation(request, proto) for proto in protos)
        path, allowed = _path(protos[0]), _allowed(request, protos[0])
        found = _found(request, protos[0])
        what = "key" if protos[0].for_key else "value"
        wrong = f"the {what} is {'not allowed' if found else 'missing'}"
        raise RequestRefused(
            StatusCode.INVALID_ARGUMENT,
            "ERROR_REASON_INVALID_FIELD",
            f"{_text(path) or 'the request'}: {wrong if allowed else protos[0].message}",
            violations=violations,
            found=found,
            allowed=allowed or protos[0].message,
        ) from error


def _in_order(protos: list[Any]) -> list[Any]:
    """Returns violations in the order in which they are found, those within maps by their keys.

    The order of a map differs from process to process; that of a refusal must not.
    """
    ranks: dict[tuple[Any, ...], int] = {}

    def rank_of(proto: Any) -> tuple[tuple[int, bool, Any], ...]:
        key: list[tuple[int, bool, Any]] = []
        above: tuple[Any, ...] = ()
        for element in _path(proto):
            at = _subscript(element)
            rank = ranks.setdefault((*above, element.field_name), len(ranks))
            key.append((rank, at is not None, 0 if at is None else at))
            above = (*above, element.field_name, at)
        return (*key, (ranks.setdefault((*above, None), len(ranks)), False, 0))

    return sorted(protos, key=rank_of)


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
    rule = _rule(proto)
    return allowed_by_field_rule(message.fields_by_name[name], rule) if rule else None


def _path(proto: Any) -> Any:
    return proto.field.elements if proto.field else ()


def _rule(proto: Any) -> tuple[str, ...]:
    return tuple(element.field_name for element in proto.rule.elements) if proto.rule else ()


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
    return ".".join(element.field_name + _subscript_text(element) for element in path)


def _subscript_text(element: Any) -> str:
    """Returns such as `[3]` for an item of a list, `["AAPL"]` for an entry of a map."""
    at = _subscript(element)
    return "" if at is None else f"[{json.dumps(at, ensure_ascii=False)}]"


def _subscript(element: Any) -> Any:
    """Returns the index or the key that an element of a path has, or None."""
    return element.subscript.value if element.subscript else None


def _found(request: Message, proto: Any) -> str:
    """Returns what broke the rule as text, without what is secret.

    It is the value at the path, the key where the rule is of keys, and the number of items
    where the rule is of that; empty if there is none.
    """
    value: Any = request
    at = None
    for element in _path(proto):
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
    if proto.for_key:
        return text_of(at)
    counted = _COUNTED.get(_rule(proto)[-1]) if _rule(proto) else None
    return text_of(value) if counted is None else _count_text(len(value), *counted)


def _count_text(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}" if count else ""


def _enum_names(enum: Any, value: Any) -> Any:
    """Returns the name of an enum's value, or the number where it has none; lists item by item."""
    if not isinstance(value, int):
        return ", ".join(str(_enum_names(enum, item)) for item in value)
    return enum.values_by_number[value].name if value in enum.values_by_number else value
