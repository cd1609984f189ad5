"""Lineage and gates over a real server: answers, refusals and pages."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from grpc import StatusCode

from aurelius.engine.v1 import backtest_pb2, replay_service_pb2
from aurelius.governance.v1 import (
    gate_decision_service_pb2,
    lineage_record_pb2,
    lineage_record_service_pb2,
)
from tests.contract.chassis.tokens import ALL_ROLES
from tests.contract.governance.calls import (
    ENTRY,
    NO_GATE,
    NO_RUN,
    refused,
)
from tests.contract.governance.engine_double import OTHER_RUN, RUN, RUNS, EngineDouble
from tests.contract.governance.serving import ISSUER, Served

EDITS: dict[str, tuple[Callable[[backtest_pb2.Backtest], object], str]] = {
    "metric": (
        lambda run: setattr(run.result.metrics[0], "value", 900000.0),
        "metric final_equity",
    ),
    "undefined_reason": (
        lambda run: setattr(run.result.metrics[1], "undefined_reason", "UNDEFINED_NO_RISK"),
        "metric win_rate_ratio",
    ),
    "missing_metric": (lambda run: run.result.metrics.pop(), "metric win_rate_ratio"),
    "additional_metric": (
        lambda run: run.result.metrics.add(metric_id="sharpe_ratio", version=1, value=3.0),
        "metric sharpe_ratio",
    ),
    "artifact_digest": (
        lambda run: setattr(run.result.artifact_digests[0], "digest", f"sha256:{'00' * 32}"),
        "artifact equity digest",
    ),
    "row_count": (
        lambda run: setattr(run.result.artifact_digests[0], "row_count", 3),
        "artifact equity row_count",
    ),
    "label": (lambda run: run.result.labels.pop(), "label zero_slippage"),
    "identity": (lambda run: setattr(run.result.identity, "seed", 1), "seed"),
    "run": (lambda run: setattr(run.result, "run", OTHER_RUN), "run"),
    "name": (lambda run: setattr(run, "name", OTHER_RUN), "name"),
    "whole_result": (lambda run: run.ClearField("result"), "run"),
}


class TestLineage:
    def test_each_recording_is_a_revision_and_the_newest_is_read(self, service: Served) -> None:
        first, second = service.record(RUN), service.record(RUN)

        request = lineage_record_service_pb2.GetLineageRecordRequest(name=first.name)
        assert service.call(service.records.GetLineageRecord, request) == second
        assert (first.revision, second.revision) == (1, 2)
        assert second.create_time == first.create_time
        assert [second.ledger_entry] == [service.entries()[1].name]

    def test_every_kind_of_evidence_is_in_the_record(self, service: Served) -> None:
        record = service.record(RUN)

        kinds = {item.kind for item in record.evidence}
        of_the_gate = {
            lineage_record_pb2.EVIDENCE_KIND_CRV,
            lineage_record_pb2.EVIDENCE_KIND_WALK_FORWARD,
            lineage_record_pb2.EVIDENCE_KIND_CROSS_VALIDATION,
            lineage_record_pb2.EVIDENCE_KIND_TRIAL_COUNT,
        }
        assert kinds == set(lineage_record_pb2.EvidenceKind.values()) - {0} - of_the_gate
        assert record.data.provider == "p"
        assert not record.data.synthetic

    def test_tampered_artifact_is_recorded_as_failed(
        self, service: Served, double: EngineDouble
    ) -> None:
        double.contents["equity"] = b"not arrow"

        record = service.record(RUN)

        assert record.state == lineage_record_pb2.LineageRecord.STATE_FAILED
        assert json.loads(service.entries()[0].entry_json)["facts"]["state"] == "FAILED"

    @pytest.mark.parametrize("edited", sorted(EDITS))
    def test_statement_that_was_edited_is_recorded_as_failed_and_promotes_nothing(
        self, service: Served, double: EngineDouble, edited: str
    ) -> None:
        double.edit, fact = EDITS[edited]

        record = service.record(RUN)
        decision = service.gate(RUN)

        (item,) = [
            x
            for x in record.evidence
            if x.state == lineage_record_pb2.EvidenceItem.STATE_FAILED
            and x.kind == lineage_record_pb2.EVIDENCE_KIND_STATED_RESULT
        ]
        assert item.detail.startswith(f"First difference: {fact}: stated ")
        assert record.state == lineage_record_pb2.LineageRecord.STATE_FAILED
        assert not decision.passed
        refused(StatusCode.FAILED_PRECONDITION, "EVIDENCE_INCOMPLETE", lambda: service.ask(RUN))

    def test_engine_is_asked_with_the_callers_token_in_one_trace(
        self, service: Served, double: EngineDouble
    ) -> None:
        trace = "0af7651916cd43dd8448eb211c80319c"
        header = ("traceparent", f"00-{trace}-b7ad6b7169203331-01")
        metadata = (*ISSUER.bearer("rita", *ALL_ROLES), header)
        request = lineage_record_service_pb2.CreateLineageRecordRequest(run=RUN)

        service.records.CreateLineageRecord(request, metadata=metadata, timeout=60)

        assert double.traces == {trace}
        assert double.tokens == {dict(metadata)["authorization"]}

    @pytest.mark.parametrize(
        ("refusal", "code", "reason"),
        [
            ((StatusCode.UNAVAILABLE, "away"), StatusCode.UNAVAILABLE, "ENGINE_UNAVAILABLE"),
            (
                (StatusCode.PERMISSION_DENIED, "no"),
                StatusCode.FAILED_PRECONDITION,
                "ENGINE_REFUSED",
            ),
            ((StatusCode.INTERNAL, "bug"), StatusCode.FAILED_PRECONDITION, "ENGINE_REFUSED"),
            ((StatusCode.DATA_LOSS, "damaged"), StatusCode.DATA_LOSS, "RUN_DAMAGED"),
        ],
    )
    def test_what_the_engine_refuses_is_refused_and_not_recorded(
        self, service: Served, double: EngineDouble, refusal: Any, code: StatusCode, reason: str
    ) -> None:
        double.refusal = refusal

        refused(code, reason, lambda: service.record(RUN))

        assert service.entries() == []

    def test_unknown_and_unsealed_runs_are_refused(
        self, service: Served, double: EngineDouble
    ) -> None:
        facts = refused(StatusCode.NOT_FOUND, "RUN_NOT_FOUND", lambda: service.record(NO_RUN))
        double.state = backtest_pb2.Backtest.STATE_RUNNING
        state = refused(
            StatusCode.FAILED_PRECONDITION, "RUN_NOT_SEALED", lambda: service.record(RUN)
        )

        assert facts == {"run": NO_RUN}
        assert state == {"run": RUN, "found": "STATE_RUNNING", "allowed": "STATE_SEALED"}
        assert service.entries() == []

    def test_record_that_nobody_made_is_not_found(self, service: Served) -> None:
        name = f"lineageRecords/{RUN.removeprefix('runs/')}"
        request = lineage_record_service_pb2.GetLineageRecordRequest(name=name)

        facts = refused(
            StatusCode.NOT_FOUND,
            "LINEAGE_RECORD_NOT_FOUND",
            lambda: service.call(service.records.GetLineageRecord, request),
        )

        assert facts == {"name": name}

    def test_pages_hold_the_newest_revision_of_each_run_once(self, service: Served) -> None:
        for run in (*RUNS, *RUNS[:2]):
            service.record(run)

        pages, token = [], ""
        while token or not pages:
            request = lineage_record_service_pb2.ListLineageRecordsRequest(
                page_size=2, page_token=token
            )
            page = service.call(service.records.ListLineageRecords, request)
            pages.append([(item.run, item.revision) for item in page.lineage_records])
            token = page.next_page_token

        assert [len(page) for page in pages] == [2, 2, 1]
        assert sum(pages, []) == [(run, 2 if run in RUNS[:2] else 1) for run in RUNS]  # noqa: RUF017


class TestGates:
    def test_gate_without_lineage_does_not_pass_and_is_logged(self, service: Served) -> None:
        decision = service.gate(RUN)

        assert not decision.passed
        assert [check.passed for check in decision.checks] == [False, False, False]
        assert (decision.replay, decision.lineage_revision) == ("", 0)
        assert [entry.type for entry in service.entries()] == [ENTRY.LEDGER_ENTRY_TYPE_GATE_DECIDED]

    def test_replay_that_differs_does_not_pass(self, service: Served, double: EngineDouble) -> None:
        service.record(RUN)
        double.replay_states = [replay_service_pb2.Replay.STATE_DIFFERENT]
        double.replayed_digest = f"sha256:{'00' * 32}"

        decision = service.gate(RUN)

        assert not decision.passed
        assert decision.checks[2].observed == double.replayed_digest
        refused(StatusCode.FAILED_PRECONDITION, "EVIDENCE_INCOMPLETE", lambda: service.ask(RUN))

    def test_replay_that_does_not_end_is_no_decision(
        self, service: Served, double: EngineDouble
    ) -> None:
        service.record(RUN)
        double.replay_states = []

        refused(StatusCode.UNAVAILABLE, "REPLAY_NOT_FINISHED", lambda: service.gate(RUN))

        assert len(service.entries()) == 1

    def test_unknown_gate_and_unknown_run_are_refused(self, service: Served) -> None:
        request = gate_decision_service_pb2.CreateGateDecisionRequest(run=RUN, gate="product")
        facts = refused(
            StatusCode.INVALID_ARGUMENT,
            "GATE_UNKNOWN",
            lambda: service.call(service.gates.CreateGateDecision, request),
        )
        refused(StatusCode.NOT_FOUND, "RUN_NOT_FOUND", lambda: service.gate(NO_RUN))

        assert (facts["found"], facts["allowed"]) == ("product", "dev, crv")
        assert service.entries() == []

    def test_decisions_are_read_and_paged_newest_first(self, service: Served) -> None:
        made = [service.gate(run) for run in (RUN, OTHER_RUN, RUN)]
        listing = gate_decision_service_pb2.ListGateDecisionsRequest
        first = service.call(service.gates.ListGateDecisions, listing(page_size=2))
        second = service.call(
            service.gates.ListGateDecisions, listing(page_token=first.next_page_token)
        )
        of_one = service.call(service.gates.ListGateDecisions, listing(run=OTHER_RUN))
        read = gate_decision_service_pb2.GetGateDecisionRequest(name=made[0].name)

        assert [*first.gate_decisions, *second.gate_decisions] == made[::-1]
        assert second.next_page_token == ""
        assert list(of_one.gate_decisions) == [made[1]]
        assert service.call(service.gates.GetGateDecision, read) == made[0]
        refused(
            StatusCode.INVALID_ARGUMENT,
            "PAGE_TOKEN_INVALID",
            lambda: service.call(
                service.gates.ListGateDecisions,
                listing(run=RUN, page_token=first.next_page_token),
            ),
        )

    def test_decision_that_nobody_made_is_not_found(self, service: Served) -> None:
        request = gate_decision_service_pb2.GetGateDecisionRequest(name=NO_GATE)

        refused(
            StatusCode.NOT_FOUND,
            "GATE_DECISION_NOT_FOUND",
            lambda: service.call(service.gates.GetGateDecision, request),
        )
