"""The gate `crv` against the real engine: studies under its own thresholds, judged again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aurelius.governance.v1.lineage_record_pb2 import EvidenceItem
from tests.contract.chassis.tokens import Issuer
from tests.contract.engine import serving as engines
from tests.contract.engine.sweeping import searched
from tests.contract.engine.validating import validated
from tests.contract.governance.serving import Served, serving

NAMES = [
    "identity_verified",
    "lineage_verified",
    "replay_equal",
    "data_quality_clean",
    "run_checks_passed",
    "look_ahead_proof_passed",
    "robustness_passed",
    "bootstrap_passed",
    "execution_ambiguity_passed",
    "deflated_sharpe",
]
HONEST = {
    "commission": {"valueRatio": 0.0001},
    "slippage": {"halfSpreadRatio": 0.0001},
    "strategy": {"trendFollowing": {"fastBars": 10, "slowBars": 60}},
}


@pytest.fixture
def engine(tmp_path: Path, goog_csv: Path) -> Iterator[engines.Served]:
    with engines.serving(tmp_path) as engine:
        engine.register(goog_csv.read_bytes())
        yield engine


@pytest.fixture
def service(engine: engines.Served, tmp_path: Path) -> Iterator[Served]:
    issuer = Issuer(engines.KEY_ID)
    issuer.key = engines.KEY
    with serving(tmp_path, engine.target, issuer) as service:
        yield service


def outcomes(decision: Any) -> dict[str, Any]:
    assert [check.check for check in decision.checks] == NAMES
    return {check.check: check for check in decision.checks}


SPACE = {
    "parameters": [
        {
            "path": "strategy.trendFollowing.slowBars",
            "intRange": {"lower": 40, "upper": 80, "step": 20},
        }
    ],
    "grid": {},
    "objective": {"metricId": "sharpe_ratio", "direction": "DIRECTION_MAXIMIZE"},
}
WALK = {"space": SPACE, "trainBars": 504, "testBars": 252}


def test_every_study_of_a_search_is_judged_under_the_default_thresholds(
    engine: engines.Served, service: Served
) -> None:
    run = engine.sealed(**HONEST)
    service.record(run.name)
    loose = validated(engine, "walkForward", {**WALK, "minEfficiencyRatio": -10.0}, **HONEST)
    crossed = validated(engine, "crossValidation", {"space": SPACE}, **HONEST)

    decision = service.gate(run.name, "crv", validations=[loose.name, crossed.name])

    found = {check.check: check.observed for check in decision.checks}
    assert list(found) == [*NAMES[:-1], "walk_forward_passed", "cross_validation_passed", NAMES[-1]]
    strict = validated(engine, "walkForward", WALK, **HONEST)
    subjects = {item.subject for item in decision.evidence}
    assert {strict.name, crossed.name} <= subjects
    assert loose.name not in subjects
    assert {item.state for item in decision.evidence} == {EvidenceItem.STATE_VERIFIED}
    assert (found["walk_forward_passed"] == "passed") == strict.result.passed
    assert (found["cross_validation_passed"] == "passed") == crossed.result.passed


def test_every_study_is_computed_and_judged_and_the_trials_are_counted(
    engine: engines.Served, service: Served
) -> None:
    run = engine.sealed(**HONEST)
    service.record(run.name)

    first = outcomes(service.gate(run.name, "crv"))
    assert first["look_ahead_proof_passed"].passed
    assert first["run_checks_passed"].observed in ("passed", "run_checks.drawdown")
    assert first["deflated_sharpe"].detail.startswith("1 trials")

    searched(engine)
    again = outcomes(service.gate(run.name, "crv"))
    assert again["deflated_sharpe"].detail.startswith("31 trials")
    assert float(again["deflated_sharpe"].observed) < float(first["deflated_sharpe"].observed)


def test_a_loose_threshold_of_the_caller_helps_nobody(
    engine: engines.Served, service: Served
) -> None:
    dear = {"commission": {"valueRatio": 0.03}}
    run = engine.sealed(**dear)
    loose = validated(engine, "robustness", {"minBreakEvenMultiple": 0.0}, **dear)
    assert loose.result.passed
    service.record(run.name)

    decision = service.gate(run.name, "crv")
    assert not decision.passed
    assert "robustness.break_even_cost" in outcomes(decision)["robustness_passed"].observed


def test_nothing_is_asked_about_a_run_whose_lineage_nobody_recorded(
    engine: engines.Served, service: Served
) -> None:
    decision = service.gate(engine.sealed().name, "crv")

    assert not decision.passed
    assert {check.observed for check in decision.checks} == {
        "no lineage record",
        "not replayed",
        "not asked",
    }
