"""What the engine keeps of a validation."""

from collections.abc import Sequence
from dataclasses import dataclass

from aurelius_engine.application.job_records import Job, Progress
from aurelius_engine.domain.validation.findings import Check, Statistic


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTable:
    """One table of a result. `object_digest` names its stored bytes."""

    id: str
    digest: str
    row_count: int
    size_bytes: int
    object_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationOutcome:
    """What a validation found. Tables are in the order of their ids."""

    digest: str
    tables: Sequence[StoredTable]
    statistics: Sequence[Statistic]
    checks: Sequence[Check]
    passed: bool
    execution_count: int


Validation = Job[Progress, ValidationOutcome]
