"""The gate `crv` over a real server: what an engine that lies, forgets or moves on is told."""

import math
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode

from aurelius.engine.v1 import validation_pb2, validation_service_pb2, validation_studies_pb2
from aurelius.governance.v1 import gate_decision_service_pb2, lineage_record_pb2
from aurelius_governance.domain import identity as identities
from aurelius_governance.rpc import resolved_spec
from tests.contract.chassis.harness import detail
from tests.contract.governance.calls import refused
from tests.contract.governance.engine_double import (
    IDENTITIES,
    RUN,
    SPEC,
    TABLE,
    EngineDouble,
    arrow_bytes,
)
from tests.contract.governance.serving import PRODUCTION, Served
from tests.contract.governance.studies_double import Contents, entry_of, passing

KIND, STATE = lineage_record_pb2.EvidenceKind, lineage_record_pb2.EvidenceItem
STUDIES = 5


def observed(decision: Any, check: str) -> str:
    (found,) = [item.observed for item in decision.checks if item.check == check]
    return str(found)


def by_state(decision: Any) -> dict[int, list[int]]:
    """The kinds of a decision's evidence by their state."""
    found: dict[int, list[int]] = {}
    for item in decision.evidence:
        found.setdefault(item.state, []).append(item.kind)
    return found


def search(
    double: EngineDouble, study: str, *, seed: int | None = None, **terms: Any
) -> validation_pb2.Validation:
    """Has the engine compute a study of a search, with thresholds of the caller's."""
    space = validation_studies_pb2.SearchSpace(grid={}, objective={"metric_id": "turnover_ratio"})
    spec = validation_pb2.ValidationSpec(base=SPEC)
    getattr(spec, study).MergeFrom(type(getattr(spec, study))(space=space, **terms))
    request = validation_service_pb2.CreateValidationRequest(
        spec=spec,
        dataset="datasets/goog",
        seed=IDENTITIES[RUN].seed if seed is None else seed,
    )
    return double.studies.CreateValidation(request, None)  # type: ignore[arg-type]


WALK = {"train_bars": 100, "test_bars": 20, "purge_bars": 3}


def test_every_study_is_evidence_and_one_of_a_search_says_that_nobody_named_it(
    service: Served,
) -> None:
    service.record(RUN)

    decision = service.gate(RUN, "crv")

    assert decision.passed
    assert by_state(decision) == {
        STATE.STATE_VERIFIED: [KIND.EVIDENCE_KIND_CRV] * STUDIES + [KIND.EVIDENCE_KIND_TRIAL_COUNT],
        STATE.STATE_NOT_COLLECTED: [
            KIND.EVIDENCE_KIND_WALK_FORWARD,
            KIND.EVIDENCE_KIND_CROSS_VALIDATION,
        ],
    }
    assert all(item.expected == item.observed for item in decision.evidence)
    assert decision.trial_log_size == len(IDENTITIES)
    assert decision.trial_log_root_hash == decision.evidence[-1].observed
    request = gate_decision_service_pb2.GetGateDecisionRequest(name=decision.name)
    assert service.call(service.gates.GetGateDecision, request) == decision


def test_a_named_search_is_computed_again_under_the_default_thresholds(
    service: Served, double: EngineDouble
) -> None:
    service.record(RUN)
    loose = search(double, "walk_forward", **WALK, min_efficiency_ratio=-10.0)
    crossed = search(double, "cross_validation", group_count=3, test_group_count=1)

    decision = service.gate(RUN, "crv", validations=[crossed.name, loose.name])

    assert decision.passed
    judged = {
        item.kind: double.studies.validations[item.subject]
        for item in decision.evidence[STUDIES : STUDIES + 2]
    }
    walked = judged[KIND.EVIDENCE_KIND_WALK_FORWARD].spec.walk_forward
    assert {name: getattr(walked, name) for name in WALK} == WALK
    assert walked.min_efficiency_ratio == 0.5
    assert walked.space.objective.metric_id == "sharpe_ratio"
    groups = judged[KIND.EVIDENCE_KIND_CROSS_VALIDATION].spec.cross_validation
    assert (groups.group_count, groups.test_group_count) == (10, 2)
    assert [check.check for check in decision.checks][-3:] == [
        "walk_forward_passed",
        "cross_validation_passed",
        "deflated_sharpe",
    ]
    with pytest.raises(grpc.RpcError) as refusal:
        service.ask(RUN, stage=PRODUCTION)
    told = detail(refusal.value, error_details_pb2.PreconditionFailure).violations
    assert not [item for item in told if "WALK_FORWARD" in item.description]


def test_what_says_nothing_of_the_search_is_refused(service: Served, double: EngineDouble) -> None:
    service.record(RUN)
    walk = search(double, "walk_forward", **WALK)
    other = search(double, "walk_forward", seed=3, **WALK)
    twice = search(double, "walk_forward", **{**WALK, "purge_bars": 0})
    checks = validation_service_pb2.CreateValidationRequest(
        spec=validation_pb2.ValidationSpec(base=SPEC, robustness={}), seed=IDENTITIES[RUN].seed
    )
    robust = double.studies.CreateValidation(checks, None)  # type: ignore[arg-type]

    def refusal(*names: str, gate: str = "crv") -> str:
        facts = refused(
            StatusCode.INVALID_ARGUMENT,
            "VALIDATION_UNFIT",
            lambda: service.gate(RUN, gate, validations=names),
        )
        return str(facts["found"])

    assert refusal(other.name) == "another seed: 3"
    assert refusal(walk.name, twice.name) == "a second walk_forward"
    assert refusal(robust.name) == "study robustness"
    assert refusal(walk.name, gate="dev") == "gate dev"
    refused(
        StatusCode.NOT_FOUND,
        "VALIDATION_NOT_FOUND",
        lambda: service.gate(RUN, "crv", validations=["validations/v" + "a" * 26]),
    )
    assert len(service.entries()) == 1  # the lineage; nothing was decided


def tamper(double: EngineDouble) -> None:
    checks = passing("run_checks")
    double.studies.sent = {**checks, "value": [-1.0, *checks["value"][1:]]}  # type: ignore[list-item]


def fail_first(study: str, checks: Contents) -> None:
    checks["value"][0] = math.nan


def weaken(study: str, checks: Contents) -> None:
    checks["bound"] = [0.0 for _ in checks["bound"]]


def leave_out(study: str, checks: Contents) -> None:
    kept = [name != "run_checks.data_class" for name in checks["check_id"]]
    for name, values in checks.items():
        checks[name] = [one for one, keep in zip(values, kept, strict=True) if keep]  # type: ignore[assignment]


def fewer_resamples(validation: validation_pb2.Validation) -> None:
    if validation.spec.HasField("bootstrap"):
        validation.spec.bootstrap.resample_count = 100
        named(validation)


def another_parent(validation: validation_pb2.Validation) -> None:
    for table in validation.result.tables:
        table.name = f"validations/vother/tables/{table.name.rpartition('/')[2]}"


def named(validation: validation_pb2.Validation) -> None:
    """Gives a validation the name that follows from what it says of itself."""
    validation.name = identities.validation_name(
        resolved_spec.document_of(validation.spec),
        data_hash=validation.data_hash,
        seed=validation.seed,
        engine_version=validation.engine_version,
    )


def another_spec(validation: validation_pb2.Validation) -> None:
    validation.spec.base.initial_cash += 1.0


LIES: dict[str, tuple[Callable[[EngineDouble], object], str, str]] = {
    "tampered table": (tamper, "run_checks_passed", "table checks has another digest"),
    "another run": (
        lambda double: setattr(double.studies, "edit", another_spec),
        "run_checks_passed",
        "another specification",
    ),
    "another engine": (
        lambda double: setattr(double.studies, "engine_version", "0.0.9+0123456789ab"),
        "bootstrap_passed",
        "another engine version: 0.0.9+0123456789ab",
    ),
    "another dataset": (
        lambda double: setattr(double.studies, "data_hash", f"sha256:{'cd' * 32}"),
        "robustness_passed",
        "other data",
    ),
    "failed check": (
        lambda double: setattr(double.studies, "judge", fail_first),
        "look_ahead_proof_passed",
        "look_ahead.equal",
    ),
    "weaker bounds": (
        lambda double: setattr(double.studies, "judge", weaken),
        "robustness_passed",
        "robustness.break_even_cost asks for GREATER_OR_EQUAL 0.0",
    ),
    "no checks": (
        lambda double: setattr(double.studies, "judge", leave_out),
        "run_checks_passed",
        "no blocker run_checks.data_class",
    ),
    "other terms": (
        lambda double: setattr(double.studies, "edit", fewer_resamples),
        "bootstrap_passed",
        "other terms: resampleCount is 100",
    ),
    "table of another study": (
        lambda double: setattr(double.studies, "edit", another_parent),
        "bootstrap_passed",
        "table checks: It is of another study: validations/vother/tables/checks",
    ),
    "other findings": (
        lambda double: double.quality.tables["findings"].update(count=[4]),
        "data_quality_clean",
        "The table findings has another digest than it states.",
    ),
    "other artifacts": (
        lambda double: double.contents.update(equity=arrow_bytes(TABLE.slice(1))),
        "deflated_sharpe",
        "an entry of another result: resultDigest is sha256:",
    ),
    "forged proof": (
        lambda double: setattr(
            double.studies, "forge", lambda proof: proof.hashes.__setitem__(0, b"0" * 32)
        ),
        "deflated_sharpe",
        "not proved to be in the log",
    ),
    "luck": (
        lambda double: setattr(double.studies, "deflated_sharpe", 0.94),
        "deflated_sharpe",
        "0.94",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_does_not_hold_fails_the_gate_by_its_reason(
    service: Served, double: EngineDouble, lie: str
) -> None:
    make, check, told = LIES[lie]
    service.record(RUN)
    make(double)

    decision = service.gate(RUN, "crv")

    assert not decision.passed
    assert told in observed(decision, check)
    with pytest.raises(grpc.RpcError) as refusal:
        service.ask(RUN)
    (missing,) = [
        item
        for item in detail(refusal.value, error_details_pb2.PreconditionFailure).violations
        if item.type == "GATE_NOT_PASSED"
    ]
    assert check in missing.description


@pytest.mark.parametrize(
    ("points", "told"),
    [
        (None, "at least 2 are a search"),
        (["sha256:" + "d" * 64], "is not among the points"),
    ],
)
def test_a_search_that_the_run_cannot_be_from_does_not_pass(
    service: Served, double: EngineDouble, points: list[str] | None, told: str
) -> None:
    service.record(RUN)
    double.studies.points = points or []
    double.studies.own_point = points is None
    walk = search(double, "walk_forward", **WALK)

    decision = service.gate(RUN, "crv", validations=[walk.name])

    assert told in observed(decision, "walk_forward_passed")


def test_a_validation_that_the_engine_answers_another_for_is_not_found(
    service: Served, double: EngineDouble
) -> None:
    service.record(RUN)
    walk = search(double, "walk_forward", **WALK)
    other = search(double, "walk_forward", **{**WALK, "purge_bars": 0})
    double.studies.validations[walk.name] = other

    refused(
        StatusCode.NOT_FOUND,
        "VALIDATION_NOT_FOUND",
        lambda: service.gate(RUN, "crv", validations=[walk.name]),
    )


CHANGES: dict[str, tuple[Callable[[EngineDouble], object], set[str], str]] = {
    "tampered table": (tamper, {"EVIDENCE_FAILED"}, "CRV failed: "),
    "gone": (
        lambda double: double.studies.validations.clear(),
        {"EVIDENCE_FAILED"},
        "CRV failed: ",
    ),
    "luck": (
        lambda double: setattr(double.studies, "deflated_sharpe", 0.94),
        {"GATE_OUTDATED"},
        "the deflated Sharpe ratio is now 0.94",
    ),
    "cut log": (
        lambda double: double.studies.entries.pop(0),
        {"GATE_OUTDATED"},
        "the deflated Sharpe ratio is now ",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_since_the_gate_is_neither_requested_nor_approved(
    service: Served, double: EngineDouble, change: str
) -> None:
    make, types, told = CHANGES[change]
    service.complete(RUN)
    asked = service.ask(RUN)
    make(double)

    for call in (lambda: service.approve(asked.name), lambda: service.ask(RUN)):
        with pytest.raises(grpc.RpcError) as refusal:
            call()
        found = detail(refusal.value, error_details_pb2.PreconditionFailure).violations
        assert {item.type for item in found} == types
        assert all(item.description.startswith(told) for item in found)


def test_more_trials_that_change_nothing_are_approved_and_a_rewritten_log_never_is(
    service: Served, double: EngineDouble
) -> None:
    service.complete(RUN)
    asked = service.ask(RUN)
    double.studies.entries.append(b'{"subject":"runs/another"}')
    service.approve(asked.name)
    other = next(run for run in IDENTITIES if run != RUN)
    service.record(other)
    double.studies.entries[-2] = entry_of(RUN, IDENTITIES[RUN], "sha256:another")

    decision = service.gate(other, "crv")

    # The log of another run's promotion is the one that this one has to extend.
    assert "not proved to extend that of 6 entries" in observed(decision, "deflated_sharpe")
    assert decision.trial_log_size == 0


def test_a_log_that_was_cut_since_another_run_was_decided_refuses_a_promotion(
    service: Served, double: EngineDouble
) -> None:
    service.complete(RUN)
    asked = service.ask(RUN)
    other = next(run for run in IDENTITIES if run != RUN)
    double.studies.entries.append(b'{"subject":"runs/another"}')
    service.complete(other)
    double.studies.entries.pop()  # as it was when the gate decided on the run

    with pytest.raises(grpc.RpcError) as refusal:
        service.approve(asked.name)

    (found,) = detail(refusal.value, error_details_pb2.PreconditionFailure).violations
    assert found.type == "GATE_OUTDATED"
    assert "the log has 5 entries, and had 6" in found.description
