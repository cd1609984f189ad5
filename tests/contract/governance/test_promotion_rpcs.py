"""Promotions over a real server: evidence, four eyes, refusals and pages."""

import json
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode

from aurelius.engine.v1 import backtest_pb2
from aurelius.governance.v1 import (
    promotion_pb2,
    promotion_service_pb2,
)
from tests.contract.chassis.harness import detail, info
from tests.contract.chassis.tokens import ALL_ROLES
from tests.contract.governance.calls import (
    ENTRY,
    NO_PROMOTION,
    NO_RUN,
    deciding,
    read,
    refused,
)
from tests.contract.governance.engine_double import RUN, RUNS, EngineDouble
from tests.contract.governance.serving import Served


def edit_metric(run: backtest_pb2.Backtest) -> None:
    run.result.metrics[0].value = 900000.0


def change_the_dataset(double: EngineDouble) -> None:
    double.provenance["provider"] = "another"


FAILED, CHANGED = "EVIDENCE_FAILED", "EVIDENCE_CHANGED"
# What happens to a run after its lineage was recorded, and what its promotion then lacks.
LOSSES: dict[str, tuple[Callable[[EngineDouble], object], list[str]]] = {
    "artifact": (lambda double: double.contents.update(equity=b"not arrow"), [FAILED] * 3),
    "statement": (lambda double: setattr(double, "edit", edit_metric), [FAILED]),
    "provenance": (change_the_dataset, [CHANGED]),
    "record": (
        lambda double: setattr(double, "refusal", (StatusCode.DATA_LOSS, "damaged")),
        [FAILED],
    ),
    "not sealed": (
        lambda double: setattr(double, "state", backtest_pb2.Backtest.STATE_QUARANTINED),
        [FAILED],
    ),
}


def missing_of(refusal: grpc.RpcError) -> list[tuple[str, str]]:
    """Returns the types and descriptions of what a refused promotion lacks."""
    assert info(refusal).reason == "ERROR_REASON_EVIDENCE_INCOMPLETE"
    failure = detail(refusal, error_details_pb2.PreconditionFailure)
    return [(item.type, item.description) for item in failure.violations]


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

    @pytest.mark.parametrize("validate_only", [False, True])
    @pytest.mark.parametrize("loss", sorted(LOSSES))
    def test_approval_verifies_the_run_again(
        self, service: Served, double: EngineDouble, loss: str, validate_only: bool
    ) -> None:
        service.complete(RUN)
        asked = service.ask(RUN)
        lose, wanted = LOSSES[loss]
        lose(double)

        with pytest.raises(grpc.RpcError) as refusal:
            service.approve(asked.name, validate_only=validate_only)

        missing = missing_of(refusal.value)
        assert [kind for kind, _ in missing] == wanted
        newest = service.entries()[-1]
        if validate_only:
            assert newest.type == ENTRY.LEDGER_ENTRY_TYPE_PROMOTION_REQUESTED
            assert info(refusal.value).metadata["ledger_entry"] == ""
        else:
            assert info(refusal.value).metadata["ledger_entry"] == newest.name
            logged = json.loads(newest.entry_json)
            assert (logged["type"], logged["actor"]) == ("promotion_refused", "users/anna")
            assert [(x["type"], x["description"]) for x in logged["facts"]["missing"]] == missing
        assert read(service, asked.name).state == promotion_pb2.Promotion.STATE_REQUESTED
        assert service.reject(asked.name).state == promotion_pb2.Promotion.STATE_REJECTED

    def test_approval_asks_the_engine_with_the_approvers_token(
        self, service: Served, double: EngineDouble
    ) -> None:
        service.complete(RUN)
        asked = service.ask(RUN)
        double.tokens.clear()
        token = dict(service.issuer.bearer("anna", "ROLE_APPROVER"))["authorization"]
        request = promotion_service_pb2.ApprovePromotionRequest(name=asked.name, comment="seen")

        service.promotions.ApprovePromotion(
            request, metadata=(("authorization", token),), timeout=60
        )

        assert double.tokens == {token}

    @pytest.mark.parametrize("loss", sorted(LOSSES.keys() - {"not sealed"}))
    def test_request_verifies_the_run_again(
        self, service: Served, double: EngineDouble, loss: str
    ) -> None:
        service.complete(RUN)
        lose, wanted = LOSSES[loss]
        lose(double)

        with pytest.raises(grpc.RpcError) as refusal:
            service.ask(RUN)

        assert [kind for kind, _ in missing_of(refusal.value)] == wanted
        assert info(refusal.value).metadata["ledger_entry"] == service.entries()[-1].name

    @pytest.mark.parametrize("validate_only", [False, True])
    def test_engine_that_cannot_be_asked_decides_nothing(
        self, service: Served, double: EngineDouble, validate_only: bool
    ) -> None:
        service.complete(RUN)
        asked = service.ask(RUN)
        double.refusal = (StatusCode.UNAVAILABLE, "away")

        for call in (
            lambda: service.approve(asked.name, validate_only=validate_only),
            lambda: service.ask(RUN, validate_only=validate_only),
        ):
            refused(StatusCode.UNAVAILABLE, "ENGINE_UNAVAILABLE", call)

        assert len(service.entries()) == 3
        assert read(service, asked.name) == asked
        double.refusal = None
        assert service.approve(asked.name).decider == "users/anna"

    def test_request_for_a_run_that_nobody_has_is_not_found_and_not_logged(
        self, service: Served, double: EngineDouble
    ) -> None:
        facts = refused(StatusCode.NOT_FOUND, "RUN_NOT_FOUND", lambda: service.ask(NO_RUN))
        double.state = backtest_pb2.Backtest.STATE_RUNNING
        refused(StatusCode.FAILED_PRECONDITION, "RUN_NOT_SEALED", lambda: service.ask(RUN))

        assert facts == {"run": NO_RUN}
        assert service.entries() == []

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
