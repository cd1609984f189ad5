"""The exit codes of the command. docs/reference/cli.md states them."""

from collections.abc import Mapping

from aurelius_client.errors import (
    AureliusError,
    RunNotSealed,
    SweepNotSucceeded,
    ValidationNotSucceeded,
)

OK = 0
NO = 1
REFUSED = 2
NOT_PERMITTED = 3
UNAVAILABLE = 4
BROKEN = 5
WARNED = 6
INTERRUPTED = 130

_BY_CODE: Mapping[str, int] = {
    "INVALID_ARGUMENT": REFUSED,
    "OUT_OF_RANGE": REFUSED,
    "NOT_FOUND": REFUSED,
    "ALREADY_EXISTS": REFUSED,
    "ABORTED": REFUSED,
    "FAILED_PRECONDITION": REFUSED,
    "RESOURCE_EXHAUSTED": REFUSED,
    "UNAUTHENTICATED": NOT_PERMITTED,
    "PERMISSION_DENIED": NOT_PERMITTED,
    "UNAVAILABLE": UNAVAILABLE,
    "DEADLINE_EXCEEDED": UNAVAILABLE,
    "CANCELLED": NO,
}
# A limit that time lifts says nothing against the input.
_BY_REASON: Mapping[str, int] = {
    "RATE_LIMITED": UNAVAILABLE,
    "TOO_MANY_STREAMS": UNAVAILABLE,
    "TOO_MANY_ATTEMPTS": NOT_PERMITTED,
}
_ENDED = RunNotSealed | SweepNotSucceeded | ValidationNotSucceeded
_BY_RUN_STATE: Mapping[str, int] = {"CANCELLED": NO, "CRASHED": BROKEN, "QUARANTINED": BROKEN}


def exit_code_of(error: AureliusError) -> int:
    """Returns the exit code of a refusal; what is not listed is broken."""
    if isinstance(error, _ENDED) and error.state in _BY_RUN_STATE:
        return _BY_RUN_STATE[error.state]
    return _BY_REASON.get(error.reason, _BY_CODE.get(error.code, BROKEN))
