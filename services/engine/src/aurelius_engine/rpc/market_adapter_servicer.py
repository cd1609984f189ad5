"""MarketAdapterService: each RPC translates and decides nothing."""

from collections.abc import Mapping

import grpc

from aurelius.engine.v1 import (
    market_adapter_pb2,
    market_adapter_service_pb2,
    market_adapter_service_pb2_grpc,
)
from aurelius_chassis import page_tokens
from aurelius_engine.application.market_adapters import (
    AssetClass,
    Capabilities,
    MarketAdapters,
)
from aurelius_engine.domain.quality.flags import MEANINGS
from aurelius_engine.rpc.event_mapping import EVENT_TYPES
from aurelius_engine.rpc.record_mapping import FILE_FORMATS

ASSET_CLASSES: Mapping[AssetClass, market_adapter_pb2.AssetClass] = {
    AssetClass.EQUITY: market_adapter_pb2.ASSET_CLASS_EQUITY,
    AssetClass.FUND: market_adapter_pb2.ASSET_CLASS_FUND,
    AssetClass.INDEX: market_adapter_pb2.ASSET_CLASS_INDEX,
    AssetClass.CRYPTO: market_adapter_pb2.ASSET_CLASS_CRYPTO,
    AssetClass.CURRENCY: market_adapter_pb2.ASSET_CLASS_CURRENCY,
    AssetClass.FUTURE: market_adapter_pb2.ASSET_CLASS_FUTURE,
    AssetClass.OPTION: market_adapter_pb2.ASSET_CLASS_OPTION,
}


class MarketAdapterServicer(market_adapter_service_pb2_grpc.MarketAdapterServiceServicer):
    """Serves MarketAdapterService."""

    def __init__(self, adapters: MarketAdapters) -> None:
        """Takes the adapters."""
        self._adapters = adapters

    def ListMarketAdapters(
        self,
        request: market_adapter_service_pb2.ListMarketAdaptersRequest,
        context: grpc.ServicerContext,
    ) -> market_adapter_service_pb2.ListMarketAdaptersResponse:
        """Lists the adapters."""
        size, first = page_tokens.page_size(request.page_size), _first(request)
        every = self._adapters.list()
        token = ""
        if len(every) > first + size:
            token = page_tokens.encode({"first": first + size}, request)
        return market_adapter_service_pb2.ListMarketAdaptersResponse(
            market_adapters=[adapter_to_proto(each) for each in every[first : first + size]],
            next_page_token=token,
        )


def _first(request: market_adapter_service_pb2.ListMarketAdaptersRequest) -> int:
    """Returns the place of a page's first adapter. Raises: RequestRefused: The token is another."""
    if not request.page_token:
        return 0
    return int(page_tokens.decode(request.page_token, request, {"first": int})["first"])


def adapter_to_proto(adapter: Capabilities) -> market_adapter_pb2.MarketAdapter:
    """Returns the message of what an adapter reads."""
    return market_adapter_pb2.MarketAdapter(
        name=adapter.name,
        version=adapter.version,
        format=FILE_FORMATS[adapter.file_format],
        summary=adapter.summary,
        asset_classes=[ASSET_CLASSES[each] for each in adapter.asset_classes],
        event_types=[EVENT_TYPES[each] for each in adapter.event_types],
        fidelity_tiers=adapter.tiers,
        adjustments=adapter.adjustments,
        bar_intervals=[f"BAR_INTERVAL_{each}" for each in adapter.intervals],
        columns=adapter.columns,
        optional_columns=adapter.optional_columns,
        flags=[
            market_adapter_pb2.MarketAdapter.Flag(flag=each, meaning=MEANINGS[each])
            for each in adapter.flags
        ],
        row_max_count=adapter.max_rows,
        file_max_bytes=adapter.max_bytes,
    )
