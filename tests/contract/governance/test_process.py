"""The service as it is started: a process, its environment, its signals and its exit codes."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aurelius_governance.adapters.key_file import KeyFileSigner
from tests.contract.governance import engine_double
from tests.contract.governance.engine_double import RUN, EngineDouble
from tests.contract.governance.serving import serving

WAIT_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, **changes: str) -> dict[str, str]:
    ours = {
        "AURELIUS_LISTEN": f"127.0.0.1:{free_port()}",
        "AURELIUS_DATABASE_URL": f"sqlite:///{folder / 'governance.db'}",
        "AURELIUS_ENGINE_TARGET": "127.0.0.1:1",
        "AURELIUS_GATEWAY_TARGET": "127.0.0.1:1",
        "AURELIUS_SIGNING_KEY_FILE": str(folder / "ledger.pem"),
        "AURELIUS_DRAIN_SECONDS": "0",
    }
    return {"PATH": os.environ["PATH"], **ours, **changes}


@contextmanager
def started(variables: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "aurelius_governance.main"],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=WAIT_SECONDS)


def refusal_of(variables: dict[str, str]) -> str:
    """Starts the service, which must end with 2, and returns what it says."""
    with started(variables) as process:
        out, err = process.communicate(timeout=WAIT_SECONDS)
    assert (process.returncode, out) == (2, b"")
    assert err.count(b"\n") == 1
    return err.decode().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_service_serves_until_a_signal_and_ends_with_0(tmp_path: Path, number: int) -> None:
    variables = environment(tmp_path)
    with (
        started(variables) as process,
        grpc.insecure_channel(variables["AURELIUS_LISTEN"]) as channel,
    ):
        health = health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(), timeout=WAIT_SECONDS, wait_for_ready=True
        )
        with pytest.raises(grpc.RpcError):
            channel.unary_unary("/aurelius.governance.v1.LedgerService/ListLedgerEntries")(
                b"", timeout=WAIT_SECONDS
            )
        process.send_signal(number)
        out, err = process.communicate(timeout=WAIT_SECONDS)

    (line,) = [json.loads(line) for line in err.splitlines()]
    assert health.status == health_pb2.HealthCheckResponse.SERVING
    assert (process.returncode, out) == (0, b"")
    assert (line["service"], line["code"]) == ("governance", "UNAUTHENTICATED")
    assert (tmp_path / "ledger.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("AURELIUS_LISTEN", "", "AURELIUS_LISTEN is absent, allowed str"),
        ("AURELIUS_ENGINE_TARGET", "", "AURELIUS_ENGINE_TARGET is absent, allowed str"),
        ("AURELIUS_ARTIFACT_MAX_BYTES", "many", "AURELIUS_ARTIFACT_MAX_BYTES is many, allowed int"),
        (
            "AURELIUS_REPLAY_TIMEOUT_SECONDS",
            "0",
            "AURELIUS_REPLAY_TIMEOUT_SECONDS is 0.0, allowed above 0, finite",
        ),
        ("AURELIUS_GRACE_SECONDS", "-1", "AURELIUS_GRACE_SECONDS is -1.0, allowed 0 to 3600"),
        (
            "AURELIUS_DATABASE_URL",
            "mysql://u:hidden@h/d",
            "AURELIUS_DATABASE_URL is mysql, allowed sqlite:///path or"
            " postgresql+psycopg://host/name",
        ),
    ],
)
def test_refused_setting_is_one_line_and_exit_code_2(
    tmp_path: Path, variable: str, value: str, said: str
) -> None:
    assert refusal_of(environment(tmp_path, **{variable: value})) == said


def test_address_in_use_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        assert f"{address} cannot be bound" in refusal_of(
            environment(tmp_path, AURELIUS_LISTEN=address)
        )


def test_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    KeyFileSigner(tmp_path / "ledger.pem")
    (tmp_path / "ledger.pem").chmod(0o644)

    assert "its mode must be 0600" in refusal_of(environment(tmp_path))


def test_key_that_did_not_sign_the_ledger_is_refused(tmp_path: Path) -> None:
    with engine_double.serving(EngineDouble()) as target, serving(tmp_path, target) as service:
        service.record(RUN)
    (tmp_path / "ledger.pem").unlink()

    assert refusal_of(environment(tmp_path)) == "ledger.pem is not the key that signed the ledger"
