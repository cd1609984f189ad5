"""Creating, reading and changing users."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from aurelius_gateway.application.authentication import PasswordCheck
from aurelius_gateway.application.passwords import Passwords
from aurelius_gateway.domain import roles as role_names
from aurelius_gateway.domain.errors import (
    LastAdministrator,
    NotOwner,
    TokenOutdated,
    UserExists,
    UserNotFound,
)
from aurelius_gateway.domain.gateway_store import GatewayStore, ReadTransaction, WriteTransaction
from aurelius_gateway.domain.roles import Principal, Role
from aurelius_gateway.domain.user import User, UserState

Response = TypeVar("Response")
_READERS = frozenset({Role.ADMIN, Role.AUDITOR})
_FIRST_ADMINISTRATOR = "admin"


class Users:
    """Manages users. Whoever changes one administers the suite at that very moment."""

    def __init__(
        self,
        *,
        store: GatewayStore,
        passwords: Passwords,
        check: PasswordCheck,
        now: Callable[[], datetime],
    ):
        self._store, self._passwords = store, passwords
        self._check, self._now = check, now

    def has_any(self) -> bool:
        """Returns whether there is a user."""
        with self._store.read() as reading:
            return bool(reading.users(after_id="", limit=1))

    def bootstrap(self, password: str) -> User | None:
        """Creates `users/admin`, a researcher and administrator, unless there is a user."""
        with self._passwords.turn() as hashing:
            password_hash = hashing.hash(password)
        with self._store.write() as transaction:
            if transaction.users(after_id="", limit=1):
                return None
            roles = frozenset({Role.RESEARCHER, Role.ADMIN})
            return self._add(transaction, _FIRST_ADMINISTRATOR, roles, password_hash)

    def create(
        self, user_id: str, roles: Iterable[Role], password: str, *, caller: Principal
    ) -> User:
        """Creates a user.

        Raises:
            UserExists: The id is taken.
            TokenOutdated: The caller administers nothing any more.
            GatewayBusy: Too many passwords are being hashed.
        """
        with self._passwords.turn() as hashing:
            password_hash = hashing.hash(password)
        with self._store.write() as transaction:
            _require_administrator(transaction, caller)
            if transaction.user(user_id) is not None:
                raise UserExists(f"users/{user_id}")
            return self._add(transaction, user_id, frozenset(roles), password_hash)

    def get(self, name: str, *, caller: Principal) -> User:
        """Returns the caller; to administrators and auditors, anybody.

        Raises:
            NotOwner: The user is somebody else.
            UserNotFound: There is no such user.
        """
        owned = caller.owned(name)
        if owned != caller.name and not caller.roles & _READERS:
            raise NotOwner(found=owned, allowed=caller.name)
        with self._store.read() as reading:
            return _user(reading, owned)

    def list(self, *, after_id: str, limit: int) -> Sequence[User]:
        """Returns users above `after_id`, ordered by id."""
        with self._store.read() as reading:
            return reading.users(after_id=after_id, limit=limit)

    def set_roles(
        self,
        name: str,
        roles: Iterable[Role],
        *,
        etag: str,
        caller: Principal,
        respond: Callable[[User], Response],
    ) -> Response:
        """Sets what a user may do from the next token on.

        Raises:
            UserNotFound: There is no such user.
            EtagMismatch: The user changed since the caller read it.
            LastAdministrator: Nobody could administer the suite any more.
            TokenOutdated: The caller administers nothing any more.
        """
        chosen = frozenset(roles)
        return self._change(
            name,
            lambda user: user.with_roles(chosen, time=self._now()),
            etag=etag,
            caller=caller,
            respond=respond,
        )

    def disable(
        self, name: str, *, etag: str, caller: Principal, respond: Callable[[User], Response]
    ) -> Response:
        """Disables a user; raises as `set_roles` does."""
        return self._change(
            name,
            lambda user: user.disabled(time=self._now()),
            etag=etag,
            caller=caller,
            respond=respond,
        )

    def change_password(self, name: str, *, current: str, new: str, caller: Principal) -> User:
        """Changes the caller's own password.

        Raises:
            NotOwner: The user is somebody else.
            CredentialsInvalid: The present password is another one.
            TooManyAttempts: It was wrong too often.
            GatewayBusy: Too many passwords are being looked at.
        """
        owned = caller.owned(name)
        if owned != caller.name:
            raise NotOwner(found=owned, allowed=caller.name)
        return self._check.confirm(
            caller.user_id,
            current,
            lambda user, hashing: user.with_password_hash(hashing.hash(new), time=self._now()),
        )

    def _add(
        self,
        transaction: WriteTransaction,
        user_id: str,
        roles: frozenset[Role],
        password_hash: str,
    ) -> User:
        time = self._now()
        user = User(
            id=user_id,
            roles=roles,
            state=UserState.ACTIVE,
            password_hash=password_hash,
            revision=1,
            create_time=time,
            update_time=time,
        )
        transaction.add_user(user)
        return user

    def _change(
        self,
        name: str,
        change: Callable[[User], User],
        *,
        etag: str,
        caller: Principal,
        respond: Callable[[User], Response],
    ) -> Response:
        with self._store.write() as transaction:
            transaction.refuse_twin()
            _require_administrator(transaction, caller)
            user = _user(transaction, caller.owned(name))
            user.require_etag(etag)
            changed = change(user)
            if changed != user:
                others = transaction.active_administrators() - {user.id}
                if user.administers and not changed.administers and not others:
                    raise LastAdministrator(user.name)
                transaction.change_user(changed)
            response = respond(changed)
            transaction.remember(response)
            return response


def require_active(transaction: ReadTransaction, caller: Principal) -> User:
    """Returns the caller's user.

    Raises:
        TokenOutdated: There is none, or it was disabled since the token was issued.
    """
    user = transaction.user(caller.user_id)
    if user is None or not user.active:
        raise TokenOutdated(found="no such user" if user is None else "a disabled user")
    return user


def _require_administrator(transaction: ReadTransaction, caller: Principal) -> None:
    user = require_active(transaction, caller)
    if not user.administers:
        raise TokenOutdated(found=role_names.names(user.roles), needed=Role.ADMIN)


def _user(transaction: ReadTransaction, name: str) -> User:
    user = transaction.user(name.partition("/")[2])
    if user is None:
        raise UserNotFound(name)
    return user
