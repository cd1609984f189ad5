"""The RPCs: each translates and decides nothing."""

from typing import TypeVar

import grpc

from aurelius.governance.v1 import (
    gate_decision_pb2,
    gate_decision_service_pb2,
    gate_decision_service_pb2_grpc,
    ledger_pb2,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    lineage_record_pb2,
    lineage_record_service_pb2,
    lineage_record_service_pb2_grpc,
    promotion_pb2,
    promotion_service_pb2,
    promotion_service_pb2_grpc,
)
from aurelius_chassis import page_tokens
from aurelius_chassis.caller import current_caller
from aurelius_governance.application.gate_decisions import GateDecisions
from aurelius_governance.application.ledgers import Ledgers
from aurelius_governance.application.lineage_records import LineageRecords
from aurelius_governance.application.promotions import Promotions
from aurelius_governance.rpc import mapping

Context = grpc.ServicerContext
T = TypeVar("T", int, str)
_ListRequest = (
    lineage_record_service_pb2.ListLineageRecordsRequest
    | gate_decision_service_pb2.ListGateDecisionsRequest
    | promotion_service_pb2.ListPromotionsRequest
    | ledger_service_pb2.ListLedgerEntriesRequest
)


class LineageRecordServicer(lineage_record_service_pb2_grpc.LineageRecordServiceServicer):
    """Serves LineageRecordService."""

    def __init__(self, records: LineageRecords):
        self._records = records

    def CreateLineageRecord(
        self, request: lineage_record_service_pb2.CreateLineageRecordRequest, context: Context
    ) -> lineage_record_pb2.LineageRecord:
        """Verifies a run."""
        return self._records.create(
            request.run, caller=current_caller().name, respond=mapping.lineage_record_to_proto
        )

    def GetLineageRecord(
        self, request: lineage_record_service_pb2.GetLineageRecordRequest, context: Context
    ) -> lineage_record_pb2.LineageRecord:
        """Gets a record."""
        return mapping.lineage_record_to_proto(self._records.get(request.name))

    def ListLineageRecords(
        self, request: lineage_record_service_pb2.ListLineageRecordsRequest, context: Context
    ) -> lineage_record_service_pb2.ListLineageRecordsResponse:
        """Lists records."""
        size = page_tokens.page_size(request.page_size)
        cursor = _cursor(request, "after_run", str)
        found = self._records.list(after_run=cursor or "", limit=size + 1)
        token = ""
        if len(found) > size:
            token = page_tokens.encode({"after_run": found[size - 1].run}, request)
        return lineage_record_service_pb2.ListLineageRecordsResponse(
            lineage_records=[mapping.lineage_record_to_proto(item) for item in found[:size]],
            next_page_token=token,
        )


class GateDecisionServicer(gate_decision_service_pb2_grpc.GateDecisionServiceServicer):
    """Serves GateDecisionService."""

    def __init__(self, decisions: GateDecisions):
        self._decisions = decisions

    def CreateGateDecision(
        self, request: gate_decision_service_pb2.CreateGateDecisionRequest, context: Context
    ) -> gate_decision_pb2.GateDecision:
        """Evaluates a gate."""
        return self._decisions.create(
            request.run,
            request.gate,
            validations=request.validations,
            caller=current_caller().name,
            respond=mapping.gate_decision_to_proto,
        )

    def GetGateDecision(
        self, request: gate_decision_service_pb2.GetGateDecisionRequest, context: Context
    ) -> gate_decision_pb2.GateDecision:
        """Gets a decision."""
        return mapping.gate_decision_to_proto(self._decisions.get(request.name))

    def ListGateDecisions(
        self, request: gate_decision_service_pb2.ListGateDecisionsRequest, context: Context
    ) -> gate_decision_service_pb2.ListGateDecisionsResponse:
        """Lists decisions."""
        size = page_tokens.page_size(request.page_size)
        found = self._decisions.list(
            run=request.run, before_index=_before_index(request), limit=size + 1
        )
        token = ""
        if len(found) > size:
            token = page_tokens.encode({"before_index": found[size - 1].ledger_index}, request)
        return gate_decision_service_pb2.ListGateDecisionsResponse(
            gate_decisions=[mapping.gate_decision_to_proto(item) for item in found[:size]],
            next_page_token=token,
        )


class PromotionServicer(promotion_service_pb2_grpc.PromotionServiceServicer):
    """Serves PromotionService."""

    def __init__(self, promotions: Promotions):
        self._promotions = promotions

    def CreatePromotion(
        self, request: promotion_service_pb2.CreatePromotionRequest, context: Context
    ) -> promotion_pb2.Promotion:
        """Asks for a promotion."""
        return self._promotions.create(
            request.run,
            mapping.stage_from_proto(request.target_stage),
            justification=request.justification,
            caller=current_caller().name,
            validate_only=request.validate_only,
            respond=mapping.promotion_to_proto,
        )

    def GetPromotion(
        self, request: promotion_service_pb2.GetPromotionRequest, context: Context
    ) -> promotion_pb2.Promotion:
        """Gets a promotion."""
        return mapping.promotion_to_proto(self._promotions.get(request.name))

    def ListPromotions(
        self, request: promotion_service_pb2.ListPromotionsRequest, context: Context
    ) -> promotion_service_pb2.ListPromotionsResponse:
        """Lists promotions."""
        size = page_tokens.page_size(request.page_size)
        found = self._promotions.list(
            run=request.run, before_index=_before_index(request), limit=size + 1
        )
        token = ""
        if len(found) > size:
            index = found[size - 1].request_ledger_index
            token = page_tokens.encode({"before_index": index}, request)
        return promotion_service_pb2.ListPromotionsResponse(
            promotions=[mapping.promotion_to_proto(item) for item in found[:size]],
            next_page_token=token,
        )

    def ApprovePromotion(
        self, request: promotion_service_pb2.ApprovePromotionRequest, context: Context
    ) -> promotion_pb2.Promotion:
        """Approves a promotion."""
        return self._promotions.approve(
            request.name,
            comment=request.comment,
            etag=request.etag,
            caller=current_caller().name,
            validate_only=request.validate_only,
            respond=mapping.promotion_to_proto,
        )

    def RejectPromotion(
        self, request: promotion_service_pb2.RejectPromotionRequest, context: Context
    ) -> promotion_pb2.Promotion:
        """Rejects a promotion."""
        return self._promotions.reject(
            request.name,
            comment=request.comment,
            etag=request.etag,
            caller=current_caller().name,
            validate_only=request.validate_only,
            respond=mapping.promotion_to_proto,
        )


class LedgerServicer(ledger_service_pb2_grpc.LedgerServiceServicer):
    """Serves LedgerService."""

    def __init__(self, ledgers: Ledgers, *, verifier_key: str):
        self._ledgers, self._verifier_key = ledgers, verifier_key

    def GetLedgerEntry(
        self, request: ledger_service_pb2.GetLedgerEntryRequest, context: Context
    ) -> ledger_pb2.LedgerEntry:
        """Gets an entry."""
        return mapping.ledger_entry_to_proto(self._ledgers.entry(request.name))

    def ListLedgerEntries(
        self, request: ledger_service_pb2.ListLedgerEntriesRequest, context: Context
    ) -> ledger_service_pb2.ListLedgerEntriesResponse:
        """Lists entries."""
        size = page_tokens.page_size(request.page_size)
        start = max(0, _cursor(request, "start", int) or 0)
        found = self._ledgers.entries(start=start, limit=size + 1)
        token = page_tokens.encode({"start": start + size}, request) if len(found) > size else ""
        return ledger_service_pb2.ListLedgerEntriesResponse(
            ledger_entries=[mapping.ledger_entry_to_proto(item) for item in found[:size]],
            next_page_token=token,
        )

    def GetLedgerCheckpoint(
        self, request: ledger_service_pb2.GetLedgerCheckpointRequest, context: Context
    ) -> ledger_pb2.LedgerCheckpoint:
        """Gets a checkpoint."""
        return mapping.checkpoint_to_proto(
            self._ledgers.checkpoint(request.name), verifier_key=self._verifier_key
        )

    def ProveLedgerInclusion(
        self, request: ledger_service_pb2.ProveLedgerInclusionRequest, context: Context
    ) -> ledger_pb2.LedgerInclusionProof:
        """Proves inclusion."""
        proof = self._ledgers.prove_inclusion(request.name, tree_size=request.tree_size)
        return mapping.inclusion_proof_to_proto(proof, verifier_key=self._verifier_key)

    def ProveLedgerConsistency(
        self, request: ledger_service_pb2.ProveLedgerConsistencyRequest, context: Context
    ) -> ledger_pb2.LedgerConsistencyProof:
        """Proves consistency."""
        proof = self._ledgers.prove_consistency(
            from_size=request.from_size, to_size=request.to_size
        )
        return mapping.consistency_proof_to_proto(proof, verifier_key=self._verifier_key)


def _cursor(request: _ListRequest, key: str, kind: type[T]) -> T | None:
    """Returns where the page begins; None for the first."""
    if not request.page_token:
        return None
    value: T = page_tokens.decode(request.page_token, request, {key: kind})[key]
    return value


def _before_index(request: _ListRequest) -> int | None:
    return _cursor(request, "before_index", int)
