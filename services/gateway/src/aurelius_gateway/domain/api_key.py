"""Keys for programs. The key itself is shown once; its hash is kept.

A key is `ak_<lookup>_<secret>`: 16 base32 characters that find it, and 52 that
carry 256 random bits. With so many bits a plain SHA-256 cannot be guessed back,
so no slow hash is needed.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from aurelius_gateway.domain.roles import Role

_LOOKUP_BYTES = 10
_SECRET_BYTES = 32
_FORM = re.compile(r"ak_([a-z2-7]{16})_[a-z2-7]{52}")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """A key that was just made: what is shown once, and what is kept."""

    text: str = field(repr=False)
    lookup_id: str
    hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One key, without its secret."""

    user_id: str
    id: str
    lookup_id: str
    hash: bytes = field(repr=False)
    roles: frozenset[Role]
    create_time: datetime
    expire_time: datetime | None
    revoke_time: datetime | None

    @property
    def name(self) -> str:
        """The resource name."""
        return f"users/{self.user_id}/apiKeys/{self.id}"

    @property
    def user(self) -> str:
        """The name of its user."""
        return f"users/{self.user_id}"

    def works(self, *, now: datetime) -> bool:
        """Whether it is neither revoked nor past its end."""
        return self.revoke_time is None and (self.expire_time is None or now < self.expire_time)


def issue(random_bytes: Callable[[int], bytes]) -> IssuedKey:
    """Makes a key out of 42 random bytes."""
    lookup_id = _base32(random_bytes(_LOOKUP_BYTES))
    text = f"ak_{lookup_id}_{_base32(random_bytes(_SECRET_BYTES))}"
    return IssuedKey(text=text, lookup_id=lookup_id, hash=hash_of(text))


def hash_of(text: str) -> bytes:
    """Returns the SHA-256 of a whole key."""
    return hashlib.sha256(text.encode()).digest()


def lookup_id_of(text: str) -> str:
    """Returns the part that finds a key; empty if the text has not the form of one."""
    match = _FORM.fullmatch(text)
    return match.group(1) if match else ""


def same_hash(kept: bytes, presented: bytes) -> bool:
    """Compares in a time that does not depend on where they differ."""
    return hmac.compare_digest(kept, presented)


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()
