"""The composition root of the engine service."""

import sys
from pathlib import Path

from aurelius_chassis import settings as chassis_settings
from aurelius_chassis.errors import ErrorTable
from aurelius_chassis.jwks import Authenticator, KeySource, fetch_over_grpc
from aurelius_chassis.server import Server, ServerOptions, build_server
from aurelius_chassis.sql import Database, migrate
from aurelius_chassis.telemetry import configure_logs
from aurelius_engine.adapters.engine_lock import DatabaseOwned, EngineLock
from aurelius_engine.application.uploads import Uploads
from aurelius_engine.assembly import (
    UNKNOWN_PARAMETER,
    computers_of,
    data_of,
    servicers_of,
    stores_of,
)
from aurelius_engine.computers import Computers
from aurelius_engine.freed_memory import keep_freed_memory
from aurelius_engine.parts import SHIPPED, Parts
from aurelius_engine.rpc.errors import DOMAIN, WIRE_ERRORS
from aurelius_engine.rpc.mounting import mounted
from aurelius_engine.settings import Settings

SERVICE = "engine"
_MIGRATIONS = Path(__file__).resolve().parent / "adapters" / "migrations"


class Engine:
    """A built engine. It owns its database until it is closed."""

    def __init__(
        self,
        server: Server,
        computers: Computers,
        uploads: Uploads,
        owned: EngineLock,
        database: Database,
    ) -> None:
        """Is made by `build`."""
        self.server, self.announcements = server, computers.announcements
        self.uploads = uploads
        self._computers, self._owned, self._database = computers, owned, database

    def close(self) -> None:
        """Stops what the server left running, says so in the records, and lets go of all."""
        self._computers.stop()
        self._computers.recover()
        self._owned.release()
        self._database.close()


def build(settings: Settings, *, authenticator: Authenticator, parts: Parts = SHIPPED) -> Engine:
    """Opens the stores, ends what a dead engine left running, and binds the server.

    Raises:
        SettingRefused: A URL is not one of a store.
        DatabaseOwned: Another engine process owns the database.
        OSError: The address cannot be bound.
    """
    database = Database.open(settings.database_url)
    owned = EngineLock(database)
    try:
        migrate(database, _MIGRATIONS, SERVICE)
        return _assembled(settings, authenticator, parts, database, owned)
    except BaseException:
        owned.release()
        database.close()
        raise


def _assembled(
    settings: Settings,
    authenticator: Authenticator,
    parts: Parts,
    database: Database,
    owned: EngineLock,
) -> Engine:
    stores = stores_of(settings, parts, database)
    data = data_of(settings, parts, stores)
    computers, searching = computers_of(settings, parts, stores, data)
    computers.recover()
    data.uploads.remove_abandoned()
    server = build_server(
        mounted(servicers_of(stores, data, computers, searching, parts)),
        options=ServerOptions(
            service=SERVICE,
            listen=settings.listen,
            metrics_listen=settings.metrics_listen,
            otlp_target=settings.otlp_target,
        ),
        errors=ErrorTable(DOMAIN, WIRE_ERRORS),
        authenticator=authenticator,
        database=database,
        unknown_field=UNKNOWN_PARAMETER,
    )
    return Engine(server, computers, data.uploads, owned, database)


def main() -> None:
    """Serves until SIGTERM or SIGINT. A refused setting is one line and exit code 2."""
    settings = chassis_settings.load_or_exit(Settings)
    configure_logs(SERVICE)
    keep_freed_memory()
    keys = KeySource(fetch_over_grpc(settings.gateway_target))
    try:
        engine = build(settings, authenticator=Authenticator(keys))
    except (chassis_settings.SettingRefused, DatabaseOwned, OSError) as refusal:
        print(refusal, file=sys.stderr)
        raise SystemExit(2) from None
    try:
        engine.server.run_until_signal()
    finally:
        engine.close()


if __name__ == "__main__":
    main()
