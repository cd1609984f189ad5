"""What the RPC tests share: refused calls and decisions."""

from typing import Any

import grpc
import pytest
from grpc import StatusCode

from aurelius.governance.v1 import (
    ledger_pb2,
    promotion_service_pb2,
)
from tests.contract.chassis.harness import info
from tests.contract.governance.serving import Served

NO_RUN = "runs/r" + "a" * 26
NO_GATE, NO_PROMOTION = "gateDecisions/g" + "a" * 26, "promotions/p" + "a" * 26
ENTRY = ledger_pb2.LedgerEntryType


def refused(code: StatusCode, reason: str, call: Any) -> Any:
    """Makes a call that must be refused; returns its ErrorInfo's metadata."""
    with pytest.raises(grpc.RpcError) as refusal:
        call()
    assert (refusal.value.code(), info(refusal.value).reason) == (code, f"ERROR_REASON_{reason}")
    return info(refusal.value).metadata


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
