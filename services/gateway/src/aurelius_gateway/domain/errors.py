"""What the gateway refuses, and the facts of each refusal."""

from collections.abc import Iterable
from datetime import timedelta

from aurelius_gateway.domain import roles
from aurelius_gateway.domain.roles import Role


class GatewayError(Exception):
    """A refusal. Its public attributes are its facts."""


class CredentialsInvalid(GatewayError):
    """A user, password or API key does not work. Which, and why, is not said."""

    def __init__(self) -> None:
        super().__init__("the user, the password or the API key is not one that works")


class TooManyAttempts(GatewayError):
    """A user has too many failed logins."""

    def __init__(self, *, found: int, allowed: int, wait: timedelta) -> None:
        self.retry_seconds = max(1, -(-wait // timedelta(seconds=1)))
        super().__init__(f"too many failed logins; try again in {self.retry_seconds} s")
        self.found, self.allowed = found, allowed


class TokenOutdated(GatewayError):
    """The token says more than is true now."""

    def __init__(self, *, found: str, needed: Role | None = None) -> None:
        super().__init__("the user was disabled or lost a role since the token was issued")
        self.found, self.allowed = found, needed.value if needed else "an active user"


class UserNotFound(GatewayError):
    """There is no such user."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} does not exist")
        self.name = name


class UserExists(GatewayError):
    """The user id is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} exists already")
        self.name = name


class NotOwner(GatewayError):
    """The resource is somebody else's."""

    def __init__(self, *, found: str, allowed: str) -> None:
        super().__init__(f"{allowed} may not do this with what belongs to {found}")
        self.found, self.allowed = found, allowed


class LastAdministrator(GatewayError):
    """Nobody could administer the suite any more."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is the last active administrator; make another one first")
        self.name = name


class EtagMismatch(GatewayError):
    """The user changed since the caller read it."""

    def __init__(self, name: str, *, found: str, allowed: str) -> None:
        super().__init__(f"{name} has etag {allowed}, not {found}; read it again")
        self.name, self.found, self.allowed = name, found, allowed


class ApiKeyNotFound(GatewayError):
    """There is no such key."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} does not exist")
        self.name = name


class ApiKeyExists(GatewayError):
    """The id of the key is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} exists already; its secret cannot be shown again")
        self.name = name


class RolesNotHeld(GatewayError):
    """A key cannot have roles that its user has not."""

    def __init__(self, *, asked: Iterable[Role], held: Iterable[Role]) -> None:
        self.found, self.allowed = roles.names(asked), roles.names(held)
        super().__init__(f"a key cannot have {self.found}: the caller has {self.allowed}")


class StrategyNotFound(GatewayError):
    """There is no such strategy."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} does not exist")
        self.name = name


class StrategyExists(GatewayError):
    """The strategy id is taken; strategies never change."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} exists already and never changes")
        self.name = name


class PipelineRunNotFound(GatewayError):
    """There is no such pipeline run."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} does not exist")
        self.name = name


class GatewayBusy(GatewayError):
    """Too much of one kind of work is being done or waits for it."""

    def __init__(self, work: str, *, found: int, allowed: int) -> None:
        super().__init__(f"{allowed} {work} are being worked on or wait; retry later")
        self.found, self.allowed = found, allowed
