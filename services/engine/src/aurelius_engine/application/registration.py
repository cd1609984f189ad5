"""What bars and events become when they are registered: a dataset and the prints of its bars."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import IO

from aurelius_engine.application.dataset_quality import judged, kept
from aurelius_engine.application.errors import (
    DataClassConflict,
    DatasetExists,
    ProvenanceInvalid,
    TierMismatch,
)
from aurelius_engine.application.market_adapters import Adapted
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.provenance_checks import (
    refuse_actions_twice,
    refuse_other_output,
    refuse_too_early,
)
from aurelius_engine.application.record_store import ReadTransaction, WriteTransaction
from aurelius_engine.application.records import Dataset, Provenance, StoredEvents, StoredQuality
from aurelius_engine.application.sealing import Compared, Sealing
from aurelius_engine.application.table_files import TableFiles
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.events.schema import MarketEventType, Tier, tier_of
from aurelius_engine.domain.events.tables import EventTables, events_hash
from aurelius_engine.domain.lineage import encoded, prints_of
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.quality.flags import QualityFlag
from aurelius_engine.domain.survivorship import survivorship_of

_NO_PRINTS = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Data that is stored and not written down yet.

    `prints` is the digest of the object that holds all prints of its bars; empty of events.
    """

    dataset: Dataset
    prints: str
    compared: Compared


class Registration:
    """Checks data against its provenance, stores it, and writes its dataset down."""

    def __init__(
        self,
        objects: ObjectStore,
        files: TableFiles,
        sealing: Sealing,
        *,
        calendars: Calendars,
        clock: Callable[[], int],
    ) -> None:
        """Takes the ports and a clock in ns since 1970."""
        self._objects, self._files, self._sealing = objects, files, sealing
        self._calendars, self._clock = calendars, clock

    def stored(
        self,
        data: Adapted,
        provenance: Provenance,
        *,
        dataset_id: str,
        creator: str,
        adapter: str,
        scratch: str,
        file_digest: str = "",
    ) -> Checked:
        """Checks and stores data, and returns what `write_down` adds to the records.

        Args:
            data: Checked rows, and what was put in the place of what a file does not say.
            provenance: Where they came from.
            dataset_id: The id of the dataset to be.
            creator: Who registers it.
            adapter: What read the file; empty of what was derived.
            scratch: The upload that bytes on their way to the store belong to.
            file_digest: SHA-256 of the file; empty of what was derived.

        Raises:
            TierMismatch, ProvenanceInvalid, TransformationBroken: The provenance contradicts
                the data.
            SealedDataShared: It is open and shares bars with sealed data, or the reverse.
        """
        about = partial(
            Dataset,
            id=dataset_id,
            create_time=self._clock(),
            creator=creator,
            provenance=provenance,
            adapter=adapter,
            flags=data.flags,
        )
        if isinstance(data.table, EventTables):
            return self._events(data.table, data.flags, provenance, about, scratch, file_digest)
        return self._bars(data.table, data.flags, provenance, about, scratch, file_digest)

    def _bars(
        self,
        table: MarketTable,
        flags: tuple[QualityFlag, ...],
        provenance: Provenance,
        about: Callable[..., Dataset],
        scratch: str,
        file_digest: str,
    ) -> Checked:
        if file_digest:
            _refuse_other_tier(provenance, frozenset({MarketEventType.BAR}))
        refuse_too_early(provenance, int(table.time[-1]))
        refuse_actions_twice(provenance, table)
        data_hash = table.data_hash()
        refuse_other_output(provenance, file_digest=file_digest, data_hash=data_hash)
        compared = self._sealing.compared(table, data_hash, provenance)
        dataset = about(
            data_hash=data_hash,
            row_count=len(table.time),
            symbol_count=len(table.symbols),
            symbols=table.symbols,
            first_time=int(table.time[0]),
            last_time=int(table.time[-1]),
            object_digest=self._objects.put_written(
                scratch, lambda sink: self._files.write_market(table, sink)
            ),
            survivorship=survivorship_of(table, provenance.calendar),
            quality=self._quality(table, flags, data_hash, provenance),
        )
        kept = encoded(prints_of(table))
        prints = self._objects.put_written(scratch, lambda sink: _write(sink, kept))
        return Checked(dataset=dataset, prints=prints, compared=compared)

    def _events(
        self,
        events: EventTables,
        flags: tuple[QualityFlag, ...],
        provenance: Provenance,
        about: Callable[..., Dataset],
        scratch: str,
        file_digest: str,
    ) -> Checked:
        _refuse_other_tier(provenance, frozenset(events.types))
        if provenance.sealed:
            raise ProvenanceInvalid(
                "data_class is DATA_CLASS_SEALED, and only bars are sealed",
                field="provenance.data_class",
                found=provenance.data_class,
                allowed="DATA_CLASS_REAL, DATA_CLASS_SYNTHETIC",
            )
        first, last = events.span
        refuse_too_early(provenance, last)
        digests = events.digests()
        data_hash = events_hash(digests)
        refuse_other_output(provenance, file_digest=file_digest, data_hash=data_hash)
        compared = self._sealing.compared(events, data_hash, provenance)
        stored = []
        for kind in events.types:
            table = events.tables[kind]
            written = self._objects.put_written(scratch, partial(self._files.write, table))
            stored.append(
                StoredEvents(
                    type=kind,
                    row_count=table[0].data.size,
                    digest=digests[kind],
                    object_digest=written,
                )
            )
        dataset = about(
            data_hash=data_hash,
            row_count=events.row_count,
            symbol_count=len(events.symbols),
            symbols=events.symbols,
            first_time=first,
            last_time=last,
            object_digest="",
            survivorship=None,
            quality=self._quality(events, flags, data_hash, provenance),
            events=tuple(stored),
        )
        return Checked(dataset=dataset, prints=_NO_PRINTS, compared=compared)

    def write_down(self, records: WriteTransaction, checked: Checked) -> None:
        """Adds a dataset to the records, apart from all that is in them.

        Raises:
            DatasetExists: Its id was taken meanwhile.
            DataClassConflict: The same data has another class.
            SealedDataShared: It shares bars with what was registered meanwhile.
        """
        refuse_taken(records, checked.dataset.id)
        _refuse_other_class(records, checked.dataset)
        self._sealing.complete(records, checked.compared)
        records.add_dataset(checked.dataset, prints=checked.prints)

    def _quality(
        self,
        data: MarketTable | EventTables,
        flags: tuple[QualityFlag, ...],
        data_hash: str,
        provenance: Provenance,
    ) -> StoredQuality:
        """Returns what is recorded of the report that it makes and stores."""
        report = judged(data, flags, data_hash, provenance, self._calendars)
        return kept(report, self._objects, self._files)


def refuse_taken(records: ReadTransaction, dataset_id: str) -> None:
    """Refuses an id that a dataset has. Raises: DatasetExists: One has."""
    if records.dataset(dataset_id) is not None:
        raise DatasetExists(
            f"datasets/{dataset_id} exists; data never changes under a name",
            found=f"datasets/{dataset_id}",
            allowed="an id that is not taken",
        )


def _write(sink: IO[bytes], data: memoryview) -> None:
    sink.write(data)


def _refuse_other_class(records: ReadTransaction, dataset: Dataset) -> None:
    """Made prices stay made: the same data keeps the class that it was registered with first."""
    mine = dataset.provenance.data_class
    for name, provenance in records.provenances(dataset.data_hash):
        if provenance.data_class != mine:
            raise DataClassConflict(
                f"{name} has the same data as {provenance.data_class}, not as {mine}",
                found=mine,
                allowed=provenance.data_class,
                dataset=name,
            )


def _refuse_other_tier(provenance: Provenance, types: frozenset[MarketEventType]) -> None:
    """Refuses a tier that is finer or coarser than the finest events."""
    stated, actual = Tier(provenance.document["fidelityTier"]), tier_of(types)
    if stated is not actual:
        names = ", ".join(kind.value for kind in MarketEventType if kind in types)
        raise TierMismatch(
            f"fidelity_tier is {stated.value}, and the events are {names}: {actual.value}",
            found=f"{stated.value} of {names}",
            allowed=actual.value,
        )
