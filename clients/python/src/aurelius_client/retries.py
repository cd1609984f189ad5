"""When a call is sent again, and after how long."""

from dataclasses import dataclass

from aurelius_client.errors import AureliusError, Conflict, Internal, ResourceExhausted, Unavailable

IN_USE = "REQUEST_ID_IN_USE"
RATE_LIMITED = "RATE_LIMITED"
# gRPC's word for a stream that was cut; many of its causes become INTERNAL.
_CUT = "RST_STREAM"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Capped exponential backoff with jitter.

    A call is sent again until its own time is over. `max_attempts`, which counts the
    first one, ends that earlier. A pause is between half its full length and all of it;
    the full length doubles from `initial_seconds` up to `longest_seconds`.
    """

    max_attempts: int | None = None
    initial_seconds: float = 0.1
    longest_seconds: float = 5.0

    def __post_init__(self) -> None:
        """Refuses a policy that never sends or goes backwards."""
        if self.max_attempts is not None and self.max_attempts < 1:
            raise ValueError(f"max_attempts {self.max_attempts}, allowed at least 1")
        if not 0 < self.initial_seconds <= self.longest_seconds:
            raise ValueError("initial_seconds is above 0 and at most longest_seconds")

    def allows_another(self, attempt: int) -> bool:
        """Whether one may follow the attempt of that number, from 1."""
        return self.max_attempts is None or attempt < self.max_attempts

    def pause_seconds(self, attempt: int, chance: float) -> float:
        """Returns the pause after the attempt of that number, from 1; `chance` is in [0, 1)."""
        full = min(self.longest_seconds, self.initial_seconds * 2.0 ** min(attempt - 1, 64))
        return full * (0.5 + 0.5 * chance)


def is_passing(refusal: AureliusError) -> bool:
    """Whether the same call may work in a moment: nothing was decided against it."""
    if isinstance(refusal, Unavailable):
        return True
    if isinstance(refusal, ResourceExhausted):
        return refusal.reason == RATE_LIMITED
    if isinstance(refusal, Internal):
        # No service of the suite said so: the connection broke on its way.
        return refusal.code == "INTERNAL" and not refusal.domain and _CUT in refusal.message
    return isinstance(refusal, Conflict) and refusal.reason == IN_USE
