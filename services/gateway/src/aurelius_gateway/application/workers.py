"""The port to the threads that work on pipelines."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol


class Slot(Protocol):
    """One place in the pool."""

    def start(self, work: Callable[[], None]) -> None:
        """Has a thread do the work, in the name of the present caller, as soon as one is free."""


class Workers(Protocol):
    """A bounded number of threads with a bounded queue."""

    def slot(self) -> AbstractContextManager[Slot]:
        """Takes a place; it is given back when the work ends or is not started.

        Raises:
            GatewayBusy: There is none.
        """
