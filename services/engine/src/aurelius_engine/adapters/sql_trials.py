"""The log of trials in SQL: written with the record that it is about, in one transaction."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, func, insert, select

from aurelius_chassis.sql import Database
from aurelius_engine.adapters.tables import TRIALS
from aurelius_engine.domain.trial_log import TrialEntry


def append(connection: Connection, entry: TrialEntry) -> int:
    """Appends an entry on the connection of the only writer, and returns its place."""
    newest = connection.scalar(select(func.max(TRIALS.c.place)))
    place = 0 if newest is None else int(newest) + 1
    connection.execute(
        insert(TRIALS).values(
            place=place,
            subject=entry.subject,
            data_hash=entry.data_hash,
            content=entry.content().decode(),
            leaf=entry.leaf().hex(),
        )
    )
    return place


class SqlTrialReads:
    """Reads on one connection; see the port."""

    def __init__(self, connection: Connection) -> None:
        """Takes a connection in a transaction."""
        self._connection = connection

    def size(self) -> int:
        """See the port."""
        return int(self._connection.scalar(select(func.count()).select_from(TRIALS)) or 0)

    def leaves(self, size: int) -> Sequence[bytes]:
        """See the port."""
        query = select(TRIALS.c.leaf).where(TRIALS.c.place < size).order_by(TRIALS.c.place)
        return [bytes.fromhex(leaf) for leaf in self._connection.scalars(query)]

    def entries(self, *, start: int, limit: int) -> Sequence[TrialEntry]:
        """See the port."""
        query = select(TRIALS.c.content).where(TRIALS.c.place >= start)
        rows = self._connection.scalars(query.order_by(TRIALS.c.place).limit(limit))
        return [_from_content(content) for content in rows]

    def data_hashes(self, size: int) -> Sequence[str]:
        """See the port."""
        query = select(TRIALS.c.data_hash).where(TRIALS.c.place < size).distinct()
        return sorted(self._connection.scalars(query))

    def entries_on(self, data_hashes: Sequence[str], size: int) -> Sequence[TrialEntry]:
        """See the port."""
        query = select(TRIALS.c.content).where(
            TRIALS.c.place < size, TRIALS.c.data_hash.in_(data_hashes)
        )
        rows = self._connection.scalars(query.order_by(TRIALS.c.place))
        return [_from_content(content) for content in rows]

    def sealed_place(self, run: str, size: int) -> int | None:
        """See the port."""
        query = select(TRIALS.c.place, TRIALS.c.content).where(
            TRIALS.c.place < size, TRIALS.c.subject == run
        )
        for place, content in self._connection.execute(query.order_by(TRIALS.c.place)):
            if _from_content(content).result_digest:
                return int(place)
        return None


class SqlTrialStore:
    """Implements the port `TrialStore`."""

    def __init__(self, database: Database) -> None:
        """Takes a migrated database."""
        self._database = database

    @contextmanager
    def read(self) -> Iterator[SqlTrialReads]:
        """See the port."""
        with self._database.read() as connection:
            yield SqlTrialReads(connection)


def _from_content(content: str) -> TrialEntry:
    fields = json.loads(content)
    return TrialEntry(
        subject=fields["subject"],
        event=fields["event"],
        attempt=fields["attempt"],
        data_hash=fields["dataHash"],
        strategies=tuple(fields["strategies"]),
        document_hash=fields["documentHash"],
        planned_count=int(fields["plannedCount"]),
        executed_count=int(fields["executedCount"]),
        result_digest=fields["resultDigest"],
        sharpe_ratio=None if fields["sharpeRatio"] is None else float(fields["sharpeRatio"]),
        time=int(fields["time"]),
    )
