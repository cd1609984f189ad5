"""The one encoding of JSON values that governance hashes: RFC 8785."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

JsonValue: TypeAlias = (
    "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
)


def encode(value: JsonValue) -> bytes:
    """Returns the canonical UTF-8 bytes of `value`."""
    return rfc8785.dumps(value)


def digest(prefix: bytes, content: bytes = b"") -> str:
    """Returns `sha256:<64 hex>` of `prefix` followed by `content`."""
    return f"sha256:{hashlib.sha256(prefix + content).hexdigest()}"
