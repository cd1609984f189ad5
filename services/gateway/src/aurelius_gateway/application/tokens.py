"""The port that signs tokens."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aurelius_gateway.domain.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A signed token and what it says."""

    text: str = field(repr=False)
    expire_time: datetime
    user: str
    roles: tuple[Role, ...]


class TokenIssuer(Protocol):
    """Signs tokens with a key whose public half is published."""

    def issue(self, user: str, roles: Iterable[Role], *, now: datetime) -> IssuedToken:
        """Returns a token of `users/{user}` with the roles, valid from now on."""

    def key_set(self) -> bytes:
        """Returns the public keys as a JSON Web Key Set (RFC 7517)."""
