import datetime

from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from aurelius.engine.v1 import costs_pb2 as _costs_pb2
from aurelius.engine.v1 import orders_pb2 as _orders_pb2
from aurelius.engine.v1 import portfolio_pb2 as _portfolio_pb2
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
    BAR_INTERVAL_MINUTE: _ClassVar[BarInterval]
    BAR_INTERVAL_FIVE_MINUTES: _ClassVar[BarInterval]
    BAR_INTERVAL_FIFTEEN_MINUTES: _ClassVar[BarInterval]
    BAR_INTERVAL_THIRTY_MINUTES: _ClassVar[BarInterval]
    BAR_INTERVAL_HOUR: _ClassVar[BarInterval]
    BAR_INTERVAL_WEEK: _ClassVar[BarInterval]
    BAR_INTERVAL_MONTH: _ClassVar[BarInterval]
    BAR_INTERVAL_TRADED: _ClassVar[BarInterval]

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
    FILL_RULE_SAME_CLOSE: _ClassVar[FillRule]

class IntrabarPath(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INTRABAR_PATH_UNSPECIFIED: _ClassVar[IntrabarPath]
    INTRABAR_PATH_STOPS_FIRST: _ClassVar[IntrabarPath]
    INTRABAR_PATH_OPEN_HIGH_LOW_CLOSE: _ClassVar[IntrabarPath]
    INTRABAR_PATH_OPEN_LOW_HIGH_CLOSE: _ClassVar[IntrabarPath]
    INTRABAR_PATH_ADVERSE: _ClassVar[IntrabarPath]
    INTRABAR_PATH_FAVOURABLE: _ClassVar[IntrabarPath]

class FillSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FILL_SOURCE_UNSPECIFIED: _ClassVar[FillSource]
    FILL_SOURCE_BARS: _ClassVar[FillSource]
    FILL_SOURCE_QUOTES: _ClassVar[FillSource]
    FILL_SOURCE_BOOK: _ClassVar[FillSource]

class CorporateActions(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CORPORATE_ACTIONS_UNSPECIFIED: _ClassVar[CorporateActions]
    CORPORATE_ACTIONS_NOT_APPLIED: _ClassVar[CorporateActions]
    CORPORATE_ACTIONS_APPLIED: _ClassVar[CorporateActions]
BAR_INTERVAL_UNSPECIFIED: BarInterval
BAR_INTERVAL_DAY: BarInterval
BAR_INTERVAL_MINUTE: BarInterval
BAR_INTERVAL_FIVE_MINUTES: BarInterval
BAR_INTERVAL_FIFTEEN_MINUTES: BarInterval
BAR_INTERVAL_THIRTY_MINUTES: BarInterval
BAR_INTERVAL_HOUR: BarInterval
BAR_INTERVAL_WEEK: BarInterval
BAR_INTERVAL_MONTH: BarInterval
BAR_INTERVAL_TRADED: BarInterval
DIRECTION_UNSPECIFIED: Direction
DIRECTION_LONG_FLAT: Direction
DIRECTION_LONG_SHORT: Direction
UNITS_UNSPECIFIED: Units
UNITS_FRACTIONAL: Units
UNITS_INTEGER: Units
FILL_RULE_UNSPECIFIED: FillRule
FILL_RULE_NEXT_OPEN: FillRule
FILL_RULE_SAME_CLOSE: FillRule
INTRABAR_PATH_UNSPECIFIED: IntrabarPath
INTRABAR_PATH_STOPS_FIRST: IntrabarPath
INTRABAR_PATH_OPEN_HIGH_LOW_CLOSE: IntrabarPath
INTRABAR_PATH_OPEN_LOW_HIGH_CLOSE: IntrabarPath
INTRABAR_PATH_ADVERSE: IntrabarPath
INTRABAR_PATH_FAVOURABLE: IntrabarPath
FILL_SOURCE_UNSPECIFIED: FillSource
FILL_SOURCE_BARS: FillSource
FILL_SOURCE_QUOTES: FillSource
FILL_SOURCE_BOOK: FillSource
CORPORATE_ACTIONS_UNSPECIFIED: CorporateActions
CORPORATE_ACTIONS_NOT_APPLIED: CorporateActions
CORPORATE_ACTIONS_APPLIED: CorporateActions

class BacktestSpec(_message.Message):
    __slots__ = ("strategy", "symbols", "start_time", "end_time", "calendar", "bar_interval", "initial_cash", "direction", "units", "fill_source", "fill_rule", "commission", "corporate_actions", "risk_free_ratio", "calendar_version", "sizing", "rebalance", "orders", "slippage", "financing", "limits", "lot_size", "tick_size", "benchmark_symbol", "intrabar_path", "warm_up_bars", "bars_per_session")
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    BAR_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    INITIAL_CASH_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    FILL_SOURCE_FIELD_NUMBER: _ClassVar[int]
    FILL_RULE_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_FIELD_NUMBER: _ClassVar[int]
    CORPORATE_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    RISK_FREE_RATIO_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_VERSION_FIELD_NUMBER: _ClassVar[int]
    SIZING_FIELD_NUMBER: _ClassVar[int]
    REBALANCE_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    SLIPPAGE_FIELD_NUMBER: _ClassVar[int]
    FINANCING_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    LOT_SIZE_FIELD_NUMBER: _ClassVar[int]
    TICK_SIZE_FIELD_NUMBER: _ClassVar[int]
    BENCHMARK_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    INTRABAR_PATH_FIELD_NUMBER: _ClassVar[int]
    WARM_UP_BARS_FIELD_NUMBER: _ClassVar[int]
    BARS_PER_SESSION_FIELD_NUMBER: _ClassVar[int]
    strategy: _strategy_pb2.Strategy
    symbols: _containers.RepeatedScalarFieldContainer[str]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    calendar: str
    bar_interval: BarInterval
    initial_cash: float
    direction: Direction
    units: Units
    fill_source: FillSource
    fill_rule: FillRule
    commission: _costs_pb2.Commission
    corporate_actions: CorporateActions
    risk_free_ratio: float
    calendar_version: str
    sizing: _portfolio_pb2.Sizing
    rebalance: _portfolio_pb2.Rebalance
    orders: _orders_pb2.OrderPolicy
    slippage: _costs_pb2.Slippage
    financing: _costs_pb2.Financing
    limits: _costs_pb2.Limits
    lot_size: float
    tick_size: float
    benchmark_symbol: str
    intrabar_path: IntrabarPath
    warm_up_bars: int
    bars_per_session: float
    def __init__(self, strategy: _Optional[_Union[_strategy_pb2.Strategy, _Mapping]] = ..., symbols: _Optional[_Iterable[str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., calendar: _Optional[str] = ..., bar_interval: _Optional[_Union[BarInterval, str]] = ..., initial_cash: _Optional[float] = ..., direction: _Optional[_Union[Direction, str]] = ..., units: _Optional[_Union[Units, str]] = ..., fill_source: _Optional[_Union[FillSource, str]] = ..., fill_rule: _Optional[_Union[FillRule, str]] = ..., commission: _Optional[_Union[_costs_pb2.Commission, _Mapping]] = ..., corporate_actions: _Optional[_Union[CorporateActions, str]] = ..., risk_free_ratio: _Optional[float] = ..., calendar_version: _Optional[str] = ..., sizing: _Optional[_Union[_portfolio_pb2.Sizing, _Mapping]] = ..., rebalance: _Optional[_Union[_portfolio_pb2.Rebalance, _Mapping]] = ..., orders: _Optional[_Union[_orders_pb2.OrderPolicy, _Mapping]] = ..., slippage: _Optional[_Union[_costs_pb2.Slippage, _Mapping]] = ..., financing: _Optional[_Union[_costs_pb2.Financing, _Mapping]] = ..., limits: _Optional[_Union[_costs_pb2.Limits, _Mapping]] = ..., lot_size: _Optional[float] = ..., tick_size: _Optional[float] = ..., benchmark_symbol: _Optional[str] = ..., intrabar_path: _Optional[_Union[IntrabarPath, str]] = ..., warm_up_bars: _Optional[int] = ..., bars_per_session: _Optional[float] = ...) -> None: ...
