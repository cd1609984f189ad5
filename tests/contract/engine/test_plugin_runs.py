"""Runs of plug-ins through the service: sealed, refused, failed, cancelled, replayed."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest

from aurelius.engine.v1 import backtest_pb2, replay_service_pb2
from aurelius_engine.adapters.plugin_process import ProcessPlugins
from tests.contract.engine.plugin_installing import install
from tests.contract.engine.serving import Served, refusal_of
from tests.contract.engine.test_replays import replayed

__all__ = ["install"]
Install = Callable[..., None]
Run = backtest_pb2.Backtest
FADES = """
    def decide(bars):
        moves = bars.close[-1] - bars.close[max(bars.step - 3, 0)]
        return list(bars.parameters["size"] * -moves + bars.random().uniform(-0.1, 0.1))
"""


def plugin(**fields: Any) -> dict[str, Any]:
    return {"plugin": {"name": "written", "parameters": {"size": 2.0}, **fields}}


def test_a_run_is_sealed_with_its_source_and_replays_equal(
    goog_engine: Served, install: Install
) -> None:
    install(FADES)

    run = goog_engine.sealed(strategy=plugin(), seed=7)

    assert run.spec.strategy.plugin.source_digest == ProcessPlugins().source_digest("written")
    assert "experimental" in run.result.labels
    metrics = {metric.metric_id: metric.value for metric in run.result.metrics}
    assert metrics["fill_count"] > 100
    assert replayed(goog_engine, run).state == replay_service_pb2.Replay.STATE_EQUAL


def test_another_seed_is_another_result(goog_engine: Served, install: Install) -> None:
    install(FADES)

    first, second = (goog_engine.sealed(strategy=plugin(), seed=seed) for seed in (1, 2))

    assert first.result.result_digest != second.result.result_digest
    assert first.identity.spec_hash == second.identity.spec_hash


def test_an_unknown_and_a_changed_plugin_are_refused_before_the_run(
    goog_engine: Served, install: Install
) -> None:
    other = "sha256:" + "0" * 64
    with pytest.raises(grpc.RpcError) as unknown:
        goog_engine.create(strategy=plugin())
    install(FADES)
    with pytest.raises(grpc.RpcError) as changed:
        goog_engine.create(strategy=plugin(sourceDigest=other))

    assert refusal_of(unknown.value)[:2] == ("INVALID_ARGUMENT", "PLUGIN_NOT_FOUND")
    assert refusal_of(changed.value)[:2] == ("FAILED_PRECONDITION", "PLUGIN_MISMATCH")
    assert refusal_of(changed.value)[2]["found"] == other
    assert goog_engine.list_runs() == []


@pytest.mark.parametrize(
    ("statement", "reason", "message"),
    [
        ("__import__('time').time()", "PLUGIN_FORBIDDEN", "time.time (written_plugin.py, line 1)"),
        ("1 / 0", "PLUGIN_FAILED", "ZeroDivisionError: division by zero"),
        ("__import__('dataclasses').sys.modules['os']._exit(3)", "PLUGIN_FAILED", "exit code 3"),
    ],
)
def test_a_plugin_that_misbehaves_fails_its_run_and_not_the_engine(
    goog_engine: Served, install: Install, statement: str, reason: str, message: str
) -> None:
    install(f"def decide(bars): return [{statement}]")

    run = goog_engine.ended(goog_engine.create(strategy=plugin()).name)

    assert run.state == Run.STATE_FAILED
    assert run.failure.reason == f"ERROR_REASON_{reason}"
    assert message in run.failure.message
    assert goog_engine.sealed(strategy={"buyAndHold": {}}).state == Run.STATE_SEALED


def test_a_replay_by_another_source_does_not_say_equal(
    goog_engine: Served, install: Install
) -> None:
    install(FADES)
    run = goog_engine.sealed(strategy=plugin())
    install(FADES.replace("-moves", "moves"))

    replay = replayed(goog_engine, run)

    assert replay.state == replay_service_pb2.Replay.STATE_FAILED
    assert "written that is installed is sha256:" in replay.failure_message
