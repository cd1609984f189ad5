"""Parts of datasets with the proof that they are parts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.records import Dataset
from aurelius_engine.application.table_files import TableFiles
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.slices import SliceProof, covering_rows, rows_of, slice_proof

_TIMES = np.iinfo(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is asked for: symbols, empty for all, and times in ns; None is the data's own end."""

    symbols: Sequence[str]
    start: int | None
    end: int | None

    def within(self, table: MarketTable) -> tuple[int, int]:
        """Returns the first time and the time after the last."""
        start = int(table.time[0]) if self.start is None else self.start
        end = int(table.time[-1]) + 1 if self.end is None else self.end
        return max(start, int(_TIMES.min)), min(end, int(_TIMES.max))


class DatasetSlices:
    """Proves slices of datasets, and hands out the rows that a proof is checked with."""

    def __init__(self, datasets: Datasets, files: TableFiles) -> None:
        """Takes the datasets, and the formats."""
        self._datasets, self._files = datasets, files

    def proof(self, name: str, window: Window) -> tuple[Dataset, SliceProof]:
        """Returns a dataset and the proof of a slice of it.

        Raises:
            DatasetNotFound, DatasetSealed, ObjectDamaged: Its bars cannot be read.
            SymbolUnknown, WindowReversed, WindowEmpty: It has no such slice.
        """
        dataset = self._datasets.get(name)
        table = self._datasets.table(dataset)
        return dataset, slice_proof(table, window.symbols, *window.within(table))

    def rows(self, name: str, window: Window) -> bytes:
        """Returns the rows of the chunks that cover a slice, as an Arrow IPC stream.

        Raises:
            DatasetNotFound, DatasetSealed, ObjectDamaged: Its bars cannot be read.
            SymbolUnknown, WindowReversed, WindowEmpty: It has no such slice.
        """
        table = self._datasets.table(self._datasets.get(name))
        rows = covering_rows(table, window.symbols, *window.within(table))
        return self._files.encode(rows_of(table, *rows))
