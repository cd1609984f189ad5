"""Every RPC over a real server: answers, refusals, repetitions, bodies, pages and roles."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode

from aurelius.engine.v1 import backtest_pb2, replay_service_pb2
from aurelius.governance.v1 import (
    gate_decision_service_pb2,
    ledger_pb2,
    ledger_service_pb2,
    lineage_record_pb2,
    lineage_record_service_pb2,
    promotion_pb2,
    promotion_service_pb2,
)
from aurelius_governance.rpc.errors import WIRE_ERRORS
from tests.contract.chassis.harness import detail, info, violations
from tests.contract.chassis.tokens import ALL_ROLES
from tests.contract.governance import engine_double
from tests.contract.governance.engine_double import RUN, RUNS, EngineDouble
from tests.contract.governance.serving import CANDIDATE, Served, body, serving

NO_RUN = "runs/r" + "a" * 26
NO_GATE, NO_PROMOTION = "gateDecisions/g" + "a" * 26, "promotions/p" + "a" * 26
ENTRY = ledger_pb2.LedgerEntryType


@pytest.fixture
def double() -> EngineDouble:
    return EngineDouble()


@pytest.fixture
def service(double: EngineDouble, tmp_path: Path) -> Iterator[Served]:
    with (
        engine_double.serving(double) as target,
        serving(tmp_path, target) as service,
    ):
        yield service


def refused(code: StatusCode, reason: str, call: Any) -> Any:
    """Makes a call that must be refused; returns its ErrorInfo's metadata."""
    with pytest.raises(grpc.RpcError) as refusal:
        call()
    assert (refusal.value.code(), info(refusal.value).reason) == (code, f"ERROR_REASON_{reason}")
    return info(refusal.value).metadata


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
        assert kinds == set(lineage_record_pb2.EvidenceKind.values()) - {0}
        assert record.data.provider == "p"
        assert not record.data.synthetic

    def test_tampered_artifact_is_recorded_as_failed(
        self, service: Served, double: EngineDouble
    ) -> None:
        double.content = b"not arrow"

        record = service.record(RUN)

        assert record.state == lineage_record_pb2.LineageRecord.STATE_FAILED
        assert json.loads(service.entries()[0].entry_json)["facts"]["state"] == "FAILED"

    def test_engine_is_asked_with_the_callers_token_in_one_trace(
        self, service: Served, double: EngineDouble
    ) -> None:
        trace = "0af7651916cd43dd8448eb211c80319c"
        header = ("traceparent", f"00-{trace}-b7ad6b7169203331-01")
        metadata = (*serving_bearer(), header)
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
        request = gate_decision_service_pb2.CreateGateDecisionRequest(run=RUN, gate="crv")
        facts = refused(
            StatusCode.INVALID_ARGUMENT,
            "GATE_UNKNOWN",
            lambda: service.call(service.gates.CreateGateDecision, request),
        )
        refused(StatusCode.NOT_FOUND, "RUN_NOT_FOUND", lambda: service.gate(NO_RUN))

        assert (facts["found"], facts["allowed"]) == ("crv", "dev")
        assert service.entries() == []

    def test_decisions_are_read_and_paged_newest_first(self, service: Served) -> None:
        made = [service.gate(run) for run in (RUN, RUNS[0], RUN)]
        listing = gate_decision_service_pb2.ListGateDecisionsRequest
        first = service.call(service.gates.ListGateDecisions, listing(page_size=2))
        second = service.call(
            service.gates.ListGateDecisions, listing(page_token=first.next_page_token)
        )
        of_one = service.call(service.gates.ListGateDecisions, listing(run=RUNS[0]))
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


class TestPromotions:
    def test_everything_that_is_missing_is_listed_and_the_refusal_logged(
        self, service: Served
    ) -> None:
        with pytest.raises(grpc.RpcError) as refusal:
            service.ask(RUN)

        failure = detail(refusal.value, error_details_pb2.PreconditionFailure)
        (entry,) = service.entries()
        assert [item.type for item in failure.violations] == [
            "LINEAGE_NOT_RECORDED",
            "GATE_NOT_DECIDED",
        ]
        assert info(refusal.value).metadata == {
            "run": RUN,
            "target_stage": "CANDIDATE",
            "missing_count": "2",
            "ledger_entry": entry.name,
        }
        assert entry.type == ENTRY.LEDGER_ENTRY_TYPE_PROMOTION_REFUSED
        assert json.loads(entry.entry_json)["actor"] == "users/rita"

    @pytest.mark.parametrize("roles", [ALL_ROLES, ("ROLE_APPROVER", "ROLE_ADMIN")])
    @pytest.mark.parametrize("verb", ["approve", "reject"])
    def test_nobody_decides_their_own_request_whatever_their_roles(
        self, service: Served, roles: Any, verb: str
    ) -> None:
        service.complete(RUN)
        asked = service.ask(RUN, user="root")
        method, request = deciding(service, verb, asked.name)

        facts = refused(
            StatusCode.PERMISSION_DENIED,
            "SELF_APPROVAL",
            lambda: service.call(method, request, "root", roles),
        )

        entry = service.entries()[-1]
        assert facts == {
            "promotion": asked.name,
            "requester": "users/root",
            "ledger_entry": entry.name,
        }
        assert json.loads(entry.entry_json)["facts"] == {"reason": "SELF_APPROVAL", "run": RUN}
        assert read(service, asked.name).state == promotion_pb2.Promotion.STATE_REQUESTED

    @pytest.mark.parametrize("role", sorted(set(ALL_ROLES) - {"ROLE_APPROVER"}))
    def test_only_an_approver_decides(self, service: Served, role: str) -> None:
        service.complete(RUN)
        asked = service.ask(RUN)

        for verb in ("approve", "reject"):
            method, request = deciding(service, verb, asked.name)
            refused(
                StatusCode.PERMISSION_DENIED,
                "PERMISSION_DENIED",
                lambda method=method, request=request: service.call(
                    method, request, "anna", (role,)
                ),
            )

    def test_rejection_is_final_and_makes_room_for_another_request(self, service: Served) -> None:
        service.complete(RUN)
        asked = service.ask(RUN)
        rejected = service.reject(asked.name)

        facts = refused(
            StatusCode.FAILED_PRECONDITION,
            "PROMOTION_ALREADY_DECIDED",
            lambda: service.approve(asked.name),
        )

        assert rejected.state == promotion_pb2.Promotion.STATE_REJECTED
        assert (rejected.decider, rejected.comment) == ("users/anna", "no")
        assert facts["found"] == "STATE_REJECTED"
        assert service.ask(RUN).name != asked.name

    def test_second_request_is_refused_while_one_stands(self, service: Served) -> None:
        service.complete(RUN)
        asked = service.ask(RUN)

        while_requested = refused(
            StatusCode.ALREADY_EXISTS, "PROMOTION_ALREADY_EXISTS", lambda: service.ask(RUN)
        )
        service.approve(asked.name)
        while_approved = refused(
            StatusCode.ALREADY_EXISTS, "PROMOTION_ALREADY_EXISTS", lambda: service.ask(RUN)
        )

        assert while_requested == {"promotion": asked.name, "found": "STATE_REQUESTED"}
        assert while_approved == {"promotion": asked.name, "found": "STATE_APPROVED"}

    def test_stale_etag_is_refused(self, service: Served) -> None:
        service.complete(RUN)
        asked = service.ask(RUN)

        facts = refused(
            StatusCode.ABORTED,
            "ETAG_MISMATCH",
            lambda: service.approve(asked.name, etag="another"),
        )

        assert (facts["found"], facts["allowed"]) == ("another", asked.etag)
        assert service.approve(asked.name, etag=asked.etag).decider == "users/anna"

    def test_approval_looks_at_the_evidence_again(
        self, service: Served, double: EngineDouble
    ) -> None:
        service.complete(RUN)
        asked = service.ask(RUN)
        double.content = b"not arrow"
        service.record(RUN)

        facts = refused(
            StatusCode.FAILED_PRECONDITION,
            "EVIDENCE_INCOMPLETE",
            lambda: service.approve(asked.name),
        )

        assert facts["ledger_entry"] == service.entries()[-1].name
        assert service.reject(asked.name).state == promotion_pb2.Promotion.STATE_REJECTED

    def test_synthetic_data_is_never_promoted(self, service: Served, double: EngineDouble) -> None:
        double.provenance["dataClass"] = "DATA_CLASS_SYNTHETIC"
        service.complete(RUN)

        with pytest.raises(grpc.RpcError) as refusal:
            service.ask(RUN)

        failure = detail(refusal.value, error_details_pb2.PreconditionFailure)
        assert [item.type for item in failure.violations] == ["DATA_SYNTHETIC"]

    def test_validate_only_changes_nothing(self, service: Served) -> None:
        facts = refused(
            StatusCode.FAILED_PRECONDITION,
            "EVIDENCE_INCOMPLETE",
            lambda: service.ask(RUN, validate_only=True),
        )
        service.complete(RUN)
        checked = service.ask(RUN, validate_only=True, request_id="one")
        asked = service.ask(RUN)
        own = refused(
            StatusCode.PERMISSION_DENIED,
            "SELF_APPROVAL",
            lambda: service.approve(asked.name, user="rita", validate_only=True),
        )
        approved = service.approve(asked.name, validate_only=True)

        assert (facts["ledger_entry"], own["ledger_entry"], checked.name) == ("", "", "")
        assert approved.state == promotion_pb2.Promotion.STATE_APPROVED
        assert read(service, asked.name) == asked
        assert len(service.entries()) == 3

    def test_promotions_are_paged_newest_first(self, service: Served) -> None:
        made = []
        for run in RUNS:
            service.complete(run)
            made.append(service.ask(run))
        listing = promotion_service_pb2.ListPromotionsRequest
        first = service.call(service.promotions.ListPromotions, listing(page_size=3))
        second = service.call(
            service.promotions.ListPromotions,
            listing(page_size=3, page_token=first.next_page_token),
        )
        of_one = service.call(service.promotions.ListPromotions, listing(run=RUN))

        assert [*first.promotions, *second.promotions] == made[::-1]
        assert [item.run for item in of_one.promotions] == [RUN]

    def test_promotion_that_nobody_asked_for_is_not_found(self, service: Served) -> None:
        for call in (
            lambda: read(service, NO_PROMOTION),
            lambda: service.approve(NO_PROMOTION),
            lambda: service.reject(NO_PROMOTION),
        ):
            refused(StatusCode.NOT_FOUND, "PROMOTION_NOT_FOUND", call)


class TestRepetition:
    def test_same_request_id_gives_the_same_answer_and_one_entry(
        self, service: Served, double: EngineDouble
    ) -> None:
        records = [service.record(RUN, request_id="r") for _ in range(2)]
        decisions = [service.gate(RUN, request_id="g") for _ in range(2)]
        asked = [service.ask(RUN, request_id="a") for _ in range(2)]
        approved = [service.approve(asked[0].name, request_id="b") for _ in range(2)]

        for pair in (records, decisions, asked, approved):
            assert pair[0] == pair[1]
        assert double.replay_count == 1
        assert len(service.entries()) == 4

    def test_same_request_id_gives_the_same_refusal_and_one_entry(self, service: Served) -> None:
        def ask() -> Any:
            return refused(
                StatusCode.FAILED_PRECONDITION,
                "EVIDENCE_INCOMPLETE",
                lambda: service.ask(RUN, request_id="a"),
            )

        first = ask()
        service.complete(RUN)

        assert ask() == first
        assert len(service.entries()) == 3
        assert service.ask(RUN, request_id="b").run == RUN

    def test_request_id_of_another_body_is_refused(self, service: Served) -> None:
        service.record(RUN, request_id="one")

        refused(
            StatusCode.INVALID_ARGUMENT,
            "REQUEST_ID_REUSED",
            lambda: service.record(RUNS[0], request_id="one"),
        )

    def test_many_that_ask_at_once_make_one_promotion(self, service: Served) -> None:
        service.complete(RUN)
        together = threading.Barrier(8)
        outcomes: list[Any] = []

        def ask(number: int) -> None:
            together.wait(30)
            try:
                outcomes.append(service.ask(RUN, request_id="one").name)
            except grpc.RpcError as error:
                outcomes.append(error.code())

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        names = {item for item in outcomes if isinstance(item, str)}
        assert len(outcomes) == 8
        assert len(names) == 1
        assert set(outcomes) - names <= {StatusCode.ABORTED}
        assert service.ask(RUN, request_id="one").name in names
        assert len(service.entries()) == 3


class TestBodies:
    def test_every_write_takes_its_rest_form(self, service: Served) -> None:
        record = service.call(
            service.records.CreateLineageRecord,
            lineage_record_service_pb2.CreateLineageRecordRequest(
                http_body=body(json.dumps({"run": RUN, "requestId": "1"}))
            ),
        )
        decision = service.call(
            service.gates.CreateGateDecision,
            gate_decision_service_pb2.CreateGateDecisionRequest(
                http_body=body(json.dumps({"run": RUN, "gate": "dev"}))
            ),
        )
        asked = service.call(
            service.promotions.CreatePromotion,
            promotion_service_pb2.CreatePromotionRequest(
                http_body=body(
                    json.dumps(
                        {"run": RUN, "targetStage": "STAGE_CANDIDATE", "justification": "why"}
                    )
                )
            ),
        )
        approved = service.call(
            service.promotions.ApprovePromotion,
            promotion_service_pb2.ApprovePromotionRequest(
                name=asked.name, http_body=body('{"comment": "seen"}')
            ),
            "anna",
        )

        assert record == service.record(RUN, request_id="1")
        assert decision.passed
        assert (asked.target_stage, asked.justification) == (CANDIDATE, "why")
        assert approved.state == promotion_pb2.Promotion.STATE_APPROVED

    def test_unknown_field_is_refused_and_nothing_recorded(self, service: Served) -> None:
        request = lineage_record_service_pb2.CreateLineageRecordRequest(
            http_body=body(json.dumps({"run": RUN, "state": "VERIFIED"}))
        )

        facts = refused(
            StatusCode.INVALID_ARGUMENT,
            "UNKNOWN_FIELD",
            lambda: service.call(service.records.CreateLineageRecord, request),
        )

        assert facts["found"] == "state"
        assert service.entries() == []

    def test_body_of_another_promotion_than_the_path_is_refused(self, service: Served) -> None:
        request = promotion_service_pb2.RejectPromotionRequest(
            name=NO_PROMOTION, http_body=body('{"name": "promotions/other", "comment": "x"}')
        )

        refused(
            StatusCode.INVALID_ARGUMENT,
            "INVALID_FIELD",
            lambda: service.call(service.promotions.RejectPromotion, request),
        )

    def test_every_violation_is_listed(self, service: Served) -> None:
        request = promotion_service_pb2.CreatePromotionRequest(run="goog", justification="x" * 4001)

        with pytest.raises(grpc.RpcError) as refusal:
            service.call(service.promotions.CreatePromotion, request)

        assert set(violations(refusal.value)) == {"run", "target_stage", "justification"}


class TestLedger:
    def test_empty_log_has_no_checkpoint_no_entry_and_no_proof(self, service: Served) -> None:
        for size in ("latest", 1):
            refused(
                StatusCode.NOT_FOUND,
                "LEDGER_CHECKPOINT_NOT_FOUND",
                lambda size=size: service.checkpoint(size),
            )
        facts = refused(
            StatusCode.NOT_FOUND, "LEDGER_ENTRY_NOT_FOUND", lambda: service.inclusion(0)
        )
        refused(StatusCode.INVALID_ARGUMENT, "PROOF_RANGE_INVALID", lambda: service.consistency(1))

        assert facts == {"name": "ledgerEntries/0", "size": "0"}

    def test_sizes_that_the_log_does_not_have_are_refused(self, service: Served) -> None:
        service.complete(RUN)

        for call in (
            lambda: service.inclusion(1, 1),
            lambda: service.inclusion(0, 3),
            lambda: service.consistency(3),
            lambda: service.consistency(2, 1),
            lambda: service.consistency(1, 3),
        ):
            facts = refused(StatusCode.INVALID_ARGUMENT, "PROOF_RANGE_INVALID", call)
            assert {"field", "found", "allowed"} <= set(facts)

    def test_entries_are_read_and_paged_oldest_first(self, service: Served) -> None:
        for _ in range(5):
            service.record(RUN)
        listing = ledger_service_pb2.ListLedgerEntriesRequest
        first = service.call(service.ledger.ListLedgerEntries, listing(page_size=3))
        second = service.call(
            service.ledger.ListLedgerEntries,
            listing(page_size=3, page_token=first.next_page_token),
        )
        one = ledger_service_pb2.GetLedgerEntryRequest(name="ledgerEntries/4")

        assert [entry.index for entry in first.ledger_entries] == [0, 1, 2]
        assert [entry.index for entry in second.ledger_entries] == [3, 4]
        assert second.next_page_token == ""
        assert service.call(service.ledger.GetLedgerEntry, one) == second.ledger_entries[1]

    def test_nobody_writes_the_log(self) -> None:
        methods = {
            method.name
            for method in ledger_service_pb2.DESCRIPTOR.services_by_name["LedgerService"].methods
        }

        assert all(name.startswith(("Get", "List", "Prove")) for name in methods)


def test_every_refusal_of_the_domain_has_one_wire_error_and_every_reason_is_sent() -> None:
    from aurelius.governance.v1.error_reason_pb2 import ErrorReason
    from aurelius_governance.domain.errors import GovernanceError

    sent = {wire.reason for wire in WIRE_ERRORS.values()}

    assert set(WIRE_ERRORS) == set(GovernanceError.__subclasses__())
    assert sent | {"ERROR_REASON_UNSPECIFIED"} == set(ErrorReason.keys())


def serving_bearer() -> Any:
    from tests.contract.governance.serving import ISSUER

    return ISSUER.bearer("rita", *ALL_ROLES)


def read(service: Served, name: str) -> Any:
    request = promotion_service_pb2.GetPromotionRequest(name=name)
    return service.call(service.promotions.GetPromotion, request)


def deciding(service: Served, verb: str, name: str) -> Any:
    if verb == "approve":
        return (
            service.promotions.ApprovePromotion,
            promotion_service_pb2.ApprovePromotionRequest(name=name, comment="mine"),
        )
    return (
        service.promotions.RejectPromotion,
        promotion_service_pb2.RejectPromotionRequest(name=name, comment="mine"),
    )
