import datetime

from aurelius.engine.v1 import market_event_pb2 as _market_event_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SurvivorshipVerdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SURVIVORSHIP_VERDICT_UNSPECIFIED: _ClassVar[SurvivorshipVerdict]
    SURVIVORSHIP_VERDICT_POINT_IN_TIME: _ClassVar[SurvivorshipVerdict]
    SURVIVORSHIP_VERDICT_SUSPECT: _ClassVar[SurvivorshipVerdict]
    SURVIVORSHIP_VERDICT_BIASED: _ClassVar[SurvivorshipVerdict]
    SURVIVORSHIP_VERDICT_NOT_APPLICABLE: _ClassVar[SurvivorshipVerdict]

class Adjustment(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ADJUSTMENT_UNSPECIFIED: _ClassVar[Adjustment]
    ADJUSTMENT_RAW: _ClassVar[Adjustment]
    ADJUSTMENT_SPLITS: _ClassVar[Adjustment]
    ADJUSTMENT_SPLITS_AND_DIVIDENDS: _ClassVar[Adjustment]

class DataClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DATA_CLASS_UNSPECIFIED: _ClassVar[DataClass]
    DATA_CLASS_REAL: _ClassVar[DataClass]
    DATA_CLASS_SYNTHETIC: _ClassVar[DataClass]
    DATA_CLASS_SEALED: _ClassVar[DataClass]

class FidelityTier(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FIDELITY_TIER_UNSPECIFIED: _ClassVar[FidelityTier]
    FIDELITY_TIER_BARS: _ClassVar[FidelityTier]
    FIDELITY_TIER_TRADES_AND_QUOTES: _ClassVar[FidelityTier]
    FIDELITY_TIER_BOOK: _ClassVar[FidelityTier]

class QualitySeverity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUALITY_SEVERITY_UNSPECIFIED: _ClassVar[QualitySeverity]
    QUALITY_SEVERITY_NONE: _ClassVar[QualitySeverity]
    QUALITY_SEVERITY_INFO: _ClassVar[QualitySeverity]
    QUALITY_SEVERITY_WARNING: _ClassVar[QualitySeverity]
    QUALITY_SEVERITY_ERROR: _ClassVar[QualitySeverity]
SURVIVORSHIP_VERDICT_UNSPECIFIED: SurvivorshipVerdict
SURVIVORSHIP_VERDICT_POINT_IN_TIME: SurvivorshipVerdict
SURVIVORSHIP_VERDICT_SUSPECT: SurvivorshipVerdict
SURVIVORSHIP_VERDICT_BIASED: SurvivorshipVerdict
SURVIVORSHIP_VERDICT_NOT_APPLICABLE: SurvivorshipVerdict
ADJUSTMENT_UNSPECIFIED: Adjustment
ADJUSTMENT_RAW: Adjustment
ADJUSTMENT_SPLITS: Adjustment
ADJUSTMENT_SPLITS_AND_DIVIDENDS: Adjustment
DATA_CLASS_UNSPECIFIED: DataClass
DATA_CLASS_REAL: DataClass
DATA_CLASS_SYNTHETIC: DataClass
DATA_CLASS_SEALED: DataClass
FIDELITY_TIER_UNSPECIFIED: FidelityTier
FIDELITY_TIER_BARS: FidelityTier
FIDELITY_TIER_TRADES_AND_QUOTES: FidelityTier
FIDELITY_TIER_BOOK: FidelityTier
QUALITY_SEVERITY_UNSPECIFIED: QualitySeverity
QUALITY_SEVERITY_NONE: QualitySeverity
QUALITY_SEVERITY_INFO: QualitySeverity
QUALITY_SEVERITY_WARNING: QualitySeverity
QUALITY_SEVERITY_ERROR: QualitySeverity

class Dataset(_message.Message):
    __slots__ = ("name", "create_time", "creator", "data_hash", "provenance", "row_count", "symbols", "first_time", "last_time", "symbol_count", "survivorship", "quality_report_digest", "quality_severity", "quality_flags", "adapter", "event_tables")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATOR_FIELD_NUMBER: _ClassVar[int]
    DATA_HASH_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    FIRST_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_TIME_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_COUNT_FIELD_NUMBER: _ClassVar[int]
    SURVIVORSHIP_FIELD_NUMBER: _ClassVar[int]
    QUALITY_REPORT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    QUALITY_SEVERITY_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FLAGS_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    EVENT_TABLES_FIELD_NUMBER: _ClassVar[int]
    name: str
    create_time: _timestamp_pb2.Timestamp
    creator: str
    data_hash: str
    provenance: Provenance
    row_count: int
    symbols: _containers.RepeatedScalarFieldContainer[str]
    first_time: _timestamp_pb2.Timestamp
    last_time: _timestamp_pb2.Timestamp
    symbol_count: int
    survivorship: Survivorship
    quality_report_digest: str
    quality_severity: QualitySeverity
    quality_flags: _containers.RepeatedCompositeFieldContainer[QualityFlag]
    adapter: str
    event_tables: _containers.RepeatedCompositeFieldContainer[EventTable]
    def __init__(self, name: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., creator: _Optional[str] = ..., data_hash: _Optional[str] = ..., provenance: _Optional[_Union[Provenance, _Mapping]] = ..., row_count: _Optional[int] = ..., symbols: _Optional[_Iterable[str]] = ..., first_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., symbol_count: _Optional[int] = ..., survivorship: _Optional[_Union[Survivorship, _Mapping]] = ..., quality_report_digest: _Optional[str] = ..., quality_severity: _Optional[_Union[QualitySeverity, str]] = ..., quality_flags: _Optional[_Iterable[_Union[QualityFlag, _Mapping]]] = ..., adapter: _Optional[str] = ..., event_tables: _Optional[_Iterable[_Union[EventTable, _Mapping]]] = ...) -> None: ...

class EventTable(_message.Message):
    __slots__ = ("type", "row_count", "digest")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    type: _market_event_pb2.MarketEventType
    row_count: int
    digest: str
    def __init__(self, type: _Optional[_Union[_market_event_pb2.MarketEventType, str]] = ..., row_count: _Optional[int] = ..., digest: _Optional[str] = ...) -> None: ...

class QualityFlag(_message.Message):
    __slots__ = ("flag", "count", "first_time", "meaning")
    FLAG_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    FIRST_TIME_FIELD_NUMBER: _ClassVar[int]
    MEANING_FIELD_NUMBER: _ClassVar[int]
    flag: str
    count: int
    first_time: _timestamp_pb2.Timestamp
    meaning: str
    def __init__(self, flag: _Optional[str] = ..., count: _Optional[int] = ..., first_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., meaning: _Optional[str] = ...) -> None: ...

class Provenance(_message.Message):
    __slots__ = ("provider", "venue", "calendar", "time_zone", "adjustment", "data_class", "fidelity_tier", "latency_class", "as_of_time", "licence", "source", "transformation_steps", "series", "untransformed")
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    ADJUSTMENT_FIELD_NUMBER: _ClassVar[int]
    DATA_CLASS_FIELD_NUMBER: _ClassVar[int]
    FIDELITY_TIER_FIELD_NUMBER: _ClassVar[int]
    LATENCY_CLASS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_TIME_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TRANSFORMATION_STEPS_FIELD_NUMBER: _ClassVar[int]
    SERIES_FIELD_NUMBER: _ClassVar[int]
    UNTRANSFORMED_FIELD_NUMBER: _ClassVar[int]
    provider: str
    venue: str
    calendar: str
    time_zone: str
    adjustment: Adjustment
    data_class: DataClass
    fidelity_tier: FidelityTier
    latency_class: str
    as_of_time: _timestamp_pb2.Timestamp
    licence: str
    source: str
    transformation_steps: _containers.RepeatedCompositeFieldContainer[TransformationStep]
    series: str
    untransformed: bool
    def __init__(self, provider: _Optional[str] = ..., venue: _Optional[str] = ..., calendar: _Optional[str] = ..., time_zone: _Optional[str] = ..., adjustment: _Optional[_Union[Adjustment, str]] = ..., data_class: _Optional[_Union[DataClass, str]] = ..., fidelity_tier: _Optional[_Union[FidelityTier, str]] = ..., latency_class: _Optional[str] = ..., as_of_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., licence: _Optional[str] = ..., source: _Optional[str] = ..., transformation_steps: _Optional[_Iterable[_Union[TransformationStep, _Mapping]]] = ..., series: _Optional[str] = ..., untransformed: _Optional[bool] = ...) -> None: ...

class Survivorship(_message.Message):
    __slots__ = ("verdict", "detail", "symbol_count", "ended_count", "entered_count", "membership_change_count", "symbol_years", "years", "least_attrition_ratio", "expected_ended_count")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_COUNT_FIELD_NUMBER: _ClassVar[int]
    ENDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIP_CHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_YEARS_FIELD_NUMBER: _ClassVar[int]
    YEARS_FIELD_NUMBER: _ClassVar[int]
    LEAST_ATTRITION_RATIO_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_ENDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    verdict: SurvivorshipVerdict
    detail: str
    symbol_count: int
    ended_count: int
    entered_count: int
    membership_change_count: int
    symbol_years: float
    years: float
    least_attrition_ratio: float
    expected_ended_count: float
    def __init__(self, verdict: _Optional[_Union[SurvivorshipVerdict, str]] = ..., detail: _Optional[str] = ..., symbol_count: _Optional[int] = ..., ended_count: _Optional[int] = ..., entered_count: _Optional[int] = ..., membership_change_count: _Optional[int] = ..., symbol_years: _Optional[float] = ..., years: _Optional[float] = ..., least_attrition_ratio: _Optional[float] = ..., expected_ended_count: _Optional[float] = ...) -> None: ...

class AdjustedBars(_message.Message):
    __slots__ = ("dataset", "as_of_time", "adjustment", "data_hash", "row_count", "symbol_count", "last_time")
    DATASET_FIELD_NUMBER: _ClassVar[int]
    AS_OF_TIME_FIELD_NUMBER: _ClassVar[int]
    ADJUSTMENT_FIELD_NUMBER: _ClassVar[int]
    DATA_HASH_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_TIME_FIELD_NUMBER: _ClassVar[int]
    dataset: str
    as_of_time: _timestamp_pb2.Timestamp
    adjustment: Adjustment
    data_hash: str
    row_count: int
    symbol_count: int
    last_time: _timestamp_pb2.Timestamp
    def __init__(self, dataset: _Optional[str] = ..., as_of_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., adjustment: _Optional[_Union[Adjustment, str]] = ..., data_hash: _Optional[str] = ..., row_count: _Optional[int] = ..., symbol_count: _Optional[int] = ..., last_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TransformationStep(_message.Message):
    __slots__ = ("description", "code_digest", "input_digest", "output_digest")
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CODE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    INPUT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    description: str
    code_digest: str
    input_digest: str
    output_digest: str
    def __init__(self, description: _Optional[str] = ..., code_digest: _Optional[str] = ..., input_digest: _Optional[str] = ..., output_digest: _Optional[str] = ...) -> None: ...
