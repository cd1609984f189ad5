"""The events of datasets in replay order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aurelius_engine.application.datasets import Datasets
from aurelius_engine.domain.events.order import Event, merged, selected
from aurelius_engine.domain.events.schema import UNKNOWN_TIME, MarketEventType, fields_of
from aurelius_engine.domain.events.tables import EventTables
from aurelius_engine.domain.market_table import BARS, MarketTable
from aurelius_engine.domain.table_hash import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which events: types and symbols, empty for all, and times in ns; None has no bound."""

    types: frozenset[MarketEventType]
    symbols: frozenset[str]
    start: int | None
    end: int | None


class MarketEvents:
    """Reads events."""

    def __init__(self, datasets: Datasets) -> None:
        """Takes the datasets."""
        self._datasets = datasets

    def list(
        self, name: str, asked: Asked, passed: Mapping[MarketEventType, int], limit: int
    ) -> tuple[EventTables, Sequence[Event]]:
        """Returns the tables of a dataset, and the next events of them in replay order.

        Args:
            name: `datasets/{dataset}`.
            asked: Which events.
            passed: How many of each type came before; absent means none.
            limit: At most so many.

        Raises:
            DatasetNotFound, DatasetSealed, ObjectDamaged: They cannot be read.
        """
        dataset = self._datasets.get(name)
        tables = (
            self._datasets.events(dataset)
            if dataset.events
            else events_of_bars(self._datasets.table(dataset))
        )
        selections = selected(
            tables, types=asked.types, symbols=asked.symbols, start=asked.start, end=asked.end
        )
        before = [max(passed.get(kind, 0), 0) for kind in selections]
        return tables, merged(tables, selections, before, limit)


def events_of_bars(table: MarketTable) -> EventTables:
    """Returns bars as events: each is the only one of its symbol and time, from no named source."""
    rows = table.time.size
    none = {
        "sequence": np.zeros(rows, np.int64),
        "ingest_time": np.full(rows, UNKNOWN_TIME, np.int64),
    }
    columns = {
        "event_time": Column(name="event_time", data=table.time),
        "symbol": table.symbol,
        **{name: Column(name=name, data=data) for name, data in none.items()},
        **{
            name: Column(name=name, data=np.zeros(rows, np.int32), values=("",))
            for name in ("source", "quality_flags")
        },
        **{name: Column(name=name, data=getattr(table, name)) for name in BARS},
    }
    fields = fields_of(MarketEventType.BAR)
    return EventTables(tables={MarketEventType.BAR: tuple(columns[each.name] for each in fields)})
