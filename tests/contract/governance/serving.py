"""The governance service on loopback, as it is started, with an issuer of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.api import httpbody_pb2

from aurelius.governance.v1 import (
    gate_decision_service_pb2 as gates_pb2,
)
from aurelius.governance.v1 import (
    gate_decision_service_pb2_grpc,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    lineage_record_service_pb2_grpc,
    promotion_pb2,
    promotion_service_pb2_grpc,
)
from aurelius.governance.v1 import (
    lineage_record_service_pb2 as lineage_pb2,
)
from aurelius.governance.v1 import (
    promotion_service_pb2 as promotions_pb2,
)
from aurelius_governance.main import Governance, Settings, build
from tests.contract.chassis.tokens import ALL_ROLES, Issuer

ISSUER = Issuer()
CANDIDATE = promotion_pb2.Promotion.STAGE_CANDIDATE
PRODUCTION = promotion_pb2.Promotion.STAGE_PRODUCTION
TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Served:
    """A running service and short names for its calls. Everybody has every role but ADMIN."""

    governance: Governance
    database_file: Path
    records: lineage_record_service_pb2_grpc.LineageRecordServiceStub
    gates: gate_decision_service_pb2_grpc.GateDecisionServiceStub
    promotions: promotion_service_pb2_grpc.PromotionServiceStub
    ledger: ledger_service_pb2_grpc.LedgerServiceStub
    issuer: Issuer = ISSUER

    def call(self, method: Any, request: Any, user: str = "rita", roles: Any = ALL_ROLES) -> Any:
        """Calls a method as a user."""
        return method(request, metadata=self.issuer.bearer(user, *roles), timeout=TIMEOUT_SECONDS)

    def record(self, run: str, **fields: Any) -> Any:
        request = lineage_pb2.CreateLineageRecordRequest(run=run, **fields)
        return self.call(self.records.CreateLineageRecord, request)

    def gate(self, run: str, gate: str = "dev", **fields: Any) -> Any:
        request = gates_pb2.CreateGateDecisionRequest(run=run, gate=gate, **fields)
        return self.call(self.gates.CreateGateDecision, request)

    def ask(self, run: str, *, stage: Any = CANDIDATE, user: str = "rita", **fields: Any) -> Any:
        request = promotions_pb2.CreatePromotionRequest(
            run=run, target_stage=stage, justification="it works", **fields
        )
        return self.call(self.promotions.CreatePromotion, request, user)

    def approve(self, name: str, *, user: str = "anna", **fields: Any) -> Any:
        request = promotions_pb2.ApprovePromotionRequest(name=name, comment="seen", **fields)
        return self.call(self.promotions.ApprovePromotion, request, user)

    def reject(self, name: str, *, user: str = "anna", **fields: Any) -> Any:
        request = promotions_pb2.RejectPromotionRequest(name=name, comment="no", **fields)
        return self.call(self.promotions.RejectPromotion, request, user)

    def complete(self, run: str) -> None:
        """Records the lineage and passes the gate that promotes."""
        self.record(run)
        decision = self.gate(run, "crv")
        assert decision.passed, decision.checks

    def entries(self) -> list[Any]:
        """Returns the whole log."""
        request = ledger_service_pb2.ListLedgerEntriesRequest(page_size=1000)
        return list(self.call(self.ledger.ListLedgerEntries, request).ledger_entries)

    def checkpoint(self, size: int | str = "latest") -> Any:
        request = ledger_service_pb2.GetLedgerCheckpointRequest(name=f"ledgerCheckpoints/{size}")
        return self.call(self.ledger.GetLedgerCheckpoint, request)

    def inclusion(self, index: int, tree_size: int = 0) -> Any:
        request = ledger_service_pb2.ProveLedgerInclusionRequest(
            name=f"ledgerEntries/{index}", tree_size=tree_size
        )
        return self.call(self.ledger.ProveLedgerInclusion, request)

    def consistency(self, from_size: int, to_size: int = 0) -> Any:
        request = ledger_service_pb2.ProveLedgerConsistencyRequest(
            from_size=from_size, to_size=to_size
        )
        return self.call(self.ledger.ProveLedgerConsistency, request)


def settings(folder: Path, engine_target: str) -> Settings:
    """Returns settings that keep everything in a folder."""
    return Settings(
        listen="127.0.0.1:0",
        database_url=f"sqlite:///{folder / 'governance.db'}",
        engine_target=engine_target,
        gateway_target="127.0.0.1:1",
        signing_key_file=folder / "ledger.pem",
        engine_call_timeout_seconds=30.0,
        replay_timeout_seconds=30.0,
        drain_seconds=0.0,
    )


@contextmanager
def serving(folder: Path, engine_target: str, issuer: Issuer = ISSUER) -> Iterator[Served]:
    """Starts the service on what a folder holds, and stops it."""
    governance = build(settings(folder, engine_target), fetch_keys=issuer.key_set)
    governance.server.start()
    channel = grpc.insecure_channel(f"127.0.0.1:{governance.server.port}")
    try:
        yield served(governance, channel, folder / "governance.db", issuer)
    finally:
        channel.close()
        governance.stop(0)


def served(
    governance: Any, channel: grpc.Channel, database_file: Path, issuer: Issuer = ISSUER
) -> Served:
    return Served(
        governance,
        database_file,
        lineage_record_service_pb2_grpc.LineageRecordServiceStub(channel),
        gate_decision_service_pb2_grpc.GateDecisionServiceStub(channel),
        promotion_service_pb2_grpc.PromotionServiceStub(channel),
        ledger_service_pb2_grpc.LedgerServiceStub(channel),
        issuer,
    )


def body(text: str) -> httpbody_pb2.HttpBody:
    """Returns the body that the REST edge makes of JSON."""
    return httpbody_pb2.HttpBody(content_type="application/json", data=text.encode())
