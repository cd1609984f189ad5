import datetime

from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from aurelius.engine.v1 import strategy_pb2 as _strategy_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BarInterval(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BAR_INTERVAL_UNSPECIFIED: _ClassVar[BarInterval]
    BAR_INTERVAL_DAY: _ClassVar[BarInterval]

class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIRECTION_UNSPECIFIED: _ClassVar[Direction]
    DIRECTION_LONG_FLAT: _ClassVar[Direction]
    DIRECTION_LONG_SHORT: _ClassVar[Direction]

class Units(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNITS_UNSPECIFIED: _ClassVar[Units]
    UNITS_FRACTIONAL: _ClassVar[Units]
    UNITS_INTEGER: _ClassVar[Units]

class FillRule(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FILL_RULE_UNSPECIFIED: _ClassVar[FillRule]
    FILL_RULE_NEXT_OPEN: _ClassVar[FillRule]

class CorporateActions(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CORPORATE_ACTIONS_UNSPECIFIED: _ClassVar[CorporateActions]
    CORPORATE_ACTIONS_NOT_APPLIED: _ClassVar[CorporateActions]
BAR_INTERVAL_UNSPECIFIED: BarInterval
BAR_INTERVAL_DAY: BarInterval
DIRECTION_UNSPECIFIED: Direction
DIRECTION_LONG_FLAT: Direction
DIRECTION_LONG_SHORT: Direction
UNITS_UNSPECIFIED: Units
UNITS_FRACTIONAL: Units
UNITS_INTEGER: Units
FILL_RULE_UNSPECIFIED: FillRule
FILL_RULE_NEXT_OPEN: FillRule
CORPORATE_ACTIONS_UNSPECIFIED: CorporateActions
CORPORATE_ACTIONS_NOT_APPLIED: CorporateActions

class BacktestSpec(_message.Message):
    __slots__ = ("strategy", "symbols", "start_time", "end_time", "calendar", "bar_interval", "initial_cash", "direction", "units", "equity_fraction_ratio", "fill_rule", "commission", "corporate_actions", "risk_free_ratio", "calendar_version")
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    BAR_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    INITIAL_CASH_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FRACTION_RATIO_FIELD_NUMBER: _ClassVar[int]
    FILL_RULE_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_FIELD_NUMBER: _ClassVar[int]
    CORPORATE_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    RISK_FREE_RATIO_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_VERSION_FIELD_NUMBER: _ClassVar[int]
    strategy: _strategy_pb2.Strategy
    symbols: _containers.RepeatedScalarFieldContainer[str]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    calendar: str
    bar_interval: BarInterval
    initial_cash: float
    direction: Direction
    units: Units
    equity_fraction_ratio: float
    fill_rule: FillRule
    commission: Commission
    corporate_actions: CorporateActions
    risk_free_ratio: float
    calendar_version: str
    def __init__(self, strategy: _Optional[_Union[_strategy_pb2.Strategy, _Mapping]] = ..., symbols: _Optional[_Iterable[str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., calendar: _Optional[str] = ..., bar_interval: _Optional[_Union[BarInterval, str]] = ..., initial_cash: _Optional[float] = ..., direction: _Optional[_Union[Direction, str]] = ..., units: _Optional[_Union[Units, str]] = ..., equity_fraction_ratio: _Optional[float] = ..., fill_rule: _Optional[_Union[FillRule, str]] = ..., commission: _Optional[_Union[Commission, _Mapping]] = ..., corporate_actions: _Optional[_Union[CorporateActions, str]] = ..., risk_free_ratio: _Optional[float] = ..., calendar_version: _Optional[str] = ...) -> None: ...

class Commission(_message.Message):
    __slots__ = ("value_ratio", "per_unit", "minimum")
    VALUE_RATIO_FIELD_NUMBER: _ClassVar[int]
    PER_UNIT_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_FIELD_NUMBER: _ClassVar[int]
    value_ratio: float
    per_unit: float
    minimum: float
    def __init__(self, value_ratio: _Optional[float] = ..., per_unit: _Optional[float] = ..., minimum: _Optional[float] = ...) -> None: ...
