"""The look-ahead proof over gRPC, on the bundled data."""

from collections.abc import Callable

import pytest

from aurelius.engine.v1.validation_pb2 import ValidationCheck
from tests.contract.engine.plugin_installing import install
from tests.contract.engine.serving import Served
from tests.contract.engine.validating import checks_of, rows_of, validated

__all__ = ["install"]


def test_an_honest_run_orders_the_same_without_its_future(goog_engine: Served) -> None:
    done = validated(goog_engine, "lookAheadProof", {"sampleCount": 6})

    samples = rows_of(goog_engine, done, "samples")
    assert {row["mode"] for row in samples} == {"truncation", "poisoning"}
    assert len(samples) == 12
    assert all(row["expected_digest"] == row["found_digest"] for row in samples)
    assert len({row["expected_digest"] for row in samples}) == 6
    assert done.result.execution_count == 18  # the run, 12 without its future, 5 plans
    assert done.result.passed
    judged = checks_of(done)["look_ahead.equal"]
    assert (judged.value, judged.bound) == (0.0, 0.0)


def test_the_seed_chooses_the_times(goog_engine: Served) -> None:
    first, other = (
        {row["time"] for row in rows_of(goog_engine, done, "samples")}
        for done in (
            validated(goog_engine, "lookAheadProof", {"sampleCount": 6}, seed=seed)
            for seed in (1, 2)
        )
    )

    assert first != other


EVER = """
    def decide(bars):
        return list(bars.close[-1] - bars.close.mean(axis=0))
"""
YEARS = {"startTime": "2007-06-01T00:00:00Z", "endTime": "2009-12-01T00:00:00Z"}
WINDOW = """
    def decide(bars):
        return list(bars.close[-1] - bars.close[-20:].mean(axis=0))
"""


@pytest.mark.parametrize(
    ("source", "stable"), [(EVER, False), (WINDOW, True)], ids=["ever", "window"]
)
def test_an_installed_plugin_that_remembers_every_bar_does_not_pass(
    goog_engine: Served, install: Callable[..., None], source: str, stable: bool
) -> None:
    install(source)
    strategy = {"plugin": {"name": "written", "warmUpBars": 20}}
    terms = {"sampleCount": 2, "startCount": 2}

    done = validated(goog_engine, "lookAheadProof", terms, strategy=strategy, **YEARS)

    checks = checks_of(done)
    assert checks["look_ahead.equal"].verdict == ValidationCheck.VERDICT_PASSED
    assert (checks["look_ahead.warm_up_stable"].verdict == ValidationCheck.VERDICT_PASSED) == stable
    assert done.result.passed == stable
    differences = rows_of(goog_engine, done, "differences")
    assert {row["mode"] for row in differences} == (set() if stable else {"later_start"})
    assert all(row["symbol"] == "GOOG" for row in differences)
