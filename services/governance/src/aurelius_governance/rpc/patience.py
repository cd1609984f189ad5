"""Waiting longer and longer, up to a cap, until there is no time left."""

from collections.abc import Callable

FIRST_PAUSE_SECONDS = 0.05
MAX_PAUSE_SECONDS = 2.0


class Patience:
    """The time that one piece of work may take, and the pauses in it."""

    def __init__(
        self, seconds: float, *, wait: Callable[[float], None], monotonic: Callable[[], float]
    ):
        """Begins now.

        Args:
            seconds: How long the work may take.
            wait: Waits for a number of seconds.
            monotonic: A clock in seconds.
        """
        self._wait, self._monotonic = wait, monotonic
        self._end = monotonic() + seconds
        self._pause = FIRST_PAUSE_SECONDS

    @property
    def left_seconds(self) -> float:
        """How much time is left, at least 0."""
        return max(0.0, self._end - self._monotonic())

    def pause(self) -> bool:
        """Waits, if there is time left; returns whether there still is."""
        if self.left_seconds == 0.0:
            return False
        self._wait(min(self._pause, self.left_seconds))
        self._pause = min(2 * self._pause, MAX_PAUSE_SECONDS)
        return self.left_seconds > 0.0
