"""Decisions and their log in SQL, through the chassis."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection, Select, func, insert, select, update

from aurelius_governance.adapters import row_mapping, tables
from aurelius_governance.domain import merkle
from aurelius_governance.domain.errors import GovernanceError, LedgerCorrupted
from aurelius_governance.domain.gates import GateDecision
from aurelius_governance.domain.ledger import Checkpoint, Decision, LedgerEntry, format_time
from aurelius_governance.domain.lineage import LineageRecord
from aurelius_governance.domain.promotion import Promotion, PromotionState, Stage
from aurelius_governance.domain.signed_note import Signer, TreeHead, sign_checkpoint


class RequestMemory(Protocol):
    """The answers to requests that carry an id, kept in the transaction that makes them true."""

    def refuse_twin(self, connection: Connection) -> None:
        """Raises if the present request was answered since it was looked up."""

    def remember(self, connection: Connection, response: object) -> None:
        """Keeps the response to the present request."""

    def remember_refusal(self, connection: Connection, refusal: GovernanceError) -> None:
        """Keeps a refusal as the answer to the present request."""


_STANDING = (PromotionState.REQUESTED.name, PromotionState.APPROVED.name)


class SqlReadTransaction:
    """Reads on one connection."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def lineage_record(self, run: str) -> LineageRecord | None:
        """See the port."""
        table = tables.LINEAGE_RECORDS
        query = select(table).where(table.c.run == run).order_by(table.c.revision.desc()).limit(1)
        row = self._connection.execute(query).mappings().first()
        return row_mapping.lineage_record_from_row(row) if row else None

    def lineage_records(self, *, after_run: str, limit: int) -> Sequence[LineageRecord]:
        """See the port."""
        table = tables.LINEAGE_RECORDS
        newest = (
            select(table.c.run, func.max(table.c.revision).label("revision"))
            .where(table.c.run > after_run)
            .group_by(table.c.run)
            .order_by(table.c.run)
            .limit(limit)
            .subquery()
        )
        query = (
            select(table)
            .join(newest, (table.c.run == newest.c.run) & (table.c.revision == newest.c.revision))
            .order_by(table.c.run)
        )
        rows = self._connection.execute(query).mappings()
        return [row_mapping.lineage_record_from_row(row) for row in rows]

    def gate_decision(self, decision_id: str) -> GateDecision | None:
        """See the port."""
        table = tables.GATE_DECISIONS
        return self._first_decision(select(table).where(table.c.id == decision_id))

    def newest_gate_decision(self, run: str, gate: str) -> GateDecision | None:
        """See the port."""
        table = tables.GATE_DECISIONS
        query = select(table).where(table.c.run == run, table.c.gate == gate)
        return self._first_decision(query.order_by(table.c.ledger_index.desc()).limit(1))

    def gate_decisions(
        self, *, run: str, before_index: int | None, limit: int
    ) -> Sequence[GateDecision]:
        """See the port."""
        table = tables.GATE_DECISIONS
        query = select(table).order_by(table.c.ledger_index.desc()).limit(limit)
        if run:
            query = query.where(table.c.run == run)
        if before_index is not None:
            query = query.where(table.c.ledger_index < before_index)
        rows = self._connection.execute(query).mappings()
        return [row_mapping.gate_decision_from_row(row) for row in rows]

    def newest_trial_log(self) -> TreeHead | None:
        """See the port."""
        table = tables.TRIAL_LOGS
        query = select(table).order_by(table.c.tree_size.desc()).limit(1)
        row = self._connection.execute(query).mappings().first()
        return TreeHead(size=row["tree_size"], root=bytes(row["root"])) if row else None

    def promotion(self, promotion_id: str) -> Promotion | None:
        """See the port."""
        table = tables.PROMOTIONS
        return self._first_promotion(select(table).where(table.c.id == promotion_id))

    def standing_promotion(self, run: str, stage: Stage) -> Promotion | None:
        """See the port."""
        table = tables.PROMOTIONS
        return self._first_promotion(
            select(table).where(
                table.c.run == run,
                table.c.target_stage == stage.name,
                table.c.state.in_(_STANDING),
            )
        )

    def promotions(self, *, run: str, before_index: int | None, limit: int) -> Sequence[Promotion]:
        """See the port."""
        table = tables.PROMOTIONS
        query = select(table).order_by(table.c.request_ledger_index.desc()).limit(limit)
        if run:
            query = query.where(table.c.run == run)
        if before_index is not None:
            query = query.where(table.c.request_ledger_index < before_index)
        rows = self._connection.execute(query).mappings()
        return [row_mapping.promotion_from_row(row) for row in rows]

    def ledger_size(self) -> int:
        """See the port."""
        newest = self._connection.scalar(select(func.max(tables.LEDGER_ENTRIES.c.entry_index)))
        return 0 if newest is None else int(newest) + 1

    def ledger_entries(self, *, start: int, end: int) -> Sequence[LedgerEntry]:
        """See the port."""
        index = tables.LEDGER_ENTRIES.c.entry_index
        query = select(tables.LEDGER_ENTRIES).where(index >= start, index < end).order_by(index)
        rows = self._connection.execute(query).mappings()
        return [row_mapping.ledger_entry_from_row(row) for row in rows]

    def checkpoint(self, size: int) -> Checkpoint | None:
        """See the port."""
        table = tables.LEDGER_CHECKPOINTS
        query = select(table).where(table.c.tree_size == size)
        row = self._connection.execute(query).mappings().first()
        return row_mapping.checkpoint_from_row(row) if row else None

    def ledger_node(self, level: int, position: int) -> bytes:
        """See the port."""
        table = tables.LEDGER_NODES
        query = select(table.c.hash).where(table.c.level == level, table.c.position == position)
        found = self._connection.execute(query).scalar_one_or_none()
        if found is None:
            raise LedgerCorrupted(
                f"node {position} of level {level}", found="nothing", allowed="32 bytes"
            )
        return bytes(found)

    def _first_decision(self, query: Select[Any]) -> GateDecision | None:
        row = self._connection.execute(query).mappings().first()
        return row_mapping.gate_decision_from_row(row) if row else None

    def _first_promotion(self, query: Select[Any]) -> Promotion | None:
        row = self._connection.execute(query).mappings().first()
        return row_mapping.promotion_from_row(row) if row else None


class SqlWriteTransaction(SqlReadTransaction):
    """Writes on one connection that holds the database's only write lock."""

    def __init__(self, connection: Connection, signer: Signer, memory: RequestMemory):
        super().__init__(connection)
        self._signer, self._memory = signer, memory

    def append(self, decision: Decision) -> LedgerEntry:
        """See the port."""
        index = self.ledger_size()
        entry = LedgerEntry(
            index=index,
            type=decision.type,
            content=decision.canonical_bytes(index),
            create_time=decision.time,
        )
        time = format_time(decision.time)
        self._connection.execute(
            insert(tables.LEDGER_ENTRIES).values(
                entry_index=index, type=entry.type.value, content=entry.content, create_time=time
            )
        )
        nodes = merkle.completed_nodes(index, entry.leaf_hash, self.ledger_node)
        self._connection.execute(
            insert(tables.LEDGER_NODES),
            [{"level": level, "position": at, "hash": node} for level, at, node in nodes],
        )
        head = TreeHead(size=index + 1, root=merkle.root_hash(index + 1, self.ledger_node))
        self._connection.execute(
            insert(tables.LEDGER_CHECKPOINTS).values(
                tree_size=head.size,
                root=head.root,
                note=sign_checkpoint(head, self._signer),
                create_time=time,
            )
        )
        return entry

    def add_lineage_record(self, record: LineageRecord) -> None:
        """See the port."""
        row = row_mapping.lineage_record_to_row(record)
        self._connection.execute(insert(tables.LINEAGE_RECORDS).values(row))

    def add_gate_decision(self, decision: GateDecision) -> None:
        """See the port."""
        row = row_mapping.gate_decision_to_row(decision)
        self._connection.execute(insert(tables.GATE_DECISIONS).values(row))

    def keep_trial_log(self, log: TreeHead) -> None:
        """See the port."""
        if log == self.newest_trial_log():
            return
        row = {"tree_size": log.size, "root": log.root}
        self._connection.execute(insert(tables.TRIAL_LOGS).values(row))

    def add_promotion(self, promotion: Promotion) -> None:
        """See the port."""
        row = row_mapping.promotion_to_row(promotion)
        self._connection.execute(insert(tables.PROMOTIONS).values(row))

    def decide_promotion(self, promotion: Promotion) -> None:
        """See the port."""
        row = row_mapping.promotion_to_row(promotion)
        table = tables.PROMOTIONS
        self._connection.execute(update(table).where(table.c.id == promotion.id).values(row))

    def remember(self, response: object) -> None:
        """See the port."""
        self._memory.remember(self._connection, response)

    def remember_refusal(self, refusal: GovernanceError) -> None:
        """See the port."""
        self._memory.remember_refusal(self._connection, refusal)


class Connections(Protocol):
    """The chassis's database, as far as this file needs it."""

    def read(self) -> AbstractContextManager[Connection]:
        """Returns a connection that sees one snapshot."""

    def write(self) -> AbstractContextManager[Connection]:
        """Returns the connection of the only writer; commits unless an exception ends it."""


class SqlDecisionStore:
    """Implements the port `DecisionStore`."""

    def __init__(self, database: Connections, *, signer: Signer, memory: RequestMemory):
        self._database, self._signer, self._memory = database, signer, memory

    @contextmanager
    def read(self) -> Iterator[SqlReadTransaction]:
        """See the port."""
        with self._database.read() as connection:
            yield SqlReadTransaction(connection)

    @contextmanager
    def write(self) -> Iterator[SqlWriteTransaction]:
        """See the port."""
        with self._database.write() as connection:
            self._memory.refuse_twin(connection)
            yield SqlWriteTransaction(connection, self._signer, self._memory)
