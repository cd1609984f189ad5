"""The records in SQL, through the chassis."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from google.protobuf.message import Message
from sqlalchemy import Connection, Select, delete, func, insert, select, update

from aurelius_chassis import request_log
from aurelius_chassis.sql import Database
from aurelius_engine.adapters import row_mapping, sql_trials
from aurelius_engine.adapters.tables import (
    ARTIFACTS,
    CHUNKS,
    DATASETS,
    PRINTS,
    REPLAYS,
    RUNS,
    UPLOADS,
)
from aurelius_engine.application.records import (
    Artifact,
    Chunk,
    Dataset,
    Failure,
    Provenance,
    Replay,
    ReplayState,
    Run,
    RunState,
    Upload,
)
from aurelius_engine.application.trial_entries import entry_of_run

_PROVENANCE = (DATASETS.c.calendar, DATASETS.c.provenance)


class SqlReadTransaction:
    """Reads on one connection; see the port."""

    def __init__(self, connection: Connection) -> None:
        """Takes a connection in a transaction."""
        self._connection = connection

    def dataset(self, dataset_id: str) -> Dataset | None:
        """See the port."""
        row = self._first(select(DATASETS).where(DATASETS.c.dataset_id == dataset_id))
        return row_mapping.dataset_from_row(row) if row else None

    def datasets(
        self, *, series: str, before: int | None, limit: int
    ) -> Sequence[tuple[int, Dataset]]:
        """See the port."""
        query = select(DATASETS).order_by(DATASETS.c.sequence.desc()).limit(limit)
        if series:
            query = query.where(DATASETS.c.series == series)
        if before is not None:
            query = query.where(DATASETS.c.sequence < before)
        rows = self._connection.execute(query).mappings()  # one by one: symbols may be long
        return [
            (row["sequence"], row_mapping.dataset_from_row(row, with_symbols=False)) for row in rows
        ]

    def dataset_as_of(
        self, series: str, as_of_time: int, registered_time: int | None
    ) -> Dataset | None:
        """See the port."""
        at = DATASETS.c
        query = select(DATASETS).where(at.series == series, at.as_of_time <= as_of_time)
        if registered_time is not None:
            query = query.where(at.create_time <= registered_time)
        row = self._first(query.order_by(at.as_of_time.desc(), at.sequence).limit(1))
        return row_mapping.dataset_from_row(row) if row else None

    def provenances(self, data_hash: str) -> Sequence[tuple[str, Provenance]]:
        """See the port."""
        columns = (DATASETS.c.dataset_id, *_PROVENANCE)
        rows = self._all(select(*columns).where(DATASETS.c.data_hash == data_hash))
        return [
            (f"datasets/{row['dataset_id']}", row_mapping.provenance_from_row(row)) for row in rows
        ]

    def prints(self, data_hash: str) -> str | None:
        """See the port."""
        found = select(PRINTS.c.object_digest).where(PRINTS.c.data_hash == data_hash)
        digest: str | None = self._connection.scalar(found)
        return digest

    def classes(self, *, after: int) -> Sequence[tuple[int, str, str, bool]]:
        """See the port."""
        at = DATASETS.c
        query = select(at.sequence, at.dataset_id, at.data_hash, *_PROVENANCE)
        found: dict[str, tuple[int, str, str, bool]] = {}
        for row in self._all(query.where(at.sequence > after).order_by(at.sequence)):
            sealed = row_mapping.provenance_from_row(row).sealed
            name, digest = f"datasets/{row['dataset_id']}", row["data_hash"]
            found.setdefault(digest, (row["sequence"], name, digest, sealed))
        return list(found.values())

    def upload(self, upload_id: str) -> Upload | None:
        """See the port."""
        row = self._first(select(UPLOADS).where(UPLOADS.c.upload_id == upload_id))
        return row_mapping.upload_from_row(row) if row else None

    def chunks(self, upload_id: str) -> Sequence[Chunk]:
        """See the port."""
        query = select(CHUNKS).where(CHUNKS.c.upload_id == upload_id)
        rows = self._all(query.order_by(CHUNKS.c.offset_bytes))
        return [row_mapping.chunk_from_row(row) for row in rows]

    def chunk(self, upload_id: str, offset: int) -> Chunk | None:
        """See the port."""
        row = self._first(
            select(CHUNKS).where(CHUNKS.c.upload_id == upload_id, CHUNKS.c.offset_bytes == offset)
        )
        return row_mapping.chunk_from_row(row) if row else None

    def run(self, run_id: str) -> Run | None:
        """See the port."""
        row = self._first(select(RUNS).where(RUNS.c.run_id == run_id))
        return row_mapping.run_from_row(row, self.artifacts(run_id)) if row else None

    def runs(self, *, dataset: str, before: int | None, limit: int) -> Sequence[Run]:
        """See the port."""
        query = select(RUNS).order_by(RUNS.c.sequence.desc()).limit(limit)
        if dataset:
            query = query.where(RUNS.c.dataset == dataset)
        if before is not None:
            query = query.where(RUNS.c.sequence < before)
        rows = self._all(query)
        theirs = select(ARTIFACTS).where(ARTIFACTS.c.run_id.in_([row["run_id"] for row in rows]))
        artifacts: dict[str, list[Artifact]] = {}
        for row in self._all(theirs.order_by(ARTIFACTS.c.artifact_id)):
            artifact = row_mapping.artifact_from_row(row)
            artifacts.setdefault(row["run_id"], []).append(artifact)
        return [row_mapping.run_from_row(row, artifacts.get(row["run_id"], ())) for row in rows]

    def artifacts(self, run_id: str) -> Sequence[Artifact]:
        """See the port."""
        query = select(ARTIFACTS).where(ARTIFACTS.c.run_id == run_id)
        rows = self._all(query.order_by(ARTIFACTS.c.artifact_id))
        return [row_mapping.artifact_from_row(row) for row in rows]

    def replay(self, replay_id: str) -> Replay | None:
        """See the port."""
        row = self._first(select(REPLAYS).where(REPLAYS.c.replay_id == replay_id))
        return row_mapping.replay_from_row(row) if row else None

    def _first(self, query: Select[Any]) -> row_mapping.Row | None:
        return self._connection.execute(query).mappings().first()

    def _all(self, query: Select[Any]) -> Sequence[row_mapping.Row]:
        return self._connection.execute(query).mappings().all()


class SqlWriteTransaction(SqlReadTransaction):
    """Writes on the connection of the only writer; see the port."""

    def add_dataset(self, dataset: Dataset, *, prints: str) -> None:
        """See the port."""
        row = row_mapping.dataset_to_row(dataset)
        sequence = self._next(DATASETS.c.sequence)
        self._connection.execute(insert(DATASETS).values(sequence=sequence, **row))
        if self.prints(dataset.data_hash) is None:
            kept = insert(PRINTS).values(data_hash=dataset.data_hash, object_digest=prints)
            self._connection.execute(kept)

    def add_upload(self, upload: Upload) -> None:
        """See the port."""
        self._connection.execute(insert(UPLOADS).values(row_mapping.upload_to_row(upload)))

    def add_chunk(self, upload_id: str, chunk: Chunk) -> None:
        """See the port."""
        self._connection.execute(
            insert(CHUNKS).values(
                upload_id=upload_id,
                offset_bytes=chunk.offset,
                size_bytes=chunk.size,
                digest=chunk.digest,
            )
        )
        self._connection.execute(
            update(UPLOADS)
            .where(UPLOADS.c.upload_id == upload_id)
            .values(received_bytes=chunk.offset + chunk.size)
        )

    def finish_upload(self, upload_id: str, *, file_digest: str) -> None:
        """See the port."""
        self._connection.execute(
            update(UPLOADS).where(UPLOADS.c.upload_id == upload_id).values(file_digest=file_digest)
        )

    def remove_uploads(self, *, before: int) -> Sequence[str]:
        """See the port."""
        abandoned = (UPLOADS.c.create_time < before) & (UPLOADS.c.file_digest == "")
        rows = self._connection.execute(select(UPLOADS.c.upload_id).where(abandoned))
        ids = list(rows.scalars())
        for upload_id in ids:
            self._connection.execute(delete(CHUNKS).where(CHUNKS.c.upload_id == upload_id))
            self._connection.execute(delete(UPLOADS).where(UPLOADS.c.upload_id == upload_id))
        return ids

    def next_sequence(self) -> int:
        """See the port."""
        return self._next(RUNS.c.sequence)

    def add_run(self, run: Run) -> None:
        """See the port."""
        self._connection.execute(insert(RUNS).values(row_mapping.run_to_row(run)))
        sql_trials.append(self._connection, entry_of_run(run))

    def change_run(self, run: Run) -> None:
        """See the port."""
        changed = update(RUNS).where(RUNS.c.run_id == run.id)
        self._connection.execute(changed.values(row_mapping.run_to_row(run)))
        sql_trials.append(self._connection, entry_of_run(run))

    def crash_runs(self, *, failure: Failure, time: int) -> int:
        """See the port."""
        running = RUNS.c.state == RunState.RUNNING.value
        rows = self._all(select(RUNS).where(running).order_by(RUNS.c.sequence))
        for row in rows:
            crashed = {
                "state": RunState.CRASHED.value,
                "update_time": time,
                "failure_reason": failure.reason,
                "failure_message": failure.message,
            }
            changed = update(RUNS).where(RUNS.c.run_id == row["run_id"])
            self._connection.execute(changed.values(crashed))
            run = row_mapping.run_from_row(dict(row) | crashed, ())
            sql_trials.append(self._connection, entry_of_run(run))
        return len(rows)

    def add_artifact(self, artifact: Artifact) -> None:
        """See the port."""
        self._connection.execute(insert(ARTIFACTS).values(row_mapping.artifact_to_row(artifact)))

    def add_replay(self, replay: Replay) -> None:
        """See the port."""
        self._connection.execute(insert(REPLAYS).values(row_mapping.replay_to_row(replay)))

    def change_replay(self, replay: Replay) -> None:
        """See the port."""
        changed = update(REPLAYS).where(REPLAYS.c.replay_id == replay.id)
        self._connection.execute(changed.values(row_mapping.replay_to_row(replay)))

    def fail_replays(self, *, failure: Failure) -> None:
        """See the port."""
        self._connection.execute(
            update(REPLAYS)
            .where(REPLAYS.c.state == ReplayState.RUNNING.value)
            .values(
                state=ReplayState.FAILED.value,
                failure_message=failure.message,
                failure_reason=failure.reason,
            )
        )

    def refuse_twin(self) -> None:
        """See the port."""
        request_log.refuse_twin(self._connection)

    def remember(self, answer: object) -> None:
        """See the port."""
        if not isinstance(answer, Message):
            raise TypeError(f"an answer is a message, not {type(answer).__name__}")
        request_log.remember(self._connection, answer)

    def _next(self, column: Any) -> int:
        newest = self._connection.scalar(select(func.max(column)))
        return 1 if newest is None else int(newest) + 1


class SqlRecordStore:
    """Implements the port `RecordStore`."""

    def __init__(self, database: Database) -> None:
        """Takes a migrated database."""
        self._database = database

    @contextmanager
    def read(self) -> Iterator[SqlReadTransaction]:
        """See the port."""
        with self._database.read() as connection:
            yield SqlReadTransaction(connection)

    @contextmanager
    def write(self) -> Iterator[SqlWriteTransaction]:
        """See the port."""
        with self._database.write() as connection:
            yield SqlWriteTransaction(connection)
