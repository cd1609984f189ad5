"""Checks what the ledger proves, without asking anybody. docs/specs/ledger.md.

An implementation of its own: nothing here comes from the service that made the
proofs. The verifier key is the one that the reader pinned, never the one in a
proof: a key from the log itself proves nothing.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence

from aurelius.governance.v1 import ledger_pb2
from aurelius_client.errors import AureliusError

_SIGNED = "— "
_ED25519 = b"\x01"


class ProofInvalid(AureliusError):
    """A proof does not show what it claims; its reason is PROOF_INVALID."""

    code = "DATA_LOSS"

    def __init__(self, message: str, *, found: str = "", allowed: str = "") -> None:
        """Takes what is wrong."""
        super().__init__("PROOF_INVALID", message, found=found, allowed=allowed)


def verify_inclusion(proof: ledger_pb2.LedgerInclusionProof, verifier_key: str) -> None:
    """Checks that an entry is in a log whose signer has the key.

    Args:
        proof: As ProveLedgerInclusion gave it, or as it was kept since.
        verifier_key: The C2SP key that the reader pinned.

    Raises:
        ProofInvalid: The entry, the path, the checkpoint or the signature is wrong.
    """
    entry = proof.entry
    content = entry.entry_json.encode()
    stated_index = _stated_index(entry.entry_json)
    if stated_index != str(entry.index) or entry.name != f"ledgerEntries/{entry.index}":
        raise ProofInvalid(
            "the entry is not at its index", found=str(entry.index), allowed=stated_index
        )
    leaf = hashlib.sha256(b"\x00" + content).digest()
    if entry.leaf_hash != _text(leaf):
        raise ProofInvalid("the entry has another hash", found=_text(leaf), allowed=entry.leaf_hash)
    size, root = open_checkpoint(proof.checkpoint.signed_note, verifier_key)
    computed = _root_from_path(leaf, entry.index, size, [_bytes(text) for text in proof.hashes])
    if computed != root:
        raise ProofInvalid(
            "the path does not lead to the signed root", found=_text(computed), allowed=_text(root)
        )


def verify_consistency(proof: ledger_pb2.LedgerConsistencyProof, verifier_key: str) -> None:
    """Checks that the log of the second checkpoint extends the log of the first.

    Raises:
        ProofInvalid: A checkpoint is wrong, or the log was changed in between.
    """
    old_size, old_root = open_checkpoint(proof.from_checkpoint.signed_note, verifier_key)
    new_size, new_root = open_checkpoint(proof.to_checkpoint.signed_note, verifier_key)
    hashes = [_bytes(text) for text in proof.hashes]
    if not 1 <= old_size <= new_size:
        raise ProofInvalid("the log shrank", found=str(new_size), allowed=f"at least {old_size}")
    computed_old, computed_new = _roots_from_proof(old_size, new_size, old_root, hashes)
    if (computed_old, computed_new) != (old_root, new_root):
        raise ProofInvalid(
            "the log was changed between the checkpoints",
            found=_text(computed_new),
            allowed=_text(new_root),
        )


def open_checkpoint(note: str, verifier_key: str) -> tuple[int, bytes]:
    """Returns the size and root of a C2SP checkpoint that the key's holder signed.

    Raises:
        ProofInvalid: It is malformed, of another log, or no signature on it is good.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    origin, key_id, public_key = _open_key(verifier_key)
    text, separator, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not separator or len(lines) != 3 or lines[0] != origin:
        raise ProofInvalid("the note is no checkpoint of this log", found=lines[0], allowed=origin)
    if not lines[1].isascii() or not lines[1].isdigit() or str(int(lines[1])) != lines[1]:
        raise ProofInvalid("the size is not a number", found=lines[1], allowed="decimal digits")
    root = _base64(lines[2])
    if len(root) != 32:
        raise ProofInvalid("the root has another length", found=str(len(root)), allowed="32")
    for line in signatures.split("\n"):
        blob = _base64(line.removeprefix(f"{_SIGNED}{origin} ")) if _SIGNED in line else b""
        if blob[:4] != key_id:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(blob[4:], f"{text}\n".encode())
        except InvalidSignature:
            continue
        return int(lines[1]), root
    raise ProofInvalid("no signature on the checkpoint is of the pinned key", allowed=verifier_key)


def _open_key(verifier_key: str) -> tuple[str, bytes, bytes]:
    parts = verifier_key.split("+", 2)
    if len(parts) != 3:
        raise ProofInvalid("the verifier key is malformed", allowed="<name>+<key id>+<key>")
    origin, stated, encoded = parts
    blob = _base64(encoded)
    key_id = hashlib.sha256(origin.encode() + b"\n" + blob).digest()[:4]
    if blob[:1] != _ED25519 or len(blob) != 33 or stated != key_id.hex():
        raise ProofInvalid("the verifier key is not what its id says", found=stated)
    return origin, key_id, blob[1:]


def _root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Follows an audit path as RFC 6962 section 2.1.1 lays it: a tree splits at a power of two."""
    if not 0 <= index < size:
        raise ProofInvalid("the entry is not in the log", found=str(index), allowed=f"below {size}")
    sides = []
    start, end = 0, size
    while end - start > 1:
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        sides.append(index < middle)
        start, end = (start, middle) if index < middle else (middle, end)
    if len(path) != len(sides):
        raise ProofInvalid(
            "the path has another length", found=str(len(path)), allowed=str(len(sides))
        )
    current = leaf
    for is_left, other in zip(reversed(sides), path, strict=True):
        current = _node(current, other) if is_left else _node(other, current)
    return current


def _roots_from_proof(
    old_size: int, new_size: int, old_root: bytes, hashes: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Rebuilds both roots from the subtrees of a consistency proof, RFC 6962 section 2.1.2."""
    rest = list(hashes)

    def rebuild(start: int, end: int, *, whole: bool) -> tuple[bytes, bytes]:
        """Returns the roots of [start, min(old_size, end)) and of [start, end)."""
        if end == old_size:
            both = old_root if whole else take()
            return both, both
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        if old_size <= middle:
            old, left = rebuild(start, middle, whole=whole)
            return old, _node(left, take())
        old, right = rebuild(middle, end, whole=False)
        left = take()
        return _node(left, old), _node(left, right)

    def take() -> bytes:
        if not rest:
            raise ProofInvalid("the proof is too short", found=str(len(hashes)))
        return rest.pop(0)

    roots = rebuild(0, new_size, whole=True)
    if rest:
        raise ProofInvalid("the proof is too long", found=str(len(hashes)))
    return roots


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _stated_index(entry_json: str) -> str:
    try:
        document = json.loads(entry_json)
    except ValueError as error:
        raise ProofInvalid("the entry is not JSON", found=entry_json[:100]) from error
    index = document.get("index") if isinstance(document, dict) else None
    return index if isinstance(index, str) else ""


def _text(digest: bytes) -> str:
    return f"sha256:{digest.hex()}"


def _bytes(text: str) -> bytes:
    algorithm, _, digits = text.partition(":")
    try:
        digest = bytes.fromhex(digits)
    except ValueError as error:
        raise ProofInvalid("a hash is not hexadecimal", found=text) from error
    if algorithm != "sha256" or len(digest) != 32:
        raise ProofInvalid("a hash is not SHA-256", found=text, allowed="sha256:<64 hex>")
    return digest


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProofInvalid("a text is not base64", found=text[:100]) from error
