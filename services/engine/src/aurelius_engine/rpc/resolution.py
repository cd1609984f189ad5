"""Specifications from the wire to their canonical document. docs/specs/identity.md section 2."""

import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from aurelius.contract.v1 import method_policy_pb2
from aurelius.engine.v1 import backtest_spec_pb2, formula_pb2, strategy_pb2
from aurelius_engine.application.plugins import NoPlugins, Plugins
from aurelius_engine.domain.formula import formulas


def resolve(
    spec: backtest_spec_pb2.BacktestSpec, plugins: Plugins | None = None
) -> backtest_spec_pb2.BacktestSpec:
    """Returns a copy with every default written out and the symbols sorted and unique.

    A default is the field's `default_json` option: proto JSON text. A formula becomes its
    canonical tree, and a plug-in names the source that is installed.

    Args:
        spec: Valid by its rules.
        plugins: What is installed; None believes the source that the specification names.

    Raises:
        FormulaInvalid: The strategy is a formula, and it is none.
        PluginNotFound, PluginMismatch: It is a plug-in, and not the one that is installed.
    """
    resolved = backtest_spec_pb2.BacktestSpec()
    resolved.CopyFrom(spec)
    symbols = sorted(set(resolved.symbols), key=lambda symbol: symbol.encode())
    del resolved.symbols[:]
    resolved.symbols.extend(symbols)
    write_defaults(resolved)
    if resolved.strategy.WhichOneof("template") == "formula":
        _normalise(resolved.strategy.formula)
    if resolved.strategy.WhichOneof("template") == "plugin":
        name_source(resolved.strategy.plugin, plugins)
    return resolved


def _normalise(formula: formula_pb2.Formula) -> None:
    """Puts the canonical tree of a formula in the place of its source."""
    document = formulas.resolved(json_format.MessageToDict(formula))
    formula.Clear()
    json_format.ParseDict(document, formula)


def name_source(plugin: strategy_pb2.Plugin, plugins: Plugins | None) -> None:
    """Writes out the digest of a plug-in's source."""
    if plugins is None and plugin.HasField("source_digest"):
        return
    installed = plugins or NoPlugins()
    plugin.source_digest = installed.source_digest(plugin.name, plugin.source_digest)


def document_of(resolved: backtest_spec_pb2.BacktestSpec) -> dict[str, Any]:
    """Returns the proto JSON of a resolved specification, ready for canonical JSON."""
    document: dict[str, Any] = json_format.MessageToDict(
        resolved, always_print_fields_with_no_presence=True
    )
    return document


def write_defaults(message: Message) -> None:
    """Writes the default of every absent field into a message, at any depth."""
    for field in message.DESCRIPTOR.fields:
        options = field.GetOptions()
        default: str = options.Extensions[method_policy_pb2.default_json]  # type: ignore[index]
        if default and not message.HasField(field.name):
            json_format.ParseDict({field.json_name: json.loads(default)}, message)
            if field.message_type is not None:
                getattr(message, field.name).SetInParent()
        kind = field.message_type
        if kind is not None and not kind.GetOptions().map_entry:
            found = getattr(message, field.name)
            inner = found if field.is_repeated else [found] * message.HasField(field.name)
            for item in inner:
                write_defaults(item)
