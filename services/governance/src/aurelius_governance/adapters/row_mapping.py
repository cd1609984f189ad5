"""Rows of the tables to domain types and back."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from aurelius_governance.domain.gates import GateCheck, GateDecision
from aurelius_governance.domain.ledger import Checkpoint, EntryType, LedgerEntry, format_time
from aurelius_governance.domain.lineage import (
    DataLineage,
    EvidenceItem,
    EvidenceKind,
    EvidenceState,
    LineageRecord,
)
from aurelius_governance.domain.promotion import Promotion, PromotionState, Stage
from aurelius_governance.domain.signed_note import TreeHead

Row = dict[str, Any]


def lineage_record_to_row(record: LineageRecord) -> Row:
    """Returns the row of a lineage record."""
    return {
        "run": record.run,
        "revision": record.revision,
        "evidence": _evidence_to_text(record.evidence),
        "data": json.dumps(asdict(record.data)),
        "recorder": record.recorder,
        "ledger_index": record.ledger_index,
        "create_time": format_time(record.create_time),
        "update_time": format_time(record.update_time),
    }


def lineage_record_from_row(row: RowMapping) -> LineageRecord:
    """Returns the lineage record of a row."""
    return LineageRecord(
        run=row["run"],
        revision=row["revision"],
        evidence=_evidence_from_text(row["evidence"]),
        data=DataLineage(**json.loads(row["data"])),
        recorder=row["recorder"],
        ledger_index=row["ledger_index"],
        create_time=datetime.fromisoformat(row["create_time"]),
        update_time=datetime.fromisoformat(row["update_time"]),
    )


def gate_decision_to_row(decision: GateDecision) -> Row:
    """Returns the row of a gate decision."""
    return {
        "id": decision.id,
        "run": decision.run,
        "gate": decision.gate,
        "checks": json.dumps([asdict(check) for check in decision.checks]),
        "replay": decision.replay,
        "lineage_revision": decision.lineage_revision,
        "requester": decision.requester,
        "ledger_index": decision.ledger_index,
        "create_time": format_time(decision.create_time),
        "evidence": _evidence_to_text(decision.evidence),
        "trial_log_size": decision.trial_log.size if decision.trial_log else 0,
        "trial_log_root": decision.trial_log.root.hex() if decision.trial_log else "",
    }


def gate_decision_from_row(row: RowMapping) -> GateDecision:
    """Returns the gate decision of a row."""
    size, root = row["trial_log_size"], bytes.fromhex(row["trial_log_root"])
    return GateDecision(
        id=row["id"],
        run=row["run"],
        gate=row["gate"],
        checks=[GateCheck(**check) for check in json.loads(row["checks"])],
        replay=row["replay"],
        lineage_revision=row["lineage_revision"],
        requester=row["requester"],
        ledger_index=row["ledger_index"],
        create_time=datetime.fromisoformat(row["create_time"]),
        evidence=_evidence_from_text(row["evidence"]),
        trial_log=TreeHead(size=size, root=root) if size else None,
    )


def promotion_to_row(promotion: Promotion) -> Row:
    """Returns the row of a promotion."""
    return {
        **asdict(promotion),
        "target_stage": promotion.target_stage.name,
        "state": promotion.state.name,
        "create_time": format_time(promotion.create_time),
        "update_time": format_time(promotion.update_time),
    }


def promotion_from_row(row: RowMapping) -> Promotion:
    """Returns the promotion of a row."""
    return Promotion(
        **{
            **row,
            "target_stage": Stage[row["target_stage"]],
            "state": PromotionState[row["state"]],
            "create_time": datetime.fromisoformat(row["create_time"]),
            "update_time": datetime.fromisoformat(row["update_time"]),
        }
    )


def ledger_entry_from_row(row: RowMapping) -> LedgerEntry:
    """Returns the ledger entry of a row."""
    return LedgerEntry(
        index=row["entry_index"],
        type=EntryType(row["type"]),
        content=bytes(row["content"]),
        create_time=datetime.fromisoformat(row["create_time"]),
    )


def checkpoint_from_row(row: RowMapping) -> Checkpoint:
    """Returns the checkpoint of a row."""
    return Checkpoint(
        size=row["tree_size"],
        root=bytes(row["root"]),
        note=row["note"],
        create_time=datetime.fromisoformat(row["create_time"]),
    )


def _evidence_to_text(evidence: Sequence[EvidenceItem]) -> str:
    return json.dumps(
        [{**asdict(item), "kind": item.kind.name, "state": item.state.name} for item in evidence]
    )


def _evidence_from_text(text: str) -> Sequence[EvidenceItem]:
    return [
        EvidenceItem(
            **{
                **item,
                "kind": EvidenceKind[item["kind"]],
                "state": EvidenceState[item["state"]],
            }
        )
        for item in json.loads(text)
    ]
