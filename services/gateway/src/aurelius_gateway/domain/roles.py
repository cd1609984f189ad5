"""What users may do. No role implies another."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """A role, in the contract's order. Its value is its name in tokens and on the wire."""

    RESEARCHER = "ROLE_RESEARCHER"
    PLATFORM = "ROLE_PLATFORM"
    PRODUCT = "ROLE_PRODUCT"
    RISK = "ROLE_RISK"
    AUDITOR = "ROLE_AUDITOR"
    APPROVER = "ROLE_APPROVER"
    ADMIN = "ROLE_ADMIN"


_ORDER = {role: index for index, role in enumerate(Role)}


def in_order(roles: Iterable[Role]) -> tuple[Role, ...]:
    """Returns the roles in the contract's order."""
    return tuple(sorted(roles, key=_ORDER.__getitem__))


def names(roles: Iterable[Role]) -> str:
    """Returns the roles as text for a reader; `no role` if there is none."""
    return ", ".join(role.value for role in in_order(roles)) or "no role"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks, as their token says: `users/{user}` and its roles."""

    name: str
    roles: frozenset[Role]

    @property
    def user_id(self) -> str:
        """The id in the name."""
        return self.name.partition("/")[2]

    def owned(self, user: str) -> str:
        """Returns the name that `user` stands for: `users/me` is the principal."""
        return self.name if user == "users/me" else user
