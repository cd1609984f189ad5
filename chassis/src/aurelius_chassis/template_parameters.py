"""A refusal of its own for a parameter that a strategy template does not have.

The engine's specifications and the gateway's strategies both carry a message
with one template out of several. Over REST an unknown JSON field in such a
template is a misspelt parameter, and each service refuses it in its own domain:

    build_server(
        ...,
        unknown_field=refuse_unknown_parameter(
            strategy_pb2.Strategy.DESCRIPTOR, domain="engine.aurelius.dev"
        ),
    )
"""

from typing import Any

from grpc import StatusCode

from aurelius_chassis.errors import FieldViolation, RequestRefused
from aurelius_chassis.strict_json import UnknownField

REASON = "ERROR_REASON_UNKNOWN_STRATEGY_PARAMETER"
ONEOF = "template"


def refuse_unknown_parameter(strategy: Any, *, domain: str) -> UnknownField:
    """Returns the `unknown_field` hook of a service's server.

    Args:
        strategy: The descriptor of the message whose oneof `template` has the templates.
        domain: The service's, such as `engine.aurelius.dev`; its ErrorReason has
            ERROR_REASON_UNKNOWN_STRATEGY_PARAMETER.
    """
    templates: dict[str, Any] = {
        field.json_name: field.message_type for field in strategy.oneofs_by_name[ONEOF].fields
    }

    def unknown_field(path: str, name: str) -> RequestRefused | None:
        template = path.rstrip(".").rpartition(".")[2]
        if template not in templates:
            return None
        parameters = [field.json_name for field in templates[template].fields]
        allowed = ", ".join(parameters) or "no parameter"
        return RequestRefused(
            StatusCode.INVALID_ARGUMENT,
            REASON,
            f"{path}{name} is not a parameter of {template}, which has {allowed}",
            violations=[FieldViolation(f"{path}{name}", f"allowed: {allowed}")],
            domain=domain,
            found=name,
            allowed=allowed,
        )

    return unknown_field
