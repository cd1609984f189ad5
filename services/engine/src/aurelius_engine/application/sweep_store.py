"""The port of the records of sweeps."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from aurelius_engine.application.records import Failure
from aurelius_engine.application.sweep_records import Sweep


class SweepReads(Protocol):
    """Reads that see one state of the records."""

    def sweep(self, sweep_id: str) -> Sweep | None:
        """Returns a sweep. Raises: ObjectDamaged: Its record is not the one written."""

    def sweeps(self, *, dataset: str, before: int | None, limit: int) -> Sequence[Sweep]:
        """Returns sweeps, newest first, with sequence numbers below `before`; "" is any dataset.

        Their `document` is left out.
        """


class SweepWrites(SweepReads, Protocol):
    """The only writer. What it wrote is durable once it commits, and else never was."""

    def next_sequence(self) -> int:
        """Returns the sequence number of the next sweep."""

    def add_sweep(self, sweep: Sweep) -> None:
        """Adds a sweep."""

    def change_sweep(self, sweep: Sweep) -> None:
        """Replaces a sweep that has not succeeded."""

    def crash_sweeps(self, *, failure: Failure, time: int) -> int:
        """Says of every sweep that is running that it crashed, and returns how many did."""


class SweepStore(Protocol):
    """Records that many threads read and one at a time writes."""

    def read(self) -> AbstractContextManager[SweepReads]:
        """Begins a transaction that sees one state."""

    def write(self) -> AbstractContextManager[SweepWrites]:
        """Begins the only writing transaction; an exception undoes all of it."""
