"""Sealed and open data, kept apart when they are registered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.errors import SealedDataShared
from aurelius_engine.application.record_store import ReadTransaction, RecordStore
from aurelius_engine.application.records import Dataset, Provenance
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.events.tables import EventTables
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.shared_history import History


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """New data that was compared with all datasets up to a sequence number."""

    data: MarketTable | EventTables
    data_hash: str
    provenance: Provenance
    newest: int = 0


class Sealing:
    """Refuses to open bars that are sealed, and to seal bars that are open."""

    def __init__(self, store: RecordStore, datasets: Datasets, calendars: Calendars) -> None:
        """Takes where records are, the datasets, and the calendars."""
        self._store, self._datasets, self._calendars = store, datasets, calendars

    def compared(
        self, data: MarketTable | EventTables, data_hash: str, provenance: Provenance
    ) -> Compared:
        """Compares new data with all of the other kind that is registered by now.

        All of it is read.

        Args:
            data: The new data.
            data_hash: Its digest; the same data under another class is refused elsewhere.
            provenance: Where it came from.

        Raises:
            SealedDataShared: It is open and shares bars with sealed data, or the reverse.
        """
        new = Compared(data=data, data_hash=data_hash, provenance=provenance)
        with self._store.read() as records:
            others, newest = _not_compared(records, new)
        self._refuse_shared(new, others)
        return replace(new, newest=newest)

    def complete(self, records: ReadTransaction, new: Compared) -> None:
        """Compares new data with what was registered since, in the transaction that adds it.

        Raises:
            SealedDataShared: See `compared`.
        """
        others, _ = _not_compared(records, new)
        self._refuse_shared(new, others)

    def same_history(self, one: Dataset, other: Dataset) -> bool:
        """Returns whether two sealed datasets share bars. Raises: ObjectDamaged."""
        mine, theirs = (self._stored(each) for each in (one, other))
        return bool(mine.shared_with(theirs))

    def _refuse_shared(self, new: Compared, others: Sequence[Dataset]) -> None:
        if not others:
            return
        mine = self._history(new.data, new.provenance)
        for other in others:
            theirs = self._stored(other)
            if new.provenance.sealed:
                common = mine.shared_with(theirs)
                if common:
                    raise _shared(other.name, common)
            elif theirs.shared_with(mine):
                raise _sealed_already()

    def _stored(self, dataset: Dataset) -> History:
        return self._history(self._datasets.whole(dataset), dataset.provenance)

    def _history(self, data: MarketTable | EventTables, provenance: Provenance) -> History:
        return History(data, self._calendars.zone(provenance.calendar))


def _not_compared(records: ReadTransaction, new: Compared) -> tuple[Sequence[Dataset], int]:
    """Returns what new data is still to be compared with, and up to which number that is all."""
    rows = records.classes(after=new.newest)
    names = [
        name
        for _, name, digest, sealed in rows
        if sealed != new.provenance.sealed and digest != new.data_hash
    ]
    found = [records.dataset(name.removeprefix("datasets/")) for name in names]
    newest = max((number for number, *_ in rows), default=new.newest)
    return [dataset for dataset in found if dataset is not None], newest


def _shared(name: str, common: int) -> SealedDataShared:
    return SealedDataShared(
        f"{common} changes of prices are those of {name}, which is open: they cannot be sealed",
        found=f"{common} changes in common",
        allowed="none but chance",
        dataset=name,
    )


def _sealed_already() -> SealedDataShared:
    """Says neither where nor how many: who guesses bars may not learn how well."""
    return SealedDataShared(
        "the data has bars that are sealed", found="bars in common", allowed="none"
    )
