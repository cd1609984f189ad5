"""The records of holdout vaults in SQL, through the chassis."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from google.protobuf.message import Message
from sqlalchemy import Connection, RowMapping, Select, Update, func, insert, select, update

from aurelius_chassis import request_log
from aurelius_chassis.sql import Database
from aurelius_engine.adapters import sql_trials
from aurelius_engine.adapters.tables import HOLDOUT_EVALUATIONS, HOLDOUT_VAULTS
from aurelius_engine.application.holdout_records import Evaluation, Vault, Verdict
from aurelius_engine.application.holdout_store import VerdictGiven
from aurelius_engine.domain.holdout import Criterion
from aurelius_engine.domain.trial_log import TrialEntry
from aurelius_engine.domain.validation.findings import Comparison

_VAULTS, _SPENT = "holdoutVaults/", HOLDOUT_EVALUATIONS.c


class SqlHoldoutReads:
    """Reads on one connection; see the port."""

    def __init__(self, connection: Connection) -> None:
        """Takes a connection in a transaction."""
        self._connection = connection

    def vault(self, name: str) -> Vault | None:
        """See the port."""
        found = _vaults().where(HOLDOUT_VAULTS.c.vault_id == name.removeprefix(_VAULTS))
        row = self._connection.execute(found).mappings().first()
        return _vault(row) if row else None

    def vaults(self, *, before: int | None, limit: int | None) -> Sequence[Vault]:
        """See the port."""
        query = _vaults().order_by(HOLDOUT_VAULTS.c.sequence.desc()).limit(limit)
        if before is not None:
            query = query.where(HOLDOUT_VAULTS.c.sequence < before)
        return [_vault(row) for row in self._connection.execute(query).mappings()]

    def evaluation(self, vault: str, run: str) -> Evaluation | None:
        """See the port."""
        query = _of(vault).where(_SPENT.run_id == run.removeprefix("runs/"))
        newest = query.order_by(_SPENT.number.desc()).limit(1)
        row = self._connection.execute(newest).mappings().first()
        return _evaluation(row) if row else None

    def evaluation_for(
        self, creator: str, request_id: str, *, vault: str, run: str
    ) -> Evaluation | None:
        """See the port."""
        asked = select(HOLDOUT_EVALUATIONS).where(
            _SPENT.creator == creator, _SPENT.request_id == request_id
        )
        row = self._connection.execute(asked).mappings().first()
        if row is None:
            return None
        found = _evaluation(row)
        if (found.vault, found.run) != (vault, run):
            raise request_log.reused(request_id)
        return found

    def evaluations(self, vault: str, *, after: int, limit: int) -> Sequence[Evaluation]:
        """See the port."""
        query = _of(vault).where(_SPENT.number > after).order_by(_SPENT.number).limit(limit)
        return [_evaluation(row) for row in self._connection.execute(query).mappings()]


class SqlHoldoutWrites(SqlHoldoutReads):
    """Writes on the connection of the only writer; see the port."""

    def add_vault(self, vault: Vault) -> None:
        """See the port."""
        newest = self._connection.scalar(select(func.max(HOLDOUT_VAULTS.c.sequence)))
        self._connection.execute(
            insert(HOLDOUT_VAULTS).values(
                vault_id=vault.id,
                sequence=1 if newest is None else int(newest) + 1,
                create_time=vault.create_time,
                creator=vault.creator,
                dataset=vault.dataset,
                data_hash=vault.data_hash,
                criteria=json.dumps(
                    [(c.metric_id, c.comparison.value, c.bound) for c in vault.criteria],
                    allow_nan=False,
                ),
                budget_count=vault.budget_count,
                reveals_criteria=vault.reveals_criteria,
            )
        )

    def spend(self, evaluation: Evaluation, entry: TrialEntry) -> None:
        """See the port."""
        self._connection.execute(
            insert(HOLDOUT_EVALUATIONS).values(
                vault_id=evaluation.vault.removeprefix(_VAULTS),
                number=evaluation.number,
                create_time=evaluation.create_time,
                creator=evaluation.creator,
                request_id=evaluation.request_id,
                run_id=evaluation.run.removeprefix("runs/"),
                trial_place=sql_trials.append(self._connection, entry),
                verdict=evaluation.verdict.value,
                criterion_verdicts="[]",
            )
        )

    def judge(self, evaluation: Evaluation, entry: TrialEntry) -> None:
        """See the port."""
        judged = self._connection.execute(
            _pending(evaluation).values(
                verdict=evaluation.verdict.value,
                criterion_verdicts=json.dumps([one.value for one in evaluation.criterion_verdicts]),
            )
        )
        if judged.rowcount != 1:
            raise VerdictGiven(f"{evaluation.name} is not pending")
        sql_trials.append(self._connection, entry)

    def end_pending(self, *, but: Collection[str] = ()) -> int:
        """See the port."""
        rows = self._connection.execute(
            select(HOLDOUT_EVALUATIONS).where(_SPENT.verdict == Verdict.PENDING.value)
        ).mappings()
        ended = [one for one in map(_evaluation, rows) if one.name not in but]
        for one in ended:
            self._connection.execute(_pending(one).values(verdict=Verdict.NONE.value))
        return len(ended)

    def refuse_twin(self) -> None:
        """See the port."""
        request_log.refuse_twin(self._connection)

    def remember(self, answer: object) -> None:
        """See the port."""
        if not isinstance(answer, Message):
            raise TypeError(f"an answer is a message, not {type(answer).__name__}")
        request_log.remember(self._connection, answer)


class SqlHoldoutStore:
    """Implements the port `HoldoutStore`."""

    def __init__(self, database: Database) -> None:
        """Takes a migrated database."""
        self._database = database

    @contextmanager
    def read(self) -> Iterator[SqlHoldoutReads]:
        """See the port."""
        with self._database.read() as connection:
            yield SqlHoldoutReads(connection)

    @contextmanager
    def write(self) -> Iterator[SqlHoldoutWrites]:
        """See the port."""
        with self._database.write() as connection:
            yield SqlHoldoutWrites(connection)


def _vaults() -> Select[Any]:
    spent = select(func.count()).where(_SPENT.vault_id == HOLDOUT_VAULTS.c.vault_id)
    return select(HOLDOUT_VAULTS, spent.scalar_subquery().label("spent_count"))


def _of(vault: str) -> Select[Any]:
    return select(HOLDOUT_EVALUATIONS).where(_SPENT.vault_id == vault.removeprefix(_VAULTS))


def _pending(evaluation: Evaluation) -> Update:
    """Returns an update of an evaluation that meets it only while it is pending."""
    return update(HOLDOUT_EVALUATIONS).where(
        _SPENT.vault_id == evaluation.vault.removeprefix(_VAULTS),
        _SPENT.number == evaluation.number,
        _SPENT.verdict == Verdict.PENDING.value,
    )


def _vault(row: RowMapping) -> Vault:
    return Vault(
        id=row["vault_id"],
        sequence=row["sequence"],
        create_time=row["create_time"],
        creator=row["creator"],
        dataset=row["dataset"],
        data_hash=row["data_hash"],
        criteria=tuple(
            Criterion(metric_id=metric_id, comparison=Comparison(comparison), bound=float(bound))
            for metric_id, comparison, bound in json.loads(row["criteria"])
        ),
        budget_count=row["budget_count"],
        reveals_criteria=row["reveals_criteria"],
        spent_count=row["spent_count"],
    )


def _evaluation(row: RowMapping) -> Evaluation:
    return Evaluation(
        vault=_VAULTS + row["vault_id"],
        number=row["number"],
        create_time=row["create_time"],
        creator=row["creator"],
        request_id=row["request_id"],
        run=f"runs/{row['run_id']}",
        trial_place=row["trial_place"],
        verdict=Verdict(row["verdict"]),
        criterion_verdicts=tuple(map(Verdict, json.loads(row["criterion_verdicts"]))),
    )
