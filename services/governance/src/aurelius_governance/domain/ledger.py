"""The log of decisions: docs/specs/ledger.md."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aurelius_governance.domain import canonical_json, merkle
from aurelius_governance.domain.canonical_json import JsonValue
from aurelius_governance.domain.errors import EvidenceIncomplete
from aurelius_governance.domain.evidence_item import EvidenceItem
from aurelius_governance.domain.gates import GateDecision
from aurelius_governance.domain.lineage import LineageRecord
from aurelius_governance.domain.promotion import Promotion
from aurelius_governance.domain.signed_note import TreeHead

ENTRY_VERSION = "aurelius.ledger.v1"


class EntryType(enum.Enum):
    """What an entry is; the value is its text in the entry."""

    LINEAGE_RECORDED = "lineage_recorded"
    GATE_DECIDED = "gate_decided"
    PROMOTION_REQUESTED = "promotion_requested"
    PROMOTION_REFUSED = "promotion_refused"
    PROMOTION_APPROVED = "promotion_approved"
    PROMOTION_REJECTED = "promotion_rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be logged: who decided what, when."""

    type: EntryType
    actor: str
    time: datetime
    subject: str
    facts: Mapping[str, JsonValue]

    def canonical_bytes(self, index: int) -> bytes:
        """Returns the bytes of the Merkle leaf at `index`."""
        return canonical_json.encode(
            {
                "actor": self.actor,
                "facts": self.facts,
                "index": str(index),
                "subject": self.subject,
                "time": format_time(self.time),
                "type": self.type.value,
                "version": ENTRY_VERSION,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One entry of the log, as it is stored."""

    index: int
    type: EntryType
    content: bytes
    create_time: datetime

    @property
    def name(self) -> str:
        """The resource name."""
        return entry_name(self.index)

    @property
    def leaf_hash(self) -> bytes:
        """The hash of the Merkle leaf."""
        return merkle.leaf_hash(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The signed state of the log at one size."""

    size: int
    root: bytes
    note: str
    create_time: datetime

    @property
    def name(self) -> str:
        """The resource name."""
        return f"ledgerCheckpoints/{self.size}"


def entry_name(index: int) -> str:
    """Returns the resource name of the entry at `index`."""
    return f"ledgerEntries/{index}"


def format_time(time: datetime) -> str:
    """Returns RFC 3339 with microseconds, in UTC."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def lineage_facts(record: LineageRecord) -> Mapping[str, JsonValue]:
    """Returns what the log keeps of a lineage record: every item."""
    return {
        "data": {
            "dataHash": record.data.data_hash,
            "dataset": record.data.dataset,
            "provider": record.data.provider,
            "synthetic": record.data.synthetic,
            "venue": record.data.venue,
        },
        "evidence": _evidence_facts(record.evidence),
        "revision": str(record.revision),
        "run": record.run,
        "state": record.state.name,
    }


def gate_facts(decision: GateDecision) -> Mapping[str, JsonValue]:
    """Returns what the log keeps of a gate decision: every check, and what it rests on."""
    return {
        "checks": [
            {
                "check": check.check,
                "detail": check.detail,
                "expected": check.expected,
                "observed": check.observed,
                "passed": check.passed,
            }
            for check in decision.checks
        ],
        "evidence": _evidence_facts(decision.evidence),
        "gate": decision.gate,
        "lineageRevision": str(decision.lineage_revision),
        "passed": decision.passed,
        "replay": decision.replay,
        "run": decision.run,
        **_log_facts(decision.trial_log),
    }


def _log_facts(log: TreeHead | None) -> Mapping[str, JsonValue]:
    return {
        "trialLogRoot": f"sha256:{log.root.hex()}" if log else "",
        "trialLogSize": str(log.size if log else 0),
    }


def _evidence_facts(evidence: Sequence[EvidenceItem]) -> Sequence[JsonValue]:
    return [
        {
            "detail": item.detail,
            "expected": item.expected,
            "kind": item.kind.name,
            "observed": item.observed,
            "state": item.state.name,
            "subject": item.subject,
        }
        for item in evidence
    ]


def promotion_facts(promotion: Promotion, log: TreeHead | None) -> Mapping[str, JsonValue]:
    """Returns what the log keeps of a promotion.

    Args:
        promotion: As it stands.
        log: Of trials, verified just now; None if nobody looked.
    """
    return {
        "comment": promotion.comment,
        "gateDecision": promotion.gate_decision,
        "justification": promotion.justification,
        "lineageRecord": promotion.lineage_record,
        "lineageRevision": str(promotion.lineage_revision),
        "requester": promotion.requester,
        "run": promotion.run,
        "state": promotion.state.name,
        "targetStage": promotion.target_stage.name,
        **_log_facts(log),
    }


def incomplete_facts(refusal: EvidenceIncomplete) -> Mapping[str, JsonValue]:
    """Returns what the log keeps of a refusal for want of evidence: everything that is missing."""
    return {
        "missing": [
            {"description": item.description, "subject": item.subject, "type": item.type}
            for item in refusal.missing()
        ],
        "reason": "EVIDENCE_INCOMPLETE",
        "run": refusal.run,
        "targetStage": refusal.target_stage,
    }
