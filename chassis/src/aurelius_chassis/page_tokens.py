"""Page tokens: opaque, and bound to the fields of the request that asked for the page."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message
from grpc import StatusCode

from aurelius_chassis.errors import FieldViolation, RequestRefused

_INT64 = range(-(2**63), 2**63)
DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 1000


def page_size(asked: int) -> int:
    """Returns how many to send: 0 means 50, above 1000 becomes 1000."""
    if asked < 0:
        raise _refused("page_size", str(asked), "at least 0", "ERROR_REASON_INVALID_FIELD")
    return min(asked, LARGEST_PAGE_SIZE) or DEFAULT_PAGE_SIZE


def encode(cursor: dict[str, Any], request: Message) -> str:
    """Returns the token of the page after `cursor`."""
    payload = json.dumps([cursor, _binding(request)], separators=(",", ":"))
    return base64.urlsafe_b64encode(payload.encode()).decode().rstrip("=")


def decode(token: str, request: Message, kinds: Mapping[str, type] | None = None) -> dict[str, Any]:
    """Returns the cursor of a token.

    Args:
        token: What the caller sent. A caller can make one, so its values are only a place to
            begin, and reach no further than the request does.
        request: The request that it came with.
        kinds: The keys of the cursor and the types of their values, `int` (64 bits) or `str`.
            Without it the cursor is any object.

    Raises:
        RequestRefused: It is no token of ours, or belongs to another request.
    """
    try:
        padded = token + "=" * (-len(token) % 4)
        cursor, binding = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, RecursionError):
        cursor, binding = None, ""
    ours = isinstance(cursor, dict) and binding == _binding(request)
    if not ours or not (kinds is None or _is_of(cursor, kinds)):
        allowed = "the next_page_token of the same request"
        raise _refused("page_token", token[:64], allowed, "ERROR_REASON_PAGE_TOKEN_INVALID")
    return dict(cursor)


def _is_of(cursor: dict[str, Any], kinds: Mapping[str, type]) -> bool:
    return cursor.keys() == kinds.keys() and all(
        type(cursor[key]) is kind and (kind is not int or cursor[key] in _INT64)
        for key, kind in kinds.items()
    )


def _binding(request: Message) -> str:
    other = type(request)()
    other.CopyFrom(request)
    for name in ("page_token", "page_size"):
        other.ClearField(name)
    whole = type(request).__name__.encode() + other.SerializeToString(deterministic=True)
    return hashlib.sha256(whole).hexdigest()[:16]


def _refused(field: str, found: str, allowed: str, reason: str) -> RequestRefused:
    return RequestRefused(
        StatusCode.INVALID_ARGUMENT,
        reason,
        f"{field} is {found}, allowed {allowed}",
        violations=[FieldViolation(field, f"allowed {allowed}")],
        found=found,
        allowed=allowed,
    )
