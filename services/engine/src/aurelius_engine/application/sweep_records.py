"""What the engine keeps of a sweep. Times in ns since 1970."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from aurelius_engine.application.records import Failure
from aurelius_engine.domain.canonical_json import Json, canonical_json, digest
from aurelius_engine.domain.sweeps.trials import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepIdentity:
    """What determines a sweep. `seed` is in [0, 2**64)."""

    sweep_hash: str
    data_hash: str
    seed: int
    engine_version: str

    @property
    def id(self) -> str:
        """`s` and 26 base32 characters of the SHA-256 of its canonical JSON."""
        document: dict[str, Json] = {
            "dataHash": self.data_hash,
            "engineVersion": self.engine_version,
            "seed": str(self.seed),
            "sweepHash": self.sweep_hash,
        }
        whole = hashlib.sha256(b"aurelius.sweep_id.v1\n" + canonical_json(document)).digest()
        return "s" + base64.b32encode(whole).decode().lower()[:26]


def sweep_hash(document: Mapping[str, Json]) -> str:
    """Returns the digest of a resolved sweep specification's proto JSON."""
    return digest("aurelius.sweep.v1", document)


class SweepState(Enum):
    """Where a sweep stands."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CRASHED = "CRASHED"
    CANCELLED = "CANCELLED"


# A sweep in one of these begins anew when it is submitted again.
RESTARTABLE = frozenset({SweepState.FAILED, SweepState.CRASHED, SweepState.CANCELLED})


class StopReason(Enum):
    """What ended a sweep that succeeded."""

    COMPLETED = "COMPLETED"
    NO_IMPROVEMENT = "NO_IMPROVEMENT"
    TARGET_REACHED = "TARGET_REACHED"
    DRAWS_USED_UP = "DRAWS_USED_UP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sweep is. `elapsed_ns` since it began to be computed."""

    done_count: int
    total_count: int
    best: Trial | None = None
    elapsed_ns: int = 0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One sweep. `document` is its resolved specification as proto JSON.

    An outcome is there exactly if the state is SUCCEEDED; its best trial is that of
    `progress`.
    """

    identity: SweepIdentity
    sequence: int
    create_time: int
    update_time: int
    creator: str
    dataset: str
    document: Mapping[str, Any] = field(repr=False)
    state: SweepState
    attempt_count: int
    progress: Progress
    failure: Failure | None = None
    outcome: SweepOutcome | None = None

    @property
    def id(self) -> str:
        """The id that the identity determines."""
        return self.identity.id

    @property
    def name(self) -> str:
        """`sweeps/{sweep}`."""
        return f"sweeps/{self.id}"

    @property
    def ended(self) -> bool:
        """Whether the state is terminal."""
        return self.state is not SweepState.RUNNING
