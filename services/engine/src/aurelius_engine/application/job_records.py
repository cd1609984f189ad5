"""Long work of which there is one for each identity: sweeps and validations. Times in ns."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

from aurelius_engine.application.records import Failure
from aurelius_engine.domain.canonical_json import Json, canonical_json, digest


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """What a job is: `sweep` of `sweeps`, whose ids begin with a letter."""

    name: str
    collection: str
    letter: str

    def hash_of(self, document: Mapping[str, Json]) -> str:
        """Returns the digest of a resolved specification's proto JSON."""
        return digest(f"aurelius.{self.name}.v1", document)


SWEEP = JobKind(name="sweep", collection="sweeps", letter="s")
VALIDATION = JobKind(name="validation", collection="validations", letter="v")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobIdentity:
    """What determines a job. `seed` is in [0, 2**64). docs/specs/identity.md section 5."""

    kind: JobKind
    document_hash: str
    data_hash: str
    seed: int
    engine_version: str

    @property
    def id(self) -> str:
        """The kind's letter and 26 base32 characters of the SHA-256 of its canonical JSON."""
        document: dict[str, Json] = {
            "dataHash": self.data_hash,
            "engineVersion": self.engine_version,
            "seed": str(self.seed),
            f"{self.kind.name}Hash": self.document_hash,
        }
        prefix = f"aurelius.{self.kind.name}_id.v1\n".encode()
        whole = hashlib.sha256(prefix + canonical_json(document)).digest()
        return self.kind.letter + base64.b32encode(whole).decode().lower()[:26]


class JobState(Enum):
    """Where a job stands."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CRASHED = "CRASHED"
    CANCELLED = "CANCELLED"


# A job in one of these begins anew when it is submitted again.
RESTARTABLE = frozenset({JobState.FAILED, JobState.CRASHED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job is. `elapsed_ns` since it began to be computed."""

    done_count: int
    total_count: int
    elapsed_ns: int = 0


P = TypeVar("P", bound=Progress)
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[P, R]):
    """One job. `document` is its resolved specification as proto JSON.

    An outcome is there exactly if the state is SUCCEEDED.
    """

    identity: JobIdentity
    sequence: int
    create_time: int
    update_time: int
    creator: str
    dataset: str
    document: Mapping[str, Any] = field(repr=False)
    state: JobState
    attempt_count: int
    progress: P
    failure: Failure | None = None
    outcome: R | None = None

    @property
    def id(self) -> str:
        """The id that the identity determines."""
        return self.identity.id

    @property
    def name(self) -> str:
        """`sweeps/{sweep}`, or the like of its kind."""
        return f"{self.identity.kind.collection}/{self.id}"

    @property
    def ended(self) -> bool:
        """Whether the state is terminal."""
        return self.state is not JobState.RUNNING
