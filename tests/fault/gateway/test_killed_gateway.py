"""A gateway that is killed at any step of a pipeline, and started again."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest

from aurelius.gateway.v1 import pipeline_run_pb2, pipeline_run_service_pb2
from tests.contract.gateway import service_doubles
from tests.contract.gateway.service_doubles import (
    RESULT_DIGEST,
    RUN,
    EngineDouble,
    GovernanceDouble,
)
from tests.contract.gateway.suite import (
    ADMIN_PASSWORD,
    GATEWAY,
    TIMEOUT_SECONDS,
    Client,
)

ROOT = Path(__file__).resolve().parents[3]
Run = pipeline_run_pb2.PipelineRun


class Child:
    """A gateway in a process of its own."""

    def __init__(self, folder: Path, engine: str, governance: str) -> None:
        command = [sys.executable, "-m", "tests.fault.gateway.child"]
        self._process = subprocess.Popen(
            [*command, str(folder), engine, governance],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.admin = Client(self._channel).login("admin", ADMIN_PASSWORD)

    def end(self, number: signal.Signals) -> int:
        """Sends a signal and returns the exit code."""
        self._channel.close()
        if self._process.poll() is None:
            self._process.send_signal(number)
        self._process.communicate(timeout=TIMEOUT_SECONDS)
        return self._process.returncode


@pytest.fixture
def engine() -> EngineDouble:
    return EngineDouble()


@pytest.fixture
def governance() -> GovernanceDouble:
    return GovernanceDouble()


@pytest.fixture
def start(
    tmp_path: Path, engine: EngineDouble, governance: GovernanceDouble
) -> Iterator[Callable[[], Child]]:
    with ExitStack() as stack:
        targets = [
            stack.enter_context(service_doubles.serving(double)) for double in (engine, governance)
        ]

        def begin() -> Child:
            child = Child(tmp_path, *targets)
            stack.callback(child.end, signal.SIGKILL)
            return child

        yield begin


def get(client: Client, name: str) -> Run:
    request = pipeline_run_service_pb2.GetPipelineRunRequest(name=name)
    return client.pipelines.GetPipelineRun(request, **client.kinds)


@pytest.mark.parametrize(
    ("method", "hit", "run", "digest"),
    [
        ("CreateBacktest", 0, "", ""),
        ("WatchBacktest", 0, RUN, ""),
        ("CreateLineageRecord", 1, RUN, RESULT_DIGEST),
        ("CreateGateDecision", 2, RUN, RESULT_DIGEST),
    ],
)
def test_pipeline_of_a_killed_gateway_is_interrupted_at_its_step(
    start: Callable[[], Child],
    engine: EngineDouble,
    governance: GovernanceDouble,
    method: str,
    hit: int,
    run: str,
    digest: str,
) -> None:
    double = engine if "Backtest" in method else governance
    double.hold(method)
    first = start()
    first.admin.new_strategy()
    created = first.admin.new_run(request_id="one")
    assert double.arrived[method].wait(TIMEOUT_SECONDS)

    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    again = start().admin

    ended = get(again, created.name)
    states = [Run.State.Name(step.state) for step in ended.steps]
    assert ended.state == Run.STATE_FAILED
    assert states == (["STATE_SUCCEEDED"] * hit + ["STATE_FAILED"] + ["STATE_SKIPPED"] * (2 - hit))
    assert ended.steps[hit].failure_reason == f"{GATEWAY}/ERROR_REASON_INTERRUPTED"
    assert ended.steps[hit].HasField("end_time")
    assert (ended.run, ended.result_digest) == (run, digest)
    assert again.watch(created.name) == [ended]
    # The same request gets the answer that it had, and starts nothing again.
    assert again.new_run(request_id="one") == created
    assert len(double.called(method)) == 1


def test_pipeline_after_a_kill_runs_to_its_end(
    start: Callable[[], Child], engine: EngineDouble
) -> None:
    held = engine.hold("CreateBacktest")
    first = start()
    first.admin.new_strategy()
    first.admin.new_run()
    assert engine.arrived["CreateBacktest"].wait(TIMEOUT_SECONDS)
    first.end(signal.SIGKILL)
    held.set()
    again = start().admin

    assert again.watch(again.new_run().name)[-1].state == Run.STATE_SUCCEEDED


def test_gateway_that_is_asked_to_stop_interrupts_and_exits_cleanly(
    start: Callable[[], Child], governance: GovernanceDouble
) -> None:
    governance.hold("CreateGateDecision")
    first = start()
    first.admin.new_strategy()
    created = first.admin.new_run()
    assert governance.arrived["CreateGateDecision"].wait(TIMEOUT_SECONDS)

    assert first.end(signal.SIGTERM) == 0
    ended = get(start().admin, created.name)

    assert ended.steps[2].failure_reason == f"{GATEWAY}/ERROR_REASON_INTERRUPTED"
