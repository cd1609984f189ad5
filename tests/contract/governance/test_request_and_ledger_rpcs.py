"""Repetitions, REST bodies and the log over a real server."""

import json
import threading
from typing import Any

import grpc
import pytest
from grpc import StatusCode

from aurelius.governance.v1 import (
    gate_decision_service_pb2,
    ledger_service_pb2,
    lineage_record_service_pb2,
    promotion_pb2,
    promotion_service_pb2,
)
from aurelius_governance.rpc.errors import WIRE_ERRORS
from tests.contract.chassis.harness import violations
from tests.contract.governance.calls import (
    NO_PROMOTION,
    refused,
)
from tests.contract.governance.engine_double import OTHER_RUN, RUN, EngineDouble
from tests.contract.governance.serving import CANDIDATE, Served, body


class TestRepetition:
    def test_same_request_id_gives_the_same_answer_and_one_entry(
        self, service: Served, double: EngineDouble
    ) -> None:
        records = [service.record(RUN, request_id="r") for _ in range(2)]
        decisions = [service.gate(RUN, "crv", request_id="g") for _ in range(2)]
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
            lambda: service.record(OTHER_RUN, request_id="one"),
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
                http_body=body(json.dumps({"run": RUN, "gate": "crv"}))
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
