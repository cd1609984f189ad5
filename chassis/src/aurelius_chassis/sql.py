"""SQL for every service: SQLite by default, PostgreSQL beyond one process."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text
from sqlalchemy.exc import ArgumentError

from aurelius_chassis.settings import SettingRefused

BUSY_TIMEOUT_MS = 30_000
# A connection for each worker of the server, and as many again for a second one in a call.
POOL_SIZE = 32
# The PostgreSQL advisory lock that the only writer holds until its transaction ends.
WRITER_LOCK = 0x4155_5245_4C49_5553
ALLOWED = "sqlite:///path or postgresql+psycopg://host/name"


class Database:
    """A connection pool whose writers take turns and whose readers do not wait."""

    def __init__(self, engine: Engine) -> None:
        """Takes an engine; `open` makes one."""
        self.engine = engine

    @classmethod
    def open(cls, url: str) -> "Database":
        """Opens `sqlite:///path` or `postgresql+psycopg://...`.

        Raises:
            SettingRefused: It is the URL of something else.
        """
        try:
            engine = create_engine(url, pool_size=POOL_SIZE, max_overflow=POOL_SIZE)
        except (ArgumentError, ImportError, TypeError) as error:
            found = url.partition(":")[0]  # what follows may be a password
            raise SettingRefused("AURELIUS_DATABASE_URL", found=found, allowed=ALLOWED) from error
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        elif engine.dialect.name == "postgresql":
            event.listen(engine, "begin", _begin_postgresql)
        else:
            found = engine.dialect.name
            raise SettingRefused("AURELIUS_DATABASE_URL", found=found, allowed=ALLOWED)
        return cls(engine)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that is the only writer from its first statement on."""
        with self.engine.connect() as connection:
            chosen = connection.execution_options(aurelius_writes=True)
            with chosen.begin():
                yield chosen

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that sees one state."""
        with self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Closes every connection."""
        self.engine.dispose()


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # this module begins transactions itself
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("aurelius_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("aurelius_writes", False):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {BUSY_TIMEOUT_MS}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")


def migrate(database: Database, location: Path, service: str) -> None:
    """Brings the schema to the newest revision of the service's Alembic scripts.

    Returns at once, without Alembic, when the schema is there already.

    Args:
        database: The service's.
        location: The folder of `env.py` and `versions/`.
        service: Names the version table, `alembic_version_<service>`.
    """
    table = f"alembic_version_{service}"
    newest = max(path.stem.split("_")[0] for path in (location / "versions").glob("[0-9]*.py"))
    if inspect(database.engine).has_table(table):
        with database.read() as connection:
            if connection.execute(text(f"SELECT version_num FROM {table}")).scalar() == newest:
                return
    from alembic import command
    from alembic.config import Config

    config = Config(output_buffer=io.StringIO())
    config.set_main_option("script_location", str(location).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(database=database, version_table=table)
    command.upgrade(config, "head")


def run_migrations(metadata: MetaData | None = None) -> None:
    """Is the whole body of a service's `env.py`."""
    from alembic import context

    attributes = context.config.attributes
    with attributes["database"].write() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table=attributes["version_table"],
            transactional_ddl=True,
        )
        context.run_migrations()
