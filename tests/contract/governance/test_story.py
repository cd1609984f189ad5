"""From a run to its promotion, over a real server; the ledger is checked by a stranger."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode

from aurelius.governance.v1 import lineage_record_pb2, promotion_pb2
from tests.contract.chassis.harness import detail, info
from tests.contract.governance import engine_double, ledger_verifier
from tests.contract.governance.engine_double import RUN, EngineDouble
from tests.contract.governance.ledger_verifier import NotTrue
from tests.contract.governance.serving import PRODUCTION, Served, serving

NOT_COLLECTED = {
    "DATA_CONTENT",
    "TRANSFORMATIONS",
    "POLICY_OUTCOMES",
    "SIGNED_STATEMENT",
    "WALK_FORWARD",
    "CROSS_VALIDATION",
}


def raw(hashes: Any) -> list[bytes]:
    return [bytes.fromhex(item.removeprefix("sha256:")) for item in hashes]


def told(service: Served) -> list[Any]:
    """Tells the whole story and returns the log."""
    with pytest.raises(grpc.RpcError):
        service.ask(RUN)
    service.complete(RUN)
    asked = service.ask(RUN)
    with pytest.raises(grpc.RpcError):
        service.approve(asked.name, user="rita")
    service.approve(asked.name)
    with pytest.raises(grpc.RpcError):
        service.ask(RUN, stage=PRODUCTION)
    return service.entries()


def test_run_becomes_a_candidate_by_the_word_of_two_people(service: Served) -> None:
    record = service.record(RUN)
    decision = service.gate(RUN, "crv")
    asked = service.ask(RUN)
    approved = service.approve(asked.name)

    assert record.state == lineage_record_pb2.LineageRecord.STATE_VERIFIED
    assert {check.check: check.passed for check in decision.checks} == {
        "identity_verified": True,
        "lineage_verified": True,
        "replay_equal": True,
        "data_quality_clean": True,
        "run_checks_passed": True,
        "look_ahead_proof_passed": True,
        "robustness_passed": True,
        "execution_ambiguity_passed": True,
        "bootstrap_passed": True,
        "deflated_sharpe": True,
    }
    assert asked.state == promotion_pb2.Promotion.STATE_REQUESTED
    assert approved.state == promotion_pb2.Promotion.STATE_APPROVED
    assert (approved.requester, approved.decider) == ("users/rita", "users/anna")
    assert (approved.lineage_record, approved.gate_decision) == (record.name, decision.name)
    assert approved.etag != asked.etag


def test_production_is_refused_with_everything_that_is_not_collected(service: Served) -> None:
    service.complete(RUN)

    with pytest.raises(grpc.RpcError) as refusal:
        service.ask(RUN, stage=PRODUCTION)

    failure = detail(refusal.value, error_details_pb2.PreconditionFailure)
    assert refusal.value.code() is StatusCode.FAILED_PRECONDITION
    assert info(refusal.value).reason == "ERROR_REASON_EVIDENCE_INCOMPLETE"
    assert info(refusal.value).metadata["missing_count"] == str(len(NOT_COLLECTED) + 1)
    *absent, label = failure.violations
    assert {item.type for item in absent} == {"EVIDENCE_NOT_COLLECTED"}
    assert {item.description.split()[0] for item in absent} == NOT_COLLECTED
    assert (label.type, label.subject) == ("LABEL_REFUSED", RUN)
    assert label.description.startswith("the run is labelled zero_slippage: ")
    assert info(refusal.value).metadata["ledger_entry"] == service.entries()[-1].name


def test_log_of_the_story_is_verified_by_a_stranger(service: Served) -> None:
    entries = told(service)
    newest = service.checkpoint()

    documents = ledger_verifier.verify_log(
        [entry.entry_json.encode() for entry in entries], newest.signed_note, newest.verifier_key
    )

    assert [document["type"] for document in documents] == [
        "promotion_refused",
        "lineage_recorded",
        "gate_decided",
        "promotion_requested",
        "promotion_refused",
        "promotion_approved",
        "promotion_refused",
    ]
    assert [document["actor"] for document in documents] == [
        *["users/rita"] * 5,
        "users/anna",
        "users/rita",
    ]
    assert documents[4]["facts"]["reason"] == "SELF_APPROVAL"
    missing = [item["type"] for item in documents[6]["facts"]["missing"]]
    assert missing == ["EVIDENCE_NOT_COLLECTED"] * len(NOT_COLLECTED) + ["LABEL_REFUSED"]


def test_every_proof_of_every_size_is_verified_by_a_stranger(service: Served) -> None:
    entries = told(service)
    notes = {size: service.checkpoint(size).signed_note for size in range(1, len(entries) + 1)}
    key = service.governance.verifier_key

    for size in range(1, len(entries) + 1):
        for index in range(size):
            proof = service.inclusion(index, size)
            ledger_verifier.verify_inclusion(
                entries[index].entry_json.encode(), index, raw(proof.hashes), notes[size], key
            )
        for old in range(1, size + 1):
            growth = service.consistency(old, size)
            ledger_verifier.verify_growth(notes[old], notes[size], raw(growth.hashes), key)


def test_proof_of_another_entry_or_a_cut_one_is_not_verified(service: Served) -> None:
    entries = told(service)
    note, key = service.checkpoint().signed_note, service.governance.verifier_key
    path = raw(service.inclusion(2).hashes)
    entry = entries[2].entry_json.encode()

    for wrong in (
        (entries[3].entry_json.encode(), 2, path),
        (entry, 3, path),
        (entry, 2, path[:-1]),
        (entry, 2, [*path, path[-1]]),
        (entry, 2, path[::-1]),
        (entry, 99, path),
    ):
        with pytest.raises(NotTrue):
            ledger_verifier.verify_inclusion(*wrong, note, key)
    with pytest.raises(NotTrue):
        ledger_verifier.verify_inclusion(entry, 2, path, note.replace("\n7\n", "\n8\n"), key)


def _edit(connection: sqlite3.Connection) -> None:
    connection.execute(
        "UPDATE ledger_entries"
        " SET content = CAST(replace(content, 'users/anna', 'users/rita') AS BLOB)"
        " WHERE entry_index = 5"
    )


def _drop(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM ledger_entries WHERE entry_index = 4")
    connection.execute("UPDATE ledger_entries SET entry_index = 4 WHERE entry_index = 5")
    connection.execute("UPDATE ledger_entries SET entry_index = 5 WHERE entry_index = 6")


def _drop_last(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM ledger_entries WHERE entry_index = 6")


def _reorder(connection: sqlite3.Connection) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        connection.execute(
            f"UPDATE ledger_entries SET entry_index = {new} WHERE entry_index = {old}"
        )


@pytest.mark.parametrize("attack", [_edit, _drop, _drop_last, _reorder])
def test_entry_that_was_changed_in_the_file_is_detected(
    service: Served, attack: Callable[[sqlite3.Connection], None]
) -> None:
    before = [entry.entry_json.encode() for entry in told(service)]
    newest = service.checkpoint()
    ledger_verifier.verify_log(before, newest.signed_note, newest.verifier_key)

    with sqlite3.connect(service.database_file, isolation_level=None) as connection:
        for verb in ("update", "delete"):
            connection.execute(f"DROP TRIGGER ledger_entries_refuse_{verb}")
        attack(connection)
    connection.close()
    after = [entry.entry_json.encode() for entry in service.entries()]

    assert after != before
    with pytest.raises(NotTrue):
        ledger_verifier.verify_log(after, newest.signed_note, newest.verifier_key)


def test_log_that_was_built_anew_is_detected_by_whoever_kept_a_checkpoint(
    service: Served, tmp_path: Path
) -> None:
    told(service)
    kept = service.checkpoint(3).signed_note
    forged = tmp_path / "forged"
    forged.mkdir()
    (forged / "ledger.pem").write_bytes((tmp_path / "ledger.pem").read_bytes())
    (forged / "ledger.pem").chmod(0o600)
    with engine_double.serving(EngineDouble()) as target, serving(forged, target) as other:
        told(other)
        growth = other.consistency(3)
        key = other.governance.verifier_key
        ledger_verifier.verify_growth(
            growth.from_checkpoint.signed_note,
            growth.to_checkpoint.signed_note,
            raw(growth.hashes),
            key,
        )

        with pytest.raises(NotTrue):
            ledger_verifier.verify_growth(
                kept, growth.to_checkpoint.signed_note, raw(growth.hashes), key
            )
