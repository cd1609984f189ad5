"""What the whole contract keeps, over every RPC, message, field and enum of ours."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from google.api import annotations_pb2, field_behavior_pb2
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from aurelius.contract.v1 import method_policy_pb2
from buf.validate import validate_pb2
from tests.conftest import REPOSITORY

ID = "[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
DESCRIPTORS = REPOSITORY / "clients/python/src/aurelius/descriptors.binpb"
CODES = (
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "UNAUTHENTICATED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "UNAVAILABLE",
    "DEADLINE_EXCEEDED",
    "CANCELLED",
    "INTERNAL",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "DATA_LOSS",
)
# POST without a change: the request carries a secret, which a path must not.
READS_BY_POST = {"Login", "ExchangeApiKey", "CheckFormula", "PriceOption", "ImplyVolatility"}

Files = list[descriptor_pb2.FileDescriptorProto]


@pytest.fixture(scope="module")
def files() -> Files:
    everything = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    return [file for file in everything.file if file.package.startswith("aurelius.")]


def messages(files: Files) -> dict[str, descriptor_pb2.DescriptorProto]:
    found = {}

    def walk(prefix: str, message: descriptor_pb2.DescriptorProto) -> None:
        found[f"{prefix}.{message.name}"] = message
        for nested in message.nested_type:
            walk(f"{prefix}.{message.name}", nested)

    for file in files:
        for message in file.message_type:
            walk(file.package, message)
    return found


def methods(files: Files) -> dict[str, descriptor_pb2.MethodDescriptorProto]:
    return {
        f"{file.package}.{service.name}.{method.name}": method
        for file in files
        for service in file.service
        for method in service.method
    }


def fields(files: Files) -> Iterator[tuple[str, FieldDescriptorProto]]:
    for name, message in messages(files).items():
        for one in message.field:
            yield f"{name}.{one.name}", one


def option(described: Any, extension: Any) -> Any:
    return described.options.Extensions[extension]


def request_of(files: Files, method: descriptor_pb2.MethodDescriptorProto) -> Any:
    return messages(files)[method.input_type.removeprefix(".")]


def test_every_rpc_has_a_binding_and_the_three_options(files: Files) -> None:
    lacking = [
        name
        for name, method in methods(files).items()
        if not option(method, annotations_pb2.http).WhichOneof("pattern")
        or not option(method, method_policy_pb2.required_roles)
        or 0 in option(method, method_policy_pb2.required_roles)
        or not re.fullmatch(r"[a-z]+\.[a-z_]+", option(method, method_policy_pb2.capability))
        or not option(method, method_policy_pb2.idempotency)
    ]

    assert len(methods(files)) > 20
    assert lacking == []


def test_no_two_rpcs_share_a_binding(files: Files) -> None:
    bound: dict[str, list[str]] = {}
    for name, method in methods(files).items():
        rule = option(method, annotations_pb2.http)
        for one in (rule, *rule.additional_bindings):
            verb = one.WhichOneof("pattern")
            bound.setdefault(f"{verb} {getattr(one, verb)}", []).append(name)

    assert {binding: names for binding, names in bound.items() if len(names) > 1} == {}


def test_every_path_variable_and_body_is_a_field_of_the_request(files: Files) -> None:
    wrong = []
    for name, method in methods(files).items():
        known = {one.name: one for one in request_of(files, method).field}
        rule = option(method, annotations_pb2.http)
        for one in (rule, *rule.additional_bindings):
            path = getattr(one, one.WhichOneof("pattern"))
            wanted = re.findall(r"\{(\w+)[=}]", path) + [one.body] * bool(one.body)
            wrong += [f"{name}: {variable}" for variable in wanted if variable not in known]
            assert one.body != "*", f"{name}: a body is the strictly parsed http_body"

    assert wrong == []


def test_every_body_is_raw_so_that_unknown_fields_can_be_refused(files: Files) -> None:
    bodies = {
        f"{name}.{one.name}": one.type_name
        for name, method in methods(files).items()
        for body in [option(method, annotations_pb2.http).body]
        for one in request_of(files, method).field
        if one.name == body
    }

    assert bodies
    assert set(bodies.values()) == {".google.api.HttpBody"}


def test_every_required_field_has_a_rule(files: Files) -> None:
    required = [
        (name, one)
        for name, one in fields(files)
        if field_behavior_pb2.REQUIRED in option(one, field_behavior_pb2.field_behavior)
    ]
    without = [name for name, one in required if not one.options.HasExtension(validate_pb2.field)]

    assert len(required) > 20
    assert without == []


def test_every_request_field_says_how_it_behaves(files: Files) -> None:
    silent = [
        f"{method.input_type.removeprefix('.')}.{one.name}"
        for method in methods(files).values()
        for one in request_of(files, method).field
        if not option(one, field_behavior_pb2.field_behavior)
    ]

    assert silent == []


def test_every_list_has_pages_and_an_order(files: Files) -> None:
    lists = {
        name: method for name, method in methods(files).items() if method.name.startswith("List")
    }
    known = messages(files)
    lacking = []
    for name, method in lists.items():
        asked = {one.name for one in request_of(files, method).field}
        answered = {one.name for one in known[method.output_type.removeprefix(".")].field}
        if not {"page_size", "page_token"} <= asked or "next_page_token" not in answered:
            lacking.append(name)

    assert len(lists) >= 5
    assert lacking == []


def test_every_stream_but_a_file_can_say_in_band_why_it_ends(files: Files) -> None:
    known = messages(files)
    streams = {
        name: method.output_type.removeprefix(".")
        for name, method in methods(files).items()
        if method.server_streaming
    }
    lacking = [
        name
        for name, output in streams.items()
        if output != "google.api.HttpBody"
        and {one.name: one.type_name for one in known[output].field}.get("error")
        != ".google.rpc.Status"
    ]

    assert len(streams) >= 5
    assert lacking == []


def test_every_write_has_a_request_id_or_says_why_it_needs_none(files: Files) -> None:
    wrong = []
    for name, method in methods(files).items():
        kind = method_policy_pb2.Idempotency.Name(option(method, method_policy_pb2.idempotency))
        has_id = "request_id" in {one.name for one in request_of(files, method).field}
        reads = option(method, annotations_pb2.http).WhichOneof("pattern") == "get"
        reads = reads or method.name in READS_BY_POST
        allowed = (
            {"IDEMPOTENCY_READ_ONLY"}
            if reads
            else {"IDEMPOTENCY_REQUEST_ID"}
            if has_id
            else {"IDEMPOTENCY_NATURAL", "IDEMPOTENCY_ONCE"}
        )
        if kind not in allowed:
            wrong.append(f"{name}: {kind}, {'has' if has_id else 'no'} request_id")

    assert wrong == []


def test_every_refusal_says_its_code_or_that_it_is_a_fact_in_a_resource(files: Files) -> None:
    wrong = []
    seen = 0
    for file in files:
        for index, enum in enumerate(file.enum_type):
            if enum.name == "ErrorReason":
                comments = {
                    tuple(location.path): location.leading_comments.strip()
                    for location in file.source_code_info.location
                }
                for at, value in enumerate(enum.value):
                    text = comments.get((5, index, 2, at), "")
                    seen += 1
                    begins = ("Never sent.",) if value.number == 0 else (*CODES, "Only in")
                    if not text.startswith(begins):
                        wrong.append(f"{file.package}.{value.name}: {text!r}")

    assert seen > 40
    assert wrong == []


def test_every_id_a_caller_chooses_is_of_the_id_pattern(files: Files) -> None:
    chosen = {
        f"{method.input_type.removeprefix('.')}.{one.name}": option(one, validate_pb2.field)
        for method in methods(files).values()
        if method.name.startswith("Create")
        for one in request_of(files, method).field
        if one.name.endswith("_id") and one.name != "request_id"
    }
    wrong = {
        name: rules.string.pattern
        for name, rules in chosen.items()
        if not rules.string.pattern.replace("^$|", "").endswith(f"^{ID}$")
    }

    assert chosen
    assert wrong == {}


def test_every_name_asked_for_has_a_whole_pattern(files: Files) -> None:
    asked = {
        f"{method.input_type.removeprefix('.')}.{one.name}": option(one, validate_pb2.field)
        for method in methods(files).values()
        for one in request_of(files, method).field
        if one.name in ("name", "parent")
    }
    wrong = {
        name: rules.string.pattern
        for name, rules in asked.items()
        if not re.fullmatch(r"\^[a-zA-Z]+/.*\$", rules.string.pattern)
    }

    assert len(asked) > 10
    assert wrong == {}


def test_every_enum_begins_with_a_value_that_means_nothing(files: Files) -> None:
    enums = {f"{file.package}.{enum.name}": enum for file in files for enum in file.enum_type}
    enums |= {
        f"{name}.{enum.name}": enum
        for name, message in messages(files).items()
        for enum in message.enum_type
    }

    wrong = [
        name for name, enum in enums.items() if not enum.value[0].name.endswith("_UNSPECIFIED")
    ]

    assert enums
    assert wrong == []


def test_no_field_is_unsigned_but_the_seed(files: Files) -> None:
    unsigned = {
        name.rpartition(".")[2]
        for name, one in fields(files)
        if one.type
        in (
            FieldDescriptorProto.TYPE_UINT32,
            FieldDescriptorProto.TYPE_UINT64,
            FieldDescriptorProto.TYPE_FIXED32,
            FieldDescriptorProto.TYPE_FIXED64,
        )
    }

    assert unsigned == {"seed"}


def test_buf_still_asks_for_comments_everywhere() -> None:
    settings = yaml.safe_load((REPOSITORY / "buf.yaml").read_text())

    assert {"STANDARD", "COMMENTS"} <= set(settings["lint"]["use"])
    assert settings["lint"]["disallow_comment_ignores"] is True
    assert settings["breaking"]["use"] == ["PACKAGE"]
    assert not any("COMMENT" in rule for rule in settings["lint"]["except"])
