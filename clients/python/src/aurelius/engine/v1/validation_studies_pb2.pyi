from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from aurelius.engine.v1 import sweep_pb2 as _sweep_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SearchSpace(_message.Message):
    __slots__ = ("parameters", "parameter_constraints", "grid", "random", "sobol", "objective")
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    PARAMETER_CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
    GRID_FIELD_NUMBER: _ClassVar[int]
    RANDOM_FIELD_NUMBER: _ClassVar[int]
    SOBOL_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_FIELD_NUMBER: _ClassVar[int]
    parameters: _containers.RepeatedCompositeFieldContainer[_sweep_pb2.SweepParameter]
    parameter_constraints: _containers.RepeatedCompositeFieldContainer[_sweep_pb2.ParameterConstraint]
    grid: _sweep_pb2.GridSearch
    random: _sweep_pb2.RandomSearch
    sobol: _sweep_pb2.SobolSearch
    objective: _sweep_pb2.Objective
    def __init__(self, parameters: _Optional[_Iterable[_Union[_sweep_pb2.SweepParameter, _Mapping]]] = ..., parameter_constraints: _Optional[_Iterable[_Union[_sweep_pb2.ParameterConstraint, _Mapping]]] = ..., grid: _Optional[_Union[_sweep_pb2.GridSearch, _Mapping]] = ..., random: _Optional[_Union[_sweep_pb2.RandomSearch, _Mapping]] = ..., sobol: _Optional[_Union[_sweep_pb2.SobolSearch, _Mapping]] = ..., objective: _Optional[_Union[_sweep_pb2.Objective, _Mapping]] = ...) -> None: ...

class WalkForward(_message.Message):
    __slots__ = ("space", "scheme", "train_bars", "test_bars", "purge_bars", "embargo_bars", "min_window_count", "min_train_trade_count", "min_efficiency_ratio", "min_profitable_window_ratio", "min_out_of_sample_sharpe", "max_best_window_share_ratio")
    class Scheme(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SCHEME_UNSPECIFIED: _ClassVar[WalkForward.Scheme]
        SCHEME_ROLLING: _ClassVar[WalkForward.Scheme]
        SCHEME_ANCHORED: _ClassVar[WalkForward.Scheme]
    SCHEME_UNSPECIFIED: WalkForward.Scheme
    SCHEME_ROLLING: WalkForward.Scheme
    SCHEME_ANCHORED: WalkForward.Scheme
    SPACE_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    TRAIN_BARS_FIELD_NUMBER: _ClassVar[int]
    TEST_BARS_FIELD_NUMBER: _ClassVar[int]
    PURGE_BARS_FIELD_NUMBER: _ClassVar[int]
    EMBARGO_BARS_FIELD_NUMBER: _ClassVar[int]
    MIN_WINDOW_COUNT_FIELD_NUMBER: _ClassVar[int]
    MIN_TRAIN_TRADE_COUNT_FIELD_NUMBER: _ClassVar[int]
    MIN_EFFICIENCY_RATIO_FIELD_NUMBER: _ClassVar[int]
    MIN_PROFITABLE_WINDOW_RATIO_FIELD_NUMBER: _ClassVar[int]
    MIN_OUT_OF_SAMPLE_SHARPE_FIELD_NUMBER: _ClassVar[int]
    MAX_BEST_WINDOW_SHARE_RATIO_FIELD_NUMBER: _ClassVar[int]
    space: SearchSpace
    scheme: WalkForward.Scheme
    train_bars: int
    test_bars: int
    purge_bars: int
    embargo_bars: int
    min_window_count: int
    min_train_trade_count: int
    min_efficiency_ratio: float
    min_profitable_window_ratio: float
    min_out_of_sample_sharpe: float
    max_best_window_share_ratio: float
    def __init__(self, space: _Optional[_Union[SearchSpace, _Mapping]] = ..., scheme: _Optional[_Union[WalkForward.Scheme, str]] = ..., train_bars: _Optional[int] = ..., test_bars: _Optional[int] = ..., purge_bars: _Optional[int] = ..., embargo_bars: _Optional[int] = ..., min_window_count: _Optional[int] = ..., min_train_trade_count: _Optional[int] = ..., min_efficiency_ratio: _Optional[float] = ..., min_profitable_window_ratio: _Optional[float] = ..., min_out_of_sample_sharpe: _Optional[float] = ..., max_best_window_share_ratio: _Optional[float] = ...) -> None: ...

class CrossValidation(_message.Message):
    __slots__ = ("space", "group_count", "test_group_count", "purge_bars", "embargo_bars", "partition_count", "max_overfitting_ratio", "min_path_sharpe")
    SPACE_FIELD_NUMBER: _ClassVar[int]
    GROUP_COUNT_FIELD_NUMBER: _ClassVar[int]
    TEST_GROUP_COUNT_FIELD_NUMBER: _ClassVar[int]
    PURGE_BARS_FIELD_NUMBER: _ClassVar[int]
    EMBARGO_BARS_FIELD_NUMBER: _ClassVar[int]
    PARTITION_COUNT_FIELD_NUMBER: _ClassVar[int]
    MAX_OVERFITTING_RATIO_FIELD_NUMBER: _ClassVar[int]
    MIN_PATH_SHARPE_FIELD_NUMBER: _ClassVar[int]
    space: SearchSpace
    group_count: int
    test_group_count: int
    purge_bars: int
    embargo_bars: int
    partition_count: int
    max_overfitting_ratio: float
    min_path_sharpe: float
    def __init__(self, space: _Optional[_Union[SearchSpace, _Mapping]] = ..., group_count: _Optional[int] = ..., test_group_count: _Optional[int] = ..., purge_bars: _Optional[int] = ..., embargo_bars: _Optional[int] = ..., partition_count: _Optional[int] = ..., max_overfitting_ratio: _Optional[float] = ..., min_path_sharpe: _Optional[float] = ...) -> None: ...

class DataSnooping(_message.Message):
    __slots__ = ("space", "benchmark", "resample_count", "mean_block_bars", "max_p_value", "min_superior_count", "min_bar_count")
    class Benchmark(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        BENCHMARK_UNSPECIFIED: _ClassVar[DataSnooping.Benchmark]
        BENCHMARK_BUY_AND_HOLD: _ClassVar[DataSnooping.Benchmark]
        BENCHMARK_CASH: _ClassVar[DataSnooping.Benchmark]
    BENCHMARK_UNSPECIFIED: DataSnooping.Benchmark
    BENCHMARK_BUY_AND_HOLD: DataSnooping.Benchmark
    BENCHMARK_CASH: DataSnooping.Benchmark
    SPACE_FIELD_NUMBER: _ClassVar[int]
    BENCHMARK_FIELD_NUMBER: _ClassVar[int]
    RESAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEAN_BLOCK_BARS_FIELD_NUMBER: _ClassVar[int]
    MAX_P_VALUE_FIELD_NUMBER: _ClassVar[int]
    MIN_SUPERIOR_COUNT_FIELD_NUMBER: _ClassVar[int]
    MIN_BAR_COUNT_FIELD_NUMBER: _ClassVar[int]
    space: SearchSpace
    benchmark: DataSnooping.Benchmark
    resample_count: int
    mean_block_bars: int
    max_p_value: float
    min_superior_count: int
    min_bar_count: int
    def __init__(self, space: _Optional[_Union[SearchSpace, _Mapping]] = ..., benchmark: _Optional[_Union[DataSnooping.Benchmark, str]] = ..., resample_count: _Optional[int] = ..., mean_block_bars: _Optional[int] = ..., max_p_value: _Optional[float] = ..., min_superior_count: _Optional[int] = ..., min_bar_count: _Optional[int] = ...) -> None: ...

class Bootstrap(_message.Message):
    __slots__ = ("metric_ids", "resample_count", "mean_block_bars", "confidence_ratio", "min_sharpe_bound")
    METRIC_IDS_FIELD_NUMBER: _ClassVar[int]
    RESAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEAN_BLOCK_BARS_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_RATIO_FIELD_NUMBER: _ClassVar[int]
    MIN_SHARPE_BOUND_FIELD_NUMBER: _ClassVar[int]
    metric_ids: _containers.RepeatedScalarFieldContainer[str]
    resample_count: int
    mean_block_bars: int
    confidence_ratio: float
    min_sharpe_bound: float
    def __init__(self, metric_ids: _Optional[_Iterable[str]] = ..., resample_count: _Optional[int] = ..., mean_block_bars: _Optional[int] = ..., confidence_ratio: _Optional[float] = ..., min_sharpe_bound: _Optional[float] = ...) -> None: ...

class LookAheadProof(_message.Message):
    __slots__ = ("sample_count", "start_count", "target_tolerance_ratio")
    SAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    START_COUNT_FIELD_NUMBER: _ClassVar[int]
    TARGET_TOLERANCE_RATIO_FIELD_NUMBER: _ClassVar[int]
    sample_count: int
    start_count: int
    target_tolerance_ratio: float
    def __init__(self, sample_count: _Optional[int] = ..., start_count: _Optional[int] = ..., target_tolerance_ratio: _Optional[float] = ...) -> None: ...

class Robustness(_message.Message):
    __slots__ = ("cost_multiples", "neighbourhood", "start_count", "start_step_bars", "min_break_even_multiple", "min_neighbour_ratio", "max_start_spread_ratio")
    COST_MULTIPLES_FIELD_NUMBER: _ClassVar[int]
    NEIGHBOURHOOD_FIELD_NUMBER: _ClassVar[int]
    START_COUNT_FIELD_NUMBER: _ClassVar[int]
    START_STEP_BARS_FIELD_NUMBER: _ClassVar[int]
    MIN_BREAK_EVEN_MULTIPLE_FIELD_NUMBER: _ClassVar[int]
    MIN_NEIGHBOUR_RATIO_FIELD_NUMBER: _ClassVar[int]
    MAX_START_SPREAD_RATIO_FIELD_NUMBER: _ClassVar[int]
    cost_multiples: _containers.RepeatedScalarFieldContainer[float]
    neighbourhood: SearchSpace
    start_count: int
    start_step_bars: int
    min_break_even_multiple: float
    min_neighbour_ratio: float
    max_start_spread_ratio: float
    def __init__(self, cost_multiples: _Optional[_Iterable[float]] = ..., neighbourhood: _Optional[_Union[SearchSpace, _Mapping]] = ..., start_count: _Optional[int] = ..., start_step_bars: _Optional[int] = ..., min_break_even_multiple: _Optional[float] = ..., min_neighbour_ratio: _Optional[float] = ..., max_start_spread_ratio: _Optional[float] = ...) -> None: ...

class ExecutionAmbiguity(_message.Message):
    __slots__ = ("metric_ids", "worst_ends", "max_sharpe_distance")
    METRIC_IDS_FIELD_NUMBER: _ClassVar[int]
    WORST_ENDS_FIELD_NUMBER: _ClassVar[int]
    MAX_SHARPE_DISTANCE_FIELD_NUMBER: _ClassVar[int]
    metric_ids: _containers.RepeatedScalarFieldContainer[str]
    worst_ends: _containers.RepeatedCompositeFieldContainer[_sweep_pb2.MetricConstraint]
    max_sharpe_distance: float
    def __init__(self, metric_ids: _Optional[_Iterable[str]] = ..., worst_ends: _Optional[_Iterable[_Union[_sweep_pb2.MetricConstraint, _Mapping]]] = ..., max_sharpe_distance: _Optional[float] = ...) -> None: ...

class RunChecks(_message.Message):
    __slots__ = ("max_drawdown_ratio", "max_leverage_ratio", "max_concentration_ratio", "max_annual_turnover_ratio", "max_sharpe", "min_trade_count", "min_bar_count")
    MAX_DRAWDOWN_RATIO_FIELD_NUMBER: _ClassVar[int]
    MAX_LEVERAGE_RATIO_FIELD_NUMBER: _ClassVar[int]
    MAX_CONCENTRATION_RATIO_FIELD_NUMBER: _ClassVar[int]
    MAX_ANNUAL_TURNOVER_RATIO_FIELD_NUMBER: _ClassVar[int]
    MAX_SHARPE_FIELD_NUMBER: _ClassVar[int]
    MIN_TRADE_COUNT_FIELD_NUMBER: _ClassVar[int]
    MIN_BAR_COUNT_FIELD_NUMBER: _ClassVar[int]
    max_drawdown_ratio: float
    max_leverage_ratio: float
    max_concentration_ratio: float
    max_annual_turnover_ratio: float
    max_sharpe: float
    min_trade_count: int
    min_bar_count: int
    def __init__(self, max_drawdown_ratio: _Optional[float] = ..., max_leverage_ratio: _Optional[float] = ..., max_concentration_ratio: _Optional[float] = ..., max_annual_turnover_ratio: _Optional[float] = ..., max_sharpe: _Optional[float] = ..., min_trade_count: _Optional[int] = ..., min_bar_count: _Optional[int] = ...) -> None: ...
