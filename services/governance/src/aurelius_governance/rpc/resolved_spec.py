"""Whether a specification is resolved, as docs/specs/identity.md section 2 says."""

from collections.abc import Sequence

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from aurelius.contract.v1 import method_policy_pb2
from aurelius.engine.v1 import backtest_spec_pb2, validation_pb2
from aurelius_governance.domain.canonical_json import JsonValue


def document_of(
    spec: backtest_spec_pb2.BacktestSpec | validation_pb2.ValidationSpec,
) -> JsonValue:
    """Returns the document that is hashed: the proto JSON with every field that has no presence."""
    document: JsonValue = json_format.MessageToDict(spec, always_print_fields_with_no_presence=True)
    return document


def faults(spec: backtest_spec_pb2.BacktestSpec) -> Sequence[str]:
    """Returns what keeps a specification from being resolved; nothing if it is."""
    found = [f"{path} is not written out" for path in _absent(spec, "")]
    if list(spec.symbols) != sorted(set(spec.symbols), key=lambda symbol: symbol.encode()):
        found.append("symbols are not sorted and unique")
    return found


def _absent(message: Message, path: str) -> Sequence[str]:
    """Returns the fields that have a default and are absent."""
    found: list[str] = []
    for field in message.DESCRIPTOR.fields:
        default: str = field.GetOptions().Extensions[method_policy_pb2.default_json]  # type: ignore[index]
        if default and not message.HasField(field.name):
            found.append(f"{path}{field.name}")
        is_message = field.type == FieldDescriptor.TYPE_MESSAGE and not field.is_repeated
        if is_message and message.HasField(field.name):
            found.extend(_absent(getattr(message, field.name), f"{path}{field.name}."))
    return found
