"""What datasets said at a time: versions of a series, and bars adjusted by what was known."""

from collections.abc import Iterator
from dataclasses import dataclass

from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.errors import DatasetNotFound, ViewRefused
from aurelius_engine.application.record_store import RecordStore
from aurelius_engine.application.records import Dataset
from aurelius_engine.application.table_files import ExportFormat, TableFiles
from aurelius_engine.domain.adjustment import Adjustment, adjusted_as_of
from aurelius_engine.domain.market_table import MarketTable

_RAW = "ADJUSTMENT_RAW"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a dataset said at a time."""

    dataset: Dataset
    as_of_time: int
    adjustment: Adjustment
    table: MarketTable


class DatasetViews:
    """Reads datasets as of a time."""

    def __init__(self, store: RecordStore, datasets: Datasets, files: TableFiles) -> None:
        """Takes where records are, the datasets, and the formats."""
        self._store, self._datasets, self._files = store, datasets, files

    def version(self, series: str, as_of_time: int, registered_time: int | None) -> Dataset:
        """Returns the version of a series that was known at a time.

        Args:
            series: As provenance names it.
            as_of_time: In ns since 1970.
            registered_time: When the version must be registered, None: at any time.

        Raises:
            DatasetNotFound: The series has none of that time or before.
        """
        with self._store.read() as records:
            found = records.dataset_as_of(series, as_of_time, registered_time)
        if found is None:
            raise DatasetNotFound(
                f"the series {series} has no version of that time or before",
                found=series,
                allowed="a series, from the as_of_time of its first version on",
            )
        return found

    def view(self, name: str, as_of_time: int, adjustment: Adjustment) -> View:
        """Returns the bars of a dataset as they were known at a time.

        Raises:
            DatasetNotFound: There is none of the name.
            DatasetSealed: Nothing of it leaves.
            ViewRefused: Its bars are adjusted already.
            WindowEmpty, DataColumnMissing, AdjustmentImpossible: See `adjusted_as_of`.
        """
        dataset = self._datasets.get(name)
        source = dataset.provenance
        before = str(source.document["adjustment"])
        if adjustment != "RAW" and before != _RAW:
            raise ViewRefused(
                f"{name} was adjusted before it was registered", found=before, allowed=_RAW
            )
        table = adjusted_as_of(self._datasets.table(dataset), as_of_time, adjustment)
        return View(dataset=dataset, as_of_time=as_of_time, adjustment=adjustment, table=table)

    def export(self, view: View, export_format: ExportFormat) -> Iterator[bytes]:
        """Returns the parts of a view's file."""
        return self._files.export(view.table.columns(), export_format)
