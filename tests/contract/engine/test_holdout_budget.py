"""Budgets on SQLite and on PostgreSQL: never overspent, never given back, never changed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from aurelius_chassis.sql import Database
from aurelius_engine.adapters.sql_holdouts import SqlHoldoutStore
from aurelius_engine.adapters.sql_trials import SqlTrialStore
from aurelius_engine.application.holdout_records import Verdict as Judged
from aurelius_engine.application.holdout_store import VerdictGiven
from aurelius_engine.parts import Parts
from tests.contract.engine import vaults
from tests.contract.engine.executions import WAIT_SECONDS, Counting
from tests.contract.engine.serving import Served, refusal_of, serving
from tests.contract.engine.vaults import Verdict, create_vault, evaluate, get_vault, log_of, run_of
from tests.contract.postgres import PostgresServer

CALLERS = 8
# On PostgreSQL the table is emptied instead.
REPLACES = [
    f"REPLACE INTO {table} SELECT * FROM {table}"
    for table in ("holdout_vaults", "holdout_evaluations")
]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/engine.db"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database()


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, database_url=database_url) as engine:
        vaults.registered_both(engine)
        yield engine


def test_a_budget_of_one_gives_one_verdict_to_many_at_once(served: Served) -> None:
    create_vault(served, budget=1)
    runs = [run_of(served, seed) for seed in range(CALLERS)]

    def asked(run: str) -> str:
        try:
            found = evaluate(served, run)
        except grpc.RpcError as refused:
            return refusal_of(refused)[1]
        return Verdict.Verdict.Name(found.holdout_evaluation.verdict)

    with ThreadPoolExecutor(CALLERS) as callers:
        answers = sorted(callers.map(asked, runs))

    assert answers == ["HOLDOUT_BUDGET_SPENT"] * (CALLERS - 1) + ["VERDICT_PASSED"]
    assert (len(log_of(served)), get_vault(served).remaining_count) == (1, 0)


def test_many_who_ask_about_one_run_at_once_spend_one_evaluation(served: Served) -> None:
    create_vault(served, budget=3)
    run = run_of(served)

    with ThreadPoolExecutor(CALLERS) as callers:
        answers = list(callers.map(lambda _: evaluate(served, run), range(CALLERS)))

    assert all(answer == answers[0] for answer in answers)
    assert answers[0].holdout_evaluation.verdict == Verdict.VERDICT_PASSED
    assert (len(log_of(served)), answers[0].remaining_count) == (1, 2)


def test_what_was_spent_stays_spent_in_the_next_engine(database_url: str, tmp_path: Path) -> None:
    with serving(tmp_path, database_url=database_url) as engine:
        vaults.registered_both(engine)
        create_vault(engine, vaults.NEVER, reveals=True)
        run = run_of(engine)
        answer, vault = evaluate(engine, run), get_vault(engine)

    with serving(tmp_path, database_url=database_url) as engine:
        assert (get_vault(engine), evaluate(engine, run)) == (vault, answer)
        assert log_of(engine) == [answer.holdout_evaluation]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE holdout_vaults SET budget_count = 1000",
        "UPDATE holdout_vaults SET criteria = '[]'",
        "DELETE FROM holdout_vaults",
        "UPDATE holdout_evaluations SET verdict = 'PASSED'",
        "DELETE FROM holdout_evaluations",
        *REPLACES,
    ],
)
def test_the_database_itself_keeps_terms_and_verdicts(
    served: Served, database_url: str, statement: str
) -> None:
    create_vault(served, vaults.NEVER)
    evaluate(served, run_of(served))
    engine = create_engine(database_url)
    if statement in REPLACES and engine.dialect.name == "postgresql":
        statement = f"TRUNCATE {statement.split()[2]} CASCADE"

    with pytest.raises(DatabaseError, match="immutable"), engine.begin() as connection:
        connection.execute(text(statement))

    engine.dispose()


@pytest.mark.parametrize(
    "change", ["run_id = 'r'", "creator = 'users/eve'", "number = 7", "request_id = 'x'"]
)
def test_of_a_pending_evaluation_nothing_changes_but_its_verdict(
    database_url: str, tmp_path: Path, change: str
) -> None:
    execution = Counting()
    with serving(tmp_path, database_url=database_url, parts=Parts(execute=execution)) as engine:
        vaults.registered_both(engine)
        create_vault(engine)
        run = run_of(engine)
        execution.wait_begun()
        execution.opened.clear()
        with ThreadPoolExecutor(1) as caller:
            told = caller.submit(evaluate, engine, run)
            execution.wait_begun()
            database = create_engine(database_url)
            try:
                with (
                    pytest.raises(DatabaseError, match="immutable"),
                    database.begin() as connection,
                ):
                    connection.execute(text(f"UPDATE holdout_evaluations SET {change}"))
            finally:
                execution.opened.set()
            database.dispose()
            answer = told.result(WAIT_SECONDS)

        assert answer.holdout_evaluation.verdict == Verdict.VERDICT_PASSED


def test_a_verdict_is_given_once(served: Served, database_url: str) -> None:
    create_vault(served)
    run = run_of(served)
    answer = evaluate(served, run)
    database = Database.open(database_url)
    store = SqlHoldoutStore(database)
    with SqlTrialStore(database).read() as logged:
        before = logged.entries(start=0, limit=10)
    with store.read() as records:
        judged = records.evaluation(vaults.VAULT, run)
    assert judged is not None
    other = replace(judged, verdict=Judged.NOT_PASSED)

    with pytest.raises(VerdictGiven), store.write() as writing:
        writing.judge(other, replace(before[-1], event="NOT_PASSED"))
    with store.write() as writing:
        ended = writing.end_pending()

    with SqlTrialStore(database).read() as logged:
        assert logged.entries(start=0, limit=10) == before
    assert (ended, log_of(served)) == (0, [answer.holdout_evaluation])
    database.close()
