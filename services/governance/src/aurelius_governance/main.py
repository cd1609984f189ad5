"""The composition root: reads the settings, builds everything, starts the server."""

import base64
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import grpc

from aurelius.governance.v1 import (
    gate_decision_service_pb2_grpc,
    ledger_service_pb2_grpc,
    lineage_record_service_pb2_grpc,
    promotion_service_pb2_grpc,
)
from aurelius_chassis import jwks, settings, sql, telemetry
from aurelius_chassis.caller import outgoing_metadata
from aurelius_chassis.errors import ErrorTable
from aurelius_chassis.key_file import KeyFileError
from aurelius_chassis.server import (
    MESSAGE_LIMIT_BYTES,
    Mounted,
    Server,
    ServerOptions,
    build_server,
)
from aurelius_governance.adapters.arrow_tables import read_table
from aurelius_governance.adapters.key_file import KeyFileSigner
from aurelius_governance.adapters.sql_decision_store import SqlDecisionStore
from aurelius_governance.application.crv import Studies
from aurelius_governance.application.evidence import Evidence
from aurelius_governance.application.gate_decisions import GateDecisions
from aurelius_governance.application.ledgers import Ledgers
from aurelius_governance.application.lineage_records import LineageRecords
from aurelius_governance.application.promotions import Promotions
from aurelius_governance.domain.signed_note import InvalidNote, verifier_key
from aurelius_governance.rpc import servicers
from aurelius_governance.rpc.engine_client import EngineLimits, GrpcEngine
from aurelius_governance.rpc.errors import DOMAIN, WIRE_ERRORS
from aurelius_governance.rpc.request_memory import ChassisRequestMemory

SERVICE = "governance"
MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"
_PACKAGE = "aurelius.governance.v1"
_ID_CHARS = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says: field `listen` is AURELIUS_LISTEN, and so on.

    Attributes:
        listen: `host:port`; port 0 takes a free one.
        database_url: `sqlite:///path` or `postgresql+psycopg://...`.
        engine_target: The engine, `host:port`.
        gateway_target: The gateway, whose keys tokens are checked with, `host:port`.
        signing_key_file: The log's Ed25519 key; created if there is none.
        metrics_listen: Where Prometheus reads, `host:port`; absent means nowhere.
        otlp_target: Where spans go, a URL; absent means nowhere.
        engine_call_timeout_seconds: The longest call to the engine, a download included.
        replay_timeout_seconds: How long a gate waits for a replay.
        artifact_max_bytes: The largest artifact that is read.
        drain_seconds: How long health checks have to see that the service stops.
        grace_seconds: How long calls have to end after that.
    """

    listen: str
    database_url: str
    engine_target: str
    gateway_target: str
    signing_key_file: Path
    metrics_listen: str | None = None
    otlp_target: str | None = None
    engine_call_timeout_seconds: float = 60.0
    replay_timeout_seconds: float = 300.0
    artifact_max_bytes: int = 256 * 1024 * 1024
    drain_seconds: float = 1.0
    grace_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Raises: SettingRefused: A limit is not above 0."""
        settings.require_positive(
            self, "engine_call_timeout_seconds", "replay_timeout_seconds", "artifact_max_bytes"
        )
        for field in ("drain_seconds", "grace_seconds"):
            value: float = getattr(self, field)
            settings.require(field, value, allowed="0 to 3600", holds=0 <= value <= 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Governance:
    """The service, built but not started, and what it holds open."""

    server: Server
    database: sql.Database
    channel: grpc.Channel
    verifier_key: str

    def stop(self, grace_seconds: float | None = None) -> None:
        """Stops the server, then lets go of the rest."""
        self.server.stop(grace_seconds)
        self.close()

    def close(self) -> None:
        """Closes the channel and the database."""
        self.channel.close()
        self.database.close()


def build(
    chosen: Settings,
    *,
    fetch_keys: Callable[[], bytes] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    new_id: Callable[[str], str] | None = None,
) -> Governance:
    """Builds the service on the settings, with its schema up to date.

    Args:
        chosen: The settings.
        fetch_keys: Returns the issuer's key set; by default the gateway's, over gRPC.
        now: The clock.
        new_id: Makes the id of a resource that begins with a letter.

    Raises:
        SettingRefused: The database is of an unknown kind.
        KeyFileError: The signing key cannot be used.
        InvalidNote: The log was signed by another key.
        OSError: The address cannot be bound.
    """
    signer = KeyFileSigner(chosen.signing_key_file)
    key = verifier_key(signer.public_key)
    database = sql.Database.open(chosen.database_url)
    sql.migrate(database, MIGRATIONS, SERVICE)
    errors = ErrorTable(DOMAIN, WIRE_ERRORS)
    store = SqlDecisionStore(database, signer=signer, memory=ChassisRequestMemory(errors))
    ledgers = Ledgers(store=store)
    ledgers.require_signed_by(key)
    channel = grpc.insecure_channel(
        chosen.engine_target, [("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES)]
    )
    engine = GrpcEngine(
        channel,
        outgoing_metadata=outgoing_metadata,
        read_table=read_table,
        limits=EngineLimits(
            call_timeout_seconds=chosen.engine_call_timeout_seconds,
            replay_timeout_seconds=chosen.replay_timeout_seconds,
            artifact_max_bytes=chosen.artifact_max_bytes,
        ),
    )
    make_id, studies = new_id or _new_id, Studies(engine=engine)
    server = build_server(
        _mounted(
            LineageRecords(store=store, engine=engine, now=now),
            GateDecisions(store=store, engine=engine, studies=studies, now=now, new_id=make_id),
            Promotions(
                store=store,
                evidence=Evidence(engine=engine, studies=studies),
                now=now,
                new_id=make_id,
            ),
            servicers.LedgerServicer(ledgers, verifier_key=key),
        ),
        options=ServerOptions(
            service=SERVICE,
            listen=chosen.listen,
            drain_seconds=chosen.drain_seconds,
            grace_seconds=chosen.grace_seconds,
            metrics_listen=chosen.metrics_listen,
            otlp_target=chosen.otlp_target,
        ),
        errors=errors,
        authenticator=jwks.Authenticator(
            jwks.KeySource(fetch_keys or jwks.fetch_over_grpc(chosen.gateway_target))
        ),
        database=database,
    )
    return Governance(server=server, database=database, channel=channel, verifier_key=key)


def _mounted(
    records: LineageRecords,
    decisions: GateDecisions,
    promotions: Promotions,
    ledger: servicers.LedgerServicer,
) -> list[Mounted]:
    return [
        Mounted(
            f"{_PACKAGE}.LineageRecordService",
            lineage_record_service_pb2_grpc.add_LineageRecordServiceServicer_to_server,
            servicers.LineageRecordServicer(records),
        ),
        Mounted(
            f"{_PACKAGE}.GateDecisionService",
            gate_decision_service_pb2_grpc.add_GateDecisionServiceServicer_to_server,
            servicers.GateDecisionServicer(decisions),
        ),
        Mounted(
            f"{_PACKAGE}.PromotionService",
            promotion_service_pb2_grpc.add_PromotionServiceServicer_to_server,
            servicers.PromotionServicer(promotions),
        ),
        Mounted(
            f"{_PACKAGE}.LedgerService",
            ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server,
            ledger,
        ),
    ]


def _new_id(prefix: str) -> str:
    """Returns the prefix and 26 random characters of base32: 130 bits."""
    return prefix + base64.b32encode(secrets.token_bytes(17)).decode().lower()[:_ID_CHARS]


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    chosen = settings.load_or_exit(Settings)
    telemetry.configure_logs(SERVICE)
    try:
        governance = build(chosen)
    except InvalidNote:
        refused = f"{chosen.signing_key_file.name} is not the key that signed the ledger"
    except (settings.SettingRefused, KeyFileError, OSError) as error:
        refused = str(error)
    else:
        governance.server.run_until_signal()
        governance.close()
        return
    print(refused, file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
