"""What a change of the contract takes from its callers that `buf breaking` does not see.

Compares two images by their descriptors: HTTP bindings, our method options,
resource patterns, defaults, field behaviour and validation rules. A rule that
accepts less than before breaks a caller; one that accepts more does not.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from google.api import annotations_pb2, field_behavior_pb2, resource_pb2
from google.protobuf import descriptor_pb2

from aurelius.contract.v1 import method_policy_pb2
from buf.validate import validate_pb2

PACKAGE = "aurelius."
VERBS = ("get", "put", "post", "delete", "patch")
# How a rule bounds what is accepted; anything else is compared as a whole.
LOWER = {"gt": True, "gte": False, "min_len": False, "min_bytes": False}
LOWER |= {"min_items": False, "min_pairs": False}
UPPER = {"lt": True, "lte": False, "max_len": False, "max_bytes": False}
UPPER |= {"max_items": False, "max_pairs": False}
FLAGS = {"required", "finite", "unique", "defined_only"}
# Rules of which a greater value accepts more: each `ignore` skips what the one before skips.
LENIENT = {"ignore"}
IGNORED = {"example"}  # says nothing about what is accepted


@dataclass(slots=True)
class Diff:
    """The changes found, each one line that begins with the full name of what changed."""

    broken: list[str] = field(default_factory=list)
    loosened: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Contract:
    """The suite's own messages, fields, oneofs and methods of an image, by full name."""

    messages: dict[str, descriptor_pb2.DescriptorProto]
    fields: dict[str, descriptor_pb2.FieldDescriptorProto]
    oneofs: dict[str, descriptor_pb2.OneofDescriptorProto]
    methods: dict[str, descriptor_pb2.MethodDescriptorProto]


def read_contract(image: bytes) -> Contract:
    """Reads an image (a FileDescriptorSet on the wire)."""
    contract = Contract({}, {}, {}, {})
    for file in descriptor_pb2.FileDescriptorSet.FromString(image).file:
        if file.package.startswith(PACKAGE):
            for message in file.message_type:
                _read_message(contract, f"{file.package}.{message.name}", message)
            for service in file.service:
                for method in service.method:
                    contract.methods[f"{file.package}.{service.name}.{method.name}"] = method
    return contract


def _read_message(contract: Contract, name: str, message: descriptor_pb2.DescriptorProto) -> None:
    contract.messages[name] = message
    for one in message.field:
        contract.fields[f"{name}.{one.name}"] = one
    for oneof in message.oneof_decl:
        contract.oneofs[f"{name}.{oneof.name}"] = oneof
    for nested in message.nested_type:
        _read_message(contract, f"{name}.{nested.name}", nested)


def diff(old: Contract, new: Contract) -> Diff:
    """Compares what both have; what is gone is `buf breaking`'s to report."""
    found = Diff()
    for name, method in old.methods.items():
        if name in new.methods:
            _compare_methods(found, name, method, new.methods[name])
    for name, message in old.messages.items():
        if name in new.messages:
            _compare_messages(found, name, message, new.messages[name])
    for name, one in old.fields.items():
        if name in new.fields:
            _compare_fields(found, name, one, new.fields[name])
    for name, one in new.fields.items():
        message_is_old = name.rpartition(".")[0] in old.messages
        if message_is_old and name not in old.fields and _is_required(one):
            found.broken.append(f"{name}: a new field is required")
    for name, oneof in old.oneofs.items():
        if name in new.oneofs:
            rules = [
                _extension(one.options, validate_pb2.oneof) for one in (oneof, new.oneofs[name])
            ]
            _compare_rules(found, name, *rules)
    return found


def _extension(options: Any, extension: Any) -> Any:
    return options.Extensions[extension]


def bindings(method: descriptor_pb2.MethodDescriptorProto) -> list[str]:
    """Returns the HTTP bindings of an RPC as text: verb, path, and body if there is one."""
    first = _extension(method.options, annotations_pb2.http)
    found = []
    for rule in (first, *first.additional_bindings):
        for verb in VERBS:
            if getattr(rule, verb):
                body = f" body={rule.body}" if rule.body else ""
                answer = f" response_body={rule.response_body}" if rule.response_body else ""
                found.append(f"{verb.upper()} {getattr(rule, verb)}{body}{answer}")
    return found


def roles(method: descriptor_pb2.MethodDescriptorProto) -> list[str]:
    """Returns the names of the roles that may call an RPC."""
    numbers = _extension(method.options, method_policy_pb2.required_roles)
    return [method_policy_pb2.Role.Name(number) for number in numbers]


def _compare_methods(
    found: Diff,
    name: str,
    old: descriptor_pb2.MethodDescriptorProto,
    new: descriptor_pb2.MethodDescriptorProto,
) -> None:
    now = bindings(new)
    for bound in bindings(old):
        if bound not in now:
            has = ", ".join(now) or "none"
            found.broken.append(f"{name}: HTTP binding {bound} is gone; now {has}")
    for role in roles(old):
        if role not in roles(new):
            found.broken.append(f"{name}: role {role} is gone")
    for option in (method_policy_pb2.capability, method_policy_pb2.idempotency):
        was, now_is = _extension(old.options, option), _extension(new.options, option)
        if was != now_is:
            found.broken.append(f"{name}: {option.name} was {was}, is {now_is}")


def _compare_messages(
    found: Diff,
    name: str,
    old: descriptor_pb2.DescriptorProto,
    new: descriptor_pb2.DescriptorProto,
) -> None:
    was, now = (_extension(one.options, resource_pb2.resource) for one in (old, new))
    if was.type != now.type:
        found.broken.append(f"{name}: resource type was {was.type}, is {now.type}")
    for pattern in was.pattern:
        if pattern not in now.pattern:
            found.broken.append(f"{name}: resource pattern {pattern} is gone")
    _compare_rules(
        found, name, *(_extension(one.options, validate_pb2.message) for one in (old, new))
    )


def _is_required(one: descriptor_pb2.FieldDescriptorProto) -> bool:
    behaviours = _extension(one.options, field_behavior_pb2.field_behavior)
    return field_behavior_pb2.REQUIRED in behaviours


def _compare_fields(
    found: Diff,
    name: str,
    old: descriptor_pb2.FieldDescriptorProto,
    new: descriptor_pb2.FieldDescriptorProto,
) -> None:
    if _is_required(new) and not _is_required(old):
        found.broken.append(f"{name}: was optional, is required")
    was, now = (_extension(one.options, method_policy_pb2.default_json) for one in (old, new))
    if was != now:
        found.broken.append(f"{name}: default_json was {was or 'none'}, is {now or 'none'}")
    _compare_references(found, name, old, new)
    _compare_rules(
        found, name, *(_extension(one.options, validate_pb2.field) for one in (old, new))
    )


def _compare_references(
    found: Diff,
    name: str,
    old: descriptor_pb2.FieldDescriptorProto,
    new: descriptor_pb2.FieldDescriptorProto,
) -> None:
    """Compares which resource a field names; to say so for the first time breaks nothing."""
    was, now = (_extension(one.options, resource_pb2.resource_reference) for one in (old, new))
    for kind in ("type", "child_type"):
        before, after = getattr(was, kind), getattr(now, kind)
        if before and before != after:
            found.broken.append(
                f"{name}: resource_reference {kind} was {before}, is {after or 'none'}"
            )


def _compare_rules(found: Diff, name: str, old: Any, new: Any) -> None:
    for path, tighter, text in _rule_changes("", old, new):
        line = f"{name}: rule {path} is {'tightened' if tighter else 'loosened'}: {text}"
        (found.broken if tighter else found.loosened).append(line)


def _rule_changes(path: str, old: Any, new: Any) -> Iterator[tuple[str, bool, str]]:
    """Yields (path, whether it accepts less, what changed) of two rule messages of one type."""
    for side, better in ((LOWER, max), (UPPER, min)):
        was, now = _bound(old, side, better), _bound(new, side, better)
        if was != now:
            tighter = was is None or (now is not None and better(was, now) == now)
            set_in = {rule.name for one in (old, new) for rule, _ in one.ListFields()}
            names = "/".join(sorted(set_in & set(side)))
            yield path + names, tighter, f"was {_shown(was)}, is {_shown(now)}"
    for rule in new.DESCRIPTOR.fields:
        is_bound = rule.message_type is None and (rule.name in LOWER or rule.name in UPPER)
        if not is_bound and rule.name not in IGNORED:
            yield from _one_rule(path, rule, old, new)


def _one_rule(path: str, rule: Any, old: Any, new: Any) -> Iterator[tuple[str, bool, str]]:
    here, was, now = path + rule.name, getattr(old, rule.name), getattr(new, rule.name)
    if rule.name == "cel":
        yield from _cel_changes(here, was, now)
    elif rule.name in ("in", "not_in"):
        gone, come = set(was) - set(now), set(now) - set(was)
        if gone or come:
            tighter = bool(come) if rule.name == "not_in" else bool(now and (gone or not was))
            yield here, tighter, f"was {sorted(was)}, is {sorted(now)}"
    elif _is_group(rule):
        if old.HasField(rule.name) or new.HasField(rule.name):
            yield from _rule_changes(f"{here}.", was, now)
    elif rule.name in LENIENT:
        if was != now:
            yield here, now < was, f"was {_named(rule, was)}, is {_named(rule, now)}"
    elif was != now:
        given = any(set_rule.name == rule.name for set_rule, _ in new.ListFields())
        tighter = bool(now) if rule.name in FLAGS else given
        yield here, tighter, f"was {was!r}, is {now!r}"


def _named(rule: Any, number: int) -> str:
    return str(rule.enum_type.values_by_number[number].name)


def _is_group(rule: Any) -> bool:
    """Says whether a rule is a message of further rules, such as those of a list's items."""
    kind = rule.message_type
    return kind is not None and not rule.is_repeated and kind.full_name.startswith("buf.validate.")


def _cel_changes(here: str, was: Any, now: Any) -> Iterator[tuple[str, bool, str]]:
    before = {rule.id: rule.expression for rule in was}
    after = {rule.id: rule.expression for rule in now}
    for identifier in sorted(before | after):
        if before.get(identifier) != after.get(identifier):
            text = f"was {before.get(identifier)}, is {after.get(identifier)}"
            yield f"{here} {identifier}", identifier in after, text


def _bound(
    rules: Any, names: dict[str, bool], better: Callable[..., Any]
) -> tuple[float, int] | None:
    """Returns the bound that holds, as (value, strictness that sorts with the value)."""
    sign = 1 if names is LOWER else -1
    bounds = []
    for one in rules.DESCRIPTOR.fields:
        if one.name in names and one.message_type is None and rules.HasField(one.name):
            bounds.append((getattr(rules, one.name), sign if names[one.name] else 0))
    return better(bounds) if bounds else None


def _shown(bound: tuple[float, int] | None) -> str:
    if bound is None:
        return "none"
    return f"{bound[0]:g} excluded" if bound[1] else f"{bound[0]:g}"
