"""The port that keeps decisions and the log of them, together."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from aurelius_governance.domain.errors import GovernanceError
from aurelius_governance.domain.gates import GateDecision
from aurelius_governance.domain.ledger import Checkpoint, Decision, LedgerEntry
from aurelius_governance.domain.lineage import LineageRecord
from aurelius_governance.domain.promotion import Promotion, Stage
from aurelius_governance.domain.signed_note import TreeHead


class ReadTransaction(Protocol):
    """One consistent view of everything that was committed before it began."""

    def lineage_record(self, run: str) -> LineageRecord | None:
        """Returns the newest revision of a run's lineage."""

    def lineage_records(self, *, after_run: str, limit: int) -> Sequence[LineageRecord]:
        """Returns the newest revision of each run above `after_run`, ordered by run."""

    def gate_decision(self, decision_id: str) -> GateDecision | None:
        """Returns one decision."""

    def newest_gate_decision(self, run: str, gate: str) -> GateDecision | None:
        """Returns the newest decision of `gate` on `run`."""

    def gate_decisions(
        self, *, run: str, before_index: int | None, limit: int
    ) -> Sequence[GateDecision]:
        """Returns decisions logged before `before_index`, newest first; empty `run` means all."""

    def newest_trial_log(self) -> TreeHead | None:
        """Returns the longest log of trials of the engine that was verified, of whatever run."""

    def promotion(self, promotion_id: str) -> Promotion | None:
        """Returns one promotion."""

    def standing_promotion(self, run: str, stage: Stage) -> Promotion | None:
        """Returns the promotion of `run` to `stage` that is requested or approved."""

    def promotions(self, *, run: str, before_index: int | None, limit: int) -> Sequence[Promotion]:
        """Returns promotions requested before `before_index`, newest first."""

    def ledger_size(self) -> int:
        """Returns the number of entries of the log."""

    def ledger_entries(self, *, start: int, end: int) -> Sequence[LedgerEntry]:
        """Returns the entries at indices `[start, min(end, size))`, oldest first."""

    def checkpoint(self, size: int) -> Checkpoint | None:
        """Returns the checkpoint of that size."""

    def ledger_node(self, level: int, position: int) -> bytes:
        """Returns the hash of a perfect subtree of the log (domain/merkle.py).

        Raises:
            LedgerCorrupted: It was there once and is gone.
        """


class WriteTransaction(ReadTransaction, Protocol):
    """Changes that happen together or not at all.

    They are durable when the context ends without an exception. There is one writer at a time,
    across threads and processes, so what was read stays true until then.
    """

    def append(self, decision: Decision) -> LedgerEntry:
        """Adds a decision at the end of the log, with its tree nodes and its checkpoint."""

    def add_lineage_record(self, record: LineageRecord) -> None:
        """Adds a revision. Never changed afterwards."""

    def add_gate_decision(self, decision: GateDecision) -> None:
        """Adds a decision. Never changed afterwards."""

    def keep_trial_log(self, log: TreeHead) -> None:
        """Keeps a log of trials that was verified to extend the newest. Never changed."""

    def add_promotion(self, promotion: Promotion) -> None:
        """Adds a promotion."""

    def decide_promotion(self, promotion: Promotion) -> None:
        """Replaces a requested promotion by the decided one."""

    def remember(self, response: object) -> None:
        """Keeps the response to the present request for a repetition of its request id."""

    def remember_refusal(self, refusal: GovernanceError) -> None:
        """Keeps a refusal that was logged as the answer to the present request."""


class DecisionStore(Protocol):
    """Decisions and their log. Nothing in it is ever removed."""

    def read(self) -> AbstractContextManager[ReadTransaction]:
        """Returns a view; safe to use from many threads, one each."""

    def write(self) -> AbstractContextManager[WriteTransaction]:
        """Returns a transaction; waits for the writer before it."""
