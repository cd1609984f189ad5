import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DatasetSlice(_message.Message):
    __slots__ = ("dataset", "data_hash", "header", "symbols", "start_time", "end_time", "first_row", "row_count", "sibling_hashes", "slice_hash", "slice_row_count")
    DATASET_FIELD_NUMBER: _ClassVar[int]
    DATA_HASH_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    FIRST_ROW_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SIBLING_HASHES_FIELD_NUMBER: _ClassVar[int]
    SLICE_HASH_FIELD_NUMBER: _ClassVar[int]
    SLICE_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    dataset: str
    data_hash: str
    header: str
    symbols: _containers.RepeatedScalarFieldContainer[str]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    first_row: int
    row_count: int
    sibling_hashes: _containers.RepeatedScalarFieldContainer[bytes]
    slice_hash: str
    slice_row_count: int
    def __init__(self, dataset: _Optional[str] = ..., data_hash: _Optional[str] = ..., header: _Optional[str] = ..., symbols: _Optional[_Iterable[str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., first_row: _Optional[int] = ..., row_count: _Optional[int] = ..., sibling_hashes: _Optional[_Iterable[bytes]] = ..., slice_hash: _Optional[str] = ..., slice_row_count: _Optional[int] = ...) -> None: ...
