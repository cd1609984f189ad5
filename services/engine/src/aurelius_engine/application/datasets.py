"""Registered market data: found, listed and loaded."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aurelius_engine.application.errors import DatasetNotFound, DatasetSealed, ObjectDamaged
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.record_store import RecordStore
from aurelius_engine.application.records import SEALED, Dataset
from aurelius_engine.application.table_files import TableFiles
from aurelius_engine.domain.lineage import Keys, decoded
from aurelius_engine.domain.market_table import MarketTable


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """A verified table, its bytes, and whether what is stored is still what was verified."""

    table: MarketTable
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
            ObjectDamaged: The stored bytes are not the data that was registered.
        """
        refuse_sealed(dataset)
        with self._lock:
            kept = self._kept.get(dataset.data_hash)
            if kept is not None and kept.unchanged():
                self._kept.move_to_end(dataset.data_hash)
                return kept.table
        loaded = self._stored(dataset)
        with self._lock:
            self._kept[dataset.data_hash] = loaded
            while sum(kept.size for kept in self._kept.values()) > self._limit:
                self._kept.popitem(last=False)
        return loaded.table

    def stored_table(self, dataset: Dataset) -> MarketTable:
        """Returns the bars as they are stored now, verified.

        Raises:
            DatasetSealed: Nothing of it leaves.
            ObjectDamaged: The stored bytes are not the data that was registered.
        """
        refuse_sealed(dataset)
        return self._stored(dataset).table

    def sealed_table(self, dataset: Dataset) -> MarketTable:
        """Returns the bars of a sealed dataset, verified: for the holdout vault alone.

        They are not kept in memory, where `table` could find them.

        Raises:
            ObjectDamaged: The stored bytes are not the data that was registered.
        """
        return self._stored(dataset).table

    def sketch(self, data_hash: str) -> Keys:
        """Returns the sketch of registered data. Raises: DatasetNotFound: There is none."""
        with self._store.read() as records:
            kept = records.sketch(data_hash)
        if kept is None:
            raise _without_data(data_hash)
        return decoded(kept)

    def _stored(self, dataset: Dataset) -> _Loaded:
        """Maps the stored bytes and computes their data_hash: no byte is believed unhashed."""
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
        size = sum(column.data.nbytes for column in table.columns())
        return _Loaded(table=table, size=size, unchanged=mapped.unchanged)


def refuse_sealed(dataset: Dataset) -> None:
    """Refuses a dataset of which nothing leaves. Raises: DatasetSealed: It is one."""
    if dataset.provenance.sealed:
        raise DatasetSealed(
            f"{dataset.name} is sealed: nothing of it leaves",
            found=SEALED,
            allowed="DATA_CLASS_REAL, DATA_CLASS_SYNTHETIC",
        )


def _without_data(data_hash: str) -> DatasetNotFound:
    return DatasetNotFound(
        f"no dataset has the data hash {data_hash}",
        found=data_hash,
        allowed="the data hash of a registered dataset",
    )
