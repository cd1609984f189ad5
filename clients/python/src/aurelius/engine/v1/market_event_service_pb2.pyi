import datetime

from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from aurelius.engine.v1 import backtest_spec_pb2 as _backtest_spec_pb2
from aurelius.engine.v1 import dataset_pb2 as _dataset_pb2
from aurelius.engine.v1 import market_event_pb2 as _market_event_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BarRule(_message.Message):
    __slots__ = ("interval", "trade_count", "units", "value", "excluded_quality_flags")
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    TRADE_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_QUALITY_FLAGS_FIELD_NUMBER: _ClassVar[int]
    interval: _backtest_spec_pb2.BarInterval
    trade_count: int
    units: float
    value: float
    excluded_quality_flags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, interval: _Optional[_Union[_backtest_spec_pb2.BarInterval, str]] = ..., trade_count: _Optional[int] = ..., units: _Optional[float] = ..., value: _Optional[float] = ..., excluded_quality_flags: _Optional[_Iterable[str]] = ...) -> None: ...

class ListMarketEventsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "types", "symbols", "start_time", "end_time")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    types: _containers.RepeatedScalarFieldContainer[_market_event_pb2.MarketEventType]
    symbols: _containers.RepeatedScalarFieldContainer[str]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., types: _Optional[_Iterable[_Union[_market_event_pb2.MarketEventType, str]]] = ..., symbols: _Optional[_Iterable[str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListMarketEventsResponse(_message.Message):
    __slots__ = ("events", "next_page_token")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_market_event_pb2.MarketEvent]
    next_page_token: str
    def __init__(self, events: _Optional[_Iterable[_Union[_market_event_pb2.MarketEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateDerivedDatasetRequest(_message.Message):
    __slots__ = ("dataset_id", "source_dataset", "rule", "symbols", "request_id", "with_book", "http_body")
    DATASET_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_DATASET_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    WITH_BOOK_FIELD_NUMBER: _ClassVar[int]
    HTTP_BODY_FIELD_NUMBER: _ClassVar[int]
    dataset_id: str
    source_dataset: str
    rule: BarRule
    symbols: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    with_book: bool
    http_body: _httpbody_pb2.HttpBody
    def __init__(self, dataset_id: _Optional[str] = ..., source_dataset: _Optional[str] = ..., rule: _Optional[_Union[BarRule, _Mapping]] = ..., symbols: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ..., with_book: _Optional[bool] = ..., http_body: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...
