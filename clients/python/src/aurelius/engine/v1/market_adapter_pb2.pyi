from aurelius.engine.v1 import backtest_spec_pb2 as _backtest_spec_pb2
from aurelius.engine.v1 import dataset_pb2 as _dataset_pb2
from aurelius.engine.v1 import dataset_service_pb2 as _dataset_service_pb2
from aurelius.engine.v1 import market_event_pb2 as _market_event_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AssetClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ASSET_CLASS_UNSPECIFIED: _ClassVar[AssetClass]
    ASSET_CLASS_EQUITY: _ClassVar[AssetClass]
    ASSET_CLASS_FUND: _ClassVar[AssetClass]
    ASSET_CLASS_INDEX: _ClassVar[AssetClass]
    ASSET_CLASS_CRYPTO: _ClassVar[AssetClass]
    ASSET_CLASS_CURRENCY: _ClassVar[AssetClass]
    ASSET_CLASS_FUTURE: _ClassVar[AssetClass]
    ASSET_CLASS_OPTION: _ClassVar[AssetClass]
ASSET_CLASS_UNSPECIFIED: AssetClass
ASSET_CLASS_EQUITY: AssetClass
ASSET_CLASS_FUND: AssetClass
ASSET_CLASS_INDEX: AssetClass
ASSET_CLASS_CRYPTO: AssetClass
ASSET_CLASS_CURRENCY: AssetClass
ASSET_CLASS_FUTURE: AssetClass
ASSET_CLASS_OPTION: AssetClass

class MarketAdapter(_message.Message):
    __slots__ = ("name", "version", "format", "summary", "asset_classes", "event_types", "fidelity_tiers", "adjustments", "bar_intervals", "columns", "optional_columns", "flags", "row_max_count", "file_max_bytes")
    class Flag(_message.Message):
        __slots__ = ("flag", "meaning")
        FLAG_FIELD_NUMBER: _ClassVar[int]
        MEANING_FIELD_NUMBER: _ClassVar[int]
        flag: str
        meaning: str
        def __init__(self, flag: _Optional[str] = ..., meaning: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    ASSET_CLASSES_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPES_FIELD_NUMBER: _ClassVar[int]
    FIDELITY_TIERS_FIELD_NUMBER: _ClassVar[int]
    ADJUSTMENTS_FIELD_NUMBER: _ClassVar[int]
    BAR_INTERVALS_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    OPTIONAL_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    ROW_MAX_COUNT_FIELD_NUMBER: _ClassVar[int]
    FILE_MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    format: _dataset_service_pb2.FileFormat
    summary: str
    asset_classes: _containers.RepeatedScalarFieldContainer[AssetClass]
    event_types: _containers.RepeatedScalarFieldContainer[_market_event_pb2.MarketEventType]
    fidelity_tiers: _containers.RepeatedScalarFieldContainer[_dataset_pb2.FidelityTier]
    adjustments: _containers.RepeatedScalarFieldContainer[_dataset_pb2.Adjustment]
    bar_intervals: _containers.RepeatedScalarFieldContainer[_backtest_spec_pb2.BarInterval]
    columns: _containers.RepeatedScalarFieldContainer[str]
    optional_columns: _containers.RepeatedScalarFieldContainer[str]
    flags: _containers.RepeatedCompositeFieldContainer[MarketAdapter.Flag]
    row_max_count: int
    file_max_bytes: int
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., format: _Optional[_Union[_dataset_service_pb2.FileFormat, str]] = ..., summary: _Optional[str] = ..., asset_classes: _Optional[_Iterable[_Union[AssetClass, str]]] = ..., event_types: _Optional[_Iterable[_Union[_market_event_pb2.MarketEventType, str]]] = ..., fidelity_tiers: _Optional[_Iterable[_Union[_dataset_pb2.FidelityTier, str]]] = ..., adjustments: _Optional[_Iterable[_Union[_dataset_pb2.Adjustment, str]]] = ..., bar_intervals: _Optional[_Iterable[_Union[_backtest_spec_pb2.BarInterval, str]]] = ..., columns: _Optional[_Iterable[str]] = ..., optional_columns: _Optional[_Iterable[str]] = ..., flags: _Optional[_Iterable[_Union[MarketAdapter.Flag, _Mapping]]] = ..., row_max_count: _Optional[int] = ..., file_max_bytes: _Optional[int] = ...) -> None: ...
