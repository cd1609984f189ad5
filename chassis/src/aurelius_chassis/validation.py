"""The rules that the contract states, checked before a handler sees a request."""

import protovalidate
from google.protobuf.message import Message
from grpc import StatusCode

from aurelius_chassis.errors import FieldViolation, RequestRefused
from aurelius_chassis.redaction import found_at


def refuse_invalid(request: Message) -> None:
    """Raises: RequestRefused: With every violation, and the value found at the first."""
    try:
        protovalidate.validate(request)
    except protovalidate.ValidationError as error:
        violations = []
        for violation in error.violations:
            elements = violation.proto.field.elements if violation.proto.field else []
            path = ".".join(element.field_name for element in elements)
            violations.append(FieldViolation(path, violation.proto.message))
        first = violations[0]
        raise RequestRefused(
            StatusCode.INVALID_ARGUMENT,
            "ERROR_REASON_INVALID_FIELD",
            f"{first.field or 'the request'}: {first.description}",
            violations=violations,
            found=found_at(request, first.field),
            allowed=first.description,
        ) from error
