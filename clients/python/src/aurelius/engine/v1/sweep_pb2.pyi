import datetime

from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from aurelius.engine.v1 import backtest_pb2 as _backtest_pb2
from aurelius.engine.v1 import backtest_spec_pb2 as _backtest_spec_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RangeScale(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RANGE_SCALE_UNSPECIFIED: _ClassVar[RangeScale]
    RANGE_SCALE_LINEAR: _ClassVar[RangeScale]
    RANGE_SCALE_LOG: _ClassVar[RangeScale]

class Comparison(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPARISON_UNSPECIFIED: _ClassVar[Comparison]
    COMPARISON_LESS: _ClassVar[Comparison]
    COMPARISON_LESS_OR_EQUAL: _ClassVar[Comparison]
    COMPARISON_GREATER: _ClassVar[Comparison]
    COMPARISON_GREATER_OR_EQUAL: _ClassVar[Comparison]
RANGE_SCALE_UNSPECIFIED: RangeScale
RANGE_SCALE_LINEAR: RangeScale
RANGE_SCALE_LOG: RangeScale
COMPARISON_UNSPECIFIED: Comparison
COMPARISON_LESS: Comparison
COMPARISON_LESS_OR_EQUAL: Comparison
COMPARISON_GREATER: Comparison
COMPARISON_GREATER_OR_EQUAL: Comparison

class Sweep(_message.Message):
    __slots__ = ("name", "create_time", "update_time", "creator", "dataset", "data_hash", "seed", "engine_version", "spec", "state", "failure", "progress", "result", "attempt_count")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Sweep.State]
        STATE_RUNNING: _ClassVar[Sweep.State]
        STATE_SUCCEEDED: _ClassVar[Sweep.State]
        STATE_FAILED: _ClassVar[Sweep.State]
        STATE_CRASHED: _ClassVar[Sweep.State]
        STATE_CANCELLED: _ClassVar[Sweep.State]
    STATE_UNSPECIFIED: Sweep.State
    STATE_RUNNING: Sweep.State
    STATE_SUCCEEDED: Sweep.State
    STATE_FAILED: Sweep.State
    STATE_CRASHED: Sweep.State
    STATE_CANCELLED: Sweep.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATOR_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    DATA_HASH_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    ENGINE_VERSION_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    creator: str
    dataset: str
    data_hash: str
    seed: int
    engine_version: str
    spec: SweepSpec
    state: Sweep.State
    failure: _backtest_pb2.RunFailure
    progress: SweepProgress
    result: SweepResult
    attempt_count: int
    def __init__(self, name: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., creator: _Optional[str] = ..., dataset: _Optional[str] = ..., data_hash: _Optional[str] = ..., seed: _Optional[int] = ..., engine_version: _Optional[str] = ..., spec: _Optional[_Union[SweepSpec, _Mapping]] = ..., state: _Optional[_Union[Sweep.State, str]] = ..., failure: _Optional[_Union[_backtest_pb2.RunFailure, _Mapping]] = ..., progress: _Optional[_Union[SweepProgress, _Mapping]] = ..., result: _Optional[_Union[SweepResult, _Mapping]] = ..., attempt_count: _Optional[int] = ...) -> None: ...

class SweepSpec(_message.Message):
    __slots__ = ("base", "parameters", "parameter_constraints", "grid", "random", "sobol", "bayesian", "objective", "early_stop", "metric_ids")
    BASE_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    PARAMETER_CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    GRID_FIELD_NUMBER: _ClassVar[int]
    RANDOM_FIELD_NUMBER: _ClassVar[int]
    SOBOL_FIELD_NUMBER: _ClassVar[int]
    BAYESIAN_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_FIELD_NUMBER: _ClassVar[int]
    EARLY_STOP_FIELD_NUMBER: _ClassVar[int]
    METRIC_IDS_FIELD_NUMBER: _ClassVar[int]
    base: _backtest_spec_pb2.BacktestSpec
    parameters: _containers.RepeatedCompositeFieldContainer[SweepParameter]
    parameter_constraints: _containers.RepeatedCompositeFieldContainer[ParameterConstraint]
    grid: GridSearch
    random: RandomSearch
    sobol: SobolSearch
    bayesian: BayesianSearch
    objective: Objective
    early_stop: EarlyStop
    metric_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, base: _Optional[_Union[_backtest_spec_pb2.BacktestSpec, _Mapping]] = ..., parameters: _Optional[_Iterable[_Union[SweepParameter, _Mapping]]] = ..., parameter_constraints: _Optional[_Iterable[_Union[ParameterConstraint, _Mapping]]] = ..., grid: _Optional[_Union[GridSearch, _Mapping]] = ..., random: _Optional[_Union[RandomSearch, _Mapping]] = ..., sobol: _Optional[_Union[SobolSearch, _Mapping]] = ..., bayesian: _Optional[_Union[BayesianSearch, _Mapping]] = ..., objective: _Optional[_Union[Objective, _Mapping]] = ..., early_stop: _Optional[_Union[EarlyStop, _Mapping]] = ..., metric_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class SweepParameter(_message.Message):
    __slots__ = ("path", "int_range", "float_range", "value_list")
    PATH_FIELD_NUMBER: _ClassVar[int]
    INT_RANGE_FIELD_NUMBER: _ClassVar[int]
    FLOAT_RANGE_FIELD_NUMBER: _ClassVar[int]
    VALUE_LIST_FIELD_NUMBER: _ClassVar[int]
    path: str
    int_range: IntRange
    float_range: FloatRange
    value_list: ValueList
    def __init__(self, path: _Optional[str] = ..., int_range: _Optional[_Union[IntRange, _Mapping]] = ..., float_range: _Optional[_Union[FloatRange, _Mapping]] = ..., value_list: _Optional[_Union[ValueList, _Mapping]] = ...) -> None: ...

class IntRange(_message.Message):
    __slots__ = ("lower", "upper", "step")
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    lower: int
    upper: int
    step: int
    def __init__(self, lower: _Optional[int] = ..., upper: _Optional[int] = ..., step: _Optional[int] = ...) -> None: ...

class FloatRange(_message.Message):
    __slots__ = ("lower", "upper", "step", "scale")
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    lower: float
    upper: float
    step: float
    scale: RangeScale
    def __init__(self, lower: _Optional[float] = ..., upper: _Optional[float] = ..., step: _Optional[float] = ..., scale: _Optional[_Union[RangeScale, str]] = ...) -> None: ...

class ValueList(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[_struct_pb2.Value]
    def __init__(self, values: _Optional[_Iterable[_Union[_struct_pb2.Value, _Mapping]]] = ...) -> None: ...

class ParameterConstraint(_message.Message):
    __slots__ = ("left_path", "comparison", "right_path", "right_value")
    LEFT_PATH_FIELD_NUMBER: _ClassVar[int]
    COMPARISON_FIELD_NUMBER: _ClassVar[int]
    RIGHT_PATH_FIELD_NUMBER: _ClassVar[int]
    RIGHT_VALUE_FIELD_NUMBER: _ClassVar[int]
    left_path: str
    comparison: Comparison
    right_path: str
    right_value: float
    def __init__(self, left_path: _Optional[str] = ..., comparison: _Optional[_Union[Comparison, str]] = ..., right_path: _Optional[str] = ..., right_value: _Optional[float] = ...) -> None: ...

class GridSearch(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RandomSearch(_message.Message):
    __slots__ = ("trial_count",)
    TRIAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    trial_count: int
    def __init__(self, trial_count: _Optional[int] = ...) -> None: ...

class SobolSearch(_message.Message):
    __slots__ = ("trial_count",)
    TRIAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    trial_count: int
    def __init__(self, trial_count: _Optional[int] = ...) -> None: ...

class BayesianSearch(_message.Message):
    __slots__ = ("trial_count", "batch_size", "startup_trial_count")
    TRIAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    STARTUP_TRIAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    trial_count: int
    batch_size: int
    startup_trial_count: int
    def __init__(self, trial_count: _Optional[int] = ..., batch_size: _Optional[int] = ..., startup_trial_count: _Optional[int] = ...) -> None: ...

class Objective(_message.Message):
    __slots__ = ("metric_id", "direction", "metric_constraints")
    class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        DIRECTION_UNSPECIFIED: _ClassVar[Objective.Direction]
        DIRECTION_MAXIMIZE: _ClassVar[Objective.Direction]
        DIRECTION_MINIMIZE: _ClassVar[Objective.Direction]
    DIRECTION_UNSPECIFIED: Objective.Direction
    DIRECTION_MAXIMIZE: Objective.Direction
    DIRECTION_MINIMIZE: Objective.Direction
    METRIC_ID_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    METRIC_CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    metric_id: str
    direction: Objective.Direction
    metric_constraints: _containers.RepeatedCompositeFieldContainer[MetricConstraint]
    def __init__(self, metric_id: _Optional[str] = ..., direction: _Optional[_Union[Objective.Direction, str]] = ..., metric_constraints: _Optional[_Iterable[_Union[MetricConstraint, _Mapping]]] = ...) -> None: ...

class MetricConstraint(_message.Message):
    __slots__ = ("metric_id", "comparison", "bound")
    METRIC_ID_FIELD_NUMBER: _ClassVar[int]
    COMPARISON_FIELD_NUMBER: _ClassVar[int]
    BOUND_FIELD_NUMBER: _ClassVar[int]
    metric_id: str
    comparison: Comparison
    bound: float
    def __init__(self, metric_id: _Optional[str] = ..., comparison: _Optional[_Union[Comparison, str]] = ..., bound: _Optional[float] = ...) -> None: ...

class EarlyStop(_message.Message):
    __slots__ = ("patience_trial_count", "target")
    PATIENCE_TRIAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    patience_trial_count: int
    target: float
    def __init__(self, patience_trial_count: _Optional[int] = ..., target: _Optional[float] = ...) -> None: ...

class SweepProgress(_message.Message):
    __slots__ = ("done_count", "total_count", "best", "elapsed_seconds", "eta_seconds")
    DONE_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    BEST_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_SECONDS_FIELD_NUMBER: _ClassVar[int]
    ETA_SECONDS_FIELD_NUMBER: _ClassVar[int]
    done_count: int
    total_count: int
    best: SweepTrial
    elapsed_seconds: float
    eta_seconds: float
    def __init__(self, done_count: _Optional[int] = ..., total_count: _Optional[int] = ..., best: _Optional[_Union[SweepTrial, _Mapping]] = ..., elapsed_seconds: _Optional[float] = ..., eta_seconds: _Optional[float] = ...) -> None: ...

class SweepResult(_message.Message):
    __slots__ = ("trials_digest", "trial_count", "succeeded_count", "refused_count", "quarantined_count", "excluded_count", "stop_reason", "best", "sampler", "size_bytes")
    class StopReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STOP_REASON_UNSPECIFIED: _ClassVar[SweepResult.StopReason]
        STOP_REASON_COMPLETED: _ClassVar[SweepResult.StopReason]
        STOP_REASON_NO_IMPROVEMENT: _ClassVar[SweepResult.StopReason]
        STOP_REASON_TARGET_REACHED: _ClassVar[SweepResult.StopReason]
        STOP_REASON_DRAWS_USED_UP: _ClassVar[SweepResult.StopReason]
    STOP_REASON_UNSPECIFIED: SweepResult.StopReason
    STOP_REASON_COMPLETED: SweepResult.StopReason
    STOP_REASON_NO_IMPROVEMENT: SweepResult.StopReason
    STOP_REASON_TARGET_REACHED: SweepResult.StopReason
    STOP_REASON_DRAWS_USED_UP: SweepResult.StopReason
    TRIALS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    TRIAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUCCEEDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_COUNT_FIELD_NUMBER: _ClassVar[int]
    QUARANTINED_COUNT_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    STOP_REASON_FIELD_NUMBER: _ClassVar[int]
    BEST_FIELD_NUMBER: _ClassVar[int]
    SAMPLER_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    trials_digest: str
    trial_count: int
    succeeded_count: int
    refused_count: int
    quarantined_count: int
    excluded_count: int
    stop_reason: SweepResult.StopReason
    best: SweepTrial
    sampler: str
    size_bytes: int
    def __init__(self, trials_digest: _Optional[str] = ..., trial_count: _Optional[int] = ..., succeeded_count: _Optional[int] = ..., refused_count: _Optional[int] = ..., quarantined_count: _Optional[int] = ..., excluded_count: _Optional[int] = ..., stop_reason: _Optional[_Union[SweepResult.StopReason, str]] = ..., best: _Optional[_Union[SweepTrial, _Mapping]] = ..., sampler: _Optional[str] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class SweepTrial(_message.Message):
    __slots__ = ("name", "run", "spec_hash", "state", "reason", "message", "parameters", "metrics", "feasible", "metrics_digest", "spec")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[SweepTrial.State]
        STATE_SUCCEEDED: _ClassVar[SweepTrial.State]
        STATE_REFUSED: _ClassVar[SweepTrial.State]
        STATE_QUARANTINED: _ClassVar[SweepTrial.State]
    STATE_UNSPECIFIED: SweepTrial.State
    STATE_SUCCEEDED: SweepTrial.State
    STATE_REFUSED: SweepTrial.State
    STATE_QUARANTINED: SweepTrial.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    SPEC_HASH_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    FEASIBLE_FIELD_NUMBER: _ClassVar[int]
    METRICS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    name: str
    run: str
    spec_hash: str
    state: SweepTrial.State
    reason: str
    message: str
    parameters: _containers.RepeatedCompositeFieldContainer[ParameterValue]
    metrics: _containers.RepeatedCompositeFieldContainer[_backtest_pb2.MetricValue]
    feasible: bool
    metrics_digest: str
    spec: _backtest_spec_pb2.BacktestSpec
    def __init__(self, name: _Optional[str] = ..., run: _Optional[str] = ..., spec_hash: _Optional[str] = ..., state: _Optional[_Union[SweepTrial.State, str]] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., parameters: _Optional[_Iterable[_Union[ParameterValue, _Mapping]]] = ..., metrics: _Optional[_Iterable[_Union[_backtest_pb2.MetricValue, _Mapping]]] = ..., feasible: _Optional[bool] = ..., metrics_digest: _Optional[str] = ..., spec: _Optional[_Union[_backtest_spec_pb2.BacktestSpec, _Mapping]] = ...) -> None: ...

class ParameterValue(_message.Message):
    __slots__ = ("path", "value")
    PATH_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    path: str
    value: _struct_pb2.Value
    def __init__(self, path: _Optional[str] = ..., value: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...
