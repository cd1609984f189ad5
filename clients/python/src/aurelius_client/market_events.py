"""Market events: read in their replay order, and made into bars."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from aurelius.engine.v1 import dataset_pb2, market_event_pb2
from aurelius.engine.v1 import market_event_service_pb2 as pb
from aurelius_client.calls import pages
from aurelius_client.modes import M, Resource, listing, operation

DERIVE_TIMEOUT_SECONDS = 600.0


class MarketEvents(Resource[M]):
    """What happened in a market, by dataset."""

    @listing
    def list(
        self,
        dataset: str,
        *,
        types: Sequence[market_event_pb2.MarketEventType] = (),
        symbols: Sequence[str] = (),
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        page_size: int = 0,
    ) -> AsyncIterator[market_event_pb2.MarketEvent]:
        """Lists events in replay order, by pages as they are used.

        Args:
            dataset: `datasets/{dataset}`, of events or of bars.
            types: Which; empty means all.
            symbols: Which; empty means all.
            start_time: The first moment, with a time zone; absent means that of the first event.
            end_time: The moment after; absent means that after the last event.
            page_size: Events a page; 0 leaves it to the server.
        """
        fields: dict[str, Any] = {"types": list(types), "symbols": list(symbols)}
        fields |= {"start_time": start_time} if start_time is not None else {}
        fields |= {"end_time": end_time} if end_time is not None else {}
        request = pb.ListMarketEventsRequest(parent=dataset, page_size=page_size, **fields)
        return pages(self._calls, request, pb.ListMarketEventsResponse, "events")

    @operation
    async def derive_bars(
        self,
        source: str,
        dataset_id: str,
        rule: pb.BarRule,
        *,
        symbols: Sequence[str] = (),
        with_book: bool = False,
    ) -> dataset_pb2.Dataset:
        """Registers bars made of the trades of a dataset.

        Args:
            source: The dataset with the trades, `datasets/{dataset}`.
            dataset_id: The id of the dataset to be.
            rule: When a bar ends.
            symbols: Whose trades; empty means of all. One by a rule other than an interval.
            with_book: Whether each bar has the book, or of a source without one the best
                quote, before its first trade.

        Raises:
            NotFound: There is no such source.
            AureliusError: No bars follow; nothing is registered then.
        """
        request = pb.CreateDerivedDatasetRequest(
            dataset_id=dataset_id,
            source_dataset=source,
            rule=rule,
            symbols=list(symbols),
            with_book=with_book,
        )
        return await self._calls.call(
            request, dataset_pb2.Dataset, timeout_seconds=DERIVE_TIMEOUT_SECONDS
        )
