"""The console script: what it refuses to start with, and how it says so."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aurelius_chassis import sql
from aurelius_gateway.adapters.sql_gateway_store import SqlGatewayStore
from aurelius_gateway.domain.pipeline import PipelineRun
from aurelius_gateway.main import MIGRATIONS, SERVICE
from aurelius_gateway.rpc.request_memory import ChassisRequestMemory
from tests.contract.gateway import suite

ENVIRONMENT = {
    "AURELIUS_LISTEN": "127.0.0.1:0",
    "AURELIUS_ENGINE_TARGET": "127.0.0.1:1",
    "AURELIUS_GOVERNANCE_TARGET": "127.0.0.1:1",
}


def refused(folder: Path, **changes: str) -> str:
    """Starts the gateway, which must refuse, and returns its own line on standard error."""
    environment = {
        "PATH": os.environ["PATH"],
        **ENVIRONMENT,
        "AURELIUS_DATABASE_URL": f"sqlite:///{folder / 'gateway.db'}",
        "AURELIUS_TOKEN_KEY_FILE": str(folder / "token.pem"),
        **changes,
    }
    done = subprocess.run(
        [sys.executable, "-m", "aurelius_gateway.main"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=suite.TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    # gRPC's core may say before us, in a line of its own, that it cannot bind.
    (line,) = (line for line in done.stderr.splitlines() if "add_port.cc" not in line)
    return line


def test_absent_setting_is_named(tmp_path: Path) -> None:
    line = refused(tmp_path, AURELIUS_ENGINE_TARGET="")

    assert line == "AURELIUS_ENGINE_TARGET is absent, allowed str"


def test_limit_outside_its_range_is_named(tmp_path: Path) -> None:
    line = refused(tmp_path, AURELIUS_LOGIN_MAX_FAILURES="0")

    assert line.startswith("AURELIUS_LOGIN_MAX_FAILURES is 0, allowed above 0")


def test_password_file_that_others_read_is_refused_without_its_content(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("correct horse battery\n")
    path.chmod(0o644)

    line = refused(tmp_path, AURELIUS_ADMIN_PASSWORD_FILE=str(path))

    assert line == "AURELIUS_ADMIN_PASSWORD_FILE is of mode 0644, allowed mode 0600"


def test_token_key_that_others_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token.pem"
    path.write_text("no key")
    path.chmod(0o644)

    assert refused(tmp_path).startswith("AURELIUS_TOKEN_KEY_FILE")


def test_database_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    line = refused(tmp_path, AURELIUS_DATABASE_URL="paper://gateway")

    assert "AURELIUS_DATABASE_URL" in line


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_address_that_is_taken_is_refused(tmp_path: Path, taken: str) -> None:
    line = refused(tmp_path, AURELIUS_LISTEN=taken)

    assert taken in line


def test_second_gateway_on_the_address_ends_nothing_of_the_first(
    tmp_path: Path, taken: str
) -> None:
    database = sql.Database.open(f"sqlite:///{tmp_path / 'gateway.db'}")
    sql.migrate(database, MIGRATIONS, SERVICE)
    store = SqlGatewayStore(database, ChassisRequestMemory())
    time = datetime(2026, 1, 1, tzinfo=UTC)
    run = PipelineRun(
        id="p1",
        creator="users/rita",
        strategy="strategies/trend",
        dataset="datasets/goog",
        spec={},
        seed=0,
        create_time=time,
        update_time=time,
    )
    with store.write() as writing:
        writing.add_pipeline_run(run)

    refused(tmp_path, AURELIUS_LISTEN=taken)

    with store.read() as reading:
        kept = reading.pipeline_run("p1")
    database.close()
    assert kept == run
