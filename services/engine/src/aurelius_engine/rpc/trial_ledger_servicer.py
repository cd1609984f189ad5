"""TrialLedgerService: each RPC translates and decides nothing."""

import grpc

from aurelius.engine.v1 import (
    trial_ledger_pb2,
    trial_ledger_service_pb2,
    trial_ledger_service_pb2_grpc,
)
from aurelius_chassis import page_tokens
from aurelius_engine.application.trial_ledger import TrialLedger
from aurelius_engine.domain.trial_log import TrialEntry
from aurelius_engine.rpc.mapping import timestamp
from aurelius_engine.rpc.pages import fitting
from aurelius_engine.rpc.validation_mapping import statistic_to_proto

Context = grpc.ServicerContext


class TrialLedgerServicer(trial_ledger_service_pb2_grpc.TrialLedgerServiceServicer):
    """Serves TrialLedgerService."""

    def __init__(self, ledger: TrialLedger) -> None:
        """Takes the use case."""
        self._ledger = ledger

    def ListTrialEntries(
        self, request: trial_ledger_service_pb2.ListTrialEntriesRequest, context: Context
    ) -> trial_ledger_service_pb2.ListTrialEntriesResponse:
        """Lists entries."""
        size, start = page_tokens.page_size(request.page_size), 0
        if request.page_token:
            decoded = page_tokens.decode(request.page_token, request, {"start": int})
            start = int(decoded["start"])
        found = self._ledger.entries(start=start, limit=size + 1)
        entries = [_entry(start + place, entry) for place, entry in enumerate(found[:size])]
        count = fitting(entries)
        token = ""
        if len(found) > count:
            token = page_tokens.encode({"start": start + count}, request)
        return trial_ledger_service_pb2.ListTrialEntriesResponse(
            trial_entries=entries[:count], next_page_token=token
        )

    def ProveTrialEntry(
        self, request: trial_ledger_service_pb2.ProveTrialEntryRequest, context: Context
    ) -> trial_ledger_service_pb2.ProveTrialEntryResponse:
        """Proves an entry."""
        place = int(request.name.partition("/")[2])
        proof = self._ledger.prove(place, request.log_size, request.from_log_size)
        return trial_ledger_service_pb2.ProveTrialEntryResponse(
            trial_entry=_entry(place, proof.entry),
            log_size=proof.size,
            root_hash=proof.root,
            hashes=proof.hashes,
            consistency_hashes=proof.consistency,
        )

    def AssessTrials(
        self, request: trial_ledger_service_pb2.AssessTrialsRequest, context: Context
    ) -> trial_ledger_pb2.TrialAssessment:
        """Assesses a run."""
        found = self._ledger.assess(request.name, request.log_size, lambda: not context.is_active())
        message = trial_ledger_pb2.TrialAssessment(
            run=found.run,
            log_size=found.size,
            root_hash=found.root,
            data_hashes=found.data_hashes,
            trial_count=found.trials,
            unnamed_count=found.unnamed,
            sharpe_count=found.sharpes,
            statistics=map(statistic_to_proto, found.statistics),
            trial_entry="" if found.place is None else f"trialEntries/{found.place}",
        )
        for strategy, reason in found.strategies.items():
            message.strategies.add(strategy=strategy, reason=reason)
        return message


def _entry(place: int, entry: TrialEntry) -> trial_ledger_pb2.TrialEntry:
    message = trial_ledger_pb2.TrialEntry(
        name=f"trialEntries/{place}",
        subject=entry.subject,
        event=entry.event,
        attempt=entry.attempt,
        data_hash=entry.data_hash,
        strategies=entry.strategies,
        document_hash=entry.document_hash,
        planned_count=entry.planned_count,
        executed_count=entry.executed_count,
        result_digest=entry.result_digest,
        time=timestamp(entry.time),
        content=entry.content().decode(),
    )
    if entry.sharpe_ratio is not None:
        message.sharpe_ratio = entry.sharpe_ratio
    return message
