"""Registered market data: found, listed and loaded."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from aurelius_engine.application.errors import (
    DatasetNotBars,
    DatasetNotFound,
    DatasetSealed,
    ObjectDamaged,
)
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.record_store import RecordStore
from aurelius_engine.application.records import SEALED, Dataset, StoredEvents
from aurelius_engine.application.table_files import TableFiles
from aurelius_engine.domain.events.schema import MarketEventType
from aurelius_engine.domain.events.tables import EventTables
from aurelius_engine.domain.lineage import Keys, decoded
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.results import Table
from aurelius_engine.domain.table_hash import table_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """A verified table, its bytes, and whether what is stored is still what was verified."""

    table: MarketTable | Table
    size: int
    unchanged: Callable[[], bool]


class Datasets:
    """Reads datasets. Tables that were loaded and verified are kept, the last used ones.

    A kept table is one only as long as nobody touched the file that it was read from.
    """

    def __init__(
        self,
        store: RecordStore,
        objects: ObjectStore,
        files: TableFiles,
        *,
        cache_max_bytes: int,
    ) -> None:
        """Takes where records and bytes are, and how much memory the tables may take."""
        self._store, self._objects, self._files = store, objects, files
        self._limit = cache_max_bytes
        self._kept: OrderedDict[str, _Loaded] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str) -> Dataset:
        """Returns a dataset. Raises: DatasetNotFound: There is none of the name."""
        with self._store.read() as records:
            dataset = records.dataset(name.removeprefix("datasets/"))
        if dataset is None:
            raise DatasetNotFound(
                f"there is no {name}", found=name, allowed="the name of a registered dataset"
            )
        return dataset

    def of_hash(self, data_hash: str) -> Dataset:
        """Returns a dataset with a data hash. Raises: DatasetNotFound: There is none."""
        with self._store.read() as records:
            named = records.provenances(data_hash)
        if not named:
            raise _without_data(data_hash)
        return self.get(named[0][0])

    def list(
        self, *, series: str = "", before: int | None, limit: int
    ) -> Sequence[tuple[int, Dataset]]:
        """Returns datasets and their sequence numbers, newest first, without their symbols."""
        with self._store.read() as records:
            return records.datasets(series=series, before=before, limit=limit)

    def table(self, dataset: Dataset) -> MarketTable:
        """Returns the bars of a dataset, verified when they were loaded.

        Raises:
            DatasetSealed: Nothing of it leaves.
            DatasetNotBars: It has events.
            ObjectDamaged: The stored bytes are not the data that was registered.
        """
        refuse_sealed(dataset)
        refuse_events(dataset)
        return cast(MarketTable, self._kept_or(dataset.data_hash, lambda: self._stored(dataset)))

    def events(self, dataset: Dataset) -> EventTables:
        """Returns the events of a dataset, verified when they were loaded.

        Raises:
            DatasetSealed: Nothing of it leaves.
            DatasetNotBars: It has bars.
            ObjectDamaged: The stored bytes are not the data that was registered.
        """
        refuse_sealed(dataset)
        if not dataset.events:
            raise DatasetNotBars(
                f"{dataset.name} has bars alone", found="BAR", allowed="a dataset of events"
            )
        tables = {
            each.type: cast(Table, self._kept_or(each.digest, partial(self._stored_events, each)))
            for each in dataset.events
        }
        return EventTables(tables=tables)

    def _kept_or(self, digest: str, load: Callable[[], _Loaded]) -> MarketTable | Table:
        """Returns the table of a digest as it was loaded before, or as `load` gives it."""
        with self._lock:
            kept = self._kept.get(digest)
            if kept is not None and kept.unchanged():
                self._kept.move_to_end(digest)
                return kept.table
        loaded = load()
        with self._lock:
            self._kept[digest] = loaded
            while sum(kept.size for kept in self._kept.values()) > self._limit:
                self._kept.popitem(last=False)
        return loaded.table

    def stored_table(self, dataset: Dataset) -> MarketTable:
        """Returns the bars as they are stored now, verified.

        Raises:
            DatasetSealed: Nothing of it leaves.
            DatasetNotBars: It has events.
            ObjectDamaged: The stored bytes are not the data that was registered.
        """
        refuse_sealed(dataset)
        return cast(MarketTable, self._stored(dataset).table)

    def sealed_table(self, dataset: Dataset) -> MarketTable:
        """Returns the bars of a sealed dataset, verified: for the holdout vault alone.

        They are not kept in memory, where `table` could find them.

        Raises:
            ObjectDamaged: The stored bytes are not the data that was registered. It does not
                say what they are instead.
        """
        try:
            return cast(MarketTable, self._stored(dataset).table)
        except ObjectDamaged:
            pass  # its text and its cause tell of the bytes
        raise ObjectDamaged(
            f"the stored data of {dataset.name} is damaged",
            found="other bytes",
            allowed=dataset.data_hash,
        )

    def whole(self, dataset: Dataset) -> MarketTable | EventTables:
        """Returns the bars or events as they are stored now, verified, sealed or not.

        It is for what keeps sealed and open data apart alone, and keeps nothing in memory.

        Raises:
            ObjectDamaged: The stored bytes are not the data that was registered.
        """
        if dataset.provenance.sealed:
            return self.sealed_table(dataset)
        if not dataset.events:
            return self.stored_table(dataset)
        stored = {each.type: self._stored_events(each).table for each in dataset.events}
        return EventTables(tables=cast(dict[MarketEventType, Table], stored))

    def prints(self, data_hash: str) -> Keys:
        """Returns all prints of registered bars, rising; none of events.

        Raises:
            DatasetNotFound: No data has the hash.
            ObjectDamaged: The stored prints are not those that were written.
        """
        with self._store.read() as records:
            digest = records.prints(data_hash)
        if digest is None:
            raise _without_data(data_hash)
        return decoded(self._objects.get(digest) if digest else b"")

    def _stored(self, dataset: Dataset) -> _Loaded:
        """Maps the stored bytes and computes their data_hash: no byte is believed unhashed."""
        refuse_events(dataset)
        mapped = self._objects.mapped(dataset.object_digest)
        try:
            table = self._files.decode_market(mapped.data)
        except ObjectDamaged as damage:
            message = f"the stored data of {dataset.name} is damaged: {damage}"
            raise ObjectDamaged(message, **damage.facts) from damage
        found = table.data_hash()
        if found != dataset.data_hash:
            raise ObjectDamaged(
                f"the stored data of {dataset.name} has another data_hash",
                found=found,
                allowed=dataset.data_hash,
            )
        return _Loaded(table=table, size=_bytes(table.columns()), unchanged=mapped.unchanged)

    def _stored_events(self, events: StoredEvents) -> _Loaded:
        """Maps the stored bytes of a table of events and computes their digest."""
        mapped = self._objects.mapped(events.object_digest)
        table = self._files.decode(mapped.data)
        found = table_hash(table)
        if found != events.digest:
            raise ObjectDamaged(
                f"the stored events of type {events.type.value} have another digest",
                found=found,
                allowed=events.digest,
            )
        return _Loaded(table=table, size=_bytes(table), unchanged=mapped.unchanged)


def _bytes(table: Table) -> int:
    return sum(column.data.nbytes for column in table)


def refuse_sealed(dataset: Dataset) -> None:
    """Refuses a dataset of which nothing leaves. Raises: DatasetSealed: It is one."""
    if dataset.provenance.sealed:
        raise DatasetSealed(
            f"{dataset.name} is sealed: nothing of it leaves",
            found=SEALED,
            allowed="DATA_CLASS_REAL, DATA_CLASS_SYNTHETIC",
        )


def refuse_events(dataset: Dataset) -> None:
    """Refuses a dataset without bars. Raises: DatasetNotBars: It is one."""
    if dataset.events:
        raise DatasetNotBars(
            f"{dataset.name} has events, not bars: CreateDerivedDataset makes bars of trades",
            found=", ".join(each.type.value for each in dataset.events),
            allowed="a dataset of bars",
        )


def _without_data(data_hash: str) -> DatasetNotFound:
    return DatasetNotFound(
        f"no dataset has the data hash {data_hash}",
        found=data_hash,
        allowed="the data hash of a registered dataset",
    )
