"""Tokens for passwords and for API keys."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from aurelius_gateway.application.passwords import Hashing, Passwords
from aurelius_gateway.application.tokens import IssuedToken, TokenIssuer
from aurelius_gateway.domain import api_key
from aurelius_gateway.domain.errors import CredentialsInvalid
from aurelius_gateway.domain.gateway_store import GatewayStore
from aurelius_gateway.domain.login_throttle import LoginThrottle
from aurelius_gateway.domain.user import User

_NO_HASH = bytes(32)


class PasswordCheck:
    """Checks a user's password, and counts the failures."""

    def __init__(
        self,
        *,
        store: GatewayStore,
        passwords: Passwords,
        throttle: LoginThrottle,
        now: Callable[[], datetime],
    ):
        self._store, self._passwords = store, passwords
        self._throttle, self._now = throttle, now
        # The attempts of each user that are counted and may still work, of this process.
        self._pending: Counter[str] = Counter()
        self._counting = threading.Lock()

    def confirm(self, user_id: str, password: str, then: Callable[[User, Hashing], User]) -> User:
        """Checks the password of an active user, and then changes the user.

        An unknown user, a wrong password and a disabled user take the same work and get
        the same refusal.

        Args:
            user_id: Whose password it is.
            password: The password.
            then: Returns the user to be stored, in the transaction that does so. It may
                hash, in the same turn.

        Returns:
            The user as stored.

        Raises:
            CredentialsInvalid: They do not work.
            TooManyAttempts: They have failed too often; the password was not looked at.
            GatewayBusy: Too many passwords are being looked at; this one was not.
        """
        # The turn comes first: while there is none, an attempt costs nothing and counts nothing.
        with self._passwords.turn() as hashing, self._counted(user_id):
            return self._confirmed(user_id, password, then, hashing)

    def _confirmed(
        self,
        user_id: str,
        password: str,
        then: Callable[[User, Hashing], User],
        hashing: Hashing,
    ) -> User:
        with self._store.read() as reading:
            user = reading.user(user_id)
        if user is None:
            hashing.match_nobody(password)
            raise CredentialsInvalid
        if not hashing.matches(user.password_hash, password):
            raise CredentialsInvalid
        with self._store.write() as transaction:
            present = transaction.user(user_id)
            # The hash is compared, since the password may have changed meanwhile.
            if present is None or not present.active or present.password_hash != user.password_hash:
                raise CredentialsInvalid
            transaction.drop_login_attempts(user_id)
            changed = then(present, hashing)
            if changed != present:
                transaction.change_user(changed)
            return changed

    @contextmanager
    def _counted(self, user_id: str) -> Iterator[None]:
        """Counts an attempt before it begins, and holds it for one that may work until it ends."""
        with self._counting:
            self._count_attempt(user_id, pending=self._pending[user_id])
            self._pending[user_id] += 1
        try:
            yield
        finally:
            with self._counting:
                self._pending[user_id] -= 1
                self._pending += Counter()  # Keeps the users alone who have one.

    def _count_attempt(self, user_id: str, *, pending: int) -> None:
        now = self._now()
        with self._store.write() as transaction:
            transaction.drop_ended_login_attempts(now)
            before = transaction.login_attempts(user_id)
            transaction.put_login_attempts(
                self._throttle.counted(user_id, before, pending=pending, now=now)
            )


class Authentication:
    """Issues tokens."""

    def __init__(
        self,
        *,
        store: GatewayStore,
        check: PasswordCheck,
        passwords: Passwords,
        tokens: TokenIssuer,
        now: Callable[[], datetime],
    ):
        self._store, self._check, self._passwords = store, check, passwords
        self._tokens, self._now = tokens, now

    def login(self, user_id: str, password: str) -> IssuedToken:
        """Issues a token for a password. Raises what `PasswordCheck.confirm` does."""
        user = self._check.confirm(
            user_id, password, lambda found, hashing: self._rehashed(found, password, hashing)
        )
        return self._tokens.issue(user.name, user.roles, now=self._now())

    def exchange(self, presented: str) -> IssuedToken:
        """Issues a token for an API key, with its roles as far as the user still has them.

        Raises:
            CredentialsInvalid: The key, or its user, does not work.
        """
        now = self._now()
        with self._store.read() as reading:
            key = reading.api_key_by_lookup_id(api_key.lookup_id_of(presented))
            user = reading.user(key.user_id) if key else None
        kept = key.hash if key else _NO_HASH
        if not api_key.same_hash(kept, api_key.hash_of(presented)):
            raise CredentialsInvalid
        if key is None or user is None or not user.active or not key.works(now=now):
            raise CredentialsInvalid
        roles = key.roles & user.roles
        if not roles:
            raise CredentialsInvalid
        return self._tokens.issue(user.name, roles, now=now)

    def key_set(self) -> bytes:
        """Returns the public keys as a JSON Web Key Set (RFC 7517)."""
        return self._tokens.key_set()

    def _rehashed(self, user: User, password: str, hashing: Hashing) -> User:
        # Not a change of the user: the revision and the times stay.
        if not self._passwords.needs_rehash(user.password_hash):
            return user
        return replace(user, password_hash=hashing.hash(password))
