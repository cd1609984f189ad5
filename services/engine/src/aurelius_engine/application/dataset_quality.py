"""The quality reports of datasets: made when data is registered, and read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aurelius_engine.application.datasets import Datasets, refuse_sealed
from aurelius_engine.application.errors import ObjectDamaged
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.records import Dataset, Provenance, StoredQuality
from aurelius_engine.application.table_files import ExportFormat, TableFiles
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.canonical_json import canonical_json
from aurelius_engine.domain.events.tables import EventTables
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.quality.event_report import quality_of_events
from aurelius_engine.domain.quality.flags import QualityFlag
from aurelius_engine.domain.quality.report import QualityReport, quality_of, report_digest
from aurelius_engine.domain.results import Table
from aurelius_engine.domain.table_hash import table_hash


def judged(
    data: MarketTable | EventTables,
    flags: Sequence[QualityFlag],
    data_hash: str,
    provenance: Provenance,
    calendars: Calendars,
) -> QualityReport:
    """Returns the quality report of data that is being registered."""
    calendar, adjustment = provenance.calendar, str(provenance.document["adjustment"])
    if isinstance(data, EventTables):
        return quality_of_events(
            data,
            calendars,
            data_hash=data_hash,
            calendar=calendar,
            adjustment=adjustment,
            flags=flags,
        )
    return quality_of(
        data, calendars, data_hash=data_hash, calendar=calendar, adjustment=adjustment, flags=flags
    )


def kept(report: QualityReport, objects: ObjectStore, files: TableFiles) -> StoredQuality:
    """Stores a report and its tables, and returns what a dataset records of them."""
    return StoredQuality(
        digest=report.digest,
        severity="NONE" if report.severity is None else report.severity.value,
        report_object=objects.put(canonical_json(report.document)),
        table_objects={
            name: objects.put(files.encode(table)) for name, table in sorted(report.tables.items())
        },
    )


class DatasetQuality:
    """Reads quality reports, their digests checked."""

    def __init__(self, datasets: Datasets, objects: ObjectStore, files: TableFiles) -> None:
        """Takes the datasets, and where bytes are."""
        self._datasets, self._objects, self._files = datasets, objects, files

    def report(self, name: str) -> tuple[Dataset, Mapping[str, Any] | None]:
        """Returns a dataset and the proto JSON of its report; None of a sealed one.

        Args:
            name: `datasets/{dataset}/qualityReport`.

        Raises:
            DatasetNotFound: There is none of the name.
            ObjectDamaged: The stored bytes are not the report.
        """
        dataset = self._datasets.get(name.removesuffix("/qualityReport"))
        return dataset, None if dataset.provenance.sealed else self.document(dataset)

    def export(self, name: str, export_format: ExportFormat) -> Iterator[bytes]:
        """Returns the parts of a table's file.

        Args:
            name: `datasets/{dataset}/qualityTables/{table}`.
            export_format: Of the file.

        Raises:
            DatasetNotFound: There is none of the name.
            DatasetSealed: Nothing of it leaves.
            ObjectDamaged: The stored bytes are not the table.
        """
        owner, _, table_id = name.partition("/qualityTables/")
        dataset = self._datasets.get(owner)
        refuse_sealed(dataset)
        return self._files.export(self._table(dataset, table_id), export_format)

    def document(self, dataset: Dataset) -> Mapping[str, Any]:
        """Returns the proto JSON of a dataset's report, for use inside the engine.

        Raises:
            ObjectDamaged: The stored bytes are not the report.
        """
        quality = dataset.quality
        document: Mapping[str, Any] = json.loads(self._objects.get(quality.report_object))
        found = report_digest(document)
        if found != quality.digest:
            raise ObjectDamaged(
                f"the quality report of {dataset.name} has another digest",
                found=found,
                allowed=quality.digest,
            )
        return document

    def _table(self, dataset: Dataset, table_id: str) -> Table:
        allowed = self.document(dataset)[f"{table_id}Digest"]
        table = self._files.decode(self._objects.get(dataset.quality.table_objects[table_id]))
        found = table_hash(table)
        if found != allowed:
            raise ObjectDamaged(
                f"the {table_id} of {dataset.name} have another digest",
                found=found,
                allowed=str(allowed),
            )
        return table
