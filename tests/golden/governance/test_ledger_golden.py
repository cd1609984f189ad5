"""The bytes of entries and notes, against a file that any language can run."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aurelius_governance.domain import merkle, signed_note
from aurelius_governance.domain.ledger import Decision, EntryType
from aurelius_governance.domain.signed_note import TreeHead
from tests.contract.governance import ledger_verifier

CASE: dict[str, Any] = json.loads((Path(__file__).parent / "ledger_two_entries.json").read_text())
WANT = CASE["want"]


class SeedSigner:
    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def test_decisions_become_the_bytes_of_the_file() -> None:
    entries = [
        Decision(
            type=EntryType(item["type"]),
            actor=item["actor"],
            time=datetime.fromisoformat(item["time"]),
            subject=item["subject"],
            facts=item["facts"],
        ).canonical_bytes(index)
        for index, item in enumerate(CASE["input"]["decisions"])
    ]

    assert [entry.decode() for entry in entries] == WANT["entries"]
    assert [merkle.leaf_hash(entry).hex() for entry in entries] == WANT["leaves_hex"]


def test_note_of_the_file_is_the_one_that_its_key_signs() -> None:
    signer = SeedSigner(bytes.fromhex(CASE["input"]["private_key_seed_hex"]))
    head = TreeHead(size=2, root=bytes.fromhex(WANT["root_hex"]))

    assert signed_note.sign_checkpoint(head, signer) == WANT["signed_note"]
    assert signed_note.verifier_key(signer.public_key) == WANT["verifier_key"]


def test_stranger_accepts_the_file() -> None:
    documents = ledger_verifier.verify_log(
        [entry.encode() for entry in WANT["entries"]], WANT["signed_note"], WANT["verifier_key"]
    )

    assert [item["actor"] for item in documents] == ["users/rita", "users/ana"]
