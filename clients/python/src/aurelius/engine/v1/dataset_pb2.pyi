import datetime

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

class FidelityTier(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FIDELITY_TIER_UNSPECIFIED: _ClassVar[FidelityTier]
    FIDELITY_TIER_BARS: _ClassVar[FidelityTier]
ADJUSTMENT_UNSPECIFIED: Adjustment
ADJUSTMENT_RAW: Adjustment
ADJUSTMENT_SPLITS: Adjustment
ADJUSTMENT_SPLITS_AND_DIVIDENDS: Adjustment
DATA_CLASS_UNSPECIFIED: DataClass
DATA_CLASS_REAL: DataClass
DATA_CLASS_SYNTHETIC: DataClass
FIDELITY_TIER_UNSPECIFIED: FidelityTier
FIDELITY_TIER_BARS: FidelityTier

class Dataset(_message.Message):
    __slots__ = ("name", "create_time", "creator", "data_hash", "provenance", "row_count", "symbols", "first_time", "last_time", "symbol_count")
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
    def __init__(self, name: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., creator: _Optional[str] = ..., data_hash: _Optional[str] = ..., provenance: _Optional[_Union[Provenance, _Mapping]] = ..., row_count: _Optional[int] = ..., symbols: _Optional[_Iterable[str]] = ..., first_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., symbol_count: _Optional[int] = ...) -> None: ...

class Provenance(_message.Message):
    __slots__ = ("provider", "venue", "calendar", "time_zone", "adjustment", "data_class", "fidelity_tier", "latency_class", "as_of_time", "licence", "source", "transformation_steps")
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
    def __init__(self, provider: _Optional[str] = ..., venue: _Optional[str] = ..., calendar: _Optional[str] = ..., time_zone: _Optional[str] = ..., adjustment: _Optional[_Union[Adjustment, str]] = ..., data_class: _Optional[_Union[DataClass, str]] = ..., fidelity_tier: _Optional[_Union[FidelityTier, str]] = ..., latency_class: _Optional[str] = ..., as_of_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., licence: _Optional[str] = ..., source: _Optional[str] = ..., transformation_steps: _Optional[_Iterable[_Union[TransformationStep, _Mapping]]] = ...) -> None: ...

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
