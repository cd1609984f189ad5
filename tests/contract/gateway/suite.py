"""A gateway on loopback as main builds it, and clients that call it."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import argon2
import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from aurelius.engine.v1 import backtest_spec_pb2, strategy_pb2
from aurelius.gateway.v1 import (
    api_key_service_pb2_grpc,
    auth_service_pb2,
    auth_service_pb2_grpc,
    pipeline_run_pb2,
    pipeline_run_service_pb2,
    pipeline_run_service_pb2_grpc,
    strategy_service_pb2,
    strategy_service_pb2_grpc,
    user_service_pb2,
    user_service_pb2_grpc,
)
from aurelius.gateway.v1 import strategy_pb2 as gateway_strategy_pb2
from aurelius_gateway.main import Gateway, Settings, build

ADMIN_PASSWORD = "correct horse battery"
PASSWORD = "staple of a long password"
TIMEOUT_SECONDS = 60
GATEWAY = "gateway.aurelius.dev"
SHARED = "aurelius.dev"
# The least that Argon2 takes: these tests make many hashes.
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    """A clock far from the wall's; each look at it takes one millisecond."""

    def __init__(self) -> None:
        self._time = datetime(2040, 1, 1, tzinfo=UTC)
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        self.advance(timedelta(milliseconds=1))
        return self._time

    def advance(self, by: timedelta) -> None:
        with self._lock:
            self._time += by


@dataclass(frozen=True)
class Refusal:
    """What a call was refused with."""

    code: grpc.StatusCode
    domain: str
    reason: str
    metadata: dict[str, str]
    text: str
    retry_seconds: int = 0
    violations: tuple[str, ...] = ()


def refusal_of(call: Callable[[], object]) -> Refusal:
    """Makes a call that must be refused, and returns how."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    error: Any = caught.value
    status = rpc_status.from_call(error)
    assert status is not None, f"{error.code()}: no status details: {error.details()}"
    info, retry, bad = (
        error_details_pb2.ErrorInfo(),
        error_details_pb2.RetryInfo(),
        error_details_pb2.BadRequest(),
    )
    for detail in status.details:
        for kind in (info, retry, bad):
            detail.Unpack(kind)
    return Refusal(
        code=error.code(),
        domain=info.domain,
        reason=info.reason,
        metadata=dict(info.metadata),
        text=str(status),
        retry_seconds=retry.retry_delay.seconds,
        violations=tuple(v.field for v in bad.field_violations),
    )


class Client:
    """Every RPC of the gateway, with one token."""

    def __init__(self, channel: grpc.Channel, token: str = "") -> None:
        self.channel, self.token = channel, token
        self.auth = auth_service_pb2_grpc.AuthServiceStub(channel)
        self.users = user_service_pb2_grpc.UserServiceStub(channel)
        self.keys = api_key_service_pb2_grpc.ApiKeyServiceStub(channel)
        self.strategies = strategy_service_pb2_grpc.StrategyServiceStub(channel)
        self.pipelines = pipeline_run_service_pb2_grpc.PipelineRunServiceStub(channel)

    @property
    def kinds(self) -> dict[str, Any]:
        """Returns what every call takes: `stub.Method(request, **client.kinds)`."""
        metadata = [("x-request-id", "test-request")]
        if self.token:
            metadata.append(("authorization", f"Bearer {self.token}"))
        return {"metadata": metadata, "timeout": TIMEOUT_SECONDS}

    def login(self, user_id: str, password: str = PASSWORD) -> "Client":
        """Returns a client with a token of the user."""
        request = auth_service_pb2.LoginRequest(user_id=user_id, password=password)
        return Client(self.channel, self.auth.Login(request, **self.kinds).access_token)

    def new_user(self, user_id: str, *roles: str) -> "Client":
        """Creates a user, as an administrator, and returns a client with their token."""
        self.users.CreateUser(
            user_service_pb2.CreateUserRequest(user_id=user_id, roles=roles, password=PASSWORD),
            **self.kinds,
        )
        return self.login(user_id)

    def new_strategy(self, strategy_id: str = "trend", **kinds: Any) -> Any:
        """Creates a strategy."""
        return self.strategies.CreateStrategy(strategy_request(strategy_id, **kinds), **self.kinds)

    def new_run(self, strategy: str = "strategies/trend", **kinds: Any) -> Any:
        """Creates a pipeline run."""
        return self.pipelines.CreatePipelineRun(run_request(strategy, **kinds), **self.kinds)

    def watch(self, name: str) -> list[Any]:
        """Returns every revision of a pipeline run until its end."""
        request = pipeline_run_service_pb2.WatchPipelineRunRequest(name=name)
        messages = self.pipelines.WatchPipelineRun(request, **self.kinds)
        return [message.pipeline_run for message in messages]


def strategy_request(
    strategy_id: str = "trend", *, slow_bars: int = 20, request_id: str = ""
) -> strategy_service_pb2.CreateStrategyRequest:
    trend = strategy_pb2.TrendFollowing(fast_bars=10, slow_bars=slow_bars)
    return strategy_service_pb2.CreateStrategyRequest(
        strategy_id=strategy_id,
        strategy=gateway_strategy_pb2.Strategy(
            display_name="Trend",
            description="Follows the cross.",
            definition=strategy_pb2.Strategy(trend_following=trend),
        ),
        request_id=request_id,
    )


def run_request(
    strategy: str = "strategies/trend",
    *,
    seed: int = 7,
    request_id: str = "",
    calendar: str = "XNYS",
    validations: Sequence[str] = (),
) -> pipeline_run_service_pb2.CreatePipelineRunRequest:
    return pipeline_run_service_pb2.CreatePipelineRunRequest(
        strategy=strategy,
        spec=backtest_spec_pb2.BacktestSpec(calendar=calendar, initial_cash=0.1 + 0.2),
        dataset="datasets/goog",
        seed=seed,
        validations=validations,
        request_id=request_id,
    )


@dataclass(kw_only=True)
class Running:
    """A gateway that runs, its clock, and the files it keeps."""

    gateway: Gateway
    clock: Clock
    settings: Settings
    anonymous: Client
    channels: list[grpc.Channel] = field(default_factory=list)

    @property
    def admin(self) -> Client:
        return self.anonymous.login("admin", ADMIN_PASSWORD)

    def stop(self) -> None:
        for channel in self.channels:
            channel.close()
        self.gateway.stop(grace_seconds=0)


def settings_in(folder: Path, *, engine: str, governance: str, **kinds: Any) -> Settings:
    """Returns the settings of a gateway that keeps its files in a folder."""
    password = folder / "admin-password"
    if not password.exists():
        password.touch(mode=0o600)
        password.write_text(f"{ADMIN_PASSWORD}\n")
    given: dict[str, Any] = {
        "listen": "127.0.0.1:0",
        "database_url": f"sqlite:///{folder / 'gateway.db'}",
        "engine_target": engine,
        "governance_target": governance,
        "token_key_file": folder / "token.pem",
        "admin_password_file": password,
        "service_retry_backoff_seconds": 0.001,
        "drain_seconds": 0.0,
        **kinds,
    }
    return Settings(**given)


def start(settings: Settings, clock: Clock, hasher: argon2.PasswordHasher = CHEAP) -> Running:
    """Starts a gateway."""
    gateway = build(settings, now=clock, hasher=hasher)
    gateway.server.start()
    channel = grpc.insecure_channel(f"127.0.0.1:{gateway.server.port}")
    return Running(
        gateway=gateway,
        clock=clock,
        settings=settings,
        anonymous=Client(channel),
        channels=[channel],
    )


def states(run: pipeline_run_pb2.PipelineRun) -> list[str]:
    """Returns the states of a pipeline run's steps."""
    name = pipeline_run_pb2.PipelineRun.State.Name
    return [name(step.state).removeprefix("STATE_") for step in run.steps]


def get_run(client: Client, name: str) -> pipeline_run_pb2.PipelineRun:
    """Gets a pipeline run."""
    request = pipeline_run_service_pb2.GetPipelineRunRequest(name=name)
    return client.pipelines.GetPipelineRun(request, **client.kinds)
