import datetime

from aurelius.engine.v1 import backtest_spec_pb2 as _backtest_spec_pb2
from aurelius.engine.v1 import run_identity_pb2 as _run_identity_pb2
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

class PipelineRun(_message.Message):
    __slots__ = ("name", "create_time", "update_time", "creator", "strategy", "dataset", "state", "steps", "run", "identity", "result_digest", "gate_passed", "spec", "seed", "validations")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[PipelineRun.State]
        STATE_PENDING: _ClassVar[PipelineRun.State]
        STATE_RUNNING: _ClassVar[PipelineRun.State]
        STATE_SUCCEEDED: _ClassVar[PipelineRun.State]
        STATE_FAILED: _ClassVar[PipelineRun.State]
        STATE_SKIPPED: _ClassVar[PipelineRun.State]
    STATE_UNSPECIFIED: PipelineRun.State
    STATE_PENDING: PipelineRun.State
    STATE_RUNNING: PipelineRun.State
    STATE_SUCCEEDED: PipelineRun.State
    STATE_FAILED: PipelineRun.State
    STATE_SKIPPED: PipelineRun.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATOR_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    RESULT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    GATE_PASSED_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    VALIDATIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    creator: str
    strategy: str
    dataset: str
    state: PipelineRun.State
    steps: _containers.RepeatedCompositeFieldContainer[PipelineStep]
    run: str
    identity: _run_identity_pb2.RunIdentity
    result_digest: str
    gate_passed: bool
    spec: _backtest_spec_pb2.BacktestSpec
    seed: int
    validations: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., creator: _Optional[str] = ..., strategy: _Optional[str] = ..., dataset: _Optional[str] = ..., state: _Optional[_Union[PipelineRun.State, str]] = ..., steps: _Optional[_Iterable[_Union[PipelineStep, _Mapping]]] = ..., run: _Optional[str] = ..., identity: _Optional[_Union[_run_identity_pb2.RunIdentity, _Mapping]] = ..., result_digest: _Optional[str] = ..., gate_passed: _Optional[bool] = ..., spec: _Optional[_Union[_backtest_spec_pb2.BacktestSpec, _Mapping]] = ..., seed: _Optional[int] = ..., validations: _Optional[_Iterable[str]] = ...) -> None: ...

class PipelineStep(_message.Message):
    __slots__ = ("kind", "state", "resource", "failure_reason", "detail", "start_time", "end_time")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[PipelineStep.Kind]
        KIND_BACKTEST: _ClassVar[PipelineStep.Kind]
        KIND_LINEAGE: _ClassVar[PipelineStep.Kind]
        KIND_GATE: _ClassVar[PipelineStep.Kind]
    KIND_UNSPECIFIED: PipelineStep.Kind
    KIND_BACKTEST: PipelineStep.Kind
    KIND_LINEAGE: PipelineStep.Kind
    KIND_GATE: PipelineStep.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    kind: PipelineStep.Kind
    state: PipelineRun.State
    resource: str
    failure_reason: str
    detail: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[_Union[PipelineStep.Kind, str]] = ..., state: _Optional[_Union[PipelineRun.State, str]] = ..., resource: _Optional[str] = ..., failure_reason: _Optional[str] = ..., detail: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
