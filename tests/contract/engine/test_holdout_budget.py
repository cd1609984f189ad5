"""Budgets on SQLite and on PostgreSQL: never overspent, never given back, never changed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from tests.contract.engine import vaults
from tests.contract.engine.serving import Served, refusal_of, serving
from tests.contract.engine.vaults import Verdict, create_vault, evaluate, get_vault, log_of, run_of
from tests.contract.postgres import PostgresServer

CALLERS = 8


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
    ],
)
def test_the_database_itself_keeps_terms_and_verdicts(
    served: Served, database_url: str, statement: str
) -> None:
    create_vault(served, vaults.NEVER)
    evaluate(served, run_of(served))
    engine = create_engine(database_url)

    with pytest.raises(DatabaseError, match="immutable"), engine.begin() as connection:
        connection.execute(text(statement))

    engine.dispose()
