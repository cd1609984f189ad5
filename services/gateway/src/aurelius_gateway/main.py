"""The composition root: reads the settings, builds everything, starts the server."""

import base64
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import argon2
import grpc
import structlog

from aurelius.engine.v1 import strategy_pb2
from aurelius.gateway.v1 import (
    api_key_service_pb2_grpc,
    auth_service_pb2_grpc,
    pipeline_run_service_pb2_grpc,
    strategy_service_pb2_grpc,
    user_service_pb2_grpc,
)
from aurelius_chassis import jwks, settings, sql, telemetry
from aurelius_chassis.caller import outgoing_metadata
from aurelius_chassis.errors import ErrorTable
from aurelius_chassis.key_file import KeyFileError, read_or_create_key
from aurelius_chassis.server import (
    MESSAGE_LIMIT_BYTES,
    Mounted,
    Server,
    ServerOptions,
    build_server,
)
from aurelius_chassis.template_parameters import refuse_unknown_parameter
from aurelius_gateway.adapters.argon2_passwords import Argon2Passwords
from aurelius_gateway.adapters.jwt_tokens import JwtIssuer
from aurelius_gateway.adapters.password_file import PasswordFileError, read_password
from aurelius_gateway.adapters.sql_gateway_store import SqlGatewayStore
from aurelius_gateway.application.api_keys import ApiKeys
from aurelius_gateway.application.authentication import Authentication, PasswordCheck
from aurelius_gateway.application.changes import Changes
from aurelius_gateway.application.pipeline_runs import PipelineRuns
from aurelius_gateway.application.pipeline_work import PipelineWork
from aurelius_gateway.application.strategies import Strategies
from aurelius_gateway.application.users import Users
from aurelius_gateway.domain.login_throttle import LoginThrottle
from aurelius_gateway.rpc.access_servicers import ApiKeyServicer, AuthServicer, UserServicer
from aurelius_gateway.rpc.engine_client import GrpcEngine
from aurelius_gateway.rpc.errors import DOMAIN, WIRE_ERRORS
from aurelius_gateway.rpc.governance_client import GrpcGovernance
from aurelius_gateway.rpc.pipeline_servicers import PipelineRunServicer, StrategyServicer
from aurelius_gateway.rpc.request_memory import ChassisRequestMemory
from aurelius_gateway.rpc.service_calls import RetryLimits, ServiceCalls
from aurelius_gateway.rpc.worker_pool import CallerPool

SERVICE = "gateway"
MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"
_PACKAGE = "aurelius.gateway.v1"
_ID_CHARS = 26
_CALL_WORKERS = 32
_UNKNOWN_PARAMETER = refuse_unknown_parameter(strategy_pb2.Strategy.DESCRIPTOR, domain=DOMAIN)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says: field `listen` is AURELIUS_LISTEN, and so on.

    Attributes:
        listen: `host:port`; port 0 takes a free one.
        database_url: `sqlite:///path` or `postgresql+psycopg://...`.
        engine_target: The engine, `host:port`.
        governance_target: Governance, `host:port`.
        token_key_file: The Ed25519 key that signs tokens; created if there is none.
        admin_password_file: The password of the first administrator, `users/admin`, who is
            created if there is no user; mode 0600. Absent means that nobody is.
        metrics_listen: Where Prometheus reads, `host:port`; absent means nowhere.
        otlp_target: Where spans go, a URL; absent means nowhere.
        token_lifetime_seconds: How long a token lasts.
        login_max_failures: How many failed logins of a user a window allows.
        login_window_seconds: How long that window is.
        password_max_concurrent_hashes: How many passwords are hashed at once, 64 MiB each.
        password_max_waiting: How many more may wait for that; any other is refused at once.
        password_max_wait_seconds: How long they may wait.
        pipeline_max_workers: How many pipelines are worked on at once.
        pipeline_max_queued: How many more may wait.
        service_call_timeout_seconds: The longest call that asks the engine for a run.
        service_call_max_attempts: How often a call to another service is made.
        service_retry_backoff_seconds: The first pause between them; each is twice the last.
        backtest_timeout_seconds: How long a pipeline waits for a run.
        governance_timeout_seconds: How long it waits for governance, replay included.
        drain_seconds: How long health checks have to see that the service stops.
        grace_seconds: How long calls have to end after that.
    """

    listen: str
    database_url: str
    engine_target: str
    governance_target: str
    token_key_file: Path
    admin_password_file: Path | None = None
    metrics_listen: str | None = None
    otlp_target: str | None = None
    token_lifetime_seconds: int = 3600
    login_max_failures: int = 10
    login_window_seconds: int = 300
    password_max_concurrent_hashes: int = 4
    password_max_waiting: int = 12
    password_max_wait_seconds: float = 2.0
    pipeline_max_workers: int = 4
    pipeline_max_queued: int = 100
    service_call_timeout_seconds: float = 30.0
    service_call_max_attempts: int = 5
    service_retry_backoff_seconds: float = 0.2
    backtest_timeout_seconds: float = 3600.0
    governance_timeout_seconds: float = 600.0
    drain_seconds: float = 1.0
    grace_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Raises: SettingRefused: A limit is outside its range."""
        settings.require_positive(
            self,
            "token_lifetime_seconds",
            "login_max_failures",
            "login_window_seconds",
            "password_max_concurrent_hashes",
            "pipeline_max_workers",
            "service_call_timeout_seconds",
            "service_call_max_attempts",
            "service_retry_backoff_seconds",
            "backtest_timeout_seconds",
            "governance_timeout_seconds",
        )
        for field in ("pipeline_max_queued", "password_max_waiting"):
            count: int = getattr(self, field)
            settings.require(field, count, allowed="at least 0", holds=count >= 0)
        for field in ("drain_seconds", "grace_seconds", "password_max_wait_seconds"):
            value: float = getattr(self, field)
            settings.require(field, value, allowed="0 to 3600", holds=0 <= value <= 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The service, built but not started, and what it holds open."""

    server: Server
    pool: CallerPool
    changes: Changes
    database: sql.Database
    channels: tuple[grpc.Channel, ...]

    def stop(self, grace_seconds: float | None = None) -> None:
        """Stops the server, then lets go of the rest."""
        self.server.stop(grace_seconds)
        self.close()

    def close(self) -> None:
        """Ends the pipelines that are worked on as interrupted, and closes what is open."""
        self.pool.stop(hang_up=self._hang_up)
        self.database.close()

    def _hang_up(self) -> None:
        for channel in self.channels:
            channel.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Access:
    authentication: Authentication
    users: Users
    keys: ApiKeys


def build(
    chosen: Settings,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    hasher: argon2.PasswordHasher | None = None,
) -> Gateway:
    """Builds the service on the settings, with its schema up to date.

    What an earlier gateway left unfinished on the database is ended as interrupted.

    Args:
        chosen: The settings.
        now: The clock, by which tokens and keys end too.
        hasher: Hashes passwords; by default with the low-memory parameters of RFC 9106.

    Raises:
        SettingRefused: The database is of an unknown kind, or the administrator's
            password file is not as it must be.
        KeyFileError: The token key cannot be used.
        OSError: The address cannot be bound.
    """
    tokens = JwtIssuer(
        read_or_create_key(chosen.token_key_file), lifetime_seconds=chosen.token_lifetime_seconds
    )
    database = sql.Database.open(chosen.database_url)
    sql.migrate(database, MIGRATIONS, SERVICE)
    store = SqlGatewayStore(database, ChassisRequestMemory())
    access = _access(chosen, store, tokens, now=now, hasher=hasher or argon2.PasswordHasher())
    _bootstrap(chosen, access.users)
    changes = Changes()
    pool = CallerPool(
        max_workers=chosen.pipeline_max_workers, max_queued=chosen.pipeline_max_queued
    )
    channels = tuple(
        grpc.insecure_channel(target, [("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES)])
        for target in (chosen.engine_target, chosen.governance_target)
    )
    work = _work(chosen, store, changes, pool, channels, now=now)
    runs = PipelineRuns(
        store=store, work=work, workers=pool, changes=changes, now=now, new_id=_new_id
    )
    server = _server(
        chosen, _mounted(access, Strategies(store=store, now=now), runs), tokens, database, now=now
    )
    # After the address is bound, so that a second gateway ends nothing that the first works on.
    interrupted = runs.interrupt_unfinished()
    if interrupted:
        log.warning("pipelines_interrupted", pipeline_count=interrupted)
    return Gateway(server=server, pool=pool, changes=changes, database=database, channels=channels)


def _server(
    chosen: Settings,
    services: list[Mounted],
    tokens: JwtIssuer,
    database: sql.Database,
    *,
    now: Callable[[], datetime],
) -> Server:
    return build_server(
        services,
        options=ServerOptions(
            service=SERVICE,
            listen=chosen.listen,
            # Passwords have threads on top, so that they take none of the other calls'.
            max_workers=_CALL_WORKERS
            + chosen.password_max_concurrent_hashes
            + chosen.password_max_waiting,
            drain_seconds=chosen.drain_seconds,
            grace_seconds=chosen.grace_seconds,
            metrics_listen=chosen.metrics_listen,
            otlp_target=chosen.otlp_target,
        ),
        errors=ErrorTable(DOMAIN, WIRE_ERRORS),
        authenticator=jwks.Authenticator(
            jwks.KeySource(tokens.key_set), now=lambda: now().timestamp()
        ),
        database=database,
        unknown_field=_UNKNOWN_PARAMETER,
    )


def _access(
    chosen: Settings,
    store: SqlGatewayStore,
    tokens: JwtIssuer,
    *,
    now: Callable[[], datetime],
    hasher: argon2.PasswordHasher,
) -> _Access:
    passwords = Argon2Passwords(
        hasher,
        max_concurrent=chosen.password_max_concurrent_hashes,
        max_waiting=chosen.password_max_waiting,
        max_wait_seconds=chosen.password_max_wait_seconds,
    )
    check = PasswordCheck(
        store=store,
        passwords=passwords,
        throttle=LoginThrottle(
            max_failures=chosen.login_max_failures,
            window=timedelta(seconds=chosen.login_window_seconds),
        ),
        now=now,
    )
    return _Access(
        authentication=Authentication(
            store=store, check=check, passwords=passwords, tokens=tokens, now=now
        ),
        users=Users(store=store, passwords=passwords, check=check, now=now),
        keys=ApiKeys(store=store, now=now, random_bytes=secrets.token_bytes),
    )


def _bootstrap(chosen: Settings, users: Users) -> None:
    if chosen.admin_password_file is None or users.has_any():
        return
    try:
        password = read_password(chosen.admin_password_file)
    except PasswordFileError as error:
        raise settings.SettingRefused(
            f"{settings.PREFIX}ADMIN_PASSWORD_FILE", found=error.found, allowed=error.allowed
        ) from error
    if users.bootstrap(password):
        log.info("administrator_created", user="users/admin")


def _work(
    chosen: Settings,
    store: SqlGatewayStore,
    changes: Changes,
    pool: CallerPool,
    channels: tuple[grpc.Channel, ...],
    *,
    now: Callable[[], datetime],
) -> PipelineWork:
    limits = RetryLimits(
        max_attempts=chosen.service_call_max_attempts,
        backoff_seconds=chosen.service_retry_backoff_seconds,
    )
    to_engine, to_governance = channels
    engine = GrpcEngine(
        to_engine,
        calls=ServiceCalls("engine", limits=limits, stopping=pool.stopping),
        outgoing_metadata=outgoing_metadata,
        call_timeout_seconds=chosen.service_call_timeout_seconds,
        backtest_timeout_seconds=chosen.backtest_timeout_seconds,
    )
    governance = GrpcGovernance(
        to_governance,
        calls=ServiceCalls("governance", limits=limits, stopping=pool.stopping),
        outgoing_metadata=outgoing_metadata,
        timeout_seconds=chosen.governance_timeout_seconds,
    )
    return PipelineWork(store=store, engine=engine, governance=governance, changes=changes, now=now)


def _mounted(access: _Access, strategies: Strategies, runs: PipelineRuns) -> list[Mounted]:
    return [
        Mounted(
            f"{_PACKAGE}.AuthService",
            auth_service_pb2_grpc.add_AuthServiceServicer_to_server,
            AuthServicer(access.authentication),
        ),
        Mounted(
            f"{_PACKAGE}.UserService",
            user_service_pb2_grpc.add_UserServiceServicer_to_server,
            UserServicer(access.users),
        ),
        Mounted(
            f"{_PACKAGE}.ApiKeyService",
            api_key_service_pb2_grpc.add_ApiKeyServiceServicer_to_server,
            ApiKeyServicer(access.keys),
        ),
        Mounted(
            f"{_PACKAGE}.StrategyService",
            strategy_service_pb2_grpc.add_StrategyServiceServicer_to_server,
            StrategyServicer(strategies, unknown_field=_UNKNOWN_PARAMETER),
        ),
        Mounted(
            f"{_PACKAGE}.PipelineRunService",
            pipeline_run_service_pb2_grpc.add_PipelineRunServiceServicer_to_server,
            PipelineRunServicer(runs),
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
        gateway = build(chosen)
    except KeyFileError as error:
        refused = f"{settings.PREFIX}TOKEN_KEY_FILE: {error}"
    except (settings.SettingRefused, OSError) as error:
        refused = str(error)
    else:
        gateway.server.run_until_signal()
        gateway.close()
        return
    print(refused, file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
