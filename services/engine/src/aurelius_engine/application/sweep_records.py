"""What the engine keeps of a sweep."""

from dataclasses import dataclass
from enum import Enum

from aurelius_engine.application.job_records import Job, Progress
from aurelius_engine.domain.sweeps.trials import Trial


class StopReason(Enum):
    """What ended a sweep that succeeded."""

    COMPLETED = "COMPLETED"
    NO_IMPROVEMENT = "NO_IMPROVEMENT"
    TARGET_REACHED = "TARGET_REACHED"
    DRAWS_USED_UP = "DRAWS_USED_UP"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepProgress(Progress):
    """How far a sweep is, and the best trial so far; once it succeeded, of all."""

    best: Trial | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOutcome:
    """What a sweep found. `object_digest` names the stored bytes of its table of trials."""

    trials_digest: str
    object_digest: str
    size_bytes: int
    trial_count: int
    succeeded_count: int
    refused_count: int
    quarantined_count: int
    excluded_count: int
    stop_reason: StopReason
    sampler: str

    @property
    def digest(self) -> str:
        """The digest of the whole."""
        return self.trials_digest


Sweep = Job[SweepProgress, SweepOutcome]
