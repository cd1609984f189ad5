"""Page tokens: opaque, and bound to the fields of the request that asked for the page."""

import base64
import hashlib
import json
from typing import Any

from google.protobuf.message import Message
from grpc import StatusCode

from aurelius_chassis.errors import FieldViolation, RequestRefused

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


def decode(token: str, request: Message) -> dict[str, Any]:
    """Returns the cursor of a token.

    Raises:
        RequestRefused: It is no token of ours, or belongs to another request.
    """
    try:
        padded = token + "=" * (-len(token) % 4)
        cursor, binding = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError):
        cursor, binding = None, ""
    if not isinstance(cursor, dict) or binding != _binding(request):
        allowed = "the next_page_token of the same request"
        raise _refused("page_token", token[:64], allowed, "ERROR_REASON_PAGE_TOKEN_INVALID")
    return cursor


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
