"""The SDK's own check of proofs against logs that governance's code built."""

import base64
import hashlib
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from aurelius.governance.v1 import ledger_pb2
from aurelius_client.ledger_proofs import ProofInvalid, verify_consistency, verify_inclusion
from aurelius_governance.domain import merkle, signed_note

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


class KeySigner:
    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


SIGNER = KeySigner(KEY)
PINNED = signed_note.verifier_key(SIGNER.public_key)


def entry_text(index: int) -> str:
    return json.dumps({"index": str(index), "subject": f"runs/{index}"})


def nodes_of(size: int) -> Callable[[int, int], bytes]:
    nodes: dict[tuple[int, int], bytes] = {}
    for index in range(size):
        leaf = merkle.leaf_hash(entry_text(index).encode())
        read = lambda level, at: nodes[level, at]  # noqa: E731
        for level, position, node in merkle.completed_nodes(index, leaf, read):
            nodes[level, position] = node
    return lambda level, at: nodes[level, at]


def checkpoint(size: int, signer: KeySigner = SIGNER) -> ledger_pb2.LedgerCheckpoint:
    head = signed_note.TreeHead(size=size, root=merkle.root_hash(size, nodes_of(size)))
    return ledger_pb2.LedgerCheckpoint(signed_note=signed_note.sign_checkpoint(head, signer))


def inclusion(index: int, size: int) -> ledger_pb2.LedgerInclusionProof:
    text = entry_text(index)
    hashes = merkle.inclusion_proof(index, size, nodes_of(size))
    return ledger_pb2.LedgerInclusionProof(
        entry=ledger_pb2.LedgerEntry(
            name=f"ledgerEntries/{index}",
            index=index,
            entry_json=text,
            leaf_hash="sha256:" + merkle.leaf_hash(text.encode()).hex(),
        ),
        checkpoint=checkpoint(size),
        hashes=[f"sha256:{item.hex()}" for item in hashes],
    )


def consistency(old: int, new: int) -> ledger_pb2.LedgerConsistencyProof:
    return ledger_pb2.LedgerConsistencyProof(
        from_checkpoint=checkpoint(old),
        to_checkpoint=checkpoint(new),
        hashes=[f"sha256:{x.hex()}" for x in merkle.consistency_proof(old, new, nodes_of(new))],
    )


@given(st.data())
def test_every_true_inclusion_proof_holds(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))

    verify_inclusion(inclusion(index, size), PINNED)


@given(st.data())
def test_every_true_consistency_proof_holds(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 70))

    verify_consistency(consistency(data.draw(st.integers(1, new)), new), PINNED)


def _edit_entry(proof: ledger_pb2.LedgerInclusionProof) -> None:
    proof.entry.entry_json = proof.entry.entry_json.replace("runs/5", "runs/6")


def _edit_entry_and_its_hash(proof: ledger_pb2.LedgerInclusionProof) -> None:
    _edit_entry(proof)
    leaf = hashlib.sha256(b"\x00" + proof.entry.entry_json.encode()).hexdigest()
    proof.entry.leaf_hash = f"sha256:{leaf}"


def _move_entry(proof: ledger_pb2.LedgerInclusionProof) -> None:
    proof.entry.index, proof.entry.name = 4, "ledgerEntries/4"


def _drop_hash(proof: ledger_pb2.LedgerInclusionProof) -> None:
    del proof.hashes[-1]


def _add_hash(proof: ledger_pb2.LedgerInclusionProof) -> None:
    proof.hashes.append(proof.hashes[0])


def _swap_hashes(proof: ledger_pb2.LedgerInclusionProof) -> None:
    proof.hashes[0], proof.hashes[1] = proof.hashes[1], proof.hashes[0]


def _edit_root(proof: ledger_pb2.LedgerInclusionProof) -> None:
    lines = proof.checkpoint.signed_note.split("\n")
    lines[2] = base64.b64encode(bytes(32)).decode()
    proof.checkpoint.signed_note = "\n".join(lines)


def _sign_with_another_key(proof: ledger_pb2.LedgerInclusionProof) -> None:
    proof.checkpoint.CopyFrom(checkpoint(11, KeySigner(OTHER_KEY)))


def _drop_signature(proof: ledger_pb2.LedgerInclusionProof) -> None:
    proof.checkpoint.signed_note = proof.checkpoint.signed_note.split("\n\n")[0] + "\n\n"


@pytest.mark.parametrize(
    "tamper",
    [
        _edit_entry,
        _edit_entry_and_its_hash,
        _move_entry,
        _drop_hash,
        _add_hash,
        _swap_hashes,
        _edit_root,
        _sign_with_another_key,
        _drop_signature,
    ],
)
def test_a_tampered_inclusion_proof_is_refused(
    tamper: Callable[[ledger_pb2.LedgerInclusionProof], None],
) -> None:
    proof = inclusion(5, 11)
    tamper(proof)

    with pytest.raises(ProofInvalid):
        verify_inclusion(proof, PINNED)


def test_a_log_that_was_rewritten_is_not_consistent() -> None:
    proof = consistency(5, 11)
    proof.from_checkpoint.CopyFrom(checkpoint(6))

    with pytest.raises(ProofInvalid):
        verify_consistency(proof, PINNED)


def test_a_log_that_shrank_is_not_consistent() -> None:
    proof = consistency(5, 11)
    proof.from_checkpoint.CopyFrom(checkpoint(11))
    proof.to_checkpoint.CopyFrom(checkpoint(5))

    with pytest.raises(ProofInvalid, match="the log shrank"):
        verify_consistency(proof, PINNED)


def test_a_key_whose_id_is_another_is_refused() -> None:
    with pytest.raises(ProofInvalid):
        verify_inclusion(inclusion(5, 11), PINNED.replace("+", "+0", 1))
