"""The records of jobs in SQL, through the chassis: one table, a codec for each kind."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection, RowMapping, Select, func, insert, select, update

from aurelius_chassis.sql import Database
from aurelius_engine.adapters import sql_trials
from aurelius_engine.adapters.tables import JOBS
from aurelius_engine.application.errors import ObjectDamaged
from aurelius_engine.application.job_records import Job, JobIdentity, JobKind, JobState, Progress
from aurelius_engine.application.records import Failure
from aurelius_engine.application.trial_entries import entry_of_job

Row = Mapping[str, Any] | RowMapping
P = TypeVar("P", bound=Progress)
R = TypeVar("R")
_BRIEF = [column for column in JOBS.c if column.name != "document"]


class Codec(Protocol[P, R]):
    """How the progress and the outcome of a kind of jobs are written, as proto-free JSON."""

    kind: JobKind

    def progress_to_json(self, progress: P) -> Mapping[str, Any]:
        """Returns what `progress_from_json` gives back."""

    def progress_from_json(self, fields: dict[str, Any]) -> P:
        """Returns the progress that was written."""

    def outcome_to_json(self, outcome: R) -> Mapping[str, Any]:
        """Returns what `outcome_from_json` gives back."""

    def outcome_from_json(self, fields: dict[str, Any]) -> R:
        """Returns the outcome that was written."""


class SqlJobReads(Generic[P, R]):
    """Reads on one connection; see the port."""

    def __init__(self, connection: Connection, codec: Codec[P, R]) -> None:
        """Takes a connection in a transaction."""
        self._connection, self._codec = connection, codec

    def job(self, job_id: str) -> Job[P, R] | None:
        """See the port."""
        query = self._of_kind(select(JOBS)).where(JOBS.c.job_id == job_id)
        row = self._connection.execute(query).mappings().first()
        return self._checked(row) if row else None

    def jobs(self, *, dataset: str, before: int | None, limit: int) -> Sequence[Job[P, R]]:
        """See the port."""
        query = self._of_kind(select(*_BRIEF)).order_by(JOBS.c.sequence.desc()).limit(limit)
        if dataset:
            query = query.where(JOBS.c.dataset == dataset)
        if before is not None:
            query = query.where(JOBS.c.sequence < before)
        rows = self._connection.execute(query).mappings().all()
        return [self._from_row(row, {}) for row in rows]

    def _of_kind(self, query: Select[Any]) -> Select[Any]:
        return query.where(JOBS.c.kind == self._codec.kind.name)

    def _checked(self, row: Row) -> Job[P, R]:
        """Returns the job of a row whose specification has the digest of its identity."""
        kind = self._codec.kind
        name = f"{kind.collection}/{row['job_id']}"
        try:
            job = self._from_row(row, json.loads(row["document"]))
            found = kind.hash_of(job.document)
        except (ValueError, TypeError, LookupError) as error:
            raise ObjectDamaged(
                f"the stored record of {name} cannot be read",
                found=f"{type(error).__name__}: {error}"[:200],
                allowed="the record written",
            ) from error
        whole = (found, job.id, job.outcome is not None)
        wanted = (job.identity.document_hash, row["job_id"], job.state is JobState.SUCCEEDED)
        if whole != wanted:
            raise ObjectDamaged(
                f"the stored record of {name} fails its digest",
                found=f"{whole}",
                allowed=f"{wanted}",
            )
        return job

    def _from_row(self, row: Row, document: Mapping[str, Any]) -> Job[P, R]:
        outcome = failure = None
        if row["outcome"] is not None:
            outcome = self._codec.outcome_from_json(json.loads(row["outcome"]))
        if row["failure_reason"] is not None:
            failure = Failure(reason=row["failure_reason"], message=row["failure_message"])
        return Job(
            identity=JobIdentity(
                kind=self._codec.kind,
                document_hash=row["document_hash"],
                data_hash=row["data_hash"],
                seed=int(row["seed"]),
                engine_version=row["engine_version"],
            ),
            sequence=row["sequence"],
            create_time=row["create_time"],
            update_time=row["update_time"],
            creator=row["creator"],
            dataset=row["dataset"],
            document=document,
            state=JobState(row["state"]),
            attempt_count=row["attempt_count"],
            progress=self._codec.progress_from_json(json.loads(row["progress"])),
            failure=failure,
            outcome=outcome,
        )


class SqlJobWrites(SqlJobReads[P, R]):
    """Writes on the connection of the only writer; see the port."""

    def next_sequence(self) -> int:
        """See the port."""
        newest = self._connection.scalar(select(func.max(JOBS.c.sequence)))
        return 1 if newest is None else int(newest) + 1

    def add(self, job: Job[P, R]) -> None:
        """See the port."""
        self._connection.execute(insert(JOBS).values(self._to_row(job)))
        sql_trials.append(self._connection, entry_of_job(job))

    def change(self, job: Job[P, R]) -> None:
        """See the port."""
        changed = update(JOBS).where(JOBS.c.job_id == job.id)
        self._connection.execute(changed.values(self._to_row(job)))
        sql_trials.append(self._connection, entry_of_job(job))

    def crash(self, *, failure: Failure, time: int) -> Sequence[Job[P, R]]:
        """See the port."""
        running = JOBS.c.state == JobState.RUNNING.value
        query = self._of_kind(select(JOBS)).where(running).order_by(JOBS.c.sequence)
        jobs = []
        for row in self._connection.execute(query).mappings().all():
            crashed = {
                "state": JobState.CRASHED.value,
                "update_time": time,
                "failure_reason": failure.reason,
                "failure_message": failure.message,
            }
            changed = update(JOBS).where(JOBS.c.job_id == row["job_id"])
            self._connection.execute(changed.values(crashed))
            jobs.append(self._from_row(dict(row) | crashed, _document_or_none(row)))
            sql_trials.append(self._connection, entry_of_job(jobs[-1]))
        return jobs

    def _to_row(self, job: Job[P, R]) -> dict[str, Any]:
        outcome = None
        if job.outcome is not None:
            outcome = _text(self._codec.outcome_to_json(job.outcome))
        return {
            "job_id": job.id,
            "kind": job.identity.kind.name,
            "document_hash": job.identity.document_hash,
            "data_hash": job.identity.data_hash,
            "seed": str(job.identity.seed),
            "engine_version": job.identity.engine_version,
            "sequence": job.sequence,
            "create_time": job.create_time,
            "update_time": job.update_time,
            "creator": job.creator,
            "dataset": job.dataset,
            "document": _text(job.document),
            "state": job.state.value,
            "attempt_count": job.attempt_count,
            "progress": _text(self._codec.progress_to_json(job.progress)),
            "failure_reason": job.failure.reason if job.failure else None,
            "failure_message": job.failure.message if job.failure else None,
            "outcome": outcome,
        }


class SqlJobStore(Generic[P, R]):
    """Implements the port `JobStore` for the jobs of one kind."""

    def __init__(self, database: Database, codec: Codec[P, R]) -> None:
        """Takes a migrated database."""
        self._database, self._codec = database, codec

    @contextmanager
    def read(self) -> Iterator[SqlJobReads[P, R]]:
        """See the port."""
        with self._database.read() as connection:
            yield SqlJobReads(connection, self._codec)

    @contextmanager
    def write(self) -> Iterator[SqlJobWrites[P, R]]:
        """See the port."""
        with self._database.write() as connection:
            yield SqlJobWrites(connection, self._codec)


def _document_or_none(row: Row) -> Mapping[str, Any]:
    """Returns a row's specification, {} if somebody damaged it."""
    try:
        document: Mapping[str, Any] = json.loads(row["document"])
    except ValueError:
        return {}
    return document


def _text(value: object) -> str:
    """Returns JSON that gives every number back bit by bit, and refuses what is not one."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
