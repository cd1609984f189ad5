"""Promotions over a real server: evidence, four eyes, refusals and pages."""

import json
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode

from aurelius.governance.v1 import (
    promotion_pb2,
    promotion_service_pb2,
)
from tests.contract.chassis.harness import detail, info
from tests.contract.chassis.tokens import ALL_ROLES
from tests.contract.governance.calls import (
    ENTRY,
    NO_PROMOTION,
    deciding,
    read,
    refused,
)
from tests.contract.governance.engine_double import RUN, RUNS, EngineDouble
from tests.contract.governance.serving import Served


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
