"""The port that hashes passwords."""

from contextlib import AbstractContextManager
from typing import Protocol


class Hashing(Protocol):
    """A slow hash with a salt, of whoever has a turn. All methods take the same, long time."""

    def hash(self, password: str) -> str:
        """Returns the hash of a password, with its salt and parameters."""

    def matches(self, password_hash: str, password: str) -> bool:
        """Returns whether the password has the hash."""

    def match_nobody(self, password: str) -> None:
        """Does the work of `matches` where there is nobody to match."""


class Passwords(Protocol):
    """Gives turns at hashing, a few at the same time: a hash takes memory and time on purpose."""

    def turn(self) -> AbstractContextManager[Hashing]:
        """Returns a turn, after a short wait at most. A holder does not ask for another one.

        Few callers wait at the same time, so hashing never keeps the others' calls waiting.

        Raises:
            GatewayBusy: All turns are taken; nothing was done.
        """

    def needs_rehash(self, password_hash: str) -> bool:
        """Returns whether the hash was made with other parameters than today's."""
