"""Checkpoints as C2SP signed notes, with Ed25519 keys.

https://c2sp.org/signed-note and https://c2sp.org/tlog-checkpoint: the text is the origin, the
size and the root in base64, a line each; a blank line; then one line a signature.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ORIGIN = "aurelius/governance/ledger"
_ALGORITHM_ED25519 = b"\x01"
_SIGNATURE_PREFIX = "\u2014 "
_KEY_ID_BYTES = 4


class InvalidNote(ValueError):
    """A note or a verifier key that does not say what it must."""


class Signer(Protocol):
    """Signs bytes with the one Ed25519 key of the log."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""

    def sign(self, message: bytes) -> bytes:
        """Returns the 64 bytes of the signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """The size of a log and the root over its entries."""

    size: int
    root: bytes


def verifier_key(public_key: bytes, *, origin: str = ORIGIN) -> str:
    """Returns the C2SP verifier key: `<name>+<key id>+<algorithm and key in base64>`."""
    encoded = base64.b64encode(_ALGORITHM_ED25519 + public_key).decode()
    return f"{origin}+{_key_id(origin, public_key).hex()}+{encoded}"


def sign_checkpoint(head: TreeHead, signer: Signer, *, origin: str = ORIGIN) -> str:
    """Returns the signed note of a tree head."""
    text = f"{origin}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"
    blob = _key_id(origin, signer.public_key) + signer.sign(text.encode())
    return f"{text}\n{_SIGNATURE_PREFIX}{origin} {base64.b64encode(blob).decode()}\n"


def open_checkpoint(note: str, key: str) -> TreeHead:
    """Returns the tree head of a note that the holder of the verifier key `key` signed.

    Raises:
        InvalidNote: The note is malformed, from another log, or no signature on it is good.
    """
    origin, public_key = _parse_key(key)
    text, separator, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if not separator or not signatures.endswith("\n") or len(lines) != 3 or lines[0] != origin:
        raise InvalidNote("the note is not a checkpoint of this log")
    if not lines[1].isascii() or not lines[1].isdecimal() or str(int(lines[1])) != lines[1]:
        raise InvalidNote("the size is not a decimal number")
    root = _decode(lines[2])
    if len(root) != hashlib.sha256().digest_size:
        raise InvalidNote("the root is not a SHA-256 digest")
    wanted = f"{_SIGNATURE_PREFIX}{origin} "
    blobs = [
        _decode(line.removeprefix(wanted))
        for line in signatures.splitlines()
        if line.startswith(wanted)
    ]
    if not any(_is_good(blob, origin, public_key, f"{text}\n".encode()) for blob in blobs):
        raise InvalidNote("no signature on the note is good")
    return TreeHead(size=int(lines[1]), root=root)


def _is_good(blob: bytes, origin: str, public_key: bytes, text: bytes) -> bool:
    if blob[:_KEY_ID_BYTES] != _key_id(origin, public_key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(blob[_KEY_ID_BYTES:], text)
    except InvalidSignature:
        return False
    return True


def _key_id(origin: str, public_key: bytes) -> bytes:
    content = origin.encode() + b"\n" + _ALGORITHM_ED25519 + public_key
    return hashlib.sha256(content).digest()[:_KEY_ID_BYTES]


def _parse_key(key: str) -> tuple[str, bytes]:
    parts = key.split("+", 2)
    if len(parts) != 3:
        raise InvalidNote("the verifier key has not three parts")
    origin, key_id, encoded = parts
    blob = _decode(encoded)
    public_key = blob[1:]
    if blob[:1] != _ALGORITHM_ED25519 or len(public_key) != 32:
        raise InvalidNote("the verifier key is not Ed25519")
    if key_id != _key_id(origin, public_key).hex():
        raise InvalidNote("the verifier key has another key id")
    return origin, public_key


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidNote("not base64") from error
