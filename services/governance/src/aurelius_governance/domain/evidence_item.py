"""One item of evidence: what it is of, and what governance found."""

import enum
from dataclasses import dataclass


class EvidenceKind(enum.Enum):
    """The kinds of evidence, in the order of a record."""

    SPEC_HASH = 1
    RUN_ID = 2
    DATA_HASH = 3
    PROVENANCE = 4
    ARTIFACT = 5
    RESULT_DIGEST = 6
    STATED_RESULT = 7
    DATA_CONTENT = 8
    TRANSFORMATIONS = 9
    DATA_QUALITY_REPORT = 10
    POLICY_OUTCOMES = 11
    CRV = 12
    WALK_FORWARD = 13
    TRIAL_COUNT = 14
    SIGNED_STATEMENT = 15
    CROSS_VALIDATION = 16


class EvidenceState(enum.Enum):
    """What governance found."""

    VERIFIED = 1
    FAILED = 2
    NOT_COLLECTED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItem:
    """One thing that lineage consists of, and what governance found."""

    kind: EvidenceKind
    state: EvidenceState
    subject: str
    expected: str = ""
    observed: str = ""
    detail: str = ""
