"""A refusal says what is allowed, whichever rule of the contract was broken."""

import importlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import protovalidate
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from aurelius.engine.v1 import (
    costs_pb2,
    dataset_service_pb2,
    formula_pb2,
    orders_pb2,
    strategy_pb2,
)
from aurelius.gateway.v1 import user_service_pb2
from aurelius_chassis.errors import RequestRefused
from aurelius_chassis.validation import LARGE_BYTES, refuse_invalid
from buf.validate import validate_pb2
from tests.conftest import REPOSITORY

NUMBER = re.compile(r"-?[0-9][0-9.]*(?:e[+-]?[0-9]+)?")
DESCRIPTORS = REPOSITORY / "clients/python/src/aurelius/descriptors.binpb"


@dataclass(frozen=True)
class Rule:
    """One rule of one field: where it is, what it says, and a value that breaks it."""

    message: str
    field: str
    path: tuple[str, ...]
    value: Any
    breaks_with: Any

    def __str__(self) -> str:
        return f"{self.message}.{self.field}:{'.'.join(self.path)}"


def breaking(path: tuple[str, ...], value: Any) -> Any:
    """Returns a value that breaks a rule; lists as wholes, items alone."""
    match path[-1]:
        case "required" | "min_items" | "min_pairs" | "min_len":
            return None
        case "pattern":
            return " "
        case "max_len":
            return "x" * (value + 1)
        case "max_items" | "max_pairs":
            return value + 1
        case "not_in":
            return next(iter(value))
        case "in":
            return next(number for number in range(1000) if number not in value)
        case "defined_only":
            return 999
        case "gt" | "lt":
            return value
        case "gte":
            return value - 1
        case "lte":
            return value + 1
        case "finite":
            return math.nan
        case "unique" | "gt_now":
            return value
    raise AssertionError(f"a kind of rule that this test does not break: {path}")


def stated(rules: Any, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yields each rule of a field with its path."""
    for field, value in rules.ListFields():
        path = (*prefix, field.name)
        if field.name == "ignore":
            continue
        if field.message_type is not None and not field.is_repeated:
            yield from stated(value, path)
        else:
            yield path, value


def descriptors() -> Iterator[Any]:
    everything = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    for file in everything.file:
        if file.package.startswith("aurelius."):
            importlib.import_module(file.name.removesuffix(".proto").replace("/", ".") + "_pb2")
            for message in file.message_type:
                yield from with_nested(
                    descriptor_pool.Default().FindMessageTypeByName(
                        f"{file.package}.{message.name}"
                    )
                )


def with_nested(message: Any) -> Iterator[Any]:
    yield message
    for nested in message.nested_types:
        yield from with_nested(nested)


def rules() -> list[Rule]:
    return [
        Rule(message.full_name, field.name, path, value, breaking(path, value))
        for message in descriptors()
        for field in message.fields
        for path, value in stated(field.GetOptions().Extensions[validate_pb2.field])
        if field.GetOptions().Extensions[validate_pb2.field].ignore != validate_pb2.IGNORE_ALWAYS
    ]


def broken(rule: Rule) -> Any:
    """Returns a message in which the field breaks its rule."""
    message: Any = built(rule.message)
    value = rule.breaks_with
    field = message.DESCRIPTOR.fields_by_name[rule.field]
    if "map" in rule.path:
        if rule.path[-1] == "max_pairs":  # of a large message only the first violation is told
            message.name = "a"
        _break_map(getattr(message, rule.field), rule, value)
    elif "repeated" in rule.path:
        items = getattr(message, rule.field)
        if "items" in rule.path:
            items.append("" if value is None else value)
        elif rule.path[-1] in {"max_items", "unique"}:
            for _ in range(value if rule.path[-1] == "max_items" else 2):
                if field.message_type:
                    items.add()
                else:
                    items.append("x" if field.cpp_type == field.CPPTYPE_STRING else 2)
    elif rule.path[-1] == "gt_now":
        getattr(message, rule.field).seconds = 1
    elif rule.path[-1] == "min_len" or value is not None:
        setattr(message, rule.field, "" if value is None else value)
    return message


def _break_map(pairs: Any, rule: Rule, value: Any) -> None:
    """Puts one bad key, one bad value or too many pairs into a map; or leaves it empty."""
    if "keys" in rule.path:
        pairs[key_that_breaks(rule)] = _value_of(pairs)
    elif "values" in rule.path:
        pairs[key_that_breaks(rule)] = "" if value is None else value
    elif rule.path[-1] == "max_pairs":
        for number in range(value):
            pairs[f"k{number}"] = _value_of(pairs)


def key_that_breaks(rule: Rule) -> str:
    if "values" in rule.path:
        return "a"
    return "" if rule.breaks_with is None else str(rule.breaks_with)


def _value_of(pairs: Any) -> Any:
    """Returns a value of the kind that a map takes."""
    try:
        pairs["probe"] = "x"
    except TypeError:
        return 1.0
    del pairs["probe"]
    return "x"


def built(name: str) -> Any:
    return message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(name))()


def raw_message(message: Any, rule: Rule) -> str:
    """Returns the validator's own words for a broken rule; it must see it broken."""
    with pytest.raises(protovalidate.ValidationError) as error:
        protovalidate.validate(message, fail_fast=message.ByteSize() > LARGE_BYTES)
    said: dict[tuple[str, ...], str] = {}
    for violation in error.value.violations:
        proto: Any = violation.proto
        names = [part.field_name for part in proto.field.elements] if proto.field else []
        if proto.rule and names == [rule.field]:
            said[tuple(part.field_name for part in proto.rule.elements)] = proto.message
    bounds = {(*rule.path[:-1], name) for name in ("gt", "gte", "lt", "lte", "finite")}
    words = [text for path, text in said.items() if path == rule.path or path in bounds]
    assert words, f"the validator tells of others, {said}; of a large message only the first"
    return words[0]


def refusal_of(message: Any) -> RequestRefused:
    with pytest.raises(RequestRefused) as refusal:
        refuse_invalid(message)
    return refusal.value


@pytest.mark.parametrize("rule", rules(), ids=str)
def test_each_rule_of_the_contract_is_told_as_what_it_allows(rule: Rule) -> None:
    message = broken(rule)
    raw = raw_message(message, rule)

    refusal = refusal_of(message)

    told = [v.description for v in refusal.violations if is_of(rule, v.field)]
    assert told
    assert all(text.startswith("allowed: ") and raw not in text for text in told)
    assert any(is_told(rule, text) for text in told), told


def is_of(rule: Rule, field: str) -> bool:
    """Whether a path names a rule's field, one of its items or one of its entries."""
    if "keys" in rule.path or "values" in rule.path:
        return field == f"{rule.field}[{json.dumps(key_that_breaks(rule))}]"
    return re.fullmatch(rf"{rule.field}(\[\d+])?", field) is not None


def is_told(rule: Rule, text: str) -> bool:
    """Whether whoever reads a text sees what the rule says."""
    match rule.path[-1]:
        case "finite":
            within, _, _ = text.partition(", but not ")
            return "finite" in within or len(NUMBER.findall(within)) == 2
        case "gt" | "gte" | "lt" | "lte":
            return rule.value in map(float, NUMBER.findall(text))
        case "required":
            return "a value" in text
        case "unique":
            return "differ" in text
        case "gt_now":
            return "after now" in text
        case "not_in" | "defined_only" if "enum" in rule.path:
            enum = built(rule.message).DESCRIPTOR.fields_by_name[rule.field].enum_type
            return enum.values[-1].name in text and "UNSPECIFIED" not in text
        case "in":
            enum = built(rule.message).DESCRIPTOR.fields_by_name[rule.field].enum_type
            return text == "allowed: " + ", ".join(
                value.name for value in enum.values if value.number in rule.value
            )
        case "not_in" if "string" in rule.path:
            return repr(next(iter(rule.value))) in text
        case "not_in":
            _, _, refused = text.partition("but not ")
            return list(rule.value) == list(map(float, NUMBER.findall(refused)))
    assert "keys" not in rule.path or "as a key, " in text
    return str(rule.value) in text


def test_every_kind_of_rule_that_the_contract_has_is_among_them() -> None:
    assert len(rules()) > 200
    kinds = {".".join(rule.path) for rule in rules()}
    assert {"required", "string.pattern", "double.finite", "enum.not_in"} <= kinds
    assert {"repeated.items.enum.not_in", "repeated.unique", "timestamp.gt_now"} <= kinds


@pytest.mark.parametrize(
    ("message", "field", "found", "allowed"),
    [
        (
            dataset_service_pb2.GetDatasetRequest(name="datasets/Bad Name"),
            "name",
            "datasets/Bad Name",
            "text matching ^datasets/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$",
        ),
        (dataset_service_pb2.ListDatasetsRequest(page_size=-1), "page_size", "-1", "at least 0"),
        (
            user_service_pb2.SetUserRolesRequest(name="users/a", roles=[1]),
            "roles[0]",
            "ROLE_ANONYMOUS",
            "ROLE_RESEARCHER, ROLE_PLATFORM, ROLE_PRODUCT, ROLE_RISK, ROLE_AUDITOR, "
            "ROLE_APPROVER, ROLE_ADMIN",
        ),
        (costs_pb2.Commission(per_unit=-1), "per_unit", "-1.0", "[0, 1000000]"),
        (
            strategy_pb2.Strategy(),
            "template",
            "",
            "one of buy_and_hold, ts_momentum, trend_following, mean_reversion, breakout, "
            "pairs_trading, stat_arb, market_neutral, volatility_trading, carry, ml_classifier, "
            "formula, plugin, order_list",
        ),
        (
            strategy_pb2.MeanReversion(entry_zscore=1, exit_zscore=2),
            "",
            "entry_zscore: 1 exit_zscore: 2",
            "exit_zscore must be below entry_zscore",
        ),
        (formula_pb2.Grouping(name="a"), "groups", "", "1 to 10000 entries"),
        (
            formula_pb2.Grouping(name="a", groups={"A.B": "x" * 65}),
            'groups["A.B"]',
            "x" * 65,
            "1 to 64 characters",
        ),
        (
            strategy_pb2.Plugin(name="a", parameters={"B": 1}),
            'parameters["B"]',
            "B",
            "as a key, text matching ^[a-z][a-z0-9_]{0,62}$",
        ),
        (
            strategy_pb2.Plugin(name="a", parameters={"b": math.inf}),
            'parameters["b"]',
            "inf",
            "a finite number",
        ),
        (
            strategy_pb2.Plugin(name="a", parameters={f"k{n}": 1 for n in range(101)}),
            "parameters",
            "101 entries",
            "at most 100 entries",
        ),
        (
            costs_pb2.Commission(tiers=[costs_pb2.CommissionTier(from_value=1)] * 17),
            "tiers",
            "17 items",
            "at most 16 items",
        ),
        (
            orders_pb2.ScheduledOrder(time=Timestamp(), symbol="A", type=1),
            "quantity",
            "0.0",
            "[-1e+15, 1e+15], but not 0",
        ),
        (
            orders_pb2.OrderPlan(type=1, stop_offset_ratio=0.5),
            "",
            "type: ORDER_TYPE_MARKET stop_offset_ratio: 0.5",
            "stop_offset_ratio is 0 unless the type is stop or stop-limit",
        ),
    ],
)
def test_what_is_found_and_what_is_allowed_are_said_as_people_write_them(
    message: Message, field: str, found: str, allowed: str
) -> None:
    refusal = refusal_of(message)

    assert refusal.facts == {"found": found, "allowed": allowed}
    assert refusal.violations[0].field == field


def test_a_number_that_breaks_two_bounds_at_once_is_told_once() -> None:
    refusal = refusal_of(costs_pb2.Commission(per_unit=math.nan))

    assert [v.description for v in refusal.violations] == ["allowed: [0, 1000000]"]
