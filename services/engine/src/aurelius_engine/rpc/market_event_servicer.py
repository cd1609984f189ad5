"""MarketEventService: each RPC translates and decides nothing."""

from collections import Counter

import grpc

from aurelius.engine.v1 import (
    dataset_pb2,
    market_event_service_pb2,
    market_event_service_pb2_grpc,
)
from aurelius_chassis import page_tokens
from aurelius_chassis.caller import current_caller
from aurelius_engine.application.derivations import Derivations
from aurelius_engine.application.market_events import Asked, MarketEvents
from aurelius_engine.domain.events.schema import MarketEventType
from aurelius_engine.rpc.event_mapping import EVENT_TYPES, event_to_proto, rule_from_proto
from aurelius_engine.rpc.pages import fitting
from aurelius_engine.rpc.record_mapping import dataset_to_proto

_CURSOR = {kind.value: int for kind in MarketEventType}


class MarketEventServicer(market_event_service_pb2_grpc.MarketEventServiceServicer):
    """Serves MarketEventService."""

    def __init__(self, events: MarketEvents, derivations: Derivations) -> None:
        """Takes the use cases."""
        self._events, self._derivations = events, derivations

    def ListMarketEvents(
        self,
        request: market_event_service_pb2.ListMarketEventsRequest,
        context: grpc.ServicerContext,
    ) -> market_event_service_pb2.ListMarketEventsResponse:
        """Lists events in replay order."""
        size = page_tokens.page_size(request.page_size)
        passed = Counter(_passed(request))
        tables, events = self._events.list(request.parent, _asked(request), passed, size + 1)
        messages = [event_to_proto(tables, event) for event in events[:size]]
        count = fitting(messages)
        token = ""
        if len(events) > count:
            passed.update(event.type for event in events[:count])
            cursor = {kind.value: passed[kind] for kind in MarketEventType}
            token = page_tokens.encode(cursor, request)
        return market_event_service_pb2.ListMarketEventsResponse(
            events=messages[:count], next_page_token=token
        )

    def CreateDerivedDataset(
        self,
        request: market_event_service_pb2.CreateDerivedDatasetRequest,
        context: grpc.ServicerContext,
    ) -> dataset_pb2.Dataset:
        """Registers bars made of trades."""
        return self._derivations.create(
            dataset_id=request.dataset_id,
            source_name=request.source_dataset,
            rule=rule_from_proto(request.rule),
            symbols=tuple(request.symbols),
            with_book=request.with_book,
            caller=current_caller().name,
            respond=dataset_to_proto,
        )


def _asked(request: market_event_service_pb2.ListMarketEventsRequest) -> Asked:
    types = frozenset(mine for mine, theirs in EVENT_TYPES.items() if theirs in request.types)
    return Asked(
        types=types,
        symbols=frozenset(request.symbols),
        start=request.start_time.ToNanoseconds() if request.HasField("start_time") else None,
        end=request.end_time.ToNanoseconds() if request.HasField("end_time") else None,
    )


def _passed(
    request: market_event_service_pb2.ListMarketEventsRequest,
) -> dict[MarketEventType, int]:
    """Returns how many events of each type the pages before had.

    Raises:
        RequestRefused: The token is not one of this request.
    """
    if not request.page_token:
        return {}
    cursor = page_tokens.decode(request.page_token, request, _CURSOR)
    return {kind: cursor[kind.value] for kind in MarketEventType}
