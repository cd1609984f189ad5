"""What the SDK and the command refuse with. Free of gRPC, so that it costs nothing to import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REASON_PREFIX = "ERROR_REASON_"


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """A field of the request, and what is wrong with it."""

    field: str
    description: str


@dataclass(frozen=True, slots=True)
class MissingPrecondition:
    """Something that has to be there first, such as an item of evidence."""

    type: str
    subject: str
    description: str


class AureliusError(Exception):
    """A refusal: a reason of the contract's catalogue, with the facts behind it.

    Attributes:
        code: The gRPC code's name, such as `NOT_FOUND`.
        reason: A value of the service's ErrorReason without `ERROR_REASON_`.
        domain: Who refused, such as `engine.aurelius.dev`; empty for the SDK itself.
        message: What happened, in one sentence.
        found: The value found; empty if there is none to name.
        allowed: What is allowed; empty if there is nothing to name.
        metadata: All facts that the service sent.
        violations: The fields at fault.
        missing: What has to be there first.
        request_id: The call's id, which the service's log has.
    """

    code = "UNKNOWN"

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        found: str = "",
        allowed: str = "",
        code: str | None = None,
        domain: str = "",
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[FieldViolation] = (),
        missing: Sequence[MissingPrecondition] = (),
        request_id: str = "",
    ) -> None:
        """Keeps the facts as attributes."""
        super().__init__(reason, message)
        self.code = code or type(self).code
        self.reason = reason.removeprefix(REASON_PREFIX)
        self.message, self.found, self.allowed = message, found, allowed
        self.domain, self.request_id = domain, request_id
        self.metadata = dict(metadata or {})
        self.violations, self.missing = tuple(violations), tuple(missing)

    def __str__(self) -> str:
        """Returns one line: the reason, what happened, what was found and what is allowed."""
        message = self.message.removesuffix(f", allowed {self.allowed}")
        facts = [f"found {self.found}"] if self.found else []
        facts += [f"allowed {self.allowed}"] if self.allowed else []
        tail = f" ({'; '.join(facts)})" if facts else ""
        return " ".join(f"{self.reason}: {message}{tail}".split())


class InvalidInput(AureliusError):
    """What the caller gave cannot be used."""

    code = "INVALID_ARGUMENT"


class NotFound(AureliusError):
    """There is no such resource."""

    code = "NOT_FOUND"


class Conflict(AureliusError):
    """The resource exists, or changed since it was read."""

    code = "ABORTED"


class PermissionDenied(AureliusError):
    """The caller is known and may not do this."""

    code = "PERMISSION_DENIED"


class Unauthenticated(AureliusError):
    """The caller is not known, or the token does not hold."""

    code = "UNAUTHENTICATED"


class ResourceExhausted(AureliusError):
    """A limit was reached."""

    code = "RESOURCE_EXHAUSTED"


class FailedPrecondition(AureliusError):
    """Something has to be done first; the same call again would be refused again."""

    code = "FAILED_PRECONDITION"


class Unavailable(AureliusError):
    """The server cannot be reached or is busy; the same call may work later."""

    code = "UNAVAILABLE"


class DataLoss(AureliusError):
    """Bytes are damaged and must not be used."""

    code = "DATA_LOSS"


class Cancelled(AureliusError):
    """The call was cancelled."""

    code = "CANCELLED"


class DeadlineExceeded(AureliusError):
    """The time that the caller gave was over."""

    code = "DEADLINE_EXCEEDED"


class Internal(AureliusError):
    """An error of the server, or an answer that the SDK does not understand."""

    code = "INTERNAL"


class DigestMismatch(DataLoss):
    """What was received is not what its digest says.

    Attributes:
        subject: What was checked, such as `runs/r.../artifacts/equity`.
        expected: The digest or name that it should have.
        computed: The one that its content has.
    """

    def __init__(self, subject: str, *, expected: str, computed: str) -> None:
        """Keeps both values."""
        super().__init__(
            "DIGEST_MISMATCH",
            f"{subject} is not what its digest says",
            found=computed,
            allowed=expected,
        )
        self.subject, self.expected, self.computed = subject, expected, computed


class RunNotSealed(FailedPrecondition):
    """A run ended without a result.

    Attributes:
        run: The run, `runs/{run}`.
        state: Its terminal state without `STATE_`, such as `QUARANTINED`.
    """

    def __init__(self, run: str, state: str, reason: str, message: str) -> None:
        """Takes the run's own failure as the reason."""
        super().__init__(reason or f"RUN_{state}", message or f"{run} ended as {state}")
        self.run, self.state = run, state


class SweepNotSucceeded(FailedPrecondition):
    """A sweep ended without a table of trials, or goes on.

    Attributes:
        sweep: The sweep, `sweeps/{sweep}`.
        state: Its state without `STATE_`, such as `CANCELLED`.
    """

    def __init__(self, sweep: str, state: str, reason: str, message: str) -> None:
        """Takes the sweep's own failure as the reason."""
        super().__init__(reason or f"SWEEP_{state}", message or f"{sweep} is {state}")
        self.sweep, self.state = sweep, state


class ValidationNotSucceeded(FailedPrecondition):
    """A validation ended without a result, or goes on.

    Attributes:
        validation: The validation, `validations/{validation}`.
        state: Its state without `STATE_`, such as `CANCELLED`.
    """

    def __init__(self, validation: str, state: str, reason: str, message: str) -> None:
        """Takes the validation's own failure as the reason."""
        super().__init__(reason or f"VALIDATION_{state}", message or f"{validation} is {state}")
        self.validation, self.state = validation, state


BY_CODE: Mapping[str, type[AureliusError]] = {
    "INVALID_ARGUMENT": InvalidInput,
    "OUT_OF_RANGE": InvalidInput,
    "NOT_FOUND": NotFound,
    "ALREADY_EXISTS": Conflict,
    "ABORTED": Conflict,
    "PERMISSION_DENIED": PermissionDenied,
    "UNAUTHENTICATED": Unauthenticated,
    "RESOURCE_EXHAUSTED": ResourceExhausted,
    "FAILED_PRECONDITION": FailedPrecondition,
    "UNAVAILABLE": Unavailable,
    "DATA_LOSS": DataLoss,
    "CANCELLED": Cancelled,
    "DEADLINE_EXCEEDED": DeadlineExceeded,
    "INTERNAL": Internal,
    "UNKNOWN": Internal,
    "UNIMPLEMENTED": Internal,
}
