"""The promotion of a run: its states, its evidence and its two people."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aurelius_governance.domain import gates, label_policy
from aurelius_governance.domain.errors import (
    EtagMismatch,
    MissingEvidence,
    PromotionAlreadyDecided,
    SelfApproval,
)
from aurelius_governance.domain.gates import GateDecision
from aurelius_governance.domain.lineage import (
    EvidenceItem,
    EvidenceKind,
    EvidenceState,
    LineageRecord,
    Observation,
    any_failed,
    unverified_kinds,
)


class Stage(enum.Enum):
    """Where a run can be promoted to."""

    CANDIDATE = 1
    PRODUCTION = 2


class PromotionState(enum.Enum):
    """Where a promotion stands."""

    REQUESTED = 1
    APPROVED = 2
    REJECTED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A request to promote a run, and the decision of a second person."""

    id: str
    run: str
    target_stage: Stage
    state: PromotionState
    justification: str
    requester: str
    lineage_record: str
    lineage_revision: int
    gate_decision: str
    request_ledger_index: int | None
    create_time: datetime
    update_time: datetime
    decider: str = ""
    comment: str = ""
    decision_ledger_index: int | None = None

    @property
    def name(self) -> str:
        """The resource name; empty for one that was only checked."""
        return f"promotions/{self.id}" if self.id else ""

    @property
    def etag(self) -> str:
        """Changes with every change: there is one, from requested to decided."""
        return f"{self.state.value}-{self.state.name.lower()}"

    def require_undecided(self) -> None:
        """Raises: PromotionAlreadyDecided: The state is terminal."""
        if self.state is not PromotionState.REQUESTED:
            raise PromotionAlreadyDecided(self.name, found=f"STATE_{self.state.name}")

    def require_etag(self, etag: str) -> None:
        """Raises: EtagMismatch: `etag` is given and not this one's."""
        if etag and etag != self.etag:
            raise EtagMismatch(self.name, found=etag, allowed=self.etag)

    def require_other_than_requester(self, decider: str) -> None:
        """Raises: SelfApproval: Four eyes are two people, whatever the roles of one."""
        if decider == self.requester:
            raise SelfApproval(self.name, requester=self.requester)

    def decided(
        self, state: PromotionState, *, decider: str, comment: str, time: datetime
    ) -> "Promotion":
        """Returns the promotion as `decider` decided it.

        Raises:
            PromotionAlreadyDecided: The state is terminal.
            SelfApproval: The decider is the requester.
        """
        self.require_undecided()
        self.require_other_than_requester(decider)
        return replace(self, state=state, decider=decider, comment=comment, update_time=time)


def missing_evidence(
    run: str,
    stage: Stage,
    *,
    record: LineageRecord | None,
    gate: GateDecision | None,
    observed: Observation,
) -> Sequence[MissingEvidence]:
    """Returns everything that `run` lacks for `stage`; nothing at all means complete.

    Args:
        run: The run.
        stage: Where it is to be promoted to.
        record: Its newest lineage record.
        gate: Its newest decision of the gate that promotes.
        observed: What was found just now; the record and the decision have to agree.
    """
    return [
        *_missing_now(run, stage, observed),
        *_missing_record(run, record, observed),
        *_missing_gate(run, record, gate),
        *_missing_study(gate, observed),
    ]


def _missing_now(run: str, stage: Stage, observed: Observation) -> Sequence[MissingEvidence]:
    """Returns what is wrong with the run itself, whatever was recorded of it."""
    evidence = [*observed.evidence, *observed.gate_evidence]
    failed = [item for item in observed.evidence if item.state is EvidenceState.FAILED]
    missing = [
        MissingEvidence(
            type=f"EVIDENCE_{item.state.name}",
            subject=item.subject,
            description=f"{item.kind.name} {item.state.name.lower()}: {item.detail}",
        )
        for item in evidence
        if item.state is EvidenceState.FAILED
        or (stage is Stage.PRODUCTION and item.state is EvidenceState.NOT_COLLECTED)
    ]
    if not failed:
        missing.extend(
            MissingEvidence(
                type="EVIDENCE_ABSENT", subject=run, description=f"nothing shows {kind.name}"
            )
            for kind in unverified_kinds(observed.evidence)
        )
    missing.extend(label_policy.refused_labels(run, stage.name, observed.labels))
    if observed.data is not None and observed.data.synthetic:
        missing.append(
            MissingEvidence(
                type="DATA_SYNTHETIC",
                subject=observed.data.dataset or run,
                description="the data is synthetic; a result on made-up data is never promoted",
            )
        )
    return missing


def _missing_record(
    run: str, record: LineageRecord | None, observed: Observation
) -> Sequence[MissingEvidence]:
    """Returns where the record does not say what was found now; failed items are named before."""
    if record is None:
        return [
            MissingEvidence(
                type="LINEAGE_NOT_RECORDED",
                subject=run,
                description="the lineage was not recorded; ask with CreateLineageRecord",
            )
        ]
    if observed.data is None:
        return ()
    changed = _changed_items(record.evidence, observed.evidence, "the lineage record says")
    if record.data != observed.data:
        changed.append(
            _changed("the provenance", observed.data.dataset or run, "the lineage record says")
        )
    return changed


def _missing_gate(
    run: str, record: LineageRecord | None, gate: GateDecision | None
) -> Sequence[MissingEvidence]:
    if gate is None or gate.gate != gates.PROMOTING:
        return [
            MissingEvidence(
                type="GATE_NOT_DECIDED",
                subject=run,
                description=f"the gate {gates.PROMOTING} was not evaluated; ask with"
                " CreateGateDecision",
            )
        ]
    if not gate.passed:
        failed = ", ".join(check.check for check in gate.checks if not check.passed)
        return [
            MissingEvidence(
                type="GATE_NOT_PASSED",
                subject=gate.name,
                description=f"the gate {gate.gate} did not pass: {failed}",
            )
        ]
    if record is not None and gate.lineage_revision != record.revision:
        return [
            MissingEvidence(
                type="GATE_OUTDATED",
                subject=gate.name,
                description=f"the gate {gate.gate} read lineage {gate.lineage_revision}, which is"
                f" now at {record.revision}; ask again with CreateGateDecision",
            )
        ]
    return ()


def _missing_study(gate: GateDecision | None, observed: Observation) -> Sequence[MissingEvidence]:
    """Returns where the studies are not those of the decision, and what more trials cost."""
    trials = observed.trials
    if gate is None or any_failed(observed.evidence):
        return ()  # what is wrong with the run itself is named before
    if trials is None:
        return [
            MissingEvidence(
                type="GATE_OUTDATED",
                subject=gate.name,
                description=f"{gate.name} was decided meanwhile; ask again",
            )
        ]
    decided = [item for item in gate.evidence if item.kind is not EvidenceKind.TRIAL_COUNT]
    missing = _changed_items(decided, observed.gate_evidence, f"{gate.name} says")
    counted = trials.judgement
    if gate.passed and not counted.passed:
        told = f"the deflated Sharpe ratio is now {counted.observed}: {counted.detail}"
        missing.append(MissingEvidence(type="GATE_OUTDATED", subject=gate.name, description=told))
    return missing


def _changed_items(
    decided: Sequence[EvidenceItem], observed: Sequence[EvidenceItem], who: str
) -> list[MissingEvidence]:
    """Returns each item that is not as it was decided on; failed ones are named elsewhere."""
    before = {_place(item): item for item in decided}
    found = {_place(item): item for item in observed}
    return [
        _changed(item.kind.name, item.subject, who)
        for place, item in {**before, **found}.items()
        if _outcome(before.get(place)) != _outcome(found.get(place))
        and (place not in found or found[place].state is not EvidenceState.FAILED)
    ]


def _place(item: EvidenceItem) -> tuple[EvidenceKind, str]:
    return item.kind, item.subject


def _outcome(item: EvidenceItem | None) -> tuple[EvidenceState, str, str] | None:
    """Returns what has to be the same twice; the wording of a detail may change."""
    return None if item is None else (item.state, item.expected, item.observed)


def _changed(what: str, subject: str, who: str) -> MissingEvidence:
    return MissingEvidence(
        type="EVIDENCE_CHANGED",
        subject=subject,
        description=f"{what} is not what {who}; record and decide again with"
        " CreateLineageRecord and CreateGateDecision",
    )
