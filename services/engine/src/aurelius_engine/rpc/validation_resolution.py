"""Specifications of validations from the wire to their canonical document."""

from typing import Any

from google.protobuf import json_format

from aurelius.engine.v1 import sweep_pb2, validation_pb2, validation_studies_pb2
from aurelius_engine.application.plugins import Plugins
from aurelius_engine.rpc.resolution import resolve, write_defaults
from aurelius_engine.rpc.sweep_resolution import resolve_sweep

# Fields of studies that are a SearchSpace.
_SPACES = ("space", "neighbourhood")


def resolve_validation(
    spec: validation_pb2.ValidationSpec, plugins: Plugins | None = None
) -> dict[str, Any]:
    """Returns proto JSON with every default written out; spaces as sweeps have them.

    Raises:
        SweepParameterInvalid: A path of a space leads to no field that can vary, or a value
            is not one of the field.
        PluginNotFound, PluginMismatch, FormulaInvalid: As `resolve`.
    """
    resolved = validation_pb2.ValidationSpec()
    resolved.CopyFrom(spec)
    resolved.base.CopyFrom(resolve(spec.base, plugins))
    write_defaults(resolved)
    document: dict[str, Any] = json_format.MessageToDict(
        resolved, always_print_fields_with_no_presence=True
    )
    study = resolved.WhichOneof("study")
    message = getattr(resolved, study)
    terms = document[resolved.DESCRIPTOR.fields_by_name[study].json_name]
    for name in _SPACES:
        if name in message.DESCRIPTOR.fields_by_name and message.HasField(name):
            terms[name] = _resolved_space(resolved, getattr(message, name), plugins)
    return document


def _resolved_space(
    spec: validation_pb2.ValidationSpec,
    space: validation_studies_pb2.SearchSpace,
    plugins: Plugins | None,
) -> dict[str, Any]:
    """Returns the space as the sweep around the base would have it."""
    sweep = sweep_pb2.SweepSpec(
        base=spec.base,
        parameters=space.parameters,
        parameter_constraints=space.parameter_constraints,
        objective=space.objective,
    )
    method = space.WhichOneof("method")
    getattr(sweep, method).CopyFrom(getattr(space, method))
    document = resolve_sweep(sweep, plugins)
    kept = ("parameters", "parameterConstraints", "objective", method)
    return {name: document[name] for name in kept}
