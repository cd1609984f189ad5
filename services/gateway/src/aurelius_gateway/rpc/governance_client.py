"""Governance over gRPC, asked with the caller's own token."""

from collections.abc import Callable, Sequence

import grpc

from aurelius.governance.v1 import (
    gate_decision_service_pb2,
    gate_decision_service_pb2_grpc,
    lineage_record_service_pb2,
    lineage_record_service_pb2_grpc,
)
from aurelius_gateway.application.services import GateFacts, LineageFacts
from aurelius_gateway.rpc import mapping
from aurelius_gateway.rpc.service_calls import ServiceCalls

Metadata = tuple[tuple[str, str | bytes], ...]
_GATE = "crv"


class GrpcGovernance:
    """Implements the port `Governance`."""

    def __init__(
        self,
        channel: grpc.Channel,
        *,
        calls: ServiceCalls,
        outgoing_metadata: Callable[[], Metadata],
        timeout_seconds: float,
    ):
        self._records = lineage_record_service_pb2_grpc.LineageRecordServiceStub(channel)
        self._gates = gate_decision_service_pb2_grpc.GateDecisionServiceStub(channel)
        self._calls, self._metadata = calls, outgoing_metadata
        self._timeout = timeout_seconds

    def record_lineage(self, run: str, *, request_id: str) -> LineageFacts:
        """See the port."""
        request = lineage_record_service_pb2.CreateLineageRecordRequest(
            run=run, request_id=request_id
        )
        record = self._calls.unary(
            lambda: self._records.CreateLineageRecord(
                request, timeout=self._timeout, metadata=self._metadata()
            )
        )
        return mapping.lineage_from_proto(record)

    def decide_gate(self, run: str, *, validations: Sequence[str], request_id: str) -> GateFacts:
        """See the port."""
        request = gate_decision_service_pb2.CreateGateDecisionRequest(
            run=run, gate=_GATE, validations=validations, request_id=request_id
        )
        decision = self._calls.unary(
            lambda: self._gates.CreateGateDecision(
                request, timeout=self._timeout, metadata=self._metadata()
            )
        )
        return mapping.gate_from_proto(decision)
