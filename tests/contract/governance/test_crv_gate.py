"""The gate `crv` against the real engine: studies under its own thresholds, judged again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2

from aurelius.governance.v1.lineage_record_pb2 import EvidenceItem
from aurelius_governance.domain.study_policy import POLICY, excused
from tests.contract.chassis.harness import detail
from tests.contract.chassis.tokens import Issuer
from tests.contract.engine import serving as engines
from tests.contract.engine.sweeping import FAST, SLOW, searched, trials
from tests.contract.engine.validating import rows_of, validated
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


OBJECTIVE = {"metricId": "sharpe_ratio", "direction": "DIRECTION_MAXIMIZE"}
SPACE = {
    "parameters": [
        {
            "path": "strategy.trendFollowing.slowBars",
            "intRange": {"lower": 40, "upper": 80, "step": 20},
        }
    ],
    "grid": {},
    "objective": OBJECTIVE,
}
WALK = {"space": SPACE, "trainBars": 504, "testBars": 252}


def test_every_study_of_a_search_is_judged_under_the_default_thresholds(
    engine: engines.Served, service: Served
) -> None:
    run = engine.sealed(**HONEST)
    service.record(run.name)
    rigged = {**SPACE, "objective": {**OBJECTIVE, "metricId": "turnover_ratio"}}
    loose = validated(
        engine, "walkForward", {**WALK, "space": rigged, "minEfficiencyRatio": -10.0}, **HONEST
    )
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


def narrow(*slow: float) -> dict[str, Any]:
    """A space of these slow windows."""
    path = "strategy.trendFollowing.slowBars"
    return {**SPACE, "parameters": [{"path": path, "valueList": {"values": list(slow)}}]}


def test_every_blocker_of_the_engine_is_one_that_the_policy_asks_for(
    engine: engines.Served,
) -> None:
    searches = {"walk_forward": WALK, "cross_validation": {"space": SPACE}}

    for study, policy in POLICY.items():
        found = validated(engine, policy.key, searches.get(study, {}), **HONEST)
        blockers = {
            row["check_id"]: (row["comparison"], row["bound"])
            for row in rows_of(engine, found, "checks")
            if row["severity"] == "BLOCKER"
        }
        asked = set(policy.blockers) - excused({}, "ADJUSTMENT_RAW")
        assert blockers == {check: policy.bound(check) for check in asked}


def test_a_search_that_chose_nothing_or_something_else_does_not_pass(
    engine: engines.Served, service: Served
) -> None:
    run = engine.sealed(**HONEST)
    service.record(run.name)
    alone = "1 points, and at least 2 are a search"
    other = "the run's own specification is not among the points"

    for points, told in [([60], alone), ([60, 60.0], alone), ([40, 80], other)]:
        crossed = validated(engine, "crossValidation", {"space": narrow(*points)}, **HONEST)
        decision = service.gate(run.name, "crv", validations=[crossed.name])
        (found,) = [one for one in decision.checks if one.check == "cross_validation_passed"]
        assert (found.passed, found.observed) == (False, told)


def test_points_that_cannot_win_count_as_trials_and_pass_nothing_for_a_lucky_one(
    engine: engines.Served, service: Served
) -> None:
    tried = trials(engine, searched(engine, base=engines.SPEC | HONEST))
    best = max(tried, key=lambda row: float(row["metric.sharpe_ratio"]))
    fast, slow = (int(best[f"parameter.{path}"]) for path in (FAST, SLOW))
    lucky = HONEST | {"strategy": {"trendFollowing": {"fastBars": fast, "slowBars": slow}}}
    run = engine.sealed(**lucky)
    service.record(run.name)
    decoy = validated(engine, "walkForward", {**WALK, "space": narrow(slow, 900)}, **lucky)

    decision = service.gate(run.name, "crv", validations=[decoy.name])

    found = {check.check: check for check in decision.checks}
    assert found["walk_forward_passed"].detail.startswith("2 points were tried.")
    assert not found["deflated_sharpe"].passed
    assert found["deflated_sharpe"].detail.startswith(f"{len(tried) + 1} trials")


def test_what_cash_earns_and_what_was_listed_in_hindsight_promote_nothing(
    engine: engines.Served, service: Served
) -> None:
    half = {**HONEST, "sizing": {"equityFraction": {"ratio": 0.1}}}
    order = {"time": "2005-01-03T00:00:00Z", "symbol": "GOOG", "quantity": 1}
    cheats = {
        "risk_free_below_cash": {**half, "financing": {"cashInterestRatio": 0.06}},
        "listed_orders": {
            **HONEST,
            "strategy": {"orderList": {"orders": [{**order, "type": "ORDER_TYPE_MARKET"}]}},
        },
    }

    for label, cheat in cheats.items():
        run = engine.sealed(**cheat)
        service.record(run.name)
        decision = service.gate(run.name, "crv")
        with pytest.raises(grpc.RpcError) as refusal:
            service.ask(run.name)
        told = detail(refusal.value, error_details_pb2.PreconditionFailure).violations
        refused = [one.description for one in told if one.type == "LABEL_REFUSED"]
        assert [text.split(": ")[0] for text in refused] == [f"the run is labelled {label}"]
        # The gate alone does not see it: what cash earns is a ratio without a risk.
        assert decision.passed == (label == "risk_free_below_cash")


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
