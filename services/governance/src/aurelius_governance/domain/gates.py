"""The gates, and how one decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aurelius_governance.domain.errors import GateUnknown
from aurelius_governance.domain.lineage import (
    IDENTITY_KINDS,
    EvidenceItem,
    EvidenceKind,
    EvidenceState,
    LineageRecord,
    LineageState,
    unverified_kinds,
)
from aurelius_governance.domain.signed_note import TreeHead
from aurelius_governance.domain.studies import STUDIES, Judgement
from aurelius_governance.domain.trials import LEAST_DEFLATED_SHARPE

# `crv` asks for everything that `dev` does, and more.
DEV, CRV = "dev", "crv"
GATES = (DEV, CRV)
# What a promotion stands on, whatever its stage.
PROMOTING = CRV
_CLEAN = ("NONE", "INFO", "WARNING")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheck:
    """One check of a gate."""

    check: str
    passed: bool
    expected: str
    observed: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOutcome:
    """How a replay ended. `difference` names the first difference, or why there is no result."""

    replay: str
    equal: bool
    replayed_digest: str
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateDecision:
    """What a gate decided about a run.

    `evidence` is what `crv` read beside the lineage. `trial_log` is the engine's log of trials
    that it verified.
    """

    id: str
    run: str
    gate: str
    checks: Sequence[GateCheck]
    replay: str
    lineage_revision: int
    requester: str
    ledger_index: int
    create_time: datetime
    evidence: Sequence[EvidenceItem] = ()
    trial_log: TreeHead | None = None

    @property
    def name(self) -> str:
        """The resource name."""
        return f"gateDecisions/{self.id}"

    @property
    def passed(self) -> bool:
        """Whether every check passed; no checks at all do not pass."""
        return all_passed(self.checks)


def require_known(gate: str) -> None:
    """Raises: GateUnknown: No such gate is defined."""
    if gate not in GATES:
        raise GateUnknown(gate, allowed=GATES)


def all_passed(checks: Sequence[GateCheck]) -> bool:
    """Whether there are checks and every one passed."""
    return bool(checks) and all(check.passed for check in checks)


def lineage_checks(record: LineageRecord | None) -> Sequence[GateCheck]:
    """Returns the checks of identity and lineage, which every gate has."""
    if record is None:
        return [
            _check(name, passed=False, observed="no lineage record", detail="Nobody recorded it.")
            for name in ("identity_verified", "lineage_verified")
        ]
    failed = [item for item in record.evidence if item.state is EvidenceState.FAILED]
    verified = {item.kind for item in record.evidence if item.state is EvidenceState.VERIFIED}
    failed_kinds = {item.kind for item in failed}
    bad_identity = sorted(
        kind.name for kind in IDENTITY_KINDS if kind not in verified or kind in failed_kinds
    )
    failures = [f"failed: {item.kind.name} {item.subject}" for item in failed]
    absent = [
        f"not verified: {kind.name}"
        for kind in unverified_kinds(record.evidence)
        if kind not in failed_kinds
    ]
    return [
        _check(
            "identity_verified",
            passed=not bad_identity,
            observed="not verified: " + ", ".join(bad_identity) if bad_identity else "verified",
            detail=f"Read from {record.name}, revision {record.revision}.",
        ),
        _check(
            "lineage_verified",
            passed=record.state is LineageState.VERIFIED,
            observed=", ".join([*failures, *absent]) or "verified",
            detail=f"Read from {record.name}, revision {record.revision}.",
        ),
    ]


def replay_check(outcome: ReplayOutcome | None, record: LineageRecord | None) -> GateCheck:
    """Returns the check of the replay, which every gate has.

    Args:
        outcome: How the replay ended; None when the checks before it failed.
        record: Its verified result digest is what the replay must give again.
    """
    if outcome is None or record is None:
        return GateCheck(
            check="replay_equal",
            passed=False,
            expected="equal",
            observed="not replayed",
            detail="The checks before it did not pass.",
        )
    expected = next(
        (x.observed for x in record.evidence if x.kind is EvidenceKind.RESULT_DIGEST), ""
    )
    return GateCheck(
        check="replay_equal",
        passed=outcome.equal and expected == outcome.replayed_digest != "",
        expected=expected,
        observed=outcome.replayed_digest,
        detail=outcome.difference or f"Compared in {outcome.replay}.",
    )


def study_check(study: str, judgement: Judgement) -> GateCheck:
    """Returns the crv gate's check of one study of the engine."""
    return GateCheck(
        check=f"{study}_passed",
        passed=judgement.passed,
        expected="passed",
        observed=judgement.observed,
        detail=judgement.detail,
    )


def trials_check(judgement: Judgement) -> GateCheck:
    """Returns the crv gate's check of the deflated Sharpe ratio."""
    return GateCheck(
        check="deflated_sharpe",
        passed=judgement.passed,
        expected=f"at least {LEAST_DEFLATED_SHARPE}",
        observed=judgement.observed,
        detail=judgement.detail,
    )


def quality_check(report: EvidenceItem, worst: str) -> GateCheck:
    """Returns the crv gate's check of the data's quality report.

    Args:
        report: What is true of it; one that is not verified does not pass.
        worst: The worst severity of its findings.
    """
    verified = report.state is EvidenceState.VERIFIED
    return GateCheck(
        check="data_quality_clean",
        passed=verified and worst in _CLEAN,
        expected=", ".join(_CLEAN),
        observed=worst if verified else report.detail,
        detail="The worst finding of the quality report of the run's data set.",
    )


def not_studied() -> Sequence[GateCheck]:
    """Returns the crv gate's own checks, not asked as those before them did not pass."""
    return [
        GateCheck(
            check=check,
            passed=False,
            expected="passed",
            observed="not asked",
            detail="The checks before it did not pass.",
        )
        for check in (
            "data_quality_clean",
            *(f"{study}_passed" for study in STUDIES),
            "deflated_sharpe",
        )
    ]


def _check(check: str, *, passed: bool, observed: str, detail: str) -> GateCheck:
    return GateCheck(
        check=check, passed=passed, expected="verified", observed=observed, detail=detail
    )
