"""A study is judged by what was downloaded, and by nothing that is stated."""

import json
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor

from aurelius.contract.v1 import method_policy_pb2
from aurelius.engine.v1 import validation_pb2
from aurelius_governance.domain import table_hash
from aurelius_governance.domain.errors import ValidationUnfit
from aurelius_governance.domain.evidence_item import EvidenceKind, EvidenceState
from aurelius_governance.domain.signed_note import TreeHead
from aurelius_governance.domain.studies import (
    SEARCHES,
    Judgement,
    StudyFacts,
    judge,
    require_search,
)
from aurelius_governance.domain.study_policy import POLICY, excused
from aurelius_governance.domain.trials import judge_trials
from tests.unit.governance import evidence
from tests.unit.governance.evidence import (
    ANOTHER_POINT,
    BREAK_EVEN,
    GOOD,
    IDENTITY,
    Row,
    checks,
    passing,
    tried,
)

OTHER = "sha256:" + "b" * 64


def facts(*rows: Row, **changes: Any) -> StudyFacts:
    return replace(evidence.study("robustness", checks(*rows)), **changes)


def judged(found: StudyFacts) -> Judgement:
    return judge(found, study="robustness", run=IDENTITY)


def test_a_study_whose_blockers_hold_passes_whatever_its_warnings_say() -> None:
    found = facts(GOOD, ("r.two", "WARNING", "FAILED", 0.0, "GREATER", 1.0))

    judgement = judged(found)

    assert judgement.passed
    assert judgement.evidence.state is EvidenceState.VERIFIED
    assert judgement.evidence.subject == found.validation
    assert judgement.evidence.observed == judgement.evidence.expected == found.result_digest


@pytest.mark.parametrize(
    "row",
    [
        (BREAK_EVEN, "BLOCKER", "PASSED", 1.9, "GREATER_OR_EQUAL", 2.0),
        (BREAK_EVEN, "BLOCKER", "FAILED", 2.0, "GREATER_OR_EQUAL", 2.0),
        (BREAK_EVEN, "BLOCKER", "NOT_APPLICABLE", float("nan"), "GREATER_OR_EQUAL", float("nan")),
        (BREAK_EVEN, "BLOCKER", "PASSED", float("nan"), "GREATER_OR_EQUAL", 2.0),
        (BREAK_EVEN, "BLOCKER", "PASSED", 2.0, "ROUGHLY", 2.0),
    ],
)
def test_a_blocker_passes_by_its_numbers_and_its_word(row: Any) -> None:
    found = judged(facts(row))

    assert (found.passed, found.observed) == (False, BREAK_EVEN)
    assert found.evidence.state is EvidenceState.VERIFIED  # it is what it is, and it fails


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"failure": "ERROR_REASON_X: broke"}, "no result"),
        ({"study": "bootstrap"}, "another study: bootstrap"),
        ({"base_hash": OTHER}, "another specification"),
        ({"data_hash": OTHER}, "other data"),
        ({"seed": 1}, "another seed: 1"),
        ({"engine_version": "0.0.9+000000000000"}, "another engine version: 0.0.9"),
        ({"document": {"robustness": {}}}, "another identity: validations/v"),
        ({"validation": "validations/v" + "a" * 26}, "another identity: validations/v"),
        ({"result_digest": OTHER}, "another result digest"),
        ({"tables": []}, "no table checks"),
        ({"tables": [replace(checks(GOOD), columns=())]}, "table checks has another digest"),
        ({"tables": [checks(GOOD), checks(GOOD)]}, "two tables checks"),
        ({"tables": [replace(checks(GOOD), digest=OTHER)]}, "table checks has another digest"),
        ({"tables": [checks((*GOOD[:3], 3.0, *GOOD[4:]))]}, "another result digest"),
        ({"tables": [replace(checks(GOOD), unreadable="cut")]}, "table checks: cut"),
    ],
)
def test_what_is_not_as_stated_does_not_pass(changes: dict[str, Any], told: str) -> None:
    found = judged(facts(GOOD, **changes))

    assert not found.passed
    assert told in found.observed
    assert found.evidence.state is EvidenceState.FAILED
    assert told in found.evidence.detail


@pytest.mark.parametrize("study", POLICY)
def test_a_study_lacks_none_of_its_checks_and_asks_for_no_less(study: str) -> None:
    def observed(*rows: Row) -> str:
        tables = [checks(*rows)]
        if study in SEARCHES:
            tables.append(tried(IDENTITY.spec_hash, ANOTHER_POINT))
        return judge(evidence.study(study, *tables), study=study, run=IDENTITY).observed

    whole = passing(study)
    assert observed(*whole) == "passed"
    for place, row in enumerate(whole):
        name, severity, verdict, value, comparison, bound = row
        weaker = bound + 1.0 if comparison == "LESS_OR_EQUAL" else bound - 1.0
        around = whole[:place], whole[place + 1 :]
        for changed, told in [
            ((name, severity, verdict, value, comparison, weaker), f"{comparison} {weaker}"),
            ((name, severity, verdict, value, "LESS_OR_EQUAL", 1e9), "LESS_OR_EQUAL 1000000000.0"),
        ]:
            found = observed(*around[0], changed, *around[1])
            assert found == f"{name} asks for {told}"
        downgraded = (name, "WARNING", verdict, value, comparison, bound)
        assert observed(*around[0], *around[1]) == f"no blocker {name}"
        assert observed(*around[0], downgraded, *around[1]) == f"no blocker {name}"
        assert observed(row, *whole) == f"two checks {name}"


def test_a_blocker_that_the_policy_does_not_know_is_judged_too() -> None:
    other: Row = ("robustness.neighbourhood", "BLOCKER", "FAILED", 0.1, "GREATER_OR_EQUAL", 0.5)

    assert judged(facts(GOOD, other)).observed == "robustness.neighbourhood"


def test_a_check_is_left_out_only_where_it_cannot_be_asked() -> None:
    rows = [row for row in passing("look_ahead_proof") if row[0] != "look_ahead.adjustment_blind"]
    found = evidence.study("look_ahead_proof", checks(*rows))

    def passed(spec: dict[str, Any], adjustment: str) -> bool:
        excuses = excused(spec, adjustment)
        return judge(found, study="look_ahead_proof", run=IDENTITY, excused=excuses).passed

    formula = {"strategy": {"formula": {}}}
    assert passed(formula, "ADJUSTMENT_RAW")
    assert passed({"strategy": {"orderList": {}}}, "ADJUSTMENT_SPLITS")
    assert not passed(formula, "ADJUSTMENT_SPLITS")
    assert not passed(formula, "")


@pytest.mark.parametrize("study", POLICY)
def test_a_study_on_other_terms_is_another_study(study: str) -> None:
    for name, value in POLICY[study].terms.items():
        other: Any = ["max_drawdown_ratio"] if isinstance(value, list) else float(str(value)) + 1.0
        found = judge(evidence.study(study, **{name: other}), study=study, run=IDENTITY)
        assert found.observed == f"other terms: {name} is {other}"
        assert found.evidence.state is EvidenceState.FAILED
    added = judge(evidence.study(study, neighbourhood={}), study=study, run=IDENTITY)
    assert added.observed == "other terms: neighbourhood is {}"


def _written(message: Descriptor) -> dict[str, Any]:
    """The fields of a study whose defaults the contract writes out, by their JSON names."""
    found: dict[str, Any] = {}
    for field in message.fields:
        default = field.GetOptions().Extensions[method_policy_pb2.default_json]
        if default:
            found[field.json_name] = json.loads(default)
        elif field.is_repeated:
            found[field.json_name] = []
    return found


@pytest.mark.parametrize("study", POLICY)
def test_the_terms_of_the_policy_are_the_defaults_of_the_contract(study: str) -> None:
    policy = POLICY[study]
    field = validation_pb2.ValidationSpec.DESCRIPTOR.fields_by_name[study]
    defaults = _written(field.message_type)

    assert policy.key == field.json_name
    assert policy.terms == {k: v for k, v in defaults.items() if k not in policy.owned}


@pytest.mark.parametrize(
    ("points", "told"),
    [
        ([ANOTHER_POINT, OTHER], "the run's own specification is not among the points"),
        ([IDENTITY.spec_hash], "1 points, and at least 2 are a search"),
        ([IDENTITY.spec_hash] * 2, "1 points, and at least 2 are a search"),
        ([], "the run's own specification is not among the points"),
    ],
)
@pytest.mark.parametrize("study", SEARCHES)
def test_a_search_is_of_more_than_one_point_and_of_the_runs_own(
    study: str, points: list[str], told: str
) -> None:
    found = judge(
        evidence.study(study, checks(*passing(study)), tried(*points)), study=study, run=IDENTITY
    )
    nothing = judge(evidence.study(study, checks(*passing(study))), study=study, run=IDENTITY)

    assert (found.passed, found.observed) == (False, told)
    assert (nothing.passed, nothing.observed) == (False, "no table tried")


def test_the_owner_of_a_search_does_not_choose_what_it_is_judged_by() -> None:
    space = {**evidence.OWNED["space"], "objective": {"metricId": "turnover_ratio"}}  # type: ignore[dict-item]
    found = judge(evidence.study("walk_forward", space=space), study="walk_forward", run=IDENTITY)

    assert found.observed == "other terms: the objective is {'metricId': 'turnover_ratio'}"


def test_a_table_without_a_column_that_is_judged_is_damage() -> None:
    table = checks(GOOD)
    columns = [column for column in table.columns if column.name != "severity"]
    cut = replace(table, columns=columns, digest=table_hash.table_hash(columns))

    assert (
        "table checks has no column severity" in judged(evidence.study("robustness", cut)).observed
    )


def test_only_a_search_of_the_run_says_what_it_was_chosen_from() -> None:
    search = evidence.study("walk_forward")

    require_search(search, IDENTITY)
    found = judge(search, study="walk_forward", run=IDENTITY)
    assert found.evidence.kind is EvidenceKind.WALK_FORWARD
    for wrong, told in [
        (evidence.study("robustness"), "study robustness"),
        (replace(search, base_hash=OTHER), "another specification"),
        (replace(search, seed=3), "another seed"),
    ]:
        with pytest.raises(ValidationUnfit) as refusal:
            require_search(wrong, IDENTITY)
        assert told in refusal.value.found


@pytest.mark.parametrize(
    ("value", "passes"), [(0.99, True), (0.9899, False), (None, False), (float("nan"), False)]
)
def test_the_deflated_sharpe_has_one_bound(value: float | None, passes: bool) -> None:
    found = judge_trials(
        replace(evidence.LOG, deflated_sharpe=value), sealed=evidence.SEALED, known=None
    )

    assert found.passed is passes
    assert found.evidence.state is EvidenceState.VERIFIED


KNOWN = evidence.LOG.log
GROWN = evidence.trial_log([evidence.ENTRY, b"{}", b"[]", b"1", b"2"], known=3)
FORGED = evidence.trial_log([evidence.ENTRY, b"{}", b"9", b"1", b"2"], known=3)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"entry": ""}, "no entry of the result"),
        ({"content": b'{"subject": "runs/r"}'}, "no canonical JSON"),
        ({"content": evidence.ENTRY.replace(b"SEALED", b"FAILED")}, "event is FAILED"),
        ({"content": evidence.ENTRY.replace(b"sha256:ab", b"sha256:cd")}, "dataHash is"),
        ({"entry": "trialEntries/1"}, "not proved to be in the log"),
        ({"entry": "trialEntries/²"}, "no entry of the result"),
        ({"entry": "trialEntries/٠"}, "no entry of the result"),
        ({"entry": "trialEntries/00"}, "no entry of the result"),
        ({"entry": "0"}, "no entry of the result"),
        ({"audit_path": GROWN.audit_path[:-1]}, "not proved to be in the log"),
        ({"log": TreeHead(size=5, root=b"0" * 32)}, "not proved to be in the log"),
        ({"trial_count": 0}, "0 trials"),
        ({"consistency": ()}, "not proved to extend that of 3"),
        ({"consistency": FORGED.consistency}, "not proved to extend that of 3"),
    ],
)
def test_a_forged_proof_fails_by_its_reason(changes: dict[str, Any], told: str) -> None:
    good = judge_trials(GROWN, sealed=evidence.SEALED, known=KNOWN)
    found = judge_trials(replace(GROWN, **changes), sealed=evidence.SEALED, known=KNOWN)

    assert good.passed
    assert not found.passed
    assert told in found.observed
    assert found.evidence.state is EvidenceState.FAILED


def test_a_log_that_was_written_anew_or_cut_is_not_the_one_that_was_verified() -> None:
    cut = evidence.trial_log([evidence.ENTRY, b"{}"])

    for log, told in [(FORGED, "not proved to extend"), (cut, "has 2 entries, and had 3")]:
        found = judge_trials(log, sealed=evidence.SEALED, known=KNOWN)
        assert told in found.observed
    assert judge_trials(FORGED, sealed=evidence.SEALED, known=None).passed
