"""The specifications of a sweep's points: values put at paths, and the contract's rules asked."""

import threading
from collections.abc import Mapping
from typing import Any

import protovalidate
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.domain.canonical_json import Json
from aurelius_engine.domain.errors import SweepParameterInvalid, TrialSpecInvalid
from aurelius_engine.domain.sweeps.hashes import with_values
from aurelius_engine.domain.sweeps.space import Values
from aurelius_engine.rpc.resolution import document_of, resolve

_FLOATS = (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT)
_INTS = (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64)
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
# Trials are compared, and those of different tiers are not: execution.md 12.7.
_ALIKE = "fillSource"
_PLAIN = (*_FLOATS, *_INTS, FieldDescriptor.CPPTYPE_BOOL, FieldDescriptor.CPPTYPE_ENUM)


class Leaf:
    """A field of the specification that can vary, found by its path."""

    def __init__(self, path: str, base: Message) -> None:
        """Walks the path. Raises: SweepParameterInvalid: It leads to no such field."""
        self.fields: list[Any] = []
        self.key = ""
        message: Message | None = base
        descriptor: Any = base.DESCRIPTOR
        for name in path.split("."):
            if self.key:
                raise _no_field(path, name, "a path that ends at the key of a map")
            if self.fields and _is_map(self.fields[-1]):
                self.key = name
                continue
            field = _field(descriptor, name, path)
            _refuse_other_choice(field, message, path)
            self.fields.append(field)
            inner = None if _is_map(field) or field.is_repeated else field.message_type
            descriptor = inner
            message = getattr(message, field.name) if message is not None and inner else None
        self.path = ".".join([*(field.json_name for field in self.fields), *self._keys()])
        if self.path == _ALIKE:
            raise SweepParameterInvalid(
                f"{_ALIKE} cannot vary: trials of different tiers are not compared",
                found=_ALIKE,
                allowed="another field, and one sweep for each fill source",
            )
        self.field = self.fields[-1]
        self.rivals = _rivals(self.field)

    def _keys(self) -> list[str]:
        return [self.key] if self.key else []

    @property
    def kind(self) -> Any:
        """The field that holds the value: of a map's entry, its value."""
        return self.field.message_type.fields_by_name["value"] if self.key else self.field

    @property
    def plain(self) -> bool:
        """Whether its value is a number, a truth value or an enum's, and the field's alone."""
        repeated = self.field.is_repeated and not self.key
        return not repeated and not self.rivals and self.kind.cpp_type in _PLAIN

    def normalised(self, value: Json) -> Json:
        """Returns a value as the proto JSON of a specification would have it.

        Raises:
            SweepParameterInvalid: The field cannot have the value.
        """
        parent: Any = backtest_spec_pb2.BacktestSpec()
        for field in self.fields[:-1]:
            parent = getattr(parent, field.name)
        name = self.field.json_name
        try:
            json_format.ParseDict({name: {self.key: value} if self.key else value}, parent)
            document = json_format.MessageToDict(parent, always_print_fields_with_no_presence=True)
            found: Json = document[name][self.key] if self.key else document[name]
        except (json_format.ParseError, KeyError, TypeError, ValueError) as error:
            raise self._refusal(value) from error
        if self.kind.cpp_type in _PLAIN and not self._has(found, value):
            raise self._refusal(value)
        return found

    def _has(self, found: Json, value: Json) -> bool:
        """Whether a plain field can have what the parser, which is more lenient, made."""
        if self.field.is_repeated and not self.key:
            return True
        if self.kind.enum_type is not None:
            return isinstance(found, str)
        is_flag = self.kind.cpp_type == FieldDescriptor.CPPTYPE_BOOL
        return isinstance(value, bool) == is_flag and found not in _NOT_FINITE

    def _refusal(self, value: Json) -> SweepParameterInvalid:
        return SweepParameterInvalid(
            f"{self.path} cannot be {value!r}"[:300],
            found=repr(value)[:100],
            allowed=_type_text(self.kind),
        )

    def put(self, message: Message, value: Json) -> None:
        """Sets a plain field to a value in proto JSON."""
        parent: Any = message
        for field in self.fields[:-1]:
            parent = getattr(parent, field.name)
        if self.kind.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
            value = self.kind.enum_type.values_by_name[value].number
        if self.key:
            getattr(parent, self.field.name)[self.key] = value
        else:
            setattr(parent, self.field.name, value)


class TrialSpecs:
    """Implements the port of the same name over a resolved sweep's document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Takes the resolved proto JSON of a SweepSpec.

        Raises:
            SweepParameterInvalid: A path leads to no field.
        """
        self._spec = json_format.ParseDict(dict(document["base"]), backtest_spec_pb2.BacktestSpec())
        self._leaves = [Leaf(entry["path"], self._spec) for entry in document["parameters"]]
        self._paths = [leaf.path for leaf in self._leaves]
        self._scratch = backtest_spec_pb2.BacktestSpec()
        self._scratch.CopyFrom(self._spec)
        self._lock = threading.Lock()
        self._base: Mapping[str, Json] = document["base"]
        self._uniform = all(leaf.plain and _has_parent(self._base, leaf) for leaf in self._leaves)

    @property
    def uniform(self) -> bool:
        """See the port."""
        return self._uniform

    @property
    def base(self) -> Mapping[str, Json]:
        """See the port."""
        return self._base

    def check(self, values: Values) -> None:
        """See the port."""
        if not self._uniform:
            self._valid(self._merged(values))
            return
        with self._lock:
            for leaf, value in zip(self._leaves, values, strict=True):
                leaf.put(self._scratch, value)
            self._valid(self._scratch)

    def document(self, values: Values) -> Mapping[str, Any]:
        """See the port."""
        if self._uniform:
            return with_values(self._base, self._paths, values)
        return document_of(resolve(self._merged(values)))

    def _merged(self, values: Values) -> backtest_spec_pb2.BacktestSpec:
        document: dict[str, Any] = dict(self._base)
        for leaf, value in zip(self._leaves, values, strict=True):
            part = document
            names = leaf.path.split(".")
            for name in names[:-1]:
                part[name] = dict(part.get(name, {}))
                part = part[name]
            for rival in leaf.rivals:
                part.pop(rival, None)
            part[names[-1]] = value
        try:
            return json_format.ParseDict(document, backtest_spec_pb2.BacktestSpec())
        except json_format.ParseError as error:
            raise _invalid(str(error)) from error

    def _valid(self, spec: Message) -> None:
        try:
            protovalidate.validate(spec)
        except protovalidate.ValidationError as error:
            violations: list[Any] = [violation.proto for violation in error.violations]
            texts = (_violation_text(violation) for violation in violations)
            raise _invalid("; ".join(texts)) from error


def _invalid(text: str) -> TrialSpecInvalid:
    return TrialSpecInvalid(text, found=text[:200], allowed="a valid specification")


def _violation_text(violation: Any) -> str:
    elements = violation.field.elements if violation.field else ()
    path = ".".join(element.field_name for element in elements)
    said = violation.message or violation.rule_id
    return f"{path}: {said}" if path else str(said)


def _is_map(field: Any) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _field(descriptor: Any, name: str, path: str) -> Any:
    if descriptor is None or descriptor.full_name.startswith("google.protobuf."):
        raise _no_field(path, name, "a path that ends before it")
    for field in descriptor.fields:
        if name in (field.json_name, field.name):
            return field
    raise _no_field(path, name, ", ".join(field.json_name for field in descriptor.fields))


def _no_field(path: str, name: str, allowed: str) -> SweepParameterInvalid:
    return SweepParameterInvalid(
        f"{path} is no field of the specification: there is no {name}", found=path, allowed=allowed
    )


def _refuse_other_choice(field: Any, message: Message | None, path: str) -> None:
    """Refuses a field of another choice than the base made: both cannot be."""
    choice = field.containing_oneof
    if choice is None or message is None or field.message_type is None:
        return
    chosen: str | None = message.WhichOneof(choice.name)
    if chosen is not None and chosen != field.name:
        allowed = message.DESCRIPTOR.fields_by_name[chosen].json_name
        raise SweepParameterInvalid(
            f"{path} is not in the base, whose {choice.name} is {allowed}",
            found=field.json_name,
            allowed=allowed,
        )


def _rivals(field: Any) -> tuple[str, ...]:
    """Returns the other fields of a choice: only one of them can be."""
    choice = field.containing_oneof
    others = choice.fields if choice is not None else ()
    return tuple(other.json_name for other in others if other.name != field.name)


def _has_parent(base: Mapping[str, Any], leaf: Leaf) -> bool:
    part: Any = base
    for name in leaf.path.split(".")[:-1]:
        part = part.get(name) if isinstance(part, Mapping) else None
    return isinstance(part, Mapping)


def _type_text(kind: Any) -> str:
    if kind.enum_type is not None:
        return ", ".join(value.name for value in kind.enum_type.values if value.number)
    if kind.message_type is not None:
        return f"proto JSON of {kind.message_type.full_name}"
    return {
        **dict.fromkeys(_FLOATS, "a finite number"),
        **dict.fromkeys(_INTS, "a whole number"),
    }.get(kind.cpp_type, "proto JSON of the field")
