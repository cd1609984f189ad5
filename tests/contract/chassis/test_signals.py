"""A server that is told to stop: it always ends, wherever and however often it is told."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.contract.chassis import signalled_server

WAIT_SECONDS = 60.0
BURST_COUNT = 100_000


@contextmanager
def started(kind: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, signalled_server.__file__, kind], stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=WAIT_SECONDS)


def lines_of(process: "subprocess.Popen[str]") -> Iterator[str]:
    assert process.stdout is not None
    return (line.rstrip() for line in process.stdout)


def test_a_signal_at_every_call_of_the_main_thread_cannot_hang_it() -> None:
    with started("interrupted") as process:
        assert process.wait(WAIT_SECONDS) == 0


def test_a_burst_of_signals_ends_it_as_two_do() -> None:
    with started("announced") as process:
        lines = lines_of(process)
        assert next(lines) == "serving"
        asked = 0
        while process.poll() is None and asked < BURST_COUNT:
            asked += 1
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGINT)

        assert process.wait(WAIT_SECONDS) == 0
        assert {*lines} == {"stopping", "hurrying"}


def test_the_first_signal_drains_and_the_second_hurries() -> None:
    with started("announced") as process:
        lines = lines_of(process)
        assert next(lines) == "serving"
        process.send_signal(signal.SIGTERM)
        assert next(lines) == "stopping"
        process.send_signal(signal.SIGINT)

        assert process.wait(WAIT_SECONDS) == 0
        assert [*lines] == ["hurrying"]
