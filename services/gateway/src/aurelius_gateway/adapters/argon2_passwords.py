"""Argon2id hashes of passwords."""

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError


class Argon2Passwords:
    """Implements the port `Passwords`.

    A hash takes memory on purpose, so only a few are made at the same time; the
    others wait.
    """

    def __init__(self, hasher: PasswordHasher, *, max_concurrent: int):
        """Makes the hash of nobody's password, once."""
        self._hasher = hasher
        self._turns = threading.BoundedSemaphore(max_concurrent)
        self._nobody = hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        """See the port."""
        with self._turns:
            return self._hasher.hash(password)

    def matches(self, password_hash: str, password: str) -> bool:
        """See the port."""
        try:
            with self._turns:
                return self._hasher.verify(password_hash, password)
        except VerifyMismatchError:
            return False

    def match_nobody(self, password: str) -> None:
        """See the port."""
        self.matches(self._nobody, password)

    def needs_rehash(self, password_hash: str) -> bool:
        """See the port."""
        return self._hasher.check_needs_rehash(password_hash)
