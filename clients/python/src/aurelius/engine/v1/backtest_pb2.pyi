import datetime

from aurelius.engine.v1 import backtest_spec_pb2 as _backtest_spec_pb2
from aurelius.engine.v1 import run_identity_pb2 as _run_identity_pb2
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

class Backtest(_message.Message):
    __slots__ = ("name", "create_time", "update_time", "creator", "identity", "spec", "dataset", "state", "failure", "result", "attempt_count")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Backtest.State]
        STATE_RUNNING: _ClassVar[Backtest.State]
        STATE_SEALED: _ClassVar[Backtest.State]
        STATE_FAILED: _ClassVar[Backtest.State]
        STATE_CRASHED: _ClassVar[Backtest.State]
        STATE_CANCELLED: _ClassVar[Backtest.State]
        STATE_QUARANTINED: _ClassVar[Backtest.State]
    STATE_UNSPECIFIED: Backtest.State
    STATE_RUNNING: Backtest.State
    STATE_SEALED: Backtest.State
    STATE_FAILED: Backtest.State
    STATE_CRASHED: Backtest.State
    STATE_CANCELLED: Backtest.State
    STATE_QUARANTINED: Backtest.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATOR_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    creator: str
    identity: _run_identity_pb2.RunIdentity
    spec: _backtest_spec_pb2.BacktestSpec
    dataset: str
    state: Backtest.State
    failure: RunFailure
    result: BacktestResult
    attempt_count: int
    def __init__(self, name: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., creator: _Optional[str] = ..., identity: _Optional[_Union[_run_identity_pb2.RunIdentity, _Mapping]] = ..., spec: _Optional[_Union[_backtest_spec_pb2.BacktestSpec, _Mapping]] = ..., dataset: _Optional[str] = ..., state: _Optional[_Union[Backtest.State, str]] = ..., failure: _Optional[_Union[RunFailure, _Mapping]] = ..., result: _Optional[_Union[BacktestResult, _Mapping]] = ..., attempt_count: _Optional[int] = ...) -> None: ...

class RunFailure(_message.Message):
    __slots__ = ("reason", "message")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message: str
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class BacktestResult(_message.Message):
    __slots__ = ("identity", "run", "result_digest", "artifact_digests", "metrics", "labels")
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    RESULT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ARTIFACT_DIGESTS_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    identity: _run_identity_pb2.RunIdentity
    run: str
    result_digest: str
    artifact_digests: _containers.RepeatedCompositeFieldContainer[ArtifactDigest]
    metrics: _containers.RepeatedCompositeFieldContainer[MetricValue]
    labels: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, identity: _Optional[_Union[_run_identity_pb2.RunIdentity, _Mapping]] = ..., run: _Optional[str] = ..., result_digest: _Optional[str] = ..., artifact_digests: _Optional[_Iterable[_Union[ArtifactDigest, _Mapping]]] = ..., metrics: _Optional[_Iterable[_Union[MetricValue, _Mapping]]] = ..., labels: _Optional[_Iterable[str]] = ...) -> None: ...

class ArtifactDigest(_message.Message):
    __slots__ = ("artifact_id", "digest", "row_count")
    ARTIFACT_ID_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    artifact_id: str
    digest: str
    row_count: int
    def __init__(self, artifact_id: _Optional[str] = ..., digest: _Optional[str] = ..., row_count: _Optional[int] = ...) -> None: ...

class MetricValue(_message.Message):
    __slots__ = ("metric_id", "version", "unit", "value", "undefined_reason")
    METRIC_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    UNDEFINED_REASON_FIELD_NUMBER: _ClassVar[int]
    metric_id: str
    version: int
    unit: str
    value: float
    undefined_reason: str
    def __init__(self, metric_id: _Optional[str] = ..., version: _Optional[int] = ..., unit: _Optional[str] = ..., value: _Optional[float] = ..., undefined_reason: _Optional[str] = ...) -> None: ...
