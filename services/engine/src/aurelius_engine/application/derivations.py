"""Datasets of bars, made of the trades of another dataset."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.errors import DatasetNotBars
from aurelius_engine.application.market_adapters import Adapted
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.record_store import RecordStore
from aurelius_engine.application.records import Dataset, Provenance
from aurelius_engine.application.registration import Registration, refuse_taken
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.events import book
from aurelius_engine.domain.events.bars import BarRule, bars_of_trades, chosen_trades
from aurelius_engine.domain.events.schema import MarketEventType, Tier
from aurelius_engine.domain.events.tables import EventTables, Table
from aurelius_engine.domain.market_table import MarketTable

T = TypeVar("T")


class Derivations:
    """Makes bars of trades and registers them, with where they came from."""

    def __init__(
        self,
        store: RecordStore,
        objects: ObjectStore,
        datasets: Datasets,
        registration: Registration,
        *,
        calendars: Calendars,
        code_digest: str,
        new_id: Callable[[], str],
    ) -> None:
        """Takes the ports, the digest of the code that makes bars, and a source of fresh ids."""
        self._store, self._objects, self._datasets = store, objects, datasets
        self._registration, self._calendars = registration, calendars
        self._code_digest, self._new_id = code_digest, new_id
        self._making = threading.Lock()  # a whole table is in memory: one at a time

    def create(
        self,
        *,
        dataset_id: str,
        source_name: str,
        rule: BarRule,
        symbols: Sequence[str],
        with_book: bool,
        caller: str,
        respond: Callable[[Dataset], T],
    ) -> T:
        """Registers the bars of a source's trades.

        Raises:
            DatasetNotFound: There is no such source.
            DatasetExists: The dataset id is taken.
            DatasetNotBars: The source has no trades.
            SymbolUnknown, DerivationRefused: No bars follow by the rule.
            SealedDataShared: The bars are sealed.
            ObjectDamaged: The stored trades are not those that were registered.
        """
        with self._store.write() as records:
            records.refuse_twin()
            refuse_taken(records, dataset_id)
        with self._making:
            source = self._datasets.get(source_name)
            events = self._datasets.events(source)
            table, opened = bars_of_trades(
                chosen_trades(_trades(source, events), rule, symbols),
                rule,
                zone=self._calendars.zone(source.provenance.calendar),
                as_of_time=source.provenance.as_of_time,
            )
            if with_book:
                table = book.with_book(table, opened, events)
            scratch = self._new_id()
            checked = self._registration.stored(
                Adapted(table=table),
                self._provenance(source, rule, symbols, table),
                dataset_id=dataset_id,
                creator=caller,
                adapter="",
                scratch=scratch,
            )
        self._objects.unstage([scratch])
        with self._store.write() as records:
            records.refuse_twin()
            self._registration.write_down(records, checked)
            answer = respond(checked.dataset)
            records.remember(answer)
        return answer

    def _provenance(
        self, source: Dataset, rule: BarRule, symbols: Sequence[str], table: MarketTable
    ) -> Provenance:
        """Returns the source's provenance with the step that made the bars, chained to its data."""
        own = source.provenance
        steps = list(own.steps)
        if steps and steps[-1]["outputDigest"] != source.data_hash:
            read = f"The file was read by {source.adapter}."
            steps.append(self._step(read, steps[-1]["outputDigest"], source.data_hash))
        names = f" of {', '.join(sorted(symbols))}" if symbols else ""
        made = f"Bars of the trades{names[:500]} that end {rule.text}, from {source.name}"
        if table.book_levels:
            made += f", with {table.book_levels} levels of the book before each"
        steps.append(self._step(f"{made}.", source.data_hash, table.data_hash()))
        document = {
            **{k: v for k, v in own.document.items() if k not in ("untransformed", "series")},
            "fidelityTier": Tier.BARS.value,
            "transformationSteps": steps,
        }
        return Provenance(calendar=own.calendar, document=document)

    def _step(self, description: str, given: str, made: str) -> dict[str, str]:
        return {
            "description": description,
            "codeDigest": self._code_digest,
            "inputDigest": given,
            "outputDigest": made,
        }


def _trades(source: Dataset, events: EventTables) -> Table:
    table = events.tables.get(MarketEventType.TRADE)
    if table is None:
        found = ", ".join(kind.value for kind in events.types)
        raise DatasetNotBars(f"{source.name} has no trades", found=found, allowed="TRADE")
    return table
