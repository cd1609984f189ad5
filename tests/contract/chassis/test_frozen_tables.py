"""What is frozen in a database stays: on SQLite and on PostgreSQL, whatever the statement."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from aurelius_chassis.frozen_tables import freeze
from aurelius_chassis.sql import Database
from tests.contract.postgres import PostgresServer

ROWS = "SELECT id, place, label, state, verdict FROM decisions ORDER BY id"
BEFORE = [("a", 1, "x", "DONE", "yes"), ("b", 2, "y", "OPEN", ""), ("c", 3, None, "OPEN", "")]
REPLACES = [
    "INSERT OR REPLACE INTO decisions VALUES ('a', 9, 'z', 'DONE', 'no')",
    "INSERT OR REPLACE INTO decisions VALUES ('z', 1, 'z', 'DONE', 'no')",
    "INSERT OR REPLACE INTO decisions VALUES ('z', 9, 'x', 'DONE', 'no')",
    "INSERT OR REPLACE INTO decisions (rowid, id, place, label, state, verdict)"
    " VALUES (1, 'z', 9, 'z', 'DONE', 'no')",
    "REPLACE INTO decisions SELECT id, place, label, state, 'no' FROM decisions",
    "UPDATE OR REPLACE decisions SET id = 'a' WHERE id = 'b'",
    "UPDATE OR REPLACE decisions SET place = 1 WHERE id = 'b'",
    "UPDATE OR REPLACE decisions SET rowid = 1 WHERE id = 'b'",
]
CHANGES = [
    "UPDATE decisions SET verdict = 'no' WHERE id = 'a'",
    "UPDATE decisions SET state = 'OPEN' WHERE id = 'a'",
    "DELETE FROM decisions WHERE id = 'a'",
    "DELETE FROM decisions WHERE id = 'b'",
    "INSERT INTO decisions VALUES ('a', 9, 'z', 'DONE', 'no')"
    " ON CONFLICT (id) DO UPDATE SET verdict = 'no'",
]


class FrozenContract:
    """What is promised of each database; a class for each adds the fixture `url`."""

    @pytest.fixture
    def database(self, url: str) -> Iterator[Database]:
        database = Database.open(url)
        with database.write() as connection:
            connection.execute(
                text(
                    "CREATE TABLE decisions (id TEXT PRIMARY KEY, place BIGINT UNIQUE,"
                    " label TEXT, state TEXT NOT NULL, verdict TEXT NOT NULL)"
                )
            )
            connection.execute(text("CREATE UNIQUE INDEX labels ON decisions (label)"))
            op = Operations(MigrationContext.configure(connection))
            freeze(op, "decisions", open_while="OLD.state = 'OPEN'")
            for row in BEFORE:
                values = dict(zip(("i", "p", "l", "s", "v"), row, strict=True))
                connection.execute(
                    text("INSERT INTO decisions VALUES (:i, :p, :l, :s, :v)"), values
                )
        yield database
        database.close()

    def refused(self, database: Database, statement: str) -> None:
        with (
            pytest.raises(IntegrityError, match="decisions is immutable"),
            database.write() as connection,
        ):
            connection.execute(text(statement))
        assert rows(database) == BEFORE

    @pytest.mark.parametrize("statement", CHANGES)
    def test_no_statement_changes_or_removes_what_is_decided(
        self, database: Database, statement: str
    ) -> None:
        self.refused(database, statement)

    def test_what_is_open_changes_until_it_is_decided(self, database: Database) -> None:
        for verdict in ("maybe", "yes"):
            with database.write() as connection:
                statement = f"UPDATE decisions SET verdict = '{verdict}' WHERE id = 'b'"
                connection.execute(text(statement))
        with database.write() as connection:
            connection.execute(text("UPDATE decisions SET state = 'DONE' WHERE id = 'b'"))

        with pytest.raises(IntegrityError), database.write() as connection:
            connection.execute(text("UPDATE decisions SET verdict = 'no' WHERE id = 'b'"))
        assert rows(database)[1] == ("b", 2, "y", "DONE", "yes")

    def test_of_what_is_open_only_the_named_columns_change(self, database: Database) -> None:
        with database.write() as connection:
            connection.execute(
                text("CREATE TABLE spent (id TEXT PRIMARY KEY, who TEXT, verdict TEXT)")
            )
            op = Operations(MigrationContext.configure(connection))
            freeze(op, "spent", open_while="OLD.verdict IS NULL", open_columns=("verdict",))
            connection.execute(text("INSERT INTO spent VALUES ('a', NULL, NULL)"))

        for statement in (
            "UPDATE spent SET who = 'eve'",
            "UPDATE spent SET who = 'eve', verdict = 'yes'",
            "UPDATE spent SET id = 'b'",
        ):
            with (
                pytest.raises(IntegrityError, match="immutable"),
                database.write() as connection,
            ):
                connection.execute(text(statement))
        with database.write() as connection:
            connection.execute(text("UPDATE spent SET verdict = 'yes'"))
            assert connection.execute(text("SELECT * FROM spent")).all() == [("a", None, "yes")]


def rows(database: Database) -> list[tuple[object, ...]]:
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(text(ROWS))]


class TestOnSqlite(FrozenContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'frozen.db'}"

    @pytest.mark.parametrize("statement", REPLACES)
    def test_nothing_takes_the_place_of_a_row(self, database: Database, statement: str) -> None:
        self.refused(database, statement)

    def test_new_rows_come_with_keys_that_are_free(self, database: Database) -> None:
        with database.write() as connection:
            connection.execute(
                text("INSERT OR REPLACE INTO decisions VALUES ('d', 4, 'w', '', '')")
            )
            connection.execute(text("INSERT INTO decisions VALUES ('e', 5, NULL, '', '')"))

        assert rows(database) == [*BEFORE, ("d", 4, "w", "", ""), ("e", 5, None, "", "")]


@pytest.mark.xdist_group("postgres")
class TestOnPostgresql(FrozenContract):
    @pytest.fixture
    def url(self, postgres_server: PostgresServer) -> str:
        return postgres_server.new_database()

    def test_a_table_is_not_emptied(self, database: Database) -> None:
        self.refused(database, "TRUNCATE decisions")
