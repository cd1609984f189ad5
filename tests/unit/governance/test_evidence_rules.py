from dataclasses import replace

import pytest

from aurelius_governance.domain import canonical_json, gates, lineage, studies
from aurelius_governance.domain.errors import GateUnknown, PromotionAlreadyDecided, SelfApproval
from aurelius_governance.domain.gates import ReplayOutcome
from aurelius_governance.domain.lineage import (
    EvidenceKind,
    EvidenceState,
    LineageState,
    RunFacts,
)
from aurelius_governance.domain.promotion import (
    Promotion,
    PromotionState,
    Stage,
    missing_evidence,
)
from aurelius_governance.domain.trials import TrialFacts
from tests.unit.governance import evidence
from tests.unit.governance.evidence import FACTS, RUN


def failed_kinds(facts: RunFacts) -> set[EvidenceKind]:
    return {x.kind for x in lineage.verify(facts) if x.state is EvidenceState.FAILED}


def test_good_run_has_every_kind_and_nothing_failed() -> None:
    items = lineage.verify(FACTS)

    assert {item.kind for item in items} == set(EvidenceKind) - lineage.GATE_KINDS
    assert failed_kinds(FACTS) == set()
    assert evidence.record().state is LineageState.VERIFIED


FORGERIES = {
    "spec": (
        replace(FACTS, spec_document=evidence.SPEC | {"symbols": ["AAPL"]}),
        {EvidenceKind.SPEC_HASH},
    ),
    "seed": (
        replace(FACTS, identity=replace(FACTS.identity, seed=7)),
        {EvidenceKind.RUN_ID, EvidenceKind.STATED_RESULT},
    ),
    "engine_version": (
        replace(FACTS, identity=replace(FACTS.identity, engine_version="9.9.9+0123456789ab")),
        {EvidenceKind.RUN_ID, EvidenceKind.STATED_RESULT},
    ),
    "data": (
        replace(FACTS, dataset=replace(evidence.DATASET, data_hash=f"sha256:{'cd' * 32}")),
        {EvidenceKind.DATA_HASH},
    ),
    "no_dataset": (
        replace(FACTS, dataset=None),
        {EvidenceKind.DATA_HASH, EvidenceKind.PROVENANCE, EvidenceKind.DATA_QUALITY_REPORT},
    ),
    "provenance": (
        replace(FACTS, dataset=replace(evidence.DATASET, provenance={"provider": ""})),
        {EvidenceKind.PROVENANCE},
    ),
    "artifact_content": (
        replace(
            FACTS,
            artifacts=(
                replace(FACTS.artifacts[0], columns=evidence.COLUMNS[:1]),
                *FACTS.artifacts[1:],
            ),
        ),
        {EvidenceKind.ARTIFACT, EvidenceKind.RESULT_DIGEST, EvidenceKind.STATED_RESULT},
    ),
    "artifact_missing": (
        replace(FACTS, artifacts=FACTS.artifacts[1:]),
        {EvidenceKind.ARTIFACT, EvidenceKind.RESULT_DIGEST, EvidenceKind.STATED_RESULT},
    ),
    "artifact_twice": (
        replace(FACTS, artifacts=(*FACTS.artifacts, FACTS.artifacts[0])),
        {EvidenceKind.ARTIFACT, EvidenceKind.STATED_RESULT},
    ),
    "artifact_of_no_result": (
        replace(FACTS, artifacts=(*FACTS.artifacts, replace(FACTS.artifacts[0], part="summary"))),
        {EvidenceKind.ARTIFACT, EvidenceKind.RESULT_DIGEST, EvidenceKind.STATED_RESULT},
    ),
    "unresolved_spec": (
        replace(FACTS, spec_faults=("symbols are not sorted and unique",)),
        {EvidenceKind.SPEC_HASH},
    ),
    "result_digest": (
        replace(FACTS, stated=replace(evidence.STATED, result_digest=f"sha256:{'00' * 32}")),
        {EvidenceKind.RESULT_DIGEST, EvidenceKind.STATED_RESULT},
    ),
}


def _of(**changes: object) -> RunFacts:
    """Returns the facts of a run whose data has another quality report."""
    quality = replace(evidence.QUALITY, **changes)  # type: ignore[arg-type]
    return replace(FACTS, dataset=replace(evidence.DATASET, quality=quality))


def _restated(**changes: str) -> RunFacts:
    """Returns such facts where the report says something else, under a digest that is right."""
    document = {**evidence.REPORT, **changes}
    content = canonical_json.encode(document)
    stated = canonical_json.digest(b"aurelius.quality.v1\n", content)
    return _of(document=document, stated_digest=stated)


QUALITY_FORGERIES = {
    "no_report": (
        replace(FACTS, dataset=replace(evidence.DATASET, quality=None)),
        "The engine has no report on the quality of the data.",
    ),
    "not_handed_out": (_of(document={}), "The engine does not hand the report out."),
    "report": (
        _of(document={**evidence.REPORT, "severity": "QUALITY_SEVERITY_NONE"}),
        "Recomputed and different.",
    ),
    "other_data": (
        _restated(dataHash=f"sha256:{'cd' * 32}"),
        f"It is of other data: sha256:{'cd' * 32}.",
    ),
    "findings": (
        _of(tables={"findings": evidence.COLUMNS, "coverage": evidence.COLUMNS}),
        "The table findings has another digest than it states.",
    ),
    "coverage": (
        _of(tables={"findings": evidence.FINDINGS, "coverage": evidence.FINDINGS}),
        "The table coverage has another digest than it states.",
    ),
    "severity": (
        _restated(severity="QUALITY_SEVERITY_INFO"),
        "Its worst finding is WARNING, and it states INFO.",
    ),
    "unreadable": (_of(unreadable="The engine refused it."), "The engine refused it."),
}


@pytest.mark.parametrize("forgery", QUALITY_FORGERIES)
def test_a_forged_quality_report_fails_and_says_why(forgery: str) -> None:
    facts, why = QUALITY_FORGERIES[forgery]

    [item] = [
        item for item in lineage.verify(facts) if item.kind is EvidenceKind.DATA_QUALITY_REPORT
    ]

    assert (item.state, item.detail) == (EvidenceState.FAILED, why)
    assert failed_kinds(facts) == {EvidenceKind.DATA_QUALITY_REPORT}


def test_a_quality_report_that_holds_says_its_worst_finding() -> None:
    [item] = [
        item for item in lineage.verify(FACTS) if item.kind is EvidenceKind.DATA_QUALITY_REPORT
    ]

    assert item.state is EvidenceState.VERIFIED
    assert item.detail == "Recomputed and equal. The worst finding is WARNING."


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forgery_fails_exactly_its_items(forgery: str) -> None:
    facts, want = FORGERIES[forgery]

    assert failed_kinds(facts) == want
    assert evidence.record(facts).state is LineageState.FAILED


def outcome(digest: str = FACTS.stated.result_digest, *, equal: bool = True) -> ReplayOutcome:
    return ReplayOutcome(replay="replays/r", equal=equal, replayed_digest=digest, difference="")


def test_replay_passes_only_with_the_verified_digest() -> None:
    record = evidence.record()

    assert gates.replay_check(outcome(), record).passed
    assert not gates.replay_check(outcome(equal=False), record).passed
    assert not gates.replay_check(outcome("sha256:other"), record).passed
    assert not gates.replay_check(outcome(""), record).passed
    assert not gates.replay_check(None, record).passed


def test_no_lineage_and_no_checks_do_not_pass() -> None:
    assert not gates.all_passed(gates.lineage_checks(None))
    assert not gates.all_passed([])
    assert not gates.all_passed(gates.lineage_checks(replace(evidence.record(), evidence=())))
    assert gates.all_passed(gates.lineage_checks(evidence.record()))


def test_unknown_gate_is_refused() -> None:
    with pytest.raises(GateUnknown) as refusal:
        gates.require_known("product")

    assert (refusal.value.found, refusal.value.allowed) == ("product", "dev, crv")


def missing_types(stage: Stage, **have: object) -> list[str]:
    given = {
        "record": evidence.record(),
        "gate": evidence.crv_gate(),
        "observed": evidence.observed(),
        **have,
    }
    return [item.type for item in missing_evidence(RUN, stage, **given)]  # type: ignore[arg-type]


def test_candidate_needs_each_piece_of_evidence() -> None:
    assert missing_types(Stage.CANDIDATE) == []
    assert missing_types(Stage.CANDIDATE, record=None) == ["LINEAGE_NOT_RECORDED"]
    assert missing_types(Stage.CANDIDATE, gate=None) == ["GATE_NOT_DECIDED"]
    dev = replace(evidence.crv_gate(), gate="dev")
    assert missing_types(Stage.CANDIDATE, gate=dev) == ["GATE_NOT_DECIDED"]
    assert missing_types(Stage.CANDIDATE, gate=evidence.crv_gate(passed=False)) == [
        "GATE_NOT_PASSED"
    ]
    assert missing_types(Stage.CANDIDATE, record=evidence.record(revision=2)) == ["GATE_OUTDATED"]
    made_up = {
        "record": evidence.record(evidence.synthetic()),
        "observed": evidence.observed(evidence.synthetic()),
    }
    assert missing_types(Stage.CANDIDATE, **made_up) == ["DATA_SYNTHETIC"]


def test_evidence_is_what_is_found_now_and_was_recorded() -> None:
    forged = replace(FACTS, stated=replace(evidence.STATED, labels=()))
    elsewhere = replace(FACTS, dataset=replace(evidence.DATASET, provenance={"provider": "q"}))
    lost = lineage.unreadable(RUN, "it is gone")
    nothing = replace(evidence.observed(), evidence=())
    record = evidence.record()
    statement = [x for x in record.evidence if x.kind is EvidenceKind.STATED_RESULT]
    without = replace(record, evidence=[x for x in record.evidence if x not in statement])

    def types(**have: object) -> list[str]:
        return missing_types(Stage.CANDIDATE, **have)

    assert types(observed=evidence.observed(forged)) == ["EVIDENCE_FAILED"]
    assert types(record=evidence.record(forged)) == ["EVIDENCE_CHANGED"]
    assert types(record=evidence.record(forged), observed=evidence.observed(forged)) == [
        "EVIDENCE_FAILED"
    ]
    assert types(record=without) == ["EVIDENCE_CHANGED"]
    assert types(observed=lost) == ["EVIDENCE_FAILED"]
    assert types(observed=evidence.observed(elsewhere)) == ["EVIDENCE_CHANGED"] * 2
    assert set(types(observed=nothing)) == {"EVIDENCE_ABSENT", "EVIDENCE_CHANGED"}
    assert types(observed=nothing).count("EVIDENCE_ABSENT") == len(lineage.REQUIRED_KINDS)


def test_production_also_needs_what_is_not_collected() -> None:
    missing = missing_types(Stage.PRODUCTION)

    searches = len(studies.SEARCHES)  # nobody named what the run was chosen from
    assert missing == ["EVIDENCE_NOT_COLLECTED"] * (len(lineage.LATER_KINDS) + searches)


def test_studies_are_those_of_the_decision_and_its_trials_still_hold() -> None:
    gate = evidence.crv_gate()
    known = [evidence.ENTRY, b"{}", b"[]"]
    grown = evidence.trial_log([*known, b"1"], known=3)
    many = evidence.trial_log([*known, b"1"], known=3, deflated=0.5)
    rewritten = evidence.trial_log([evidence.ENTRY, b"{}", b"1", b"2"], known=3)
    damaged = [replace(gate.evidence[0], state=EvidenceState.FAILED), *gate.evidence[1:-1]]
    another = [replace(gate.evidence[0], observed="sha256:other"), *gate.evidence[1:-1]]

    def types(**have: object) -> list[str]:
        found = replace(evidence.observed(), **have)  # type: ignore[arg-type]
        return missing_types(Stage.CANDIDATE, observed=found)

    def trials(log: TrialFacts) -> list[str]:
        return missing_types(Stage.CANDIDATE, observed=evidence.observed(trials=log))

    assert types(gate_evidence=damaged) == ["EVIDENCE_FAILED"]
    assert types(gate_evidence=another) == ["EVIDENCE_CHANGED"]
    assert types(gate_evidence=gate.evidence[1:-1]) == ["EVIDENCE_CHANGED"]
    assert types(trials=None) == ["GATE_OUTDATED"]
    assert trials(grown) == []
    assert trials(many) == ["GATE_OUTDATED"]
    assert trials(rewritten) == ["GATE_OUTDATED"]


def promotion() -> Promotion:
    return Promotion(
        id="p" + "a" * 26,
        run=RUN,
        target_stage=Stage.CANDIDATE,
        state=PromotionState.REQUESTED,
        justification="because",
        requester="users/rita",
        lineage_record="",
        lineage_revision=1,
        gate_decision="",
        request_ledger_index=2,
        create_time=evidence.TIME,
        update_time=evidence.TIME,
    )


def test_requester_does_not_decide_and_nobody_decides_twice() -> None:
    asked = promotion()
    facts = {"comment": "ok", "time": evidence.TIME}

    with pytest.raises(SelfApproval):
        asked.decided(PromotionState.APPROVED, decider="users/rita", **facts)  # type: ignore[arg-type]
    done = asked.decided(PromotionState.APPROVED, decider="users/anna", **facts)  # type: ignore[arg-type]
    with pytest.raises(PromotionAlreadyDecided):
        done.decided(PromotionState.REJECTED, decider="users/anna", **facts)  # type: ignore[arg-type]

    assert done.etag != asked.etag
