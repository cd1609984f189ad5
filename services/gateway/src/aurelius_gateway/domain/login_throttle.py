"""How often a password may be guessed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from aurelius_gateway.domain.errors import GatewayBusy, TooManyAttempts


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAttempts:
    """The attempts for one user id, whether or not there is such a user, in one window.

    `count` has those that failed, and those whose password is being looked at.
    """

    user_id: str
    count: int
    window_end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginThrottle:
    """Allows `max_failures` attempts that fail in a window, which begins with the first."""

    max_failures: int
    window: timedelta

    def counted(
        self, user_id: str, before: LoginAttempts | None, *, pending: int, now: datetime
    ) -> LoginAttempts:
        """Returns the attempts with one more, counted before the password is looked at.

        So guesses that are sent at the same moment are all counted. An attempt that works
        has all of them forgotten.

        Args:
            user_id: Whose password it is.
            before: The attempts so far.
            pending: How many of those may still turn out to work.
            now: The time.

        Raises:
            TooManyAttempts: The window has had its number of failures.
            GatewayBusy: It will have had it if those fail that are being looked at.
        """
        if before is None or before.window_end <= now:
            return LoginAttempts(user_id=user_id, count=1, window_end=now + self.window)
        if before.count - pending < self.max_failures <= before.count:
            raise GatewayBusy(
                "logins of this user", found=before.count + 1, allowed=self.max_failures
            )
        if before.count >= self.max_failures:
            raise TooManyAttempts(
                found=before.count + 1, allowed=self.max_failures, wait=before.window_end - now
            )
        return LoginAttempts(user_id=user_id, count=before.count + 1, window_end=before.window_end)
