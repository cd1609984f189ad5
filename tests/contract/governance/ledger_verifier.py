"""An auditor's verifier, written from docs/specs/ledger.md and RFC 6962 alone.

It imports nothing of the suite: what it accepts, any stranger can accept.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ORIGIN = "aurelius/governance/ledger"
FIELDS = {"actor", "facts", "index", "subject", "time", "type", "version"}


class NotTrue(Exception):
    """The ledger does not show what it claims."""


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, 2.1: the Merkle tree hash, by its recursive definition."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node(root_of(leaves[:split]), root_of(leaves[split:]))


def root_by_path(entry_leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """RFC 6962, 2.1.1: the root that an audit path gives, by the same recursion."""
    if size == 1:
        if path:
            raise NotTrue("the proof is too long")
        return entry_leaf
    if not path:
        raise NotTrue("the proof is too short")
    split = 1
    while split * 2 < size:
        split *= 2
    if index < split:
        return node(root_by_path(entry_leaf, index, split, path[:-1]), path[-1])
    return node(path[-1], root_by_path(entry_leaf, index - split, size - split, path[:-1]))


def roots_by_growth(
    old_size: int, new_size: int, path: Sequence[bytes], old_root: bytes, *, whole: bool = True
) -> tuple[bytes, bytes]:
    """RFC 6962, 2.1.2: the two roots that a consistency proof gives."""
    if old_size == new_size:
        if whole and path:
            raise NotTrue("the proof is too long")
        if whole:
            return old_root, old_root
        (only,) = path
        return only, only
    if not path:
        raise NotTrue("the proof is too short")
    split = 1
    while split * 2 < new_size:
        split *= 2
    last, rest = path[-1], path[:-1]
    if old_size <= split:
        old, new = roots_by_growth(old_size, split, rest, old_root, whole=whole)
        return old, node(new, last)
    old, new = roots_by_growth(old_size - split, new_size - split, rest, old_root, whole=False)
    return node(last, old), node(last, new)


def open_note(note: str, verifier_key: str) -> tuple[int, bytes]:
    """C2SP signed note and checkpoint: the size and the root that the key's holder signed."""
    name, key_id, encoded = verifier_key.split("+", 2)
    blob = base64.b64decode(encoded, validate=True)
    if name != ORIGIN or blob[:1] != b"\x01" or len(blob) != 33:
        raise NotTrue("the key is not of this log")
    if hashlib.sha256(f"{name}\n".encode() + blob).digest()[:4].hex() != key_id:
        raise NotTrue("the key id is not the key's")
    text, _, signatures = note.partition("\n\n")
    origin, size, root = text.split("\n")
    prefix = f"\N{EM DASH} {name} "
    lines = [line.removeprefix(prefix) for line in signatures.split("\n") if prefix in line]
    ours = [blob for blob in map(base64.b64decode, lines) if blob[:4].hex() == key_id]
    if origin != ORIGIN or len(ours) != 1:
        raise NotTrue("the note is not signed by the key of this log")
    (signature,) = ours
    try:
        Ed25519PublicKey.from_public_bytes(blob[1:]).verify(signature[4:], f"{text}\n".encode())
    except InvalidSignature as error:
        raise NotTrue("the signature is not good") from error
    return int(size), base64.b64decode(root, validate=True)


def verify_entry(index: int, entry: bytes) -> dict[str, Any]:
    """Section 1: an entry is canonical and knows its place."""
    document: dict[str, Any] = json.loads(entry)
    if set(document) != FIELDS or document["version"] != "aurelius.ledger.v1":
        raise NotTrue("the entry has not the fields of version 1")
    # The facts are texts, truths, lists and objects: for these RFC 8785 is sorted and dense.
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if canonical.encode() != entry:
        raise NotTrue("the entry is not canonical")
    if document["index"] != str(index):
        raise NotTrue(f"the entry says it is number {document['index']}, not {index}")
    return document


def verify_log(entries: Sequence[bytes], note: str, verifier_key: str) -> list[dict[str, Any]]:
    """Section 5: a copy of the log is the one that was signed."""
    size, root = open_note(note, verifier_key)
    if len(entries) != size:
        raise NotTrue(f"the log has {len(entries)} entries, {size} were signed")
    documents = [verify_entry(index, entry) for index, entry in enumerate(entries)]
    if root_of([leaf(entry) for entry in entries]) != root:
        raise NotTrue("the entries do not give the root that was signed")
    return documents


def verify_inclusion(
    entry: bytes, index: int, path: Sequence[bytes], note: str, verifier_key: str
) -> None:
    """Section 4: one entry is in the log that was signed."""
    size, root = open_note(note, verifier_key)
    if not 0 <= index < size:
        raise NotTrue("the index is outside of the log")
    if root_by_path(leaf(entry), index, size, path) != root:
        raise NotTrue("the proof does not give the root that was signed")


def verify_growth(old_note: str, new_note: str, path: Sequence[bytes], verifier_key: str) -> None:
    """Section 4: the newer log begins with the whole older one."""
    old_size, old_root = open_note(old_note, verifier_key)
    new_size, new_root = open_note(new_note, verifier_key)
    if not 1 <= old_size <= new_size:
        raise NotTrue("the log shrank")
    if roots_by_growth(old_size, new_size, path, old_root) != (old_root, new_root):
        raise NotTrue("the proof does not give the roots that were signed")
