"""The port of the records: transactions over datasets, uploads, runs, artifacts, replays."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from aurelius_engine.application.records import (
    Artifact,
    Chunk,
    Dataset,
    Failure,
    Provenance,
    Replay,
    Run,
    Upload,
)


class ReadTransaction(Protocol):
    """Reads that see one state of the records."""

    def dataset(self, dataset_id: str) -> Dataset | None:
        """Returns a dataset."""

    def datasets(
        self, *, series: str, before: int | None, limit: int
    ) -> Sequence[tuple[int, Dataset]]:
        """Returns datasets with their sequence numbers, newest first, below `before`.

        Only of a series, unless it is empty. Their `symbols` are left out.
        """

    def dataset_as_of(
        self, series: str, as_of_time: int, registered_time: int | None
    ) -> Dataset | None:
        """Returns the version of a series with the last `as_of_time` up to a time.

        Of equals it is the one registered first; only versions registered up to
        `registered_time` count, if there is one.
        """

    def provenances(self, data_hash: str) -> Sequence[tuple[str, Provenance]]:
        """Returns the names of the datasets that have the data, and their provenance."""

    def prints(self, data_hash: str) -> str | None:
        """Returns the digest of the object with the prints of data, "" of events.

        None if no dataset has the data.
        """

    def classes(self, *, after: int) -> Sequence[tuple[int, str, str, bool]]:
        """Returns of distinct data the first dataset's number, name and hash, whether sealed.

        Of datasets whose sequence number is above `after`, by it.
        """

    def upload(self, upload_id: str) -> Upload | None:
        """Returns an upload."""

    def chunks(self, upload_id: str) -> Sequence[Chunk]:
        """Returns the chunks of an upload by offset."""

    def chunk(self, upload_id: str, offset: int) -> Chunk | None:
        """Returns the chunk of an upload that begins at an offset."""

    def run(self, run_id: str) -> Run | None:
        """Returns a run, checked: `damage` says how its record was changed."""

    def runs(self, *, dataset: str, before: int | None, limit: int) -> Sequence[Run]:
        """Returns runs, newest first, with sequence numbers below `before`; "" is any dataset.

        Each is checked, and a damaged one keeps its place.
        """

    def artifacts(self, run_id: str) -> Sequence[Artifact]:
        """Returns the artifacts of a run by id."""

    def replay(self, replay_id: str) -> Replay | None:
        """Returns a replay."""


class WriteTransaction(ReadTransaction, Protocol):
    """The only writer. What it wrote is durable once it commits, and else never was."""

    def add_dataset(self, dataset: Dataset, *, prints: str) -> None:
        """Adds a dataset, the newest, and keeps which object has the prints of its data."""

    def add_upload(self, upload: Upload) -> None:
        """Adds an upload."""

    def add_chunk(self, upload_id: str, chunk: Chunk) -> None:
        """Adds a chunk, and its size to what the upload received."""

    def finish_upload(self, upload_id: str, *, file_digest: str) -> None:
        """Says that the upload became its dataset."""

    def remove_uploads(self, *, before: int) -> Sequence[str]:
        """Removes uploads older than a time that became no dataset, and returns their ids."""

    def next_sequence(self) -> int:
        """Returns the sequence number of the next run."""

    def add_run(self, run: Run) -> None:
        """Adds a run."""

    def change_run(self, run: Run) -> None:
        """Replaces a run that is not sealed."""

    def crash_runs(self, *, failure: Failure, time: int) -> int:
        """Says of every run that is running that it crashed, and returns how many did."""

    def add_artifact(self, artifact: Artifact) -> None:
        """Adds an artifact of a run that is not sealed yet."""

    def add_replay(self, replay: Replay) -> None:
        """Adds a replay."""

    def change_replay(self, replay: Replay) -> None:
        """Replaces a replay that has not ended."""

    def fail_replays(self, *, failure: Failure) -> None:
        """Says of every replay that is running that it failed."""

    def refuse_twin(self) -> None:
        """Refuses the request that this transaction handles if it was answered meanwhile."""

    def remember(self, answer: object) -> None:
        """Keeps the answer to the request that this transaction handles, if it has an id."""


class RecordStore(Protocol):
    """Records that many threads read and one at a time writes."""

    def read(self) -> AbstractContextManager[ReadTransaction]:
        """Begins a transaction that sees one state."""

    def write(self) -> AbstractContextManager[WriteTransaction]:
        """Begins the only writing transaction; an exception undoes all of it."""
