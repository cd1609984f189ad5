"""The records on SQLite and on PostgreSQL: the same promises, kept by the database itself."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from aurelius.engine.v1 import backtest_pb2, replay_service_pb2
from aurelius.engine.v1.optimization_service_pb2 import ListSweepsRequest
from aurelius_engine.adapters.engine_lock import DatabaseOwned
from aurelius_engine.parts import Parts
from tests.contract.engine.executions import Counting
from tests.contract.engine.serving import Served, serving, token
from tests.contract.engine.sweeping import create_sweep, searched, trials
from tests.contract.engine.validating import get_validation, validated
from tests.contract.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/engine.db"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database()


@pytest.fixture
def served(database_url: str, tmp_path: Path, goog_bytes: bytes) -> Iterator[Served]:
    with serving(tmp_path, database_url=database_url) as engine:
        engine.register(goog_bytes)
        yield engine


def test_a_run_is_sealed_replayed_and_survives(
    database_url: str, tmp_path: Path, goog_bytes: bytes
) -> None:
    with serving(tmp_path, database_url=database_url) as engine:
        engine.register(goog_bytes)
        run = engine.sealed()

    with serving(tmp_path, database_url=database_url) as engine:
        assert engine.create() == run
        replay = engine.replays.CreateReplay(
            replay_service_pb2.CreateReplayRequest(identity=run.identity), metadata=token()
        )
        watch = replay_service_pb2.WatchReplayRequest(name=replay.name)
        *_, last = engine.replays.WatchReplay(watch, metadata=token())
        assert last.replay.state == replay_service_pb2.Replay.STATE_EQUAL


def test_sweeps_and_validations_end_are_listed_and_survive(
    database_url: str, tmp_path: Path, goog_bytes: bytes
) -> None:
    with serving(tmp_path, database_url=database_url) as engine:
        engine.register(goog_bytes)
        sweep = searched(engine)
        checked = validated(engine, "lookAheadProof", {"sampleCount": 2})
        rows = trials(engine, sweep)

    with serving(tmp_path, database_url=database_url) as engine:
        assert create_sweep(engine) == sweep
        assert trials(engine, sweep) == rows
        assert get_validation(engine, checked.name) == checked
        listed = engine.sweeps.ListSweeps(ListSweepsRequest(), metadata=token()).sweeps
        assert [one.name for one in listed] == [sweep.name]


FROZEN = ("datasets", "prints", "runs", "artifacts", "jobs", "trials", "replays", "request_log")


@pytest.mark.parametrize("table", FROZEN)
def test_the_database_itself_lets_nothing_take_the_place_of_a_record(
    served: Served, database_url: str, table: str
) -> None:
    """Not by what fires no trigger of a row: TRUNCATE, and the REPLACE of SQLite."""
    run = served.sealed()
    searched(served)
    served.replays.CreateReplay(
        replay_service_pb2.CreateReplayRequest(identity=run.identity, request_id="once"),
        metadata=token(),
    )
    engine = create_engine(database_url)
    statement = f"REPLACE INTO {table} SELECT * FROM {table}"
    if engine.dialect.name == "postgresql":
        statement = f"TRUNCATE {table} CASCADE"

    with engine.begin() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0
    with pytest.raises(DatabaseError, match="is immutable"), engine.begin() as connection:
        connection.execute(text(statement))

    engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE runs SET creator = 'users/eve'",
        "DELETE FROM runs",
        "UPDATE artifacts SET digest = 'x'",
        "DELETE FROM artifacts",
        "UPDATE datasets SET data_hash = 'x'",
        "DELETE FROM datasets",
        "UPDATE jobs SET outcome = '{}'",
        "DELETE FROM jobs",
        "UPDATE trials SET leaf = 'x'",
        "DELETE FROM trials",
    ],
)
def test_the_database_itself_keeps_what_is_sealed(
    served: Served, database_url: str, statement: str
) -> None:
    served.sealed()
    searched(served)
    engine = create_engine(database_url)

    with pytest.raises(DatabaseError, match="immutable"), engine.begin() as connection:
        connection.execute(text(statement))

    engine.dispose()


IDENTITY = ("run_id", "spec_hash", "data_hash", "seed", "engine_version")


def insert_artifact(database_url: str, **forged: str) -> None:
    """Writes one more artifact of the only run, with parts of its identity forged."""
    chosen = ", ".join(forged.get(name, name) for name in IDENTITY)
    statement = (
        f"INSERT INTO artifacts ({', '.join(IDENTITY)}, artifact_id, digest, row_count,"
        f" size_bytes, object_digest) SELECT {chosen}, 'more', 'd', 1, 1, 'o' FROM runs"
    )
    engine = create_engine(database_url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.execute(text("PRAGMA foreign_keys=ON"))
            connection.execute(text(statement))
    finally:
        engine.dispose()


@pytest.mark.parametrize("column", IDENTITY)
@pytest.mark.parametrize("value", ["NULL", "'another'"])
def test_no_artifact_is_stored_without_the_identity_of_a_run(
    served: Served, database_url: str, column: str, value: str
) -> None:
    served.sealed()

    with pytest.raises(DatabaseError):
        insert_artifact(database_url, **{column: value})

    insert_artifact(database_url)  # nothing but the identity was wrong


def test_a_second_engine_is_refused_until_the_first_is_gone(
    served: Served, database_url: str, tmp_path: Path
) -> None:
    with (
        pytest.raises(DatabaseOwned, match="owned by another engine"),
        serving(tmp_path, database_url=database_url),
    ):
        pass
    served.engine.server.stop(grace_seconds=0.0)
    served.engine.close()

    with serving(tmp_path, database_url=database_url) as second:
        assert second.create().name


def test_what_a_dead_engine_left_running_crashed(
    database_url: str, tmp_path: Path, goog_bytes: bytes
) -> None:
    with serving(tmp_path, database_url=database_url) as engine:
        engine.register(goog_bytes)
        run = engine.sealed()
    other = create_engine(database_url)
    with other.begin() as connection:
        copy = (
            "INSERT INTO runs (run_id, spec_hash, data_hash, seed, engine_version, sequence, "
            "create_time, update_time, creator, dataset, document, state, attempt_count) "
            "SELECT 'r' || substr(run_id, 2, 25) || '7', spec_hash, data_hash, '5', "
            "engine_version, 2, create_time, update_time, creator, dataset, document, 'RUNNING', 1 "
            "FROM runs"
        )
        connection.execute(text(copy))
    other.dispose()

    with serving(tmp_path, database_url=database_url) as engine:
        listed = engine.list_runs()

    assert [item.state for item in listed] == [
        backtest_pb2.Backtest.STATE_CRASHED,
        backtest_pb2.Backtest.STATE_SEALED,
    ]
    assert listed[1] == run


def test_a_hundred_submissions_at_once_execute_once(
    database_url: str, tmp_path: Path, goog_bytes: bytes
) -> None:
    execution = Counting()
    with serving(tmp_path, database_url=database_url, parts=Parts(execute=execution)) as engine:
        engine.register(goog_bytes)
        with ThreadPoolExecutor(32) as callers:
            names = {run.name for run in callers.map(lambda _: engine.create(), range(100))}
        engine.ended(names.pop())

    assert (len(names), execution.count) == (0, 1)
