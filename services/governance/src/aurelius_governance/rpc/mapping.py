"""Domain types to messages and back."""

from collections.abc import Mapping
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from aurelius.governance.v1 import (
    gate_decision_pb2,
    ledger_pb2,
    lineage_record_pb2,
    promotion_pb2,
)
from aurelius_governance.application.ledgers import ConsistencyProof, InclusionProof
from aurelius_governance.domain.gates import GateDecision
from aurelius_governance.domain.ledger import Checkpoint, EntryType, LedgerEntry, entry_name
from aurelius_governance.domain.lineage import (
    EvidenceItem,
    EvidenceKind,
    EvidenceState,
    LineageRecord,
    LineageState,
)
from aurelius_governance.domain.promotion import Promotion, PromotionState, Stage

# Enum values by name: the generated constructors take names as they take numbers.
EVIDENCE_KINDS: Mapping[EvidenceKind, str] = {k: f"EVIDENCE_KIND_{k.name}" for k in EvidenceKind}
EVIDENCE_STATES: Mapping[EvidenceState, str] = {s: f"STATE_{s.name}" for s in EvidenceState}
LINEAGE_STATES: Mapping[LineageState, str] = {s: f"STATE_{s.name}" for s in LineageState}
STAGES: Mapping[Stage, str] = {stage: f"STAGE_{stage.name}" for stage in Stage}
PROMOTION_STATES: Mapping[PromotionState, str] = {s: f"STATE_{s.name}" for s in PromotionState}
ENTRY_TYPES: Mapping[EntryType, str] = {t: f"LEDGER_ENTRY_TYPE_{t.name}" for t in EntryType}


def time_to_proto(time: datetime) -> Timestamp:
    """Returns the timestamp of a time."""
    timestamp = Timestamp()
    timestamp.FromDatetime(time)
    return timestamp


def digest_to_proto(digest: bytes) -> str:
    """Returns the text of a SHA-256 digest."""
    return f"sha256:{digest.hex()}"


def stage_from_proto(stage: promotion_pb2.Promotion.Stage) -> Stage:
    """Returns the stage of an enum value, which the contract keeps defined."""
    name = promotion_pb2.Promotion.Stage.Name(stage)
    return {value: key for key, value in STAGES.items()}[name]


def evidence_item_to_proto(item: EvidenceItem) -> lineage_record_pb2.EvidenceItem:
    """Returns the message of an item."""
    return lineage_record_pb2.EvidenceItem(
        kind=EVIDENCE_KINDS[item.kind],
        state=EVIDENCE_STATES[item.state],
        subject=item.subject,
        expected=item.expected,
        observed=item.observed,
        detail=item.detail,
    )


def lineage_record_to_proto(record: LineageRecord) -> lineage_record_pb2.LineageRecord:
    """Returns the message of a record."""
    return lineage_record_pb2.LineageRecord(
        name=record.name,
        run=record.run,
        revision=record.revision,
        state=LINEAGE_STATES[record.state],
        evidence=[evidence_item_to_proto(item) for item in record.evidence],
        data=lineage_record_pb2.DataLineage(
            dataset=record.data.dataset,
            data_hash=record.data.data_hash,
            synthetic=record.data.synthetic,
            provider=record.data.provider,
            venue=record.data.venue,
        ),
        recorder=record.recorder,
        ledger_entry=entry_name(record.ledger_index),
        create_time=time_to_proto(record.create_time),
        update_time=time_to_proto(record.update_time),
    )


def gate_decision_to_proto(decision: GateDecision) -> gate_decision_pb2.GateDecision:
    """Returns the message of a decision."""
    return gate_decision_pb2.GateDecision(
        name=decision.name,
        run=decision.run,
        gate=decision.gate,
        passed=decision.passed,
        checks=[
            gate_decision_pb2.GateCheck(
                check=check.check,
                passed=check.passed,
                expected=check.expected,
                observed=check.observed,
                detail=check.detail,
            )
            for check in decision.checks
        ],
        replay=decision.replay,
        lineage_revision=decision.lineage_revision,
        requester=decision.requester,
        ledger_entry=entry_name(decision.ledger_index),
        create_time=time_to_proto(decision.create_time),
        evidence=[evidence_item_to_proto(item) for item in decision.evidence],
        trial_log_size=decision.trial_log.size if decision.trial_log else 0,
        trial_log_root_hash=digest_to_proto(decision.trial_log.root) if decision.trial_log else "",
    )


def promotion_to_proto(promotion: Promotion) -> promotion_pb2.Promotion:
    """Returns the message of a promotion."""
    return promotion_pb2.Promotion(
        name=promotion.name,
        run=promotion.run,
        target_stage=STAGES[promotion.target_stage],
        state=PROMOTION_STATES[promotion.state],
        justification=promotion.justification,
        requester=promotion.requester,
        decider=promotion.decider,
        comment=promotion.comment,
        lineage_record=promotion.lineage_record,
        lineage_revision=promotion.lineage_revision,
        gate_decision=promotion.gate_decision,
        request_ledger_entry=_entry_name(promotion.request_ledger_index),
        decision_ledger_entry=_entry_name(promotion.decision_ledger_index),
        create_time=time_to_proto(promotion.create_time),
        update_time=time_to_proto(promotion.update_time),
        etag=promotion.etag,
    )


def ledger_entry_to_proto(entry: LedgerEntry) -> ledger_pb2.LedgerEntry:
    """Returns the message of an entry."""
    return ledger_pb2.LedgerEntry(
        name=entry.name,
        index=entry.index,
        type=ENTRY_TYPES[entry.type],
        entry_json=entry.content.decode(),
        leaf_hash=digest_to_proto(entry.leaf_hash),
        create_time=time_to_proto(entry.create_time),
    )


def checkpoint_to_proto(
    checkpoint: Checkpoint, *, verifier_key: str
) -> ledger_pb2.LedgerCheckpoint:
    """Returns the message of a checkpoint."""
    return ledger_pb2.LedgerCheckpoint(
        name=checkpoint.name,
        tree_size=checkpoint.size,
        root_hash=digest_to_proto(checkpoint.root),
        signed_note=checkpoint.note,
        verifier_key=verifier_key,
        create_time=time_to_proto(checkpoint.create_time),
    )


def inclusion_proof_to_proto(
    proof: InclusionProof, *, verifier_key: str
) -> ledger_pb2.LedgerInclusionProof:
    """Returns the message of a proof."""
    return ledger_pb2.LedgerInclusionProof(
        entry=ledger_entry_to_proto(proof.entry),
        checkpoint=checkpoint_to_proto(proof.checkpoint, verifier_key=verifier_key),
        hashes=[digest_to_proto(item) for item in proof.hashes],
    )


def consistency_proof_to_proto(
    proof: ConsistencyProof, *, verifier_key: str
) -> ledger_pb2.LedgerConsistencyProof:
    """Returns the message of a proof."""
    return ledger_pb2.LedgerConsistencyProof(
        from_checkpoint=checkpoint_to_proto(proof.from_checkpoint, verifier_key=verifier_key),
        to_checkpoint=checkpoint_to_proto(proof.to_checkpoint, verifier_key=verifier_key),
        hashes=[digest_to_proto(item) for item in proof.hashes],
    )


def _entry_name(index: int | None) -> str:
    return "" if index is None else entry_name(index)
