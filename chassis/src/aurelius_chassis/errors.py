"""One table from exceptions to google.rpc.Status, and the refusals that all services share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from google.protobuf import any_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

SHARED_DOMAIN = "aurelius.dev"
# A status travels in trailers, the message twice and the details in base64. Peers refuse
# trailers above 8 KiB, and the caller would then see another code than the one that was sent.
MESSAGE_MAX_CHARS = 800
FACT_MAX_CHARS = 300
DETAILS_MAX_BYTES = 4000


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


class RefusedBefore(Exception):
    """A refusal that was the answer to the same request before; `status` has it."""

    def __init__(self, before: status_pb2.Status) -> None:
        """Takes the status as it was sent."""
        super().__init__(before.message)
        self.status = before


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """The only place where a service's exceptions get codes.

    `domain` is such as `engine.aurelius.dev`.
    """

    domain: str
    table: Mapping[type[Exception], WireError] = field(default_factory=dict)

    def status_of(self, error: BaseException) -> status_pb2.Status | None:
        """Returns the status of a refusal; None of what is a bug."""
        if isinstance(error, RefusedBefore):
            return error.status
        if isinstance(error, RequestRefused):
            return status(
                error.code,
                error.reason,
                str(error),
                domain=error.domain,
                facts=error.facts,
                violations=error.violations,
            )
        wire = next((self.table[kind] for kind in type(error).__mro__ if kind in self.table), None)
        if wire is None or not isinstance(error, Exception):
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
    """Builds a status with one ErrorInfo, and a BadRequest if there are violations.

    Long texts are cut. Violations that have no room are counted in the last one.
    """
    info = error_details_pb2.ErrorInfo(
        reason=reason,
        domain=domain,
        metadata={key: _cut(str(value), FACT_MAX_CHARS) for key, value in facts.items()},
    )
    details: list[Message] = [info]
    room = DETAILS_MAX_BYTES - info.ByteSize() - sum(detail.ByteSize() for detail in more)
    if violations:
        details.append(_bad_request(violations, room))
    number: int = code.value[0]
    answer = status_pb2.Status(code=number, message=_cut(message, MESSAGE_MAX_CHARS))
    for detail in (*details, *more):
        packed = any_pb2.Any()
        packed.Pack(detail)
        answer.details.append(packed)
    return answer


def reason_of(answer: status_pb2.Status) -> str:
    """Returns the reason in the ErrorInfo of a status; empty if it has none."""
    info = error_details_pb2.ErrorInfo()
    for detail in answer.details:
        if detail.Unpack(info):
            return str(info.reason)
    return ""


def _bad_request(violations: Sequence[FieldViolation], room: int) -> error_details_pb2.BadRequest:
    bad = error_details_pb2.BadRequest()
    for number, violation in enumerate(violations):
        bad.field_violations.add(
            field=_cut(violation.field, FACT_MAX_CHARS),
            description=_cut(violation.description, FACT_MAX_CHARS),
        )
        if number and bad.ByteSize() > room:
            del bad.field_violations[-1]
            left = len(violations) - number
            bad.field_violations.add(description=f"and {left} more violations")
            break
    return bad


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
