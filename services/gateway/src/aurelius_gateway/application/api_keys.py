"""Creating, listing and revoking API keys."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from aurelius_gateway.application.users import require_active
from aurelius_gateway.domain import api_key
from aurelius_gateway.domain.api_key import ApiKey, IssuedKey
from aurelius_gateway.domain.errors import (
    ApiKeyExists,
    ApiKeyNotFound,
    NotOwner,
    RolesNotHeld,
    UserNotFound,
)
from aurelius_gateway.domain.gateway_store import GatewayStore
from aurelius_gateway.domain.roles import Principal, Role


class ApiKeys:
    """Manages keys for programs."""

    def __init__(
        self,
        *,
        store: GatewayStore,
        now: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
    ):
        self._store, self._now, self._random_bytes = store, now, random_bytes

    def create(
        self,
        parent: str,
        key_id: str,
        roles: Iterable[Role],
        *,
        expire_time: datetime | None,
        caller: Principal,
    ) -> tuple[ApiKey, IssuedKey]:
        """Creates a key of the caller and returns it with its secret, this once.

        Raises:
            NotOwner: The parent is somebody else.
            ApiKeyExists: The id is taken.
            RolesNotHeld: The token or the user has not all of the roles.
            TokenOutdated: The caller was disabled since.
        """
        owner = caller.owned(parent)
        if owner != caller.name:
            raise NotOwner(found=owner, allowed=caller.name)
        issued = api_key.issue(self._random_bytes)
        asked = frozenset(roles)
        with self._store.write() as transaction:
            user = require_active(transaction, caller)
            if transaction.api_key(user.id, key_id) is not None:
                raise ApiKeyExists(f"{owner}/apiKeys/{key_id}")
            held = caller.roles & user.roles
            if not asked <= held:
                raise RolesNotHeld(asked=asked, held=held)
            key = ApiKey(
                user_id=user.id,
                id=key_id,
                lookup_id=issued.lookup_id,
                hash=issued.hash,
                roles=asked,
                create_time=self._now(),
                expire_time=expire_time,
                revoke_time=None,
            )
            transaction.add_api_key(key)
        return key, issued

    def list(
        self, parent: str, *, after_id: str, limit: int, caller: Principal
    ) -> Sequence[ApiKey]:
        """Returns the caller's keys above `after_id`; to administrators, anybody's.

        Raises:
            NotOwner: The parent is somebody else.
            UserNotFound: There is no such user.
        """
        owner = _owner(parent, caller)
        user_id = owner.partition("/")[2]
        with self._store.read() as reading:
            if reading.user(user_id) is None:
                raise UserNotFound(owner)
            return reading.api_keys(user_id, after_id=after_id, limit=limit)

    def revoke(self, name: str, *, caller: Principal) -> ApiKey:
        """Revokes a key of the caller for ever; by administrators, anybody's.

        Raises:
            NotOwner: The key is somebody else's.
            ApiKeyNotFound: There is no such key.
        """
        parent, _, key_id = name.partition("/apiKeys/")
        owner = _owner(parent, caller)
        with self._store.write() as transaction:
            key = transaction.api_key(owner.partition("/")[2], key_id)
            if key is None:
                raise ApiKeyNotFound(f"{owner}/apiKeys/{key_id}")
            if key.revoke_time is None:
                key = replace(key, revoke_time=self._now())
                transaction.change_api_key(key)
            return key


def _owner(parent: str, caller: Principal) -> str:
    owner = caller.owned(parent)
    if owner != caller.name and Role.ADMIN not in caller.roles:
        raise NotOwner(found=owner, allowed=caller.name)
    return owner
