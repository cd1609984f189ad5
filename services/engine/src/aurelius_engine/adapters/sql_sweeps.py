"""The records of sweeps in SQL, through the chassis."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from aurelius_chassis.sql import Database
from aurelius_engine.adapters.tables import SWEEPS
from aurelius_engine.application.errors import ObjectDamaged
from aurelius_engine.application.records import Failure
from aurelius_engine.application.sweep_records import (
    Progress,
    StopReason,
    Sweep,
    SweepIdentity,
    SweepOutcome,
    SweepState,
    sweep_hash,
)
from aurelius_engine.domain.sweeps.trials import Trial, TrialState

Row = Mapping[str, Any] | RowMapping
_BRIEF = [column for column in SWEEPS.c if column.name != "document"]


class SqlSweepReads:
    """Reads on one connection; see the port."""

    def __init__(self, connection: Connection) -> None:
        """Takes a connection in a transaction."""
        self._connection = connection

    def sweep(self, sweep_id: str) -> Sweep | None:
        """See the port."""
        query = select(SWEEPS).where(SWEEPS.c.sweep_id == sweep_id)
        row = self._connection.execute(query).mappings().first()
        return _checked(row) if row else None

    def sweeps(self, *, dataset: str, before: int | None, limit: int) -> Sequence[Sweep]:
        """See the port."""
        query = select(*_BRIEF).order_by(SWEEPS.c.sequence.desc()).limit(limit)
        if dataset:
            query = query.where(SWEEPS.c.dataset == dataset)
        if before is not None:
            query = query.where(SWEEPS.c.sequence < before)
        rows = self._connection.execute(query).mappings().all()
        return [_from_row(row, {}) for row in rows]


class SqlSweepWrites(SqlSweepReads):
    """Writes on the connection of the only writer; see the port."""

    def next_sequence(self) -> int:
        """See the port."""
        newest = self._connection.scalar(select(func.max(SWEEPS.c.sequence)))
        return 1 if newest is None else int(newest) + 1

    def add_sweep(self, sweep: Sweep) -> None:
        """See the port."""
        self._connection.execute(insert(SWEEPS).values(_to_row(sweep)))

    def change_sweep(self, sweep: Sweep) -> None:
        """See the port."""
        changed = update(SWEEPS).where(SWEEPS.c.sweep_id == sweep.id)
        self._connection.execute(changed.values(_to_row(sweep)))

    def crash_sweeps(self, *, failure: Failure, time: int) -> int:
        """See the port."""
        done = self._connection.execute(
            update(SWEEPS)
            .where(SWEEPS.c.state == SweepState.RUNNING.value)
            .values(
                state=SweepState.CRASHED.value,
                update_time=time,
                failure_reason=failure.reason,
                failure_message=failure.message,
            )
        )
        return done.rowcount


class SqlSweepStore:
    """Implements the port `SweepStore`."""

    def __init__(self, database: Database) -> None:
        """Takes a migrated database."""
        self._database = database

    @contextmanager
    def read(self) -> Iterator[SqlSweepReads]:
        """See the port."""
        with self._database.read() as connection:
            yield SqlSweepReads(connection)

    @contextmanager
    def write(self) -> Iterator[SqlSweepWrites]:
        """See the port."""
        with self._database.write() as connection:
            yield SqlSweepWrites(connection)


def _text(value: object) -> str:
    """Returns JSON that gives every number back bit by bit, and refuses what is not one."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def _to_row(sweep: Sweep) -> dict[str, Any]:
    outcome = None
    if sweep.outcome is not None:
        outcome = _text(asdict(sweep.outcome) | {"stop_reason": sweep.outcome.stop_reason.value})
    return {
        "sweep_id": sweep.id,
        "sweep_hash": sweep.identity.sweep_hash,
        "data_hash": sweep.identity.data_hash,
        "seed": str(sweep.identity.seed),
        "engine_version": sweep.identity.engine_version,
        "sequence": sweep.sequence,
        "create_time": sweep.create_time,
        "update_time": sweep.update_time,
        "creator": sweep.creator,
        "dataset": sweep.dataset,
        "document": _text(sweep.document),
        "state": sweep.state.value,
        "attempt_count": sweep.attempt_count,
        "progress": _progress_text(sweep.progress),
        "failure_reason": sweep.failure.reason if sweep.failure else None,
        "failure_message": sweep.failure.message if sweep.failure else None,
        "outcome": outcome,
    }


def _checked(row: Row) -> Sweep:
    """Returns the sweep of a row whose specification has the digest of its identity."""
    try:
        sweep = _from_row(row, json.loads(row["document"]))
        found = sweep_hash(sweep.document)
    except (ValueError, TypeError, LookupError) as error:
        raise ObjectDamaged(
            f"the stored record of sweeps/{row['sweep_id']} cannot be read",
            found=f"{type(error).__name__}: {error}"[:200],
            allowed="the record written",
        ) from error
    whole = (found, sweep.id, sweep.outcome is not None)
    wanted = (sweep.identity.sweep_hash, row["sweep_id"], sweep.state is SweepState.SUCCEEDED)
    if whole != wanted:
        raise ObjectDamaged(
            f"the stored record of sweeps/{row['sweep_id']} fails its digest",
            found=f"{whole}",
            allowed=f"{wanted}",
        )
    return sweep


def _from_row(row: Row, document: Mapping[str, Any]) -> Sweep:
    outcome = None
    if row["outcome"] is not None:
        fields = json.loads(row["outcome"])
        outcome = SweepOutcome(**fields | {"stop_reason": StopReason(fields["stop_reason"])})
    failure = None
    if row["failure_reason"] is not None:
        failure = Failure(reason=row["failure_reason"], message=row["failure_message"])
    return Sweep(
        identity=SweepIdentity(
            sweep_hash=row["sweep_hash"],
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
        state=SweepState(row["state"]),
        attempt_count=row["attempt_count"],
        progress=_progress_from_text(row["progress"]),
        failure=failure,
        outcome=outcome,
    )


def _progress_text(progress: Progress) -> str:
    best = None
    if progress.best is not None:
        best = asdict(progress.best) | {"state": progress.best.state.value}
    return _text(asdict(progress) | {"best": best})


def _progress_from_text(text: str) -> Progress:
    fields = json.loads(text)
    if fields["best"] is not None:
        best = fields["best"]
        fields["best"] = Trial(
            **best
            | {
                "state": TrialState(best["state"]),
                "values": tuple(best["values"]),
                "outcomes": tuple(best["outcomes"]),
            }
        )
    return Progress(**fields)
