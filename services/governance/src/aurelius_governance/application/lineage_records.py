"""Recording and reading lineage."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from aurelius_governance.application.engine import Engine
from aurelius_governance.domain import lineage
from aurelius_governance.domain.decision_store import DecisionStore, WriteTransaction
from aurelius_governance.domain.errors import LineageRecordNotFound
from aurelius_governance.domain.ledger import Decision, EntryType, lineage_facts
from aurelius_governance.domain.lineage import LineageRecord, RunFacts

Response = TypeVar("Response")


class LineageRecords:
    """Verifies runs and keeps what was found."""

    def __init__(self, *, store: DecisionStore, engine: Engine, now: Callable[[], datetime]):
        self._store, self._engine, self._now = store, engine, now

    def create(
        self, run: str, *, caller: str, respond: Callable[[LineageRecord], Response]
    ) -> Response:
        """Verifies `run` and adds a revision of its lineage.

        Args:
            run: The run.
            caller: Who asks.
            respond: Makes the response, which is kept with the record.
        """
        facts = self._engine.run_facts(run)
        evidence = lineage.verify(facts)
        with self._store.write() as transaction:
            record = self._add(transaction, facts, evidence, caller)
            response = respond(record)
            transaction.remember(response)
            return response

    def get(self, name: str) -> LineageRecord:
        """Raises: LineageRecordNotFound: Nobody recorded it."""
        with self._store.read() as transaction:
            record = transaction.lineage_record(f"runs/{name.partition('/')[2]}")
        if record is None:
            raise LineageRecordNotFound(name)
        return record

    def list(self, *, after_run: str, limit: int) -> Sequence[LineageRecord]:
        """Returns records of runs above `after_run`, ordered by run."""
        with self._store.read() as transaction:
            return transaction.lineage_records(after_run=after_run, limit=limit)

    def _add(
        self,
        transaction: WriteTransaction,
        facts: RunFacts,
        evidence: Sequence[lineage.EvidenceItem],
        caller: str,
    ) -> LineageRecord:
        before = transaction.lineage_record(facts.run)
        time = self._now()
        record = LineageRecord(
            run=facts.run,
            revision=before.revision + 1 if before else 1,
            evidence=evidence,
            data=lineage.data_lineage(facts),
            recorder=caller,
            ledger_index=transaction.ledger_size(),
            create_time=before.create_time if before else time,
            update_time=time,
        )
        transaction.append(
            Decision(
                type=EntryType.LINEAGE_RECORDED,
                actor=caller,
                time=time,
                subject=record.name,
                facts=lineage_facts(record),
            )
        )
        transaction.add_lineage_record(record)
        return record
