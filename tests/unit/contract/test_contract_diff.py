"""Two sets of rules compared: what accepts less is tightened, what accepts more is loosened."""

import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any

import pytest
from google.api import resource_pb2
from google.protobuf import descriptor_pb2, text_format

from buf.validate import validate_pb2
from tests.conftest import REPOSITORY


def _load() -> Any:
    path = REPOSITORY / "tools/contract_diff.py"
    loader = SourceFileLoader("contract_diff", str(path))
    module = ModuleType(loader.name)
    sys.modules[loader.name] = module  # dataclasses look their module up
    loader.exec_module(module)
    return module


contract_diff = _load()


def rules(text: str) -> validate_pb2.FieldRules:
    return text_format.Parse(text, validate_pb2.FieldRules())


def verdicts(old: str, new: str) -> list[tuple[str, bool]]:
    changes = contract_diff._rule_changes("", rules(old), rules(new))
    return [(path, tighter) for path, tighter, _ in changes]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("", "required: true", "required"),
        ("double {gte: 0}", "double {gt: 0}", "double.gt/gte"),
        ("double {lt: 1}", "double {lt: 0.5}", "double.lt"),
        ("", "int64 {lte: 9}", "int64.lte"),
        ("double {}", "double {finite: true}", "double.finite"),
        ("", 'string {in: "a"}', "string.in"),
        ('string {in: "a" in: "b"}', 'string {in: "a"}', "string.in"),
        ("enum {not_in: 0}", "enum {not_in: 0 not_in: 3}", "enum.not_in"),
        ('string {pattern: "a|b"}', 'string {pattern: "a"}', "string.pattern"),
        ("", 'string {const: "a"}', "string.const"),
        ("repeated {}", "repeated {unique: true}", "repeated.unique"),
        ("", "repeated {items {string {min_len: 1}}}", "repeated.items.string.min_len"),
        ("", "map {max_pairs: 4}", "map.max_pairs"),
        ("", 'cel {id: "x" expression: "this > 1"}', "cel x"),
        (
            'cel {id: "x" expression: "this > 1"}',
            'cel {id: "x" expression: "this > 2"}',
            "cel x",
        ),
        ("", "timestamp {lt_now: true}", "timestamp.lt_now"),
        ("", "duration {gt {seconds: 1}}", "duration.gt"),
        ("ignore: IGNORE_ALWAYS", "", "ignore"),
        ("ignore: IGNORE_ALWAYS", "ignore: IGNORE_IF_ZERO_VALUE", "ignore"),
        ("ignore: IGNORE_IF_ZERO_VALUE", "", "ignore"),
    ],
)
def test_accepting_less_is_tightened_and_the_reverse_of_a_bound_is_not(
    old: str, new: str, path: str
) -> None:
    assert verdicts(old, new) == [(path, True)]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("required: true", "", "required"),
        ("double {gt: 0}", "double {gte: 0}", "double.gt/gte"),
        ("double {lt: 1}", "double {lt: 2}", "double.lt"),
        ('string {in: "a"}', "string {}", "string.in"),
        ('string {in: "a"}', 'string {in: "a" in: "b"}', "string.in"),
        ("enum {not_in: 0 not_in: 3}", "enum {not_in: 0}", "enum.not_in"),
        ('string {pattern: "a"}', "string {}", "string.pattern"),
        ('cel {id: "x" expression: "this > 1"}', "", "cel x"),
        ("", "ignore: IGNORE_ALWAYS", "ignore"),
        ("ignore: IGNORE_IF_ZERO_VALUE", "ignore: IGNORE_ALWAYS", "ignore"),
    ],
)
def test_accepting_more_is_loosened(old: str, new: str, path: str) -> None:
    assert verdicts(old, new) == [(path, False)]


def references(old: str, new: str) -> list[str]:
    """Returns what a changed resource_reference of one field breaks."""
    found = contract_diff.Diff()
    fields = []
    for text in (old, new):
        field = descriptor_pb2.FieldDescriptorProto(name="of")
        if text:
            reference = field.options.Extensions[resource_pb2.resource_reference]
            text_format.Parse(text, reference)
        fields.append(field)
    contract_diff._compare_fields(found, "m.of", *fields)
    assert found.loosened == []
    return list(found.broken)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('type: "a/A"', 'type: "a/B"', "m.of: resource_reference type was a/A, is a/B"),
        ('type: "a/A"', "", "m.of: resource_reference type was a/A, is none"),
        (
            'child_type: "a/A"',
            'child_type: "a/B"',
            "m.of: resource_reference child_type was a/A, is a/B",
        ),
    ],
)
def test_a_field_that_names_another_resource_breaks(old: str, new: str, said: str) -> None:
    assert references(old, new) == [said]


def test_a_field_that_says_for_the_first_time_what_it_names_breaks_nothing() -> None:
    assert references("", 'type: "a/A"') == []
    assert references('type: "a/A"', 'type: "a/A"') == []


def test_an_example_is_no_rule() -> None:
    assert verdicts('string {example: "a"}', 'string {example: "b"}') == []
