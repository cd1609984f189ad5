"""The port that hashes passwords."""

from typing import Protocol


class Passwords(Protocol):
    """A slow hash with a salt. All methods but `needs_rehash` take the same, long time."""

    def hash(self, password: str) -> str:
        """Returns the hash of a password, with its salt and parameters."""

    def matches(self, password_hash: str, password: str) -> bool:
        """Returns whether the password has the hash."""

    def match_nobody(self, password: str) -> None:
        """Does the work of `matches` where there is nobody to match."""

    def needs_rehash(self, password_hash: str) -> bool:
        """Returns whether the hash was made with other parameters than today's."""
