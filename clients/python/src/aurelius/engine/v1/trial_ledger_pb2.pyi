import datetime

from aurelius.engine.v1 import backtest_pb2 as _backtest_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TrialEntry(_message.Message):
    __slots__ = ("name", "subject", "event", "attempt", "data_hash", "strategies", "document_hash", "planned_count", "executed_count", "result_digest", "sharpe_ratio", "time", "content")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    DATA_HASH_FIELD_NUMBER: _ClassVar[int]
    STRATEGIES_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_HASH_FIELD_NUMBER: _ClassVar[int]
    PLANNED_COUNT_FIELD_NUMBER: _ClassVar[int]
    EXECUTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    RESULT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SHARPE_RATIO_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    name: str
    subject: str
    event: str
    attempt: int
    data_hash: str
    strategies: _containers.RepeatedScalarFieldContainer[str]
    document_hash: str
    planned_count: int
    executed_count: int
    result_digest: str
    sharpe_ratio: float
    time: _timestamp_pb2.Timestamp
    content: str
    def __init__(self, name: _Optional[str] = ..., subject: _Optional[str] = ..., event: _Optional[str] = ..., attempt: _Optional[int] = ..., data_hash: _Optional[str] = ..., strategies: _Optional[_Iterable[str]] = ..., document_hash: _Optional[str] = ..., planned_count: _Optional[int] = ..., executed_count: _Optional[int] = ..., result_digest: _Optional[str] = ..., sharpe_ratio: _Optional[float] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., content: _Optional[str] = ...) -> None: ...

class TrialAssessment(_message.Message):
    __slots__ = ("run", "log_size", "root_hash", "data_hashes", "strategies", "trial_count", "unnamed_count", "sharpe_count", "statistics", "trial_entry")
    RUN_FIELD_NUMBER: _ClassVar[int]
    LOG_SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_HASH_FIELD_NUMBER: _ClassVar[int]
    DATA_HASHES_FIELD_NUMBER: _ClassVar[int]
    STRATEGIES_FIELD_NUMBER: _ClassVar[int]
    TRIAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNNAMED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SHARPE_COUNT_FIELD_NUMBER: _ClassVar[int]
    STATISTICS_FIELD_NUMBER: _ClassVar[int]
    TRIAL_ENTRY_FIELD_NUMBER: _ClassVar[int]
    run: str
    log_size: int
    root_hash: bytes
    data_hashes: _containers.RepeatedScalarFieldContainer[str]
    strategies: _containers.RepeatedCompositeFieldContainer[FamilyMember]
    trial_count: int
    unnamed_count: int
    sharpe_count: int
    statistics: _containers.RepeatedCompositeFieldContainer[_backtest_pb2.MetricValue]
    trial_entry: str
    def __init__(self, run: _Optional[str] = ..., log_size: _Optional[int] = ..., root_hash: _Optional[bytes] = ..., data_hashes: _Optional[_Iterable[str]] = ..., strategies: _Optional[_Iterable[_Union[FamilyMember, _Mapping]]] = ..., trial_count: _Optional[int] = ..., unnamed_count: _Optional[int] = ..., sharpe_count: _Optional[int] = ..., statistics: _Optional[_Iterable[_Union[_backtest_pb2.MetricValue, _Mapping]]] = ..., trial_entry: _Optional[str] = ...) -> None: ...

class FamilyMember(_message.Message):
    __slots__ = ("strategy", "reason")
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    strategy: str
    reason: str
    def __init__(self, strategy: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...
