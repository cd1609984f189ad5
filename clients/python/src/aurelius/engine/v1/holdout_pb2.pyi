import datetime

from aurelius.engine.v1 import sweep_pb2 as _sweep_pb2
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

class HoldoutVault(_message.Message):
    __slots__ = ("name", "create_time", "creator", "dataset", "data_hash", "criteria", "budget_count", "reveals_criteria", "remaining_count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATOR_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    DATA_HASH_FIELD_NUMBER: _ClassVar[int]
    CRITERIA_FIELD_NUMBER: _ClassVar[int]
    BUDGET_COUNT_FIELD_NUMBER: _ClassVar[int]
    REVEALS_CRITERIA_FIELD_NUMBER: _ClassVar[int]
    REMAINING_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    create_time: _timestamp_pb2.Timestamp
    creator: str
    dataset: str
    data_hash: str
    criteria: _containers.RepeatedCompositeFieldContainer[HoldoutCriterion]
    budget_count: int
    reveals_criteria: bool
    remaining_count: int
    def __init__(self, name: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., creator: _Optional[str] = ..., dataset: _Optional[str] = ..., data_hash: _Optional[str] = ..., criteria: _Optional[_Iterable[_Union[HoldoutCriterion, _Mapping]]] = ..., budget_count: _Optional[int] = ..., reveals_criteria: _Optional[bool] = ..., remaining_count: _Optional[int] = ...) -> None: ...

class HoldoutCriterion(_message.Message):
    __slots__ = ("metric_id", "comparison", "bound")
    METRIC_ID_FIELD_NUMBER: _ClassVar[int]
    COMPARISON_FIELD_NUMBER: _ClassVar[int]
    BOUND_FIELD_NUMBER: _ClassVar[int]
    metric_id: str
    comparison: _sweep_pb2.Comparison
    bound: float
    def __init__(self, metric_id: _Optional[str] = ..., comparison: _Optional[_Union[_sweep_pb2.Comparison, str]] = ..., bound: _Optional[float] = ...) -> None: ...

class HoldoutEvaluation(_message.Message):
    __slots__ = ("name", "create_time", "creator", "run", "verdict", "criterion_verdicts", "trial_entry")
    class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        VERDICT_UNSPECIFIED: _ClassVar[HoldoutEvaluation.Verdict]
        VERDICT_PENDING: _ClassVar[HoldoutEvaluation.Verdict]
        VERDICT_NONE: _ClassVar[HoldoutEvaluation.Verdict]
        VERDICT_PASSED: _ClassVar[HoldoutEvaluation.Verdict]
        VERDICT_NOT_PASSED: _ClassVar[HoldoutEvaluation.Verdict]
    VERDICT_UNSPECIFIED: HoldoutEvaluation.Verdict
    VERDICT_PENDING: HoldoutEvaluation.Verdict
    VERDICT_NONE: HoldoutEvaluation.Verdict
    VERDICT_PASSED: HoldoutEvaluation.Verdict
    VERDICT_NOT_PASSED: HoldoutEvaluation.Verdict
    NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATOR_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    CRITERION_VERDICTS_FIELD_NUMBER: _ClassVar[int]
    TRIAL_ENTRY_FIELD_NUMBER: _ClassVar[int]
    name: str
    create_time: _timestamp_pb2.Timestamp
    creator: str
    run: str
    verdict: HoldoutEvaluation.Verdict
    criterion_verdicts: _containers.RepeatedScalarFieldContainer[HoldoutEvaluation.Verdict]
    trial_entry: str
    def __init__(self, name: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., creator: _Optional[str] = ..., run: _Optional[str] = ..., verdict: _Optional[_Union[HoldoutEvaluation.Verdict, str]] = ..., criterion_verdicts: _Optional[_Iterable[_Union[HoldoutEvaluation.Verdict, str]]] = ..., trial_entry: _Optional[str] = ...) -> None: ...
