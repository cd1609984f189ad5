"""The home folder, ports and single processes of a suite."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from queue import SimpleQueue

import pytest

from aurelius_client.suite.child import Child, Ended, Event
from aurelius_client.suite.home import Home
from aurelius_client.suite.ports import free_ports, refuse_used
from aurelius_client.suite.processes import Suite, SuiteOptions, program
from aurelius_client.suite.refusals import HomeInUse, HomeUnusable, PartMissing, PortInUse
from aurelius_client.suite.topology import DEFAULT_PORTS, ENVOY

WAIT_SECONDS = 30


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_home_is_its_owners_alone(tmp_path: Path) -> None:
    with Home(tmp_path / "home") as home:
        home.publish({"url": "http://127.0.0.1:1"})

        assert _mode(home.path) == 0o700
        assert _mode(home.admin_password_file) == 0o600
        assert _mode(home.path / "suite.json") == 0o600
        assert _mode(home.path / "keys") == 0o700
        assert len(home.admin_password_file.read_text().strip()) == 24


def test_a_second_start_keeps_the_password_and_another_home_has_another(tmp_path: Path) -> None:
    with Home(tmp_path / "one") as home:
        first = home.admin_password_file.read_text()
    with Home(tmp_path / "one") as home:
        second = home.admin_password_file.read_text()
    with Home(tmp_path / "two") as home:
        other = home.admin_password_file.read_text()

    assert second == first
    assert other != first


def test_a_home_is_held_by_one_suite_at_a_time(tmp_path: Path) -> None:
    with Home(tmp_path), pytest.raises(HomeInUse) as refusal, Home(tmp_path):
        pass
    with Home(tmp_path):
        pass

    assert refusal.value.found == f"process {os.getpid()}"


def test_a_home_whose_suite_was_killed_says_that_its_parts_still_stop(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from aurelius_client.suite.home import Home\n"
        "with Home(Path(sys.argv[1])) as home:\n"
        "    os.set_inheritable(home.lock, True)\n"
        "    part = [sys.executable, '-c', 'import sys; print(flush=True); sys.stdin.read()']\n"
        "    os.spawnv(os.P_NOWAIT, sys.executable, part)\n"
        "    os.kill(os.getpid(), 9)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as suite:
        assert suite.stdout is not None
        suite.stdout.readline()  # the part runs
        suite.wait(WAIT_SECONDS)

        with pytest.raises(HomeInUse) as refusal, Home(tmp_path):
            pass
        suite.communicate(timeout=WAIT_SECONDS)  # the part ends

    with Home(tmp_path):
        pass
    assert refusal.value.found == f"the parts of process {suite.pid}, which has ended"
    assert "try again" in refusal.value.allowed


def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(HomeUnusable) as refusal, Home(tmp_path / "file"):
        pass

    assert refusal.value.reason == "HOME_UNUSABLE"
    assert refusal.value.found


def test_free_ports_are_all_different_and_free() -> None:
    ports = free_ports(DEFAULT_PORTS)

    assert set(ports) == set(DEFAULT_PORTS)
    assert len(set(ports.values())) == len(ports)
    refuse_used(ports)


def test_a_used_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        suite = Suite(SuiteOptions(home=tmp_path, ports={ENVOY: port}, all_free=True))

        with pytest.raises(PortInUse) as refusal, suite.running():
            pass

    assert (refusal.value.part, refusal.value.port) == (ENVOY, port)
    assert "--free-ports" in refusal.value.allowed
    assert not list((tmp_path / "logs").iterdir())


def test_a_command_that_is_not_installed_is_refused() -> None:
    with pytest.raises(PartMissing, match="aurelius-nothing is not installed"):
        program("aurelius-nothing")


def _child(tmp_path: Path, code: str, events: "SimpleQueue[Event]") -> Child:
    with (tmp_path / "lock").open("w") as hold:
        return Child(
            "part",
            [sys.executable, "-c", code],
            environment=os.environ,
            log=tmp_path / "part.log",
            events=events,
            hold=hold.fileno(),
        )


def test_the_end_of_a_process_is_announced_with_its_last_lines(tmp_path: Path) -> None:
    events: SimpleQueue[Event] = SimpleQueue()
    child = _child(tmp_path, "for n in range(50): print('line', n)\nraise SystemExit(3)", events)

    ended = events.get(timeout=WAIT_SECONDS)

    assert ended == Ended("part", 3)
    assert child.last_lines()[-1] == "line 49"
    assert len(child.last_lines()) == 12
    assert not child.running


def test_a_process_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    events: SimpleQueue[Event] = SimpleQueue()
    deaf = tmp_path / "deaf"
    code = (
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"open({str(deaf)!r}, 'w').close()\nwhile True: signal.pause()"
    )
    os.mkfifo(deaf)
    child = _child(tmp_path, code, events)
    deaf.read_bytes()  # Returns once the process is deaf.
    child.ask_to_stop()
    child.wait(0.1)

    assert events.get(timeout=WAIT_SECONDS) == Ended("part", -9)
