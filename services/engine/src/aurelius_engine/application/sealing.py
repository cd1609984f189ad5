"""Sealed and open data, kept apart when they are registered."""

from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.errors import SealedDataShared
from aurelius_engine.application.record_store import RecordStore
from aurelius_engine.domain.lineage import Keys, prints_of, shared
from aurelius_engine.domain.market_table import MarketTable

# Two tables may share so much of the prints of the smaller of both: it is chance.
_CHANCE = 0.001


class Sealing:
    """Refuses to open bars that are sealed, and to seal bars that are open."""

    def __init__(self, store: RecordStore, datasets: Datasets) -> None:
        """Takes where records are, and the datasets."""
        self._store, self._datasets = store, datasets

    def refuse_shared(self, table: MarketTable, data_hash: str, *, sealed: bool) -> None:
        """Refuses new data that shares bars with data of the other kind.

        Every table of the other kind is read.

        Args:
            table: The new data.
            data_hash: Its digest; the same data under another class is refused elsewhere.
            sealed: Whether it is to be sealed.

        Raises:
            SealedDataShared: It does.
        """
        with self._store.read() as records:
            others = [
                name
                for name, digest, theirs in records.classes()
                if theirs != sealed and digest != data_hash
            ]
        read = self._datasets.stored_table if sealed else self._datasets.sealed_table
        if not others:
            return
        prints = prints_of(table)
        for name in others:
            common = bars_in_common(prints, prints_of(read(self._datasets.get(name))))
            if common:
                raise _shared(name, common) if sealed else _sealed_already()


def bars_in_common(one: Keys, other: Keys) -> int:
    """Returns how many prints two tables share; 0 if it is no more than chance."""
    common = shared(one, other)
    return common if common > _CHANCE * min(one.size, other.size) else 0


def _shared(name: str, common: int) -> SealedDataShared:
    return SealedDataShared(
        f"{common} bars are those of {name}, which is open: they cannot be sealed",
        found=f"{common} bars in common",
        allowed="none",
        dataset=name,
    )


def _sealed_already() -> SealedDataShared:
    """Says neither where nor how many: who guesses bars may not learn how well."""
    return SealedDataShared(
        "the data has bars that are sealed", found="bars in common", allowed="none"
    )
