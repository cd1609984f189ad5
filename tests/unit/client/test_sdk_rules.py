"""Rules of the SDK that need no server."""

import subprocess
import sys

import pytest

from aurelius.engine.v1 import (
    backtest_pb2,
    backtest_service_pb2,
    backtest_spec_pb2,
    replay_service_pb2,
)
from aurelius.gateway.v1 import auth_service_pb2, user_service_pb2
from aurelius_client import Client, RetryPolicy
from aurelius_client.errors import AureliusError, InvalidInput
from aurelius_client.methods import method_of
from aurelius_client.modes import drive
from aurelius_client.targets import parse_target

HEAVY = ("numba", "scipy", "pandas", "llvmlite", "aurelius_engine", "aurelius_chassis")


@pytest.mark.parametrize(
    "what",
    ["import aurelius_client", "from aurelius_client import Client; Client('127.0.0.1:1').close()"],
)
def test_the_sdk_imports_nothing_heavy(what: str) -> None:
    code = f"import sys; {what}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.split() == []


def test_a_request_names_its_rpc_and_the_rpc_its_policy() -> None:
    create = method_of(backtest_service_pb2.CreateBacktestRequest())
    replay = method_of(replay_service_pb2.CreateReplayRequest())
    user = method_of(user_service_pb2.CreateUserRequest())
    login = method_of(auth_service_pb2.LoginRequest())

    assert create.path == "/aurelius.engine.v1.BacktestService/CreateBacktest"
    assert create.response_type is backtest_pb2.Backtest
    assert create.repeatable
    assert not create.takes_request_id
    assert replay.takes_request_id
    assert replay.repeatable
    assert not user.repeatable
    assert not user.anonymous
    assert login.anonymous


def test_a_message_that_is_no_request_names_no_rpc() -> None:
    with pytest.raises(LookupError, match="belongs to 0 RPCs"):
        method_of(backtest_spec_pb2.BacktestSpec())


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("aurelius.example:443", "https://aurelius.example:443"),
        ("https://aurelius.example", "https://aurelius.example:443"),
        ("https://127.0.0.1:8443/", "https://127.0.0.1:8443"),
    ],
)
def test_a_target_is_plain_on_loopback_and_tls_elsewhere(text: str, url: str) -> None:
    assert parse_target(text).url == url


def test_a_plain_target_elsewhere_has_to_be_allowed() -> None:
    with pytest.raises(InvalidInput, match="in the clear"):
        parse_target("http://envoy:8080")

    assert parse_target("http://envoy:8080", insecure=True).url == "http://envoy:8080"


@pytest.mark.parametrize("text", ["", "envoy", "ftp://a:1", "a:b", "http://", "http://a:1/path"])
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_target(text)

    assert refusal.value.reason == "SERVER_INVALID"


def test_two_credentials_are_refused() -> None:
    with pytest.raises(InvalidInput, match="found token and api_key; allowed one"):
        Client("127.0.0.1:1", token="a", api_key="b")


def test_a_pause_is_between_half_and_all_of_a_length_that_doubles_to_its_cap() -> None:
    policy = RetryPolicy(max_attempts=9, initial_seconds=1.0, longest_seconds=5.0)

    assert [policy.pause_seconds(n, 0.0) for n in (1, 2, 3, 4, 99)] == [0.5, 1.0, 2.0, 2.5, 2.5]
    assert policy.pause_seconds(2, 0.5) == 1.5


@pytest.mark.parametrize("arguments", [{"max_attempts": 0}, {"initial_seconds": 9.0}])
def test_a_policy_that_makes_no_sense_is_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="_"):
        RetryPolicy(**arguments)  # type: ignore[arg-type]


def test_an_error_is_one_line_and_loses_the_prefix_of_its_reason() -> None:
    error = AureliusError("ERROR_REASON_X", "two\nlines", found="a\n b", code="ABORTED")

    assert str(error) == "X: two lines (found a b)"
    assert error.code == "ABORTED"
    assert str(AureliusError("Y", "m")) == "Y: m"


def test_a_blocking_call_never_waits_for_a_loop() -> None:
    async def waits() -> None:
        import asyncio

        await asyncio.sleep(0)

    with pytest.raises(AssertionError, match="waited"):
        drive(waits())


def test_the_help_of_the_command_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from aurelius_client.cli.commands import app\n"
        "app(['--help'], standalone_mode=False)\n"
        f"names = {(*HEAVY, 'grpc', 'pyarrow', 'google.protobuf', 'yaml')!r}\n"
        "print(*[name for name in names if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert "parity" in done.stdout
    assert done.stderr.split() == []
