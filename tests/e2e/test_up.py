"""`aurelius up`: it starts everything, says so, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from tests.conftest import REPOSITORY

WAIT_SECONDS = 60
COMMAND = [str(Path(sys.executable).parent / "aurelius"), "up"]
PARTS = {"engine", "governance", "gateway", "envoy"}


class Up:
    """A running `aurelius up`."""

    def __init__(self, process: "subprocess.Popen[str]", home: Path) -> None:
        assert process.stdout is not None
        self.process = process
        self.summary: list[str] = []
        for line in process.stdout:
            self.summary.append(line)
            if line.startswith("stop "):
                break
        assert self.summary[-1].startswith("stop "), self.rest()
        state = json.loads((home / "suite.json").read_text())
        self.url: str = state["url"]
        self.children = {part: psutil.Process(pid) for part, pid in state["processes"].items()}

    def rest(self) -> tuple[int, str]:
        """Waits for the end; returns the exit code and what it said since."""
        output, errors = self.process.communicate(timeout=WAIT_SECONDS)
        return self.process.returncode, output + errors

    def remaining(self) -> list[psutil.Process]:
        """Returns the children that outlive it."""
        _, alive = psutil.wait_procs(list(self.children.values()), timeout=WAIT_SECONDS)
        return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def _start(home: Path, *options: str, columns: int = 200) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, "--home", str(home), *options],
        cwd=REPOSITORY,
        env=os.environ | {"COLUMNS": str(columns)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def up(home: Path, columns: int = 200) -> Iterator[Up]:
    with _start(home, "--free-ports", columns=columns) as process:
        try:
            yield Up(process, home)
        finally:
            process.terminate()


def _refusal(home: Path, *options: str) -> tuple[int, list[str]]:
    with _start(home, *options) as process:
        output, errors = process.communicate(timeout=WAIT_SECONDS)
    assert output == ""
    return process.returncode, errors.splitlines()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_serves_until_it_is_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    home = tmp_path / "home"
    with up(home) as running:
        healthy = httpx.get(f"{running.url}/healthz")
        password = (home / "admin-password").read_text().strip()
        logged_in = httpx.post(
            f"{running.url}/v1/auth:login", json={"userId": "admin", "password": password}
        )
        running.process.send_signal(number)
        exit_code, last = running.rest()
        remaining = running.remaining()

    text = "".join(running.summary)
    assert running.url in text
    assert str(home / "admin-password") in text
    assert password not in text
    assert healthy.json() == {"status": "SERVING"}
    assert logged_in.json()["user"] == "users/admin"
    assert set(running.children) == PARTS
    assert exit_code == 0, last
    assert remaining == []
    assert not (home / "suite.json").exists()
    for part in PARTS:
        assert (home / "logs" / f"{part}.log").exists()


def test_a_home_of_any_name_works_and_the_hint_can_be_pasted(tmp_path: Path) -> None:
    home = tmp_path / "it's [a] #home? of 100% :smile: %20"
    data = REPOSITORY / "data/us_equities_daily.parquet"
    settings = os.environ | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "settings")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    with up(home, columns=80) as running:
        (hint,) = [line for line in running.summary if line.startswith("aurelius login")]
        register = f"aurelius datasets register {data} --name kept --server {running.url}"
        for pasted in (hint, register):
            done = subprocess.run(
                ["sh", "-ec", pasted],
                env=settings | {"PATH": path},
                capture_output=True,
                text=True,
                check=False,
                timeout=WAIT_SECONDS,
            )
            assert done.returncode == 0, done.stderr
        running.process.terminate()
        _, last = running.rest()

    assert str(home) in last
    assert {file.stem for file in (home / "databases").glob("*.db")} == PARTS - {"envoy"}
    assert [file for file in (home / "objects").rglob("*") if file.is_file()]
    assert {found.name for found in tmp_path.iterdir()} == {home.name, "settings"}


def test_the_edge_logs_a_request_as_one_line_of_json(tmp_path: Path) -> None:
    with up(tmp_path) as running:
        httpx.get(f"{running.url}/v1/runs?page_size=3", headers={"x-request-id": "mine"})
        running.process.terminate()
        running.rest()

    lines = (tmp_path / "logs" / "envoy.log").read_text().splitlines()
    (logged,) = [json.loads(line) for line in lines if '"request_id":"mine"' in line]
    assert logged["path"] == "/v1/runs?page_size=3"
    assert logged["rpc"] == "/aurelius.engine.v1.BacktestService/ListBacktests"
    assert logged["http_status"] == 401
    assert logged["method"] == "GET"


def test_a_second_up_on_the_same_home_is_refused_in_one_line(tmp_path: Path) -> None:
    with up(tmp_path) as running:
        exit_code, errors = _refusal(tmp_path, "--free-ports")
        still = httpx.get(f"{running.url}/healthz")

    assert exit_code == 2
    assert len(errors) == 1
    assert "HOME_IN_USE" in errors[0]
    assert str(running.process.pid) in errors[0]
    assert still.status_code == 200


def test_a_port_in_use_is_refused_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        exit_code, errors = _refusal(tmp_path, "--free-ports", "--port", str(port))

    assert exit_code == 2
    assert len(errors) == 1
    assert f"port {port} of envoy is in use" in errors[0]


@pytest.mark.parametrize("part", ["engine", "envoy"])
def test_the_death_of_one_part_stops_all_and_is_named(tmp_path: Path, part: str) -> None:
    with up(tmp_path) as running:
        running.children[part].kill()
        exit_code, said = running.rest()
        remaining = running.remaining()

    assert exit_code not in (0, 2)
    assert f"PART_DIED: {part} ended by signal 9" in said
    assert remaining == []


def test_a_part_that_refuses_its_settings_stops_the_start_and_is_quoted(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "admin-password").write_text("readable by all\n")
    (home / "admin-password").chmod(0o644)

    exit_code, errors = _refusal(home, "--free-ports")

    assert exit_code not in (0, 2)
    assert errors[-1].startswith("error: PART_DIED: gateway ended by itself with exit code 2")
    assert "AURELIUS_ADMIN_PASSWORD_FILE is of mode 0644" in errors[-1]


def test_no_part_outlives_a_killed_up(tmp_path: Path) -> None:
    with up(tmp_path) as running:
        running.process.kill()
        running.rest()
        remaining = running.remaining()

    assert remaining == []
