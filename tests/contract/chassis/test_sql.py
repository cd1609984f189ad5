"""Writers take turns, across processes, and one that dies leaves nothing."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from aurelius_chassis.settings import SettingRefused
from aurelius_chassis.sql import Database, migrate
from tests.conftest import REPOSITORY
from tests.contract.postgres import PostgresServer


class DatabaseContract:
    """What the chassis promises of each database; a class for each adds the fixture `url`."""

    @pytest.fixture
    def database(self, url: str) -> Iterator[Database]:
        database = Database.open(url)
        with database.write() as connection:
            connection.execute(text("CREATE TABLE counter (value INTEGER NOT NULL)"))
            connection.execute(text("INSERT INTO counter VALUES (0)"))
        yield database
        database.close()

    def test_writers_in_other_processes_lose_no_update(self, database: Database, url: str) -> None:
        workers = [_start(url, "count") for _ in range(3)]

        codes = [worker.wait(60) for worker in workers]

        assert codes == [0, 0, 0]
        assert _value(database) == 300

    def test_writer_that_dies_leaves_nothing_and_blocks_nobody(
        self, database: Database, url: str
    ) -> None:
        died = _start(url, "die").wait(60)

        counted = _start(url, "count").wait(60)

        assert (died, counted) == (-9, 0)
        assert _value(database) == 100

    def test_error_undoes_the_whole_transaction(self, database: Database) -> None:
        with pytest.raises(KeyError, match="bug"):
            _write_and_fail(database)

        assert _value(database) == 0

    def test_reader_sees_one_state_and_does_not_wait_for_a_writer(self, database: Database) -> None:
        with database.read() as reading:
            before = reading.execute(text("SELECT value FROM counter")).scalar_one()
            with database.write() as writing:
                writing.execute(text("UPDATE counter SET value = 7"))
                during = reading.execute(text("SELECT value FROM counter")).scalar_one()
            after = reading.execute(text("SELECT value FROM counter")).scalar_one()

        assert (before, during, after, _value(database)) == (0, 0, 0, 7)


class TestOnSqlite(DatabaseContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'counter.db'}"

    def test_file_keeps_what_was_committed_through_a_power_cut(self, database: Database) -> None:
        with database.read() as connection:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
            synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()

        assert (mode, synchronous) == ("wal", 2)


@pytest.mark.xdist_group("postgres")
class TestOnPostgresql(DatabaseContract):
    @pytest.fixture
    def url(self, postgres_server: PostgresServer) -> str:
        return postgres_server.new_database()


def test_two_processes_migrate_one_database_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'governance.db'}"
    script = (
        "import sys; from aurelius_chassis import sql; from aurelius_governance.main import"
        " MIGRATIONS; sql.migrate(sql.Database.open(sys.argv[1]), MIGRATIONS, 'governance')"
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", script, url], stderr=subprocess.PIPE)
        for _ in range(3)
    ]

    errors = [worker.communicate(timeout=60)[1] for worker in workers]

    assert [worker.returncode for worker in workers] == [0, 0, 0], errors
    database = Database.open(url)
    with database.read() as connection:
        versions = connection.execute(text("SELECT * FROM alembic_version_governance")).all()
    database.close()
    assert [tuple(row) for row in versions] == [("0001",)]


def test_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    scripts = tmp_path / "migrations"
    (scripts / "versions").mkdir(parents=True)
    (scripts / "env.py").write_text(
        "from aurelius_chassis.sql import run_migrations\nrun_migrations()\n"
    )
    (scripts / "versions" / "0001_bad.py").write_text(
        "from alembic import op\n"
        "import sqlalchemy as sa\n"
        "revision, down_revision = '0001', None\n"
        "def upgrade():\n"
        "    op.create_table('half', sa.Column('x', sa.Integer))\n"
        "    op.execute('SELECT * FROM nowhere')\n"
    )
    database = Database.open(f"sqlite:///{tmp_path / 'bad.db'}")

    with pytest.raises(OperationalError):
        migrate(database, scripts, "bad")

    with database.read() as connection:
        tables = connection.execute(text("SELECT name FROM sqlite_master")).all()
    database.close()
    assert tables == []


@pytest.mark.parametrize("url", ["mysql://u:hidden@h/d", "hidden", "sqlite://", "nodb://hidden"])
def test_other_databases_are_refused_without_repeating_a_password(url: str) -> None:
    with pytest.raises(SettingRefused) as refusal:
        Database.open(url)

    assert "hidden" not in str(refusal.value) or url == "hidden"
    assert "sqlite:///path" in str(refusal.value)


def _write_and_fail(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE counter SET value = 7"))
        raise KeyError("bug")


def _start(url: str, mode: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.contract.chassis.sql_worker", url, mode], cwd=REPOSITORY
    )


def _value(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text("SELECT value FROM counter")).scalar_one())
