"""Governance against the real engine on loopback, on real prices."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2

from aurelius.governance.v1 import lineage_record_pb2, promotion_pb2
from tests.contract.chassis.harness import detail, info
from tests.contract.chassis.tokens import Issuer
from tests.contract.engine import serving as engines
from tests.contract.engine import test_sealed_records as sealed_records
from tests.contract.governance.serving import Served, serving

VERIFIED = lineage_record_pb2.EvidenceItem.STATE_VERIFIED
FAILED = lineage_record_pb2.EvidenceItem.STATE_FAILED
KIND = lineage_record_pb2.EvidenceKind
ROWS = 400
# What passes the gate on these prices: nothing is chosen, and costs are paid.
HELD = {
    "strategy": {"buyAndHold": {}},
    "commission": {"valueRatio": 0.001},
    "slippage": {"halfSpreadRatio": 0.0005},
}


@pytest.fixture
def prices(goog_csv: Path) -> bytes:
    """The first bars of GOOG, and as many of another symbol made of the same days."""
    header, *lines = goog_csv.read_bytes().splitlines()[: ROWS + 1]
    other = [line.replace(b",GOOG,", b",AAPL,") for line in lines]
    return b"\n".join([header, *lines, *other]) + b"\n"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[engines.Served]:
    with engines.serving(tmp_path) as engine:
        yield engine


@pytest.fixture
def service(engine: engines.Served, tmp_path: Path) -> Iterator[Served]:
    issuer = Issuer(engines.KEY_ID)
    issuer.key = engines.KEY
    with serving(tmp_path, engine.target, issuer) as service:
        yield service


def states(record: Any, state: int) -> set[int]:
    return {item.kind for item in record.evidence if item.state == state}


def test_sealed_run_is_verified_replayed_and_promoted(
    engine: engines.Served, service: Served, prices: bytes
) -> None:
    engine.register(prices)
    run = engine.sealed(**HELD)

    record = service.record(run.name)
    decision = service.gate(run.name, "crv")
    promotion = service.approve(service.ask(run.name).name)

    assert record.state == lineage_record_pb2.LineageRecord.STATE_VERIFIED
    assert states(record, FAILED) == set()
    assert sum(item.kind == KIND.EVIDENCE_KIND_ARTIFACT for item in record.evidence) == 9
    (result,) = [x for x in record.evidence if x.kind == KIND.EVIDENCE_KIND_RESULT_DIGEST]
    assert result.observed == run.result.result_digest
    assert record.data.data_hash == run.identity.data_hash
    assert decision.passed
    assert decision.checks[2].observed == run.result.result_digest
    assert promotion.decider == "users/anna"


def test_specification_survives_the_trip_whatever_was_left_out_or_in(
    engine: engines.Served, service: Served, prices: bytes
) -> None:
    engine.register(prices)
    run = engine.sealed(
        seed=2**64 - 1,
        symbols=["GOOG", "AAPL"],
        startTime="2004-09-01T00:00:00Z",
        endTime="2005-12-31T00:00:00.000000001Z",
        riskFreeRatio=0.1,
        units="UNITS_INTEGER",
    )

    record = service.record(run.name)

    assert run.identity.seed == 2**64 - 1
    assert states(record, FAILED) == set()
    assert {KIND.EVIDENCE_KIND_SPEC_HASH, KIND.EVIDENCE_KIND_RUN_ID} <= states(record, VERIFIED)


def equity_object(folder: Path) -> Path:
    """Returns the one stored object that is the equity artifact."""
    (path,) = [
        path
        for path in (folder / "objects").rglob("*")
        if path.is_file() and b"position_value" in path.read_bytes()
    ]
    return path


def flipped(content: bytes) -> bytes:
    """Returns the bytes with one bit in their middle changed."""
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_artifact_that_is_tampered_with_after_the_gate_is_not_approved(
    engine: engines.Served, service: Served, prices: bytes, tmp_path: Path
) -> None:
    engine.register(prices)
    run = engine.sealed(**HELD).name
    service.complete(run)
    asked = service.ask(run)
    path = equity_object(tmp_path)
    content = path.read_bytes()
    path.write_bytes(flipped(content))

    with pytest.raises(grpc.RpcError) as refusal:
        service.approve(asked.name)
    refused_entry = service.entries()[-1]
    path.write_bytes(content)
    approved = service.approve(asked.name)

    failure = detail(refusal.value, error_details_pb2.PreconditionFailure)
    assert [(item.type, item.subject) for item in failure.violations] == [
        ("EVIDENCE_FAILED", f"{run}/artifacts/equity"),
        ("EVIDENCE_FAILED", run),
        ("EVIDENCE_FAILED", run),
    ]
    assert info(refusal.value).metadata["ledger_entry"] == refused_entry.name
    assert json.loads(refused_entry.entry_json)["type"] == "promotion_refused"
    assert approved.state == promotion_pb2.Promotion.STATE_APPROVED


def test_labels_of_a_run_that_costs_nothing_are_those_that_governance_derives(
    engine: engines.Served, service: Served, prices: bytes
) -> None:
    engine.register(prices)
    run = engine.sealed(direction="DIRECTION_LONG_SHORT", commission={})

    record = service.record(run.name)

    assert list(run.result.labels) == [
        "corporate_actions_not_applied",
        "no_margin_call",
        "volume_ignored",
        "zero_borrow_fee",
        "zero_commission",
        "zero_margin_interest",
        "zero_slippage",
    ]
    assert KIND.EVIDENCE_KIND_STATED_RESULT in states(record, VERIFIED)


@pytest.mark.parametrize("edit", [sealed_records.final_equity, sealed_records.row_count])
def test_summary_that_is_edited_in_the_engines_database_promotes_nothing(
    engine: engines.Served,
    service: Served,
    prices: bytes,
    tmp_path: Path,
    edit: sealed_records.Edit,
) -> None:
    engine.register(prices)
    sealed = engine.sealed(**HELD)
    run = sealed.name
    service.complete(run)
    sealed_records.edit_summary(tmp_path, sealed, edit)

    with pytest.raises(grpc.RpcError) as recorded:
        service.record(run)
    with pytest.raises(grpc.RpcError) as refusal:
        service.ask(run)

    failure = detail(refusal.value, error_details_pb2.PreconditionFailure)
    assert info(recorded.value).reason == "ERROR_REASON_RUN_DAMAGED"
    assert [(item.type, item.subject) for item in failure.violations] == [("EVIDENCE_FAILED", run)]


@pytest.mark.parametrize("damage", ["changed", "cut", "gone"])
def test_artifact_that_was_tampered_with_on_disk_fails(
    engine: engines.Served, service: Served, prices: bytes, tmp_path: Path, damage: str
) -> None:
    engine.register(prices)
    run = engine.sealed()
    assert service.gate(run.name).passed is False  # nobody recorded it yet
    before = service.record(run.name)
    path = equity_object(tmp_path)
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:
        path.write_bytes(flipped(path.read_bytes()))

    after = service.record(run.name)
    decision = service.gate(run.name)

    assert before.state == lineage_record_pb2.LineageRecord.STATE_VERIFIED
    assert after.state == lineage_record_pb2.LineageRecord.STATE_FAILED
    failed = [item for item in after.evidence if item.state == FAILED]
    assert [(item.kind, item.subject) for item in failed] == [
        (KIND.EVIDENCE_KIND_ARTIFACT, f"{run.name}/artifacts/equity"),
        (KIND.EVIDENCE_KIND_RESULT_DIGEST, run.name),
        (KIND.EVIDENCE_KIND_STATED_RESULT, run.name),
    ]
    assert not decision.passed
