"""The port of the log of trials."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from aurelius_engine.domain.trial_log import TrialEntry


class TrialReads(Protocol):
    """Reads that see one state. Who writes a record writes its entry, in one transaction."""

    def size(self) -> int:
        """Returns how many entries there are."""

    def leaves(self, size: int) -> Sequence[bytes]:
        """Returns the hashes of the first `size` entries."""

    def entries(self, *, start: int, limit: int) -> Sequence[TrialEntry]:
        """Returns entries from a place on, oldest first."""

    def data_hashes(self, size: int) -> Sequence[str]:
        """Returns the data hashes of the first `size` entries, sorted."""

    def entries_on(self, data_hashes: Sequence[str], size: int) -> Sequence[TrialEntry]:
        """Returns the entries among the first `size` that are about some data, oldest first."""

    def sealed_place(self, run: str, size: int) -> int | None:
        """Returns where among the first `size` entries the run's result is; None if nowhere."""


class TrialStore(Protocol):
    """The log, which many threads read."""

    def read(self) -> AbstractContextManager[TrialReads]:
        """Begins a transaction that sees one state."""
