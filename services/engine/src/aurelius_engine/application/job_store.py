"""The port of the records of jobs of one kind."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from aurelius_engine.application.job_records import Job
from aurelius_engine.application.records import Failure

J = TypeVar("J", bound=Job, covariant=True)  # type: ignore[type-arg]  # of any kind
K = TypeVar("K", bound=Job)  # type: ignore[type-arg]  # of any kind


class JobReads(Protocol[J]):
    """Reads that see one state of the records."""

    def job(self, job_id: str) -> J | None:
        """Returns a job. Raises: ObjectDamaged: Its record is not the one written."""

    def jobs(self, *, dataset: str, before: int | None, limit: int) -> Sequence[J]:
        """Returns jobs, newest first, with sequence numbers below `before`; "" is any dataset.

        Their `document` is left out.
        """


class JobWrites(JobReads[K], Protocol[K]):
    """The only writer. What it wrote is durable once it commits, and else never was."""

    def next_sequence(self) -> int:
        """Returns the sequence number of the next job."""

    def add(self, job: K) -> None:
        """Adds a job."""

    def change(self, job: K) -> None:
        """Replaces a job that has not succeeded."""

    def crash(self, *, failure: Failure, time: int) -> Sequence[K]:
        """Says of every job that is running that it crashed, and returns them."""


class JobStore(Protocol[K]):
    """Records that many threads read and one at a time writes."""

    def read(self) -> AbstractContextManager[JobReads[K]]:
        """Begins a transaction that sees one state."""

    def write(self) -> AbstractContextManager[JobWrites[K]]:
        """Begins the only writing transaction; an exception undoes all of it."""
