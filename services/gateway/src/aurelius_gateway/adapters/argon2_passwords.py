"""Argon2id hashes of passwords."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from aurelius_gateway.application.passwords import Hashing
from aurelius_gateway.domain.errors import GatewayBusy


class Argon2Passwords:
    """Implements the ports `Passwords` and `Hashing`."""

    def __init__(
        self,
        hasher: PasswordHasher,
        *,
        max_concurrent: int,
        max_waiting: int,
        max_wait_seconds: float,
    ):
        """Makes the hash of nobody's password, once."""
        self._hasher, self._max_wait_seconds = hasher, max_wait_seconds
        self._max_holders = max_concurrent + max_waiting
        self._places = threading.BoundedSemaphore(self._max_holders)
        self._turns = threading.BoundedSemaphore(max_concurrent)
        self._nobody = hasher.hash(secrets.token_hex(16))

    @contextmanager
    def turn(self) -> Iterator[Hashing]:
        """See the port."""
        if not self._places.acquire(blocking=False):
            raise self._busy()
        try:
            if not self._turns.acquire(timeout=self._max_wait_seconds):
                raise self._busy()
            try:
                yield self
            finally:
                self._turns.release()
        finally:
            self._places.release()

    def hash(self, password: str) -> str:
        """See the port."""
        return self._hasher.hash(password)

    def matches(self, password_hash: str, password: str) -> bool:
        """See the port."""
        try:
            return self._hasher.verify(password_hash, password)
        except VerifyMismatchError:
            return False

    def match_nobody(self, password: str) -> None:
        """See the port."""
        self.matches(self._nobody, password)

    def needs_rehash(self, password_hash: str) -> bool:
        """See the port."""
        return self._hasher.check_needs_rehash(password_hash)

    def _busy(self) -> GatewayBusy:
        return GatewayBusy("passwords", found=self._max_holders + 1, allowed=self._max_holders)
