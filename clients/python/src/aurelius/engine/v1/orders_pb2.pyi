import datetime

from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
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

class OrderType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_TYPE_UNSPECIFIED: _ClassVar[OrderType]
    ORDER_TYPE_MARKET: _ClassVar[OrderType]
    ORDER_TYPE_LIMIT: _ClassVar[OrderType]
    ORDER_TYPE_STOP: _ClassVar[OrderType]
    ORDER_TYPE_STOP_LIMIT: _ClassVar[OrderType]
    ORDER_TYPE_ON_OPEN: _ClassVar[OrderType]
    ORDER_TYPE_ON_CLOSE: _ClassVar[OrderType]

class TimeInForce(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIME_IN_FORCE_UNSPECIFIED: _ClassVar[TimeInForce]
    TIME_IN_FORCE_DAY: _ClassVar[TimeInForce]
    TIME_IN_FORCE_GTC: _ClassVar[TimeInForce]
    TIME_IN_FORCE_IOC: _ClassVar[TimeInForce]
ORDER_TYPE_UNSPECIFIED: OrderType
ORDER_TYPE_MARKET: OrderType
ORDER_TYPE_LIMIT: OrderType
ORDER_TYPE_STOP: OrderType
ORDER_TYPE_STOP_LIMIT: OrderType
ORDER_TYPE_ON_OPEN: OrderType
ORDER_TYPE_ON_CLOSE: OrderType
TIME_IN_FORCE_UNSPECIFIED: TimeInForce
TIME_IN_FORCE_DAY: TimeInForce
TIME_IN_FORCE_GTC: TimeInForce
TIME_IN_FORCE_IOC: TimeInForce

class OrderPolicy(_message.Message):
    __slots__ = ("entry", "exit", "bracket")
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    EXIT_FIELD_NUMBER: _ClassVar[int]
    BRACKET_FIELD_NUMBER: _ClassVar[int]
    entry: OrderPlan
    exit: OrderPlan
    bracket: Bracket
    def __init__(self, entry: _Optional[_Union[OrderPlan, _Mapping]] = ..., exit: _Optional[_Union[OrderPlan, _Mapping]] = ..., bracket: _Optional[_Union[Bracket, _Mapping]] = ...) -> None: ...

class OrderPlan(_message.Message):
    __slots__ = ("type", "time_in_force", "limit_offset_ratio", "stop_offset_ratio")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_OFFSET_RATIO_FIELD_NUMBER: _ClassVar[int]
    STOP_OFFSET_RATIO_FIELD_NUMBER: _ClassVar[int]
    type: OrderType
    time_in_force: TimeInForce
    limit_offset_ratio: float
    stop_offset_ratio: float
    def __init__(self, type: _Optional[_Union[OrderType, str]] = ..., time_in_force: _Optional[_Union[TimeInForce, str]] = ..., limit_offset_ratio: _Optional[float] = ..., stop_offset_ratio: _Optional[float] = ...) -> None: ...

class Bracket(_message.Message):
    __slots__ = ("stop_loss_ratio", "take_profit_ratio", "trailing_stop_ratio")
    STOP_LOSS_RATIO_FIELD_NUMBER: _ClassVar[int]
    TAKE_PROFIT_RATIO_FIELD_NUMBER: _ClassVar[int]
    TRAILING_STOP_RATIO_FIELD_NUMBER: _ClassVar[int]
    stop_loss_ratio: float
    take_profit_ratio: float
    trailing_stop_ratio: float
    def __init__(self, stop_loss_ratio: _Optional[float] = ..., take_profit_ratio: _Optional[float] = ..., trailing_stop_ratio: _Optional[float] = ...) -> None: ...

class OrderList(_message.Message):
    __slots__ = ("orders",)
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    orders: _containers.RepeatedCompositeFieldContainer[ScheduledOrder]
    def __init__(self, orders: _Optional[_Iterable[_Union[ScheduledOrder, _Mapping]]] = ...) -> None: ...

class ScheduledOrder(_message.Message):
    __slots__ = ("time", "symbol", "quantity", "type", "time_in_force", "limit_price", "stop_price", "one_cancels_other_group")
    TIME_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    STOP_PRICE_FIELD_NUMBER: _ClassVar[int]
    ONE_CANCELS_OTHER_GROUP_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    symbol: str
    quantity: float
    type: OrderType
    time_in_force: TimeInForce
    limit_price: float
    stop_price: float
    one_cancels_other_group: int
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., symbol: _Optional[str] = ..., quantity: _Optional[float] = ..., type: _Optional[_Union[OrderType, str]] = ..., time_in_force: _Optional[_Union[TimeInForce, str]] = ..., limit_price: _Optional[float] = ..., stop_price: _Optional[float] = ..., one_cancels_other_group: _Optional[int] = ...) -> None: ...
