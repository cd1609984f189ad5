"""Users: who may log in, and what they may do."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from aurelius_gateway.domain.errors import EtagMismatch
from aurelius_gateway.domain.roles import Role


class UserState(Enum):
    """Whether a user may log in."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One user as of one revision, counted from 1."""

    id: str
    roles: frozenset[Role]
    state: UserState
    password_hash: str = field(repr=False)
    revision: int
    create_time: datetime
    update_time: datetime

    @property
    def name(self) -> str:
        """The resource name, the subject of the user's tokens."""
        return f"users/{self.id}"

    @property
    def etag(self) -> str:
        """Changes with every change."""
        return f"r{self.revision}"

    @property
    def active(self) -> bool:
        """Whether the user may log in."""
        return self.state is UserState.ACTIVE

    @property
    def administers(self) -> bool:
        """Whether the user can administer the suite."""
        return self.active and Role.ADMIN in self.roles

    def require_etag(self, etag: str) -> None:
        """Raises: EtagMismatch: The user changed since; an empty etag matches always."""
        if etag and etag != self.etag:
            raise EtagMismatch(self.name, found=etag, allowed=self.etag)

    def with_roles(self, roles: Iterable[Role], *, time: datetime) -> "User":
        """Returns the user with other roles, or as it is if they are the same."""
        chosen = frozenset(roles)
        return self if chosen == self.roles else self._changed(time, roles=chosen)

    def disabled(self, *, time: datetime) -> "User":
        """Returns the user disabled, or as it is if it is that already."""
        return self._changed(time, state=UserState.DISABLED) if self.active else self

    def with_password_hash(self, password_hash: str, *, time: datetime) -> "User":
        """Returns the user with another password."""
        return self._changed(time, password_hash=password_hash)

    def _changed(self, time: datetime, **fields: object) -> "User":
        return replace(self, revision=self.revision + 1, update_time=time, **fields)  # type: ignore[arg-type]
