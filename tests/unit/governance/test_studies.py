"""A study is judged by what was downloaded, and by nothing that is stated."""

from dataclasses import replace
from typing import Any

import pytest

from aurelius_governance.domain.errors import ValidationUnfit
from aurelius_governance.domain.evidence_item import EvidenceKind, EvidenceState
from aurelius_governance.domain.signed_note import TreeHead
from aurelius_governance.domain.studies import Judgement, StudyFacts, judge, require_search
from aurelius_governance.domain.trials import judge_trials
from tests.unit.governance import evidence
from tests.unit.governance.evidence import GOOD, IDENTITY, Row, checks

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
        ("r.one", "BLOCKER", "PASSED", 1.9, "GREATER_OR_EQUAL", 2.0),
        ("r.one", "BLOCKER", "FAILED", 2.0, "GREATER_OR_EQUAL", 2.0),
        ("r.one", "BLOCKER", "NOT_APPLICABLE", float("nan"), "GREATER_OR_EQUAL", float("nan")),
        ("r.one", "BLOCKER", "PASSED", float("nan"), "GREATER_OR_EQUAL", 2.0),
        ("r.one", "BLOCKER", "PASSED", 2.0, "ROUGHLY", 2.0),
    ],
)
def test_a_blocker_passes_by_its_numbers_and_its_word(row: Any) -> None:
    found = judged(facts(row))

    assert (found.passed, found.observed) == (False, "r.one")
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
        ({"document": {"robustness": {"costRungs": []}}}, "another identity: validations/v"),
        ({"validation": "validations/v" + "a" * 26}, "another identity: validations/v"),
        ({"result_digest": OTHER}, "another result digest"),
        ({"tables": []}, "no table of checks"),
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


def test_a_study_without_a_blocker_shows_nothing() -> None:
    assert not judged(facts(("r.two", "INFO", "PASSED", 1.0, "GREATER", 0.0))).passed


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
