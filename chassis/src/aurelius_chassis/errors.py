"""One table from exceptions to google.rpc.Status, and the refusals that all services share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from google.protobuf import any_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

SHARED_DOMAIN = "aurelius.dev"


@dataclass(frozen=True, slots=True)
class WireError:
    """What an exception becomes: a code, and a value of the package's ErrorReason.

    `details` makes further details of the status out of the exception.
    """

    code: StatusCode
    reason: str
    details: Callable[[Exception], Sequence[Message]] | None = None


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """A field of the request, and what is wrong with it."""

    field: str
    description: str


class RequestRefused(Exception):
    """A refusal that the chassis itself makes, before or instead of the handler."""

    def __init__(
        self,
        code: StatusCode,
        reason: str,
        message: str,
        *,
        violations: Iterable[FieldViolation] = (),
        domain: str = SHARED_DOMAIN,
        **facts: object,
    ) -> None:
        """Keeps the facts for ErrorInfo.metadata, the violations for BadRequest."""
        super().__init__(message)
        self.code, self.reason, self.domain = code, reason, domain
        self.violations, self.facts = tuple(violations), facts


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """The only place where a service's exceptions get codes.

    `domain` is such as `engine.aurelius.dev`.
    """

    domain: str
    table: Mapping[type[Exception], WireError] = field(default_factory=dict)

    def status_of(self, error: Exception) -> status_pb2.Status | None:
        """Returns the status of a refusal; None of what is a bug."""
        if isinstance(error, RequestRefused):
            return status(
                error.code,
                error.reason,
                str(error),
                domain=error.domain,
                facts=error.facts,
                violations=error.violations,
            )
        wire = self.table.get(type(error))
        if wire is None:
            return None
        facts = _facts(error)
        violations: Sequence[FieldViolation] = ()
        if wire.code is StatusCode.INVALID_ARGUMENT:
            named = str(facts.get("field", facts.get("column", "")))
            violations = (FieldViolation(named, str(error)),)
        return status(
            wire.code,
            wire.reason,
            str(error),
            domain=self.domain,
            facts=facts,
            violations=violations,
            more=wire.details(error) if wire.details else (),
        )


def _facts(error: Exception) -> dict[str, object]:
    """Returns the public attributes of a refusal; `facts`, a mapping, counts as attributes."""
    attributes = {k: v for k, v in vars(error).items() if not k.startswith("_")}
    inner = attributes.pop("facts", {})
    return attributes | (dict(inner) if isinstance(inner, Mapping) else {})


def status(
    code: StatusCode,
    reason: str,
    message: str,
    *,
    domain: str,
    facts: Mapping[str, object],
    violations: Sequence[FieldViolation] = (),
    more: Sequence[Message] = (),
) -> status_pb2.Status:
    """Builds a status with one ErrorInfo, and a BadRequest if there are violations."""
    info = error_details_pb2.ErrorInfo(
        reason=reason,
        domain=domain,
        metadata={key: str(value) for key, value in facts.items()},
    )
    details: list[Message] = [info]
    if violations:
        bad = error_details_pb2.BadRequest()
        for violation in violations:
            bad.field_violations.add(field=violation.field, description=violation.description)
        details.append(bad)
    number: int = code.value[0]
    answer = status_pb2.Status(code=number, message=message)
    for detail in (*details, *more):
        packed = any_pb2.Any()
        packed.Pack(detail)
        answer.details.append(packed)
    return answer
