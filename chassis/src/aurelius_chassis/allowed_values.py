"""What a rule of the contract allows, as a short text for people."""

import math
from collections.abc import Sequence
from typing import Any

from buf.validate import validate_pb2

_NUMBERS = frozenset(
    {"double", "float"}
    | {f"{kind}{size}" for kind in ("int", "uint", "sint", "fixed", "sfixed") for size in (32, 64)}
)
_NUMBER_RULES = frozenset({"gt", "gte", "lt", "lte", "finite", "not_in"})
_UNSPECIFIED = "_UNSPECIFIED"


def allowed_by_field_rule(field: Any, rule_path: Sequence[str]) -> str | None:
    """Returns what a violated rule of a field allows; None of a kind of rule not known here.

    Args:
        field: The field's descriptor.
        rule_path: The names of the violated rule, such as `("string", "pattern")`.
    """
    rules = field.GetOptions().Extensions[validate_pb2.field]
    return _allowed(rules, tuple(rule_path), field)


def allowed_by_oneof(oneof: Any) -> str:
    """Returns what a oneof that must be set allows."""
    return "one of " + ", ".join(field.name for field in oneof.fields)


def _allowed(rules: Any, path: tuple[str, ...], field: Any) -> str | None:
    kind, *rest = path
    if kind == "required":
        return "a value"
    if not rest:
        return None
    of_kind = getattr(rules, kind)
    rule = rest[0]
    match kind:
        case "repeated" if rule == "items":
            return _allowed(of_kind.items, tuple(rest[1:]), field)
        case "repeated":
            return _list_text(of_kind, rule)
        case "map":
            return _map_text(of_kind, rest, field)
        case "string":
            return _string_text(of_kind, rule)
        case "enum":
            return _enum_text(of_kind, field.enum_type)
        case "timestamp":
            return "a time after now" if rule == "gt_now" else None
        case _ if kind in _NUMBERS and rule in _NUMBER_RULES:
            return _number_text(of_kind)
        case _:
            return None


def _list_text(rules: Any, rule: str) -> str | None:
    if rule == "unique":
        return "items that differ from each other"
    if rule in {"min_items", "max_items"}:
        return _count_text(rules, "min_items", "max_items", "item", "items")
    return None


def _map_text(rules: Any, path: Sequence[str], field: Any) -> str | None:
    rule, *rest = path
    entry = field.message_type.fields_by_name
    match rule:
        case "keys":
            text = _allowed(rules.keys, tuple(rest), entry["key"])
            return None if text is None else f"as a key, {text}"
        case "values":
            return _allowed(rules.values, tuple(rest), entry["value"])
        case "min_pairs" | "max_pairs":
            return _count_text(rules, "min_pairs", "max_pairs", "entry", "entries")
        case _:
            return None


def _string_text(rules: Any, rule: str) -> str | None:
    match rule:
        case "pattern":
            return f"text matching {rules.pattern}"
        case "not_in":
            return "any text but " + ", ".join(map(repr, rules.not_in))
        case "min_len" | "max_len":
            return _count_text(rules, "min_len", "max_len", "character", "characters")
        case _:
            return None


def _enum_text(rules: Any, enum: Any) -> str:
    refused, allowed = set(rules.not_in), set(getattr(rules, "in"))
    return ", ".join(
        value.name
        for value in enum.values
        if value.number not in refused
        and (not allowed or value.number in allowed)
        and not value.name.endswith(_UNSPECIFIED)
    )


def _count_text(rules: Any, least: str, most: str, one: str, many: str) -> str:
    low, high = _given(rules, least), _given(rules, most)
    words = one if (low if high is None else high) == 1 else many
    if low is not None and high is not None:
        return f"{low} {words}" if low == high else f"{low} to {high} {words}"
    return f"at least {low} {words}" if high is None else f"at most {high} {words}"


def _number_text(rules: Any) -> str | None:
    refused = " or ".join(map(_number, rules.not_in))
    if not any(_given(rules, name) is not None for name in _NUMBER_RULES - {"not_in"}):
        return f"any number but {refused}"
    text = _range_text(rules)
    return f"{text}, but not {refused}" if text and refused else text


def _range_text(rules: Any) -> str | None:
    above, least = _given(rules, "gt"), _given(rules, "gte")
    below, most = _given(rules, "lt"), _given(rules, "lte")
    low = above if least is None else least
    high = below if most is None else most
    if low is not None and high is not None:
        if low > high:  # the rule allows what is outside; the contract has none such
            return None
        opened, closed = "(" if least is None else "[", ")" if most is None else "]"
        return f"{opened}{_number(low)}, {_number(high)}{closed}"
    finite = " and finite" if _given(rules, "finite") else ""
    if low is not None:
        return f"{'above' if least is None else 'at least'} {_number(low)}{finite}"
    if high is not None:
        return f"{'below' if most is None else 'at most'} {_number(high)}{finite}"
    return "a finite number"


def _given(rules: Any, name: str) -> Any:
    field = rules.DESCRIPTOR.fields_by_name.get(name)
    return getattr(rules, name) if field is not None and rules.HasField(name) else None


def _number(value: float) -> str:
    """Returns a number as people write it, and exactly."""
    if isinstance(value, int):
        return str(value)
    short = f"{value:.12g}"
    return short if math.isinf(value) or float(short) == value else repr(value)
