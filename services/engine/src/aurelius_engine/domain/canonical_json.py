"""The one text of a JSON value: RFC 8785."""

import hashlib
from collections.abc import Mapping, Sequence

import rfc8785

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def canonical_json(value: Json) -> bytes:
    """Returns the RFC 8785 text of `value`.

    Raises:
        rfc8785.CanonicalizationError: A number is not finite, or an integer is
            beyond 2**53.
    """
    return rfc8785.dumps(value)


def digest(domain: str, value: Json) -> str:
    """Returns `sha256:<hex>` over the domain, a newline and the canonical text."""
    return "sha256:" + hashlib.sha256(domain.encode() + b"\n" + canonical_json(value)).hexdigest()
