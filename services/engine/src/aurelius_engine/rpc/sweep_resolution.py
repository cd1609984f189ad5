"""Specifications of sweeps from the wire to their canonical document. docs/specs/sweeps.md."""

from typing import Any

from google.protobuf import json_format

from aurelius.engine.v1 import strategy_pb2, sweep_pb2
from aurelius_engine.application.plugins import Plugins
from aurelius_engine.domain.errors import SweepParameterInvalid
from aurelius_engine.rpc.resolution import name_source, resolve, write_defaults
from aurelius_engine.rpc.trial_specs import Leaf

_PLUGIN = "strategy.plugin"


def resolve_sweep(spec: sweep_pb2.SweepSpec, plugins: Plugins | None = None) -> dict[str, Any]:
    """Returns proto JSON with every default written out and one spelling of each path.

    Listed values are as the specification's own proto JSON would have them.

    Raises:
        SweepParameterInvalid: A path leads to no field that can vary, or a value is not
            one of the field.
        PluginNotFound, PluginMismatch: As `resolve`.
    """
    resolved = sweep_pb2.SweepSpec()
    resolved.CopyFrom(spec)
    resolved.base.CopyFrom(resolve(spec.base, plugins))
    write_defaults(resolved)
    spellings = {}
    leaves = []
    for parameter in resolved.parameters:
        write_defaults(parameter)
        leaf = Leaf(parameter.path, resolved.base)
        _refuse_range_of_other_kind(parameter, leaf)
        spellings[parameter.path] = parameter.path = leaf.path
        leaves.append(leaf)
    for relation in resolved.parameter_constraints:
        relation.left_path = spellings.get(relation.left_path, relation.left_path)
        if relation.WhichOneof("right") == "right_path":
            relation.right_path = spellings.get(relation.right_path, relation.right_path)
    document: dict[str, Any] = json_format.MessageToDict(
        resolved, always_print_fields_with_no_presence=True
    )
    for entry, leaf in zip(document["parameters"], leaves, strict=True):
        if "valueList" in entry:
            listed = entry["valueList"]["values"]
            values = [leaf.normalised(value) for value in listed]
            entry["valueList"]["values"] = [_named(leaf, value, plugins) for value in values]
    return document


def _named(leaf: Leaf, value: Any, plugins: Plugins | None) -> Any:
    """Returns a listed value; of a plug-in, with the digest of the source that is installed."""
    if leaf.path == f"{_PLUGIN}.name":
        raise SweepParameterInvalid(
            "the name of a plug-in does not vary without its source",
            found=leaf.path,
            allowed=_PLUGIN,
        )
    if leaf.path == "strategy" and "plugin" in value:
        return {"plugin": _with_source(value["plugin"], plugins)}
    return _with_source(value, plugins) if leaf.path == _PLUGIN else value


def _with_source(value: Any, plugins: Plugins | None) -> Any:
    plugin = json_format.ParseDict(value, strategy_pb2.Plugin())
    name_source(plugin, plugins)
    return json_format.MessageToDict(plugin)


def _refuse_range_of_other_kind(parameter: sweep_pb2.SweepParameter, leaf: Leaf) -> None:
    domain = parameter.WhichOneof("domain")
    if domain == "value_list":
        return
    sample = parameter.int_range.lower if domain == "int_range" else 0.5
    if not leaf.plain or leaf.kind.enum_type is not None:
        raise SweepParameterInvalid(
            f"{leaf.path} is not a number", found=str(domain), allowed="value_list"
        )
    leaf.normalised(sample)
