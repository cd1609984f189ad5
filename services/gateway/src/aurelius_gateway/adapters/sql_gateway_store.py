"""Users, keys, strategies and pipeline runs in SQL, through the chassis."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, RowMapping, Select, Table, and_, delete, insert, or_, select
from sqlalchemy import update as sql_update

from aurelius_gateway.adapters import row_mapping, tables
from aurelius_gateway.domain.api_key import ApiKey
from aurelius_gateway.domain.login_throttle import LoginAttempts
from aurelius_gateway.domain.pipeline import PipelineRun, PipelineState
from aurelius_gateway.domain.strategy import Strategy
from aurelius_gateway.domain.user import User, UserState


class SqlReadTransaction:
    """Reads on one connection."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def user(self, user_id: str) -> User | None:
        """See the port."""
        row = self._first(select(tables.USERS).where(tables.USERS.c.id == user_id))
        return row_mapping.user_from_row(row) if row else None

    def users(self, *, after_id: str, limit: int) -> Sequence[User]:
        """See the port."""
        table = tables.USERS
        query = select(table).where(table.c.id > after_id).order_by(table.c.id).limit(limit)
        return [row_mapping.user_from_row(row) for row in self._all(query)]

    def active_administrators(self) -> frozenset[str]:
        """See the port."""
        query = select(tables.USERS).where(tables.USERS.c.state == UserState.ACTIVE.value)
        users = (row_mapping.user_from_row(row) for row in self._all(query))
        return frozenset(user.id for user in users if user.administers)

    def login_attempts(self, user_id: str) -> LoginAttempts | None:
        """See the port."""
        table = tables.LOGIN_ATTEMPTS
        row = self._first(select(table).where(table.c.user_id == user_id))
        return row_mapping.login_attempts_from_row(row) if row else None

    def api_key(self, user_id: str, key_id: str) -> ApiKey | None:
        """See the port."""
        table = tables.API_KEYS
        return self._api_key(select(table).where(table.c.user_id == user_id, table.c.id == key_id))

    def api_key_by_lookup_id(self, lookup_id: str) -> ApiKey | None:
        """See the port."""
        table = tables.API_KEYS
        return self._api_key(select(table).where(table.c.lookup_id == lookup_id))

    def api_keys(self, user_id: str, *, after_id: str, limit: int) -> Sequence[ApiKey]:
        """See the port."""
        table = tables.API_KEYS
        query = (
            select(table)
            .where(table.c.user_id == user_id, table.c.id > after_id)
            .order_by(table.c.id)
            .limit(limit)
        )
        return [row_mapping.api_key_from_row(row) for row in self._all(query)]

    def strategy(self, strategy_id: str) -> Strategy | None:
        """See the port."""
        row = self._first(select(tables.STRATEGIES).where(tables.STRATEGIES.c.id == strategy_id))
        return row_mapping.strategy_from_row(row) if row else None

    def strategies(self, *, after_id: str, limit: int) -> Sequence[Strategy]:
        """See the port."""
        query = _newest_first(tables.STRATEGIES, after_id, limit)
        return [row_mapping.strategy_from_row(row) for row in self._all(query)]

    def pipeline_run(self, run_id: str) -> PipelineRun | None:
        """See the port."""
        table = tables.PIPELINE_RUNS
        row = self._first(select(table).where(table.c.id == run_id))
        return row_mapping.pipeline_run_from_row(row) if row else None

    def pipeline_runs(self, *, after_id: str, limit: int) -> Sequence[PipelineRun]:
        """See the port."""
        query = _newest_first(tables.PIPELINE_RUNS, after_id, limit)
        return [row_mapping.pipeline_run_from_row(row) for row in self._all(query)]

    def unfinished_pipeline_runs(self) -> Sequence[PipelineRun]:
        """See the port."""
        table = tables.PIPELINE_RUNS
        query = (
            select(table)
            .where(table.c.state == PipelineState.RUNNING.value)
            .order_by(table.c.create_time, table.c.id)
        )
        return [row_mapping.pipeline_run_from_row(row) for row in self._all(query)]

    def _api_key(self, query: Select[Any]) -> ApiKey | None:
        row = self._first(query)
        return row_mapping.api_key_from_row(row) if row else None

    def _first(self, query: Select[Any]) -> RowMapping | None:
        return self._connection.execute(query).mappings().first()

    def _all(self, query: Select[Any]) -> Sequence[RowMapping]:
        return self._connection.execute(query).mappings().all()


class SqlWriteTransaction(SqlReadTransaction):
    """Writes on one connection that holds the database's only write lock."""

    def __init__(self, connection: Connection, memory: "RequestMemory"):
        super().__init__(connection)
        self._memory = memory

    def add_user(self, user: User) -> None:
        """See the port."""
        self._connection.execute(insert(tables.USERS).values(row_mapping.user_to_row(user)))

    def change_user(self, user: User) -> None:
        """See the port."""
        table = tables.USERS
        row = row_mapping.user_to_row(user)
        self._connection.execute(sql_update(table).where(table.c.id == user.id).values(row))

    def put_login_attempts(self, attempts: LoginAttempts) -> None:
        """See the port."""
        self.drop_login_attempts(attempts.user_id)
        row = row_mapping.login_attempts_to_row(attempts)
        self._connection.execute(insert(tables.LOGIN_ATTEMPTS).values(row))

    def drop_login_attempts(self, user_id: str) -> None:
        """See the port."""
        table = tables.LOGIN_ATTEMPTS
        self._connection.execute(delete(table).where(table.c.user_id == user_id))

    def drop_ended_login_attempts(self, now: datetime) -> None:
        """See the port."""
        table = tables.LOGIN_ATTEMPTS
        ended = table.c.window_end <= row_mapping.time_to_text(now)
        self._connection.execute(delete(table).where(ended))

    def add_api_key(self, key: ApiKey) -> None:
        """See the port."""
        self._connection.execute(insert(tables.API_KEYS).values(row_mapping.api_key_to_row(key)))

    def change_api_key(self, key: ApiKey) -> None:
        """See the port."""
        table = tables.API_KEYS
        chosen = and_(table.c.user_id == key.user_id, table.c.id == key.id)
        row = row_mapping.api_key_to_row(key)
        self._connection.execute(sql_update(table).where(chosen).values(row))

    def add_strategy(self, strategy: Strategy) -> None:
        """See the port."""
        row = row_mapping.strategy_to_row(strategy)
        self._connection.execute(insert(tables.STRATEGIES).values(row))

    def add_pipeline_run(self, run: PipelineRun) -> None:
        """See the port."""
        row = row_mapping.pipeline_run_to_row(run)
        self._connection.execute(insert(tables.PIPELINE_RUNS).values(row))

    def change_pipeline_run(self, run: PipelineRun) -> None:
        """See the port."""
        table = tables.PIPELINE_RUNS
        row = row_mapping.pipeline_run_to_row(run)
        self._connection.execute(sql_update(table).where(table.c.id == run.id).values(row))

    def refuse_twin(self) -> None:
        """See the port."""
        self._memory.refuse_twin(self._connection)

    def remember(self, response: object) -> None:
        """See the port."""
        self._memory.remember(self._connection, response)


class Connections(Protocol):
    """The chassis's database, as far as this file needs it."""

    def read(self) -> AbstractContextManager[Connection]:
        """Returns a connection that sees one snapshot."""

    def write(self) -> AbstractContextManager[Connection]:
        """Returns the connection of the only writer; commits unless an exception ends it."""


class RequestMemory(Protocol):
    """The chassis's memory of request ids, as far as this file needs it."""

    def refuse_twin(self, connection: Connection) -> None:
        """Refuses the present request if one with its request id was answered meanwhile."""

    def remember(self, connection: Connection, response: object) -> None:
        """Keeps the response to the present request."""


class SqlGatewayStore:
    """Implements the port `GatewayStore`."""

    def __init__(self, database: Connections, memory: RequestMemory):
        self._database, self._memory = database, memory

    @contextmanager
    def read(self) -> Iterator[SqlReadTransaction]:
        """See the port."""
        with self._database.read() as connection:
            yield SqlReadTransaction(connection)

    @contextmanager
    def write(self) -> Iterator[SqlWriteTransaction]:
        """See the port."""
        with self._database.write() as connection:
            yield SqlWriteTransaction(connection, self._memory)


def _newest_first(table: Table, after_id: str, limit: int) -> Select[Any]:
    query = select(table).order_by(table.c.create_time.desc(), table.c.id.desc()).limit(limit)
    if not after_id:
        return query
    time = select(table.c.create_time).where(table.c.id == after_id).scalar_subquery()
    same_time = and_(table.c.create_time == time, table.c.id < after_id)
    return query.where(or_(table.c.create_time < time, same_time))
