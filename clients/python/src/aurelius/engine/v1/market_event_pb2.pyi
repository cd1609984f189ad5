import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Aggressor(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AGGRESSOR_UNSPECIFIED: _ClassVar[Aggressor]
    AGGRESSOR_BUY: _ClassVar[Aggressor]
    AGGRESSOR_SELL: _ClassVar[Aggressor]

class BookSide(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BOOK_SIDE_UNSPECIFIED: _ClassVar[BookSide]
    BOOK_SIDE_BID: _ClassVar[BookSide]
    BOOK_SIDE_ASK: _ClassVar[BookSide]

class OptionContractKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPTION_CONTRACT_KIND_UNSPECIFIED: _ClassVar[OptionContractKind]
    OPTION_CONTRACT_KIND_CALL: _ClassVar[OptionContractKind]
    OPTION_CONTRACT_KIND_PUT: _ClassVar[OptionContractKind]

class MarketEventType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MARKET_EVENT_TYPE_UNSPECIFIED: _ClassVar[MarketEventType]
    MARKET_EVENT_TYPE_BAR: _ClassVar[MarketEventType]
    MARKET_EVENT_TYPE_TRADE: _ClassVar[MarketEventType]
    MARKET_EVENT_TYPE_QUOTE: _ClassVar[MarketEventType]
    MARKET_EVENT_TYPE_BOOK_UPDATE: _ClassVar[MarketEventType]
    MARKET_EVENT_TYPE_OPTIONS_CHAIN: _ClassVar[MarketEventType]
    MARKET_EVENT_TYPE_FUNDAMENTALS: _ClassVar[MarketEventType]
    MARKET_EVENT_TYPE_MACRO: _ClassVar[MarketEventType]
AGGRESSOR_UNSPECIFIED: Aggressor
AGGRESSOR_BUY: Aggressor
AGGRESSOR_SELL: Aggressor
BOOK_SIDE_UNSPECIFIED: BookSide
BOOK_SIDE_BID: BookSide
BOOK_SIDE_ASK: BookSide
OPTION_CONTRACT_KIND_UNSPECIFIED: OptionContractKind
OPTION_CONTRACT_KIND_CALL: OptionContractKind
OPTION_CONTRACT_KIND_PUT: OptionContractKind
MARKET_EVENT_TYPE_UNSPECIFIED: MarketEventType
MARKET_EVENT_TYPE_BAR: MarketEventType
MARKET_EVENT_TYPE_TRADE: MarketEventType
MARKET_EVENT_TYPE_QUOTE: MarketEventType
MARKET_EVENT_TYPE_BOOK_UPDATE: MarketEventType
MARKET_EVENT_TYPE_OPTIONS_CHAIN: MarketEventType
MARKET_EVENT_TYPE_FUNDAMENTALS: MarketEventType
MARKET_EVENT_TYPE_MACRO: MarketEventType

class MarketEvent(_message.Message):
    __slots__ = ("type", "symbol", "event_time", "ingest_time", "source", "sequence", "quality_flags", "bar", "trade", "quote", "book_update", "options_chain", "fundamentals", "macro")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    INGEST_TIME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FLAGS_FIELD_NUMBER: _ClassVar[int]
    BAR_FIELD_NUMBER: _ClassVar[int]
    TRADE_FIELD_NUMBER: _ClassVar[int]
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    BOOK_UPDATE_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_CHAIN_FIELD_NUMBER: _ClassVar[int]
    FUNDAMENTALS_FIELD_NUMBER: _ClassVar[int]
    MACRO_FIELD_NUMBER: _ClassVar[int]
    type: MarketEventType
    symbol: str
    event_time: _timestamp_pb2.Timestamp
    ingest_time: _timestamp_pb2.Timestamp
    source: str
    sequence: int
    quality_flags: _containers.RepeatedScalarFieldContainer[str]
    bar: BarEvent
    trade: TradeEvent
    quote: QuoteEvent
    book_update: BookUpdateEvent
    options_chain: OptionsChainSnapshot
    fundamentals: FundamentalsSnapshot
    macro: MacroSnapshot
    def __init__(self, type: _Optional[_Union[MarketEventType, str]] = ..., symbol: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ingest_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., source: _Optional[str] = ..., sequence: _Optional[int] = ..., quality_flags: _Optional[_Iterable[str]] = ..., bar: _Optional[_Union[BarEvent, _Mapping]] = ..., trade: _Optional[_Union[TradeEvent, _Mapping]] = ..., quote: _Optional[_Union[QuoteEvent, _Mapping]] = ..., book_update: _Optional[_Union[BookUpdateEvent, _Mapping]] = ..., options_chain: _Optional[_Union[OptionsChainSnapshot, _Mapping]] = ..., fundamentals: _Optional[_Union[FundamentalsSnapshot, _Mapping]] = ..., macro: _Optional[_Union[MacroSnapshot, _Mapping]] = ...) -> None: ...

class BarEvent(_message.Message):
    __slots__ = ("open", "high", "low", "close", "volume")
    OPEN_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    open: float
    high: float
    low: float
    close: float
    volume: float
    def __init__(self, open: _Optional[float] = ..., high: _Optional[float] = ..., low: _Optional[float] = ..., close: _Optional[float] = ..., volume: _Optional[float] = ...) -> None: ...

class TradeEvent(_message.Message):
    __slots__ = ("price", "size", "aggressor")
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    AGGRESSOR_FIELD_NUMBER: _ClassVar[int]
    price: float
    size: float
    aggressor: Aggressor
    def __init__(self, price: _Optional[float] = ..., size: _Optional[float] = ..., aggressor: _Optional[_Union[Aggressor, str]] = ...) -> None: ...

class QuoteEvent(_message.Message):
    __slots__ = ("bid_price", "bid_size", "ask_price", "ask_size")
    BID_PRICE_FIELD_NUMBER: _ClassVar[int]
    BID_SIZE_FIELD_NUMBER: _ClassVar[int]
    ASK_PRICE_FIELD_NUMBER: _ClassVar[int]
    ASK_SIZE_FIELD_NUMBER: _ClassVar[int]
    bid_price: float
    bid_size: float
    ask_price: float
    ask_size: float
    def __init__(self, bid_price: _Optional[float] = ..., bid_size: _Optional[float] = ..., ask_price: _Optional[float] = ..., ask_size: _Optional[float] = ...) -> None: ...

class BookUpdateEvent(_message.Message):
    __slots__ = ("side", "price", "size")
    SIDE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    side: BookSide
    price: float
    size: float
    def __init__(self, side: _Optional[_Union[BookSide, str]] = ..., price: _Optional[float] = ..., size: _Optional[float] = ...) -> None: ...

class OptionsChainSnapshot(_message.Message):
    __slots__ = ("contracts",)
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    contracts: _containers.RepeatedCompositeFieldContainer[OptionContract]
    def __init__(self, contracts: _Optional[_Iterable[_Union[OptionContract, _Mapping]]] = ...) -> None: ...

class OptionContract(_message.Message):
    __slots__ = ("kind", "expiry_time", "strike", "bid_price", "bid_size", "ask_price", "ask_size", "volume", "open_interest", "underlying_price")
    KIND_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_TIME_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    BID_PRICE_FIELD_NUMBER: _ClassVar[int]
    BID_SIZE_FIELD_NUMBER: _ClassVar[int]
    ASK_PRICE_FIELD_NUMBER: _ClassVar[int]
    ASK_SIZE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    UNDERLYING_PRICE_FIELD_NUMBER: _ClassVar[int]
    kind: OptionContractKind
    expiry_time: _timestamp_pb2.Timestamp
    strike: float
    bid_price: float
    bid_size: float
    ask_price: float
    ask_size: float
    volume: float
    open_interest: float
    underlying_price: float
    def __init__(self, kind: _Optional[_Union[OptionContractKind, str]] = ..., expiry_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., strike: _Optional[float] = ..., bid_price: _Optional[float] = ..., bid_size: _Optional[float] = ..., ask_price: _Optional[float] = ..., ask_size: _Optional[float] = ..., volume: _Optional[float] = ..., open_interest: _Optional[float] = ..., underlying_price: _Optional[float] = ...) -> None: ...

class FundamentalsSnapshot(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[ReportedValue]
    def __init__(self, values: _Optional[_Iterable[_Union[ReportedValue, _Mapping]]] = ...) -> None: ...

class MacroSnapshot(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[ReportedValue]
    def __init__(self, values: _Optional[_Iterable[_Union[ReportedValue, _Mapping]]] = ...) -> None: ...

class ReportedValue(_message.Message):
    __slots__ = ("item", "period_end_time", "value")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    PERIOD_END_TIME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    item: str
    period_end_time: _timestamp_pb2.Timestamp
    value: float
    def __init__(self, item: _Optional[str] = ..., period_end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., value: _Optional[float] = ...) -> None: ...
