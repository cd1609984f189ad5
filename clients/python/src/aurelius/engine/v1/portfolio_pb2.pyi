from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RebalanceSchedule(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REBALANCE_SCHEDULE_UNSPECIFIED: _ClassVar[RebalanceSchedule]
    REBALANCE_SCHEDULE_ON_CHANGE: _ClassVar[RebalanceSchedule]
    REBALANCE_SCHEDULE_EVERY_BARS: _ClassVar[RebalanceSchedule]
    REBALANCE_SCHEDULE_WEEKLY: _ClassVar[RebalanceSchedule]
    REBALANCE_SCHEDULE_MONTHLY: _ClassVar[RebalanceSchedule]
REBALANCE_SCHEDULE_UNSPECIFIED: RebalanceSchedule
REBALANCE_SCHEDULE_ON_CHANGE: RebalanceSchedule
REBALANCE_SCHEDULE_EVERY_BARS: RebalanceSchedule
REBALANCE_SCHEDULE_WEEKLY: RebalanceSchedule
REBALANCE_SCHEDULE_MONTHLY: RebalanceSchedule

class Sizing(_message.Message):
    __slots__ = ("equity_fraction", "fixed_units", "equal_weight", "inverse_volatility", "volatility_target", "kelly_fraction", "rank", "signal_weights")
    EQUITY_FRACTION_FIELD_NUMBER: _ClassVar[int]
    FIXED_UNITS_FIELD_NUMBER: _ClassVar[int]
    EQUAL_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    INVERSE_VOLATILITY_FIELD_NUMBER: _ClassVar[int]
    VOLATILITY_TARGET_FIELD_NUMBER: _ClassVar[int]
    KELLY_FRACTION_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    equity_fraction: EquityFraction
    fixed_units: FixedUnits
    equal_weight: EqualWeight
    inverse_volatility: InverseVolatility
    volatility_target: VolatilityTarget
    kelly_fraction: KellyFraction
    rank: RankWeights
    signal_weights: SignalWeights
    def __init__(self, equity_fraction: _Optional[_Union[EquityFraction, _Mapping]] = ..., fixed_units: _Optional[_Union[FixedUnits, _Mapping]] = ..., equal_weight: _Optional[_Union[EqualWeight, _Mapping]] = ..., inverse_volatility: _Optional[_Union[InverseVolatility, _Mapping]] = ..., volatility_target: _Optional[_Union[VolatilityTarget, _Mapping]] = ..., kelly_fraction: _Optional[_Union[KellyFraction, _Mapping]] = ..., rank: _Optional[_Union[RankWeights, _Mapping]] = ..., signal_weights: _Optional[_Union[SignalWeights, _Mapping]] = ...) -> None: ...

class EquityFraction(_message.Message):
    __slots__ = ("ratio",)
    RATIO_FIELD_NUMBER: _ClassVar[int]
    ratio: float
    def __init__(self, ratio: _Optional[float] = ...) -> None: ...

class FixedUnits(_message.Message):
    __slots__ = ("units",)
    UNITS_FIELD_NUMBER: _ClassVar[int]
    units: float
    def __init__(self, units: _Optional[float] = ...) -> None: ...

class EqualWeight(_message.Message):
    __slots__ = ("gross_ratio",)
    GROSS_RATIO_FIELD_NUMBER: _ClassVar[int]
    gross_ratio: float
    def __init__(self, gross_ratio: _Optional[float] = ...) -> None: ...

class InverseVolatility(_message.Message):
    __slots__ = ("lookback_bars", "gross_ratio")
    LOOKBACK_BARS_FIELD_NUMBER: _ClassVar[int]
    GROSS_RATIO_FIELD_NUMBER: _ClassVar[int]
    lookback_bars: int
    gross_ratio: float
    def __init__(self, lookback_bars: _Optional[int] = ..., gross_ratio: _Optional[float] = ...) -> None: ...

class VolatilityTarget(_message.Message):
    __slots__ = ("annual_volatility_ratio", "lookback_bars", "max_ratio")
    ANNUAL_VOLATILITY_RATIO_FIELD_NUMBER: _ClassVar[int]
    LOOKBACK_BARS_FIELD_NUMBER: _ClassVar[int]
    MAX_RATIO_FIELD_NUMBER: _ClassVar[int]
    annual_volatility_ratio: float
    lookback_bars: int
    max_ratio: float
    def __init__(self, annual_volatility_ratio: _Optional[float] = ..., lookback_bars: _Optional[int] = ..., max_ratio: _Optional[float] = ...) -> None: ...

class KellyFraction(_message.Message):
    __slots__ = ("fraction", "lookback_bars", "max_ratio")
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    LOOKBACK_BARS_FIELD_NUMBER: _ClassVar[int]
    MAX_RATIO_FIELD_NUMBER: _ClassVar[int]
    fraction: float
    lookback_bars: int
    max_ratio: float
    def __init__(self, fraction: _Optional[float] = ..., lookback_bars: _Optional[int] = ..., max_ratio: _Optional[float] = ...) -> None: ...

class RankWeights(_message.Message):
    __slots__ = ("top_count", "bottom_count", "gross_ratio")
    TOP_COUNT_FIELD_NUMBER: _ClassVar[int]
    BOTTOM_COUNT_FIELD_NUMBER: _ClassVar[int]
    GROSS_RATIO_FIELD_NUMBER: _ClassVar[int]
    top_count: int
    bottom_count: int
    gross_ratio: float
    def __init__(self, top_count: _Optional[int] = ..., bottom_count: _Optional[int] = ..., gross_ratio: _Optional[float] = ...) -> None: ...

class SignalWeights(_message.Message):
    __slots__ = ("normalisation", "gross_ratio")
    class Normalisation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        NORMALISATION_UNSPECIFIED: _ClassVar[SignalWeights.Normalisation]
        NORMALISATION_NONE: _ClassVar[SignalWeights.Normalisation]
        NORMALISATION_GROSS: _ClassVar[SignalWeights.Normalisation]
        NORMALISATION_DOLLAR_NEUTRAL: _ClassVar[SignalWeights.Normalisation]
    NORMALISATION_UNSPECIFIED: SignalWeights.Normalisation
    NORMALISATION_NONE: SignalWeights.Normalisation
    NORMALISATION_GROSS: SignalWeights.Normalisation
    NORMALISATION_DOLLAR_NEUTRAL: SignalWeights.Normalisation
    NORMALISATION_FIELD_NUMBER: _ClassVar[int]
    GROSS_RATIO_FIELD_NUMBER: _ClassVar[int]
    normalisation: SignalWeights.Normalisation
    gross_ratio: float
    def __init__(self, normalisation: _Optional[_Union[SignalWeights.Normalisation, str]] = ..., gross_ratio: _Optional[float] = ...) -> None: ...

class Rebalance(_message.Message):
    __slots__ = ("schedule", "interval_bars", "tolerance_ratio")
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_BARS_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_RATIO_FIELD_NUMBER: _ClassVar[int]
    schedule: RebalanceSchedule
    interval_bars: int
    tolerance_ratio: float
    def __init__(self, schedule: _Optional[_Union[RebalanceSchedule, str]] = ..., interval_bars: _Optional[int] = ..., tolerance_ratio: _Optional[float] = ...) -> None: ...
