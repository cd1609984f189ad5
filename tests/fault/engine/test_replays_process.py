"""The process of a replay dies, hangs, breaks or is stopped: never is the replay equal."""

import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aurelius.engine.v1 import replay_service_pb2
from aurelius_engine.adapters import perturbed_process
from aurelius_engine.adapters.perturbed_process import WorkerBroke
from aurelius_engine.application.errors import ReplayDied, ReplayTimeout
from aurelius_engine.domain.errors import RunCancelled
from aurelius_engine.domain.market_table import MarketTable
from tests.contract.engine.replay_workers import (
    MODULE,
    PARTS,
    Processes,
    Write,
    processes,
    write_worker,
    written,
)
from tests.contract.engine.serving import serving
from tests.contract.engine.test_replays import create, replayed, states

__all__ = ["processes", "write_worker"]
Replay = replay_service_pb2.Replay
WAIT_SECONDS = 120
# It says at its error output that it computes, and then hears nothing.
DEAF = """
    import os, threading

    def hang(*arguments, **named):
        os.write(2, b"COMPUTES")
        threading.Event().wait()

    worker.execute = hang
"""
# It says so too, and looks up now and then whether it is to stop.
LISTENING = """
    import os, threading
    from aurelius_engine.domain.errors import RunCancelled

    def wait(document, table, calendars, should_stop, **named):
        os.write(2, b"COMPUTES")
        while not should_stop():
            threading.Event().wait(0.01)
        raise RunCancelled("stopped")

    worker.execute = wait
"""


def execute(
    document: Any, table: MarketTable, max_seconds: float = WAIT_SECONDS, stop: Any = None
) -> Any:
    return written(max_seconds).execute(
        document, table, stop or (lambda: False), seed=0, perturbations=("PYTHONHASHSEED=1",)
    )


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("os.abort()", "SIGABRT"),
        ("os._exit(7)", "exit code 7"),
        ("os._exit(0)", "a part of an answer"),
        ("import no_such_module", "exit code 1"),
    ],
)
def test_a_process_that_ends_without_an_answer_died(
    write_worker: Write, goog: MarketTable, goog_trend: Any, lines: str, found: str
) -> None:
    write_worker(f"import os, signal\n{lines}")

    with pytest.raises(ReplayDied) as refused:
        execute(goog_trend, goog)

    assert refused.value.facts["found"] == found


@pytest.mark.parametrize("frames", [1, 5, 9])
def test_a_process_that_dies_while_it_answers_gives_no_result(
    write_worker: Write, goog: MarketTable, goog_trend: Any, frames: int
) -> None:
    write_worker(
        f"""
        import os
        write_frame, left = worker.write_frame, [{frames}]

        def write(file, data):
            if not left[0]:
                write_frame(file, data[:-1])
                file.truncate(file.tell() - 1)
                os._exit(0)
            left[0] -= 1
            write_frame(file, data)
            file.flush()

        worker.write_frame = write
        """
    )

    with pytest.raises(ReplayDied) as refused:
        execute(goog_trend, goog)

    assert refused.value.facts["found"] == "a part of an answer"


def test_a_process_that_takes_too_long_is_ended(
    write_worker: Write, processes: Processes, goog: MarketTable, goog_trend: Any
) -> None:
    write_worker(DEAF)

    with pytest.raises(ReplayTimeout) as refused:
        execute(goog_trend, goog, max_seconds=0.25)

    assert refused.value.facts == {"found": "more than 0.25", "allowed": 0.25}
    assert [process.returncode is None for process in processes] == [False]


def test_an_error_there_keeps_its_traceback(
    write_worker: Write, goog: MarketTable, goog_trend: Any
) -> None:
    write_worker("worker.execute = lambda *arguments, **named: 1 / 0")

    with pytest.raises(WorkerBroke, match="ZeroDivisionError: division by zero"):
        execute(goog_trend, goog)


@pytest.mark.parametrize(
    ("lines", "code"), [(LISTENING, 0), (DEAF, perturbed_process.worker.STOPPED)]
)
def test_a_process_ends_when_the_engine_stops_whether_it_listens_or_not(
    write_worker: Write,
    processes: Processes,
    capfd: pytest.CaptureFixture[str],
    goog: MarketTable,
    goog_trend: Any,
    lines: str,
    code: int,
) -> None:
    write_worker(lines)

    with pytest.raises(RunCancelled):
        execute(goog_trend, goog, stop=lambda: "COMPUTES" in capfd.readouterr().err)

    assert [process.returncode for process in processes] == [code]


def test_nothing_of_a_replay_outlives_an_engine_that_is_killed(
    write_worker: Write, tmp_path: Path, goog: MarketTable
) -> None:
    write_worker(DEAF.replace('b"COMPUTES"', 'str(os.getpid()).encode() + b"\\n"'))
    program = f"""
import sys
import numpy as np
from aurelius_engine.adapters.perturbed_process import PerturbedProcess
from aurelius_engine.domain.market_table import MarketTable
bars = {{name: np.ones(3) for name in ("open", "high", "low", "close", "volume")}}
table = MarketTable.build(time=np.arange(3), symbol=["A"] * 3, bars=bars)
PerturbedProcess(1000.0, {MODULE!r}).execute(
    {{}}, table, lambda: False, seed=0, perturbations=("PYTHONHASHSEED=1",)
)
"""
    path = os.pathsep.join(place for place in sys.path if place)
    engine = subprocess.Popen(
        [sys.executable, "-c", program],
        stderr=subprocess.PIPE,
        env=dict(os.environ) | {"PYTHONPATH": path},
    )
    with engine:
        assert engine.stderr is not None
        replay = os.pidfd_open(int(engine.stderr.readline()))
        try:
            engine.kill()

            ended, _, _ = select.select([replay], [], [], WAIT_SECONDS)
        finally:
            os.close(replay)

    assert ended == [replay]


@pytest.mark.parametrize(
    ("lines", "reason", "message"),
    [
        (
            "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
            "REPLAY_DIED",
            "the process of the replay ended with SIGKILL",
        ),
        (
            "worker.execute = lambda *arguments, **named: 1 / 0",
            "INTERNAL",
            "an error of the engine; its log has the replay",
        ),
    ],
)
def test_a_replay_whose_process_dies_failed_and_says_why(
    tmp_path: Path, write_worker: Write, goog_csv: Path, lines: str, reason: str, message: str
) -> None:
    write_worker(lines)
    with serving(tmp_path, parts=PARTS) as engine:
        engine.register(goog_csv.read_bytes())
        replay = replayed(engine, engine.sealed())

    assert replay.state == Replay.STATE_FAILED
    assert replay.failure_reason == f"ERROR_REASON_{reason}"
    assert replay.failure_message == message
    assert replay.replayed_result_digest == ""
    assert len(replay.perturbations) == 7


def test_a_replay_over_the_limit_of_the_engine_failed(
    tmp_path: Path, write_worker: Write, goog_csv: Path
) -> None:
    write_worker(DEAF)
    with serving(tmp_path, parts=PARTS, replay_max_seconds=0.25) as engine:
        engine.register(goog_csv.read_bytes())
        replay = replayed(engine, engine.sealed())

    assert replay.state == Replay.STATE_FAILED
    assert replay.failure_reason == "ERROR_REASON_REPLAY_TIMEOUT"


def test_an_engine_that_stops_takes_its_replay_along(
    tmp_path: Path, write_worker: Write, processes: Processes, goog_csv: Path
) -> None:
    write_worker(LISTENING)
    with serving(tmp_path, parts=PARTS) as engine:
        engine.register(goog_csv.read_bytes())
        run = engine.sealed()
        name = create(engine, run).name
        processes.wait_begun()

    with serving(tmp_path) as engine:
        (ended,) = states(engine, name)

    assert ended.state == Replay.STATE_FAILED
    assert ended.failure_reason == "ERROR_REASON_ENGINE_DIED"
    assert [process.returncode is None for process in processes] == [False]
