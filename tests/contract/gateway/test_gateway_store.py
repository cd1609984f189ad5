"""The SQL store against the port's promises, on real databases and the real migration."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from google.protobuf.empty_pb2 import Empty
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from aurelius.gateway.v1 import user_service_pb2
from aurelius_chassis import request_log, sql
from aurelius_chassis.errors import RequestRefused
from aurelius_gateway.adapters.sql_gateway_store import SqlGatewayStore
from aurelius_gateway.domain.api_key import ApiKey
from aurelius_gateway.domain.login_throttle import LoginAttempts
from aurelius_gateway.domain.pipeline import PipelineRun, RunIdentity, StepKind
from aurelius_gateway.domain.roles import Role
from aurelius_gateway.domain.strategy import Strategy
from aurelius_gateway.domain.user import User, UserState
from aurelius_gateway.main import MIGRATIONS, SERVICE
from aurelius_gateway.rpc.request_memory import ChassisRequestMemory
from tests.contract.postgres import PostgresServer

TIME = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
LATER = TIME + timedelta(hours=1)
DIGEST = f"sha256:{'ab' * 32}"
USER = User(
    id="rita",
    roles=frozenset({Role.RESEARCHER, Role.ADMIN}),
    state=UserState.ACTIVE,
    password_hash="$argon2id$none",
    revision=1,
    create_time=TIME,
    update_time=TIME,
)
KEY = ApiKey(
    user_id="rita",
    id="ci",
    lookup_id="a" * 16,
    hash=bytes(range(32)),
    roles=frozenset({Role.RESEARCHER}),
    create_time=TIME,
    expire_time=LATER,
    revoke_time=None,
)
STRATEGY = Strategy(
    id="trend",
    display_name="Trend: « naïve »",
    description="",
    definition={"meanReversion": {"entryZscore": 0.1 + 0.2, "lookbackBars": 20}},
    creator="users/rita",
    create_time=TIME,
)
RUN = PipelineRun(
    id="p1",
    creator="users/rita",
    strategy="strategies/trend",
    dataset="datasets/goog",
    spec={"calendar": "XNYS", "initialCash": 1e15, "strategy": {"buyAndHold": {}}},
    seed=2**64 - 1,
    create_time=TIME,
    update_time=TIME,
)
IDENTITY = RunIdentity(
    spec_hash=DIGEST, data_hash=DIGEST, seed=2**64 - 1, engine_version="0.1.0+0123456789ab"
)


class StoreContract:
    """Each database's test class inherits it and adds the fixture `url`."""

    @pytest.fixture
    def database(self, url: str) -> Iterator[sql.Database]:
        database = sql.Database.open(url)
        sql.migrate(database, MIGRATIONS, SERVICE)
        yield database
        database.close()

    @pytest.fixture
    def store(self, database: sql.Database) -> SqlGatewayStore:
        return SqlGatewayStore(database, ChassisRequestMemory())

    def test_user_survives_storage_and_change(self, store: SqlGatewayStore) -> None:
        with store.write() as writing:
            writing.add_user(USER)
        changed = USER.disabled(time=LATER)

        with store.write() as writing:
            before = writing.user("rita")
            writing.change_user(changed)

        with store.read() as reading:
            assert before == USER
            assert reading.user("rita") == changed
            assert reading.user("bob") is None

    def test_active_administrators_are_the_ones_who_can(self, store: SqlGatewayStore) -> None:
        with store.write() as writing:
            writing.add_user(USER)
            writing.add_user(replace(USER, id="off", state=UserState.DISABLED))
            writing.add_user(replace(USER, id="risk", roles=frozenset({Role.RISK})))

            assert writing.active_administrators() == {"rita"}

    def test_login_attempts_end_with_their_window(self, store: SqlGatewayStore) -> None:
        attempts = LoginAttempts(user_id="rita", count=1, window_end=LATER)
        with store.write() as writing:
            writing.put_login_attempts(replace(attempts, count=7))
            writing.put_login_attempts(attempts)
            writing.put_login_attempts(replace(attempts, user_id="bob"))
            writing.drop_login_attempts("bob")

            writing.drop_ended_login_attempts(LATER - timedelta(microseconds=1))
            assert writing.login_attempts("rita") == attempts
            assert writing.login_attempts("bob") is None
            writing.drop_ended_login_attempts(LATER)
            assert writing.login_attempts("rita") is None

    def test_key_is_found_by_name_and_by_lookup_id(self, store: SqlGatewayStore) -> None:
        revoked = replace(KEY, revoke_time=LATER)
        other = replace(KEY, user_id="bob", lookup_id="b" * 16)
        with store.write() as writing:
            writing.add_api_key(KEY)
            writing.add_api_key(other)
            writing.change_api_key(revoked)

        with store.read() as reading:
            assert reading.api_key("rita", "ci") == revoked
            assert reading.api_key_by_lookup_id("a" * 16) == revoked
            assert reading.api_key_by_lookup_id("") is None
            assert list(reading.api_keys("bob", after_id="", limit=9)) == [other]

    def test_strategy_survives_storage(self, store: SqlGatewayStore) -> None:
        with store.write() as writing:
            writing.add_strategy(STRATEGY)

        with store.read() as reading:
            assert reading.strategy("trend") == STRATEGY

    @pytest.mark.parametrize(
        "statement",
        ["UPDATE strategies SET definition = '{}'", "DELETE FROM strategies"],
    )
    def test_database_itself_refuses_to_change_strategies(
        self, store: SqlGatewayStore, database: sql.Database, statement: str
    ) -> None:
        with store.write() as writing:
            writing.add_strategy(STRATEGY)

        with pytest.raises(DatabaseError, match="immutable"), database.write() as connection:
            connection.execute(text(statement))

    def test_each_revision_of_a_pipeline_run_survives_storage(self, store: SqlGatewayStore) -> None:
        with store.write() as writing:
            writing.add_pipeline_run(RUN)
        began = RUN.began(StepKind.BACKTEST, time=TIME)
        took_on = began.took_on(run="runs/r", identity=IDENTITY, time=LATER)
        sealed = took_on.sealed(result_digest=DIGEST, time=LATER)
        failed = sealed.failed(reason="d/R", detail="why", time=LATER)

        for revision in (began, took_on, sealed, failed):
            with store.write() as writing:
                writing.change_pipeline_run(revision)
            with store.read() as reading:
                assert reading.pipeline_run("p1") == revision

    def test_newest_come_first_and_ties_are_ordered_by_id(self, store: SqlGatewayStore) -> None:
        times = {"p1": TIME, "p2": LATER, "p3": TIME, "p4": TIME}
        with store.write() as writing:
            for run_id, time in times.items():
                writing.add_pipeline_run(replace(RUN, id=run_id, create_time=time))

        with store.read() as reading:
            runs = reading.pipeline_runs(after_id="", limit=9)
            assert [run.id for run in runs] == ["p2", "p4", "p3", "p1"]
            for at, run in enumerate(runs):
                rest = reading.pipeline_runs(after_id=run.id, limit=2)
                assert list(rest) == list(runs[at + 1 : at + 3])
            assert list(reading.pipeline_runs(after_id="none", limit=9)) == []

    def test_only_what_has_not_ended_is_unfinished(self, store: SqlGatewayStore) -> None:
        with store.write() as writing:
            for run_id in ("p1", "p2"):
                writing.add_pipeline_run(replace(RUN, id=run_id))
            writing.change_pipeline_run(RUN.failed(reason="d/R", detail="why", time=LATER))

            assert [run.id for run in writing.unfinished_pipeline_runs()] == ["p2"]

    def test_failure_leaves_nothing_half_written(self, store: SqlGatewayStore) -> None:
        def write_and_fail() -> None:
            with store.write() as writing:
                writing.add_user(USER)
                writing.add_strategy(STRATEGY)
                raise RuntimeError("killed")

        with pytest.raises(RuntimeError):
            write_and_fail()

        with store.read() as reading:
            assert (reading.user("rita"), reading.strategy("trend")) == (None, None)

    def test_twin_of_an_answered_request_is_refused(self, store: SqlGatewayStore) -> None:
        request = user_service_pb2.DisableUserRequest(name="users/rita", request_id="one")
        request_log.enter("users/admin", "/method", request)
        with store.write() as writing:
            writing.refuse_twin()
            writing.remember(Empty())

        with pytest.raises(RequestRefused) as refusal, store.write() as writing:
            writing.refuse_twin()
        request_log.enter("users/admin", "/method", user_service_pb2.DisableUserRequest())

        assert refusal.value.reason == "ERROR_REASON_REQUEST_ID_IN_USE"


class TestOnSqlite(StoreContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'gateway.db'}"


@pytest.mark.xdist_group("postgres")
class TestOnPostgres(StoreContract):
    @pytest.fixture
    def url(self, postgres_server: PostgresServer) -> str:
        return postgres_server.new_database()
