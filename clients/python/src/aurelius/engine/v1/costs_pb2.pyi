from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Commission(_message.Message):
    __slots__ = ("value_ratio", "per_unit", "minimum", "per_order", "tiers")
    VALUE_RATIO_FIELD_NUMBER: _ClassVar[int]
    PER_UNIT_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_FIELD_NUMBER: _ClassVar[int]
    PER_ORDER_FIELD_NUMBER: _ClassVar[int]
    TIERS_FIELD_NUMBER: _ClassVar[int]
    value_ratio: float
    per_unit: float
    minimum: float
    per_order: float
    tiers: _containers.RepeatedCompositeFieldContainer[CommissionTier]
    def __init__(self, value_ratio: _Optional[float] = ..., per_unit: _Optional[float] = ..., minimum: _Optional[float] = ..., per_order: _Optional[float] = ..., tiers: _Optional[_Iterable[_Union[CommissionTier, _Mapping]]] = ...) -> None: ...

class CommissionTier(_message.Message):
    __slots__ = ("from_value", "value_ratio", "per_unit")
    FROM_VALUE_FIELD_NUMBER: _ClassVar[int]
    VALUE_RATIO_FIELD_NUMBER: _ClassVar[int]
    PER_UNIT_FIELD_NUMBER: _ClassVar[int]
    from_value: float
    value_ratio: float
    per_unit: float
    def __init__(self, from_value: _Optional[float] = ..., value_ratio: _Optional[float] = ..., per_unit: _Optional[float] = ...) -> None: ...

class Slippage(_message.Message):
    __slots__ = ("half_spread_ratio", "fixed_ratio", "volume_share_ratio", "impact_coefficient", "impact_lookback_bars")
    HALF_SPREAD_RATIO_FIELD_NUMBER: _ClassVar[int]
    FIXED_RATIO_FIELD_NUMBER: _ClassVar[int]
    VOLUME_SHARE_RATIO_FIELD_NUMBER: _ClassVar[int]
    IMPACT_COEFFICIENT_FIELD_NUMBER: _ClassVar[int]
    IMPACT_LOOKBACK_BARS_FIELD_NUMBER: _ClassVar[int]
    half_spread_ratio: float
    fixed_ratio: float
    volume_share_ratio: float
    impact_coefficient: float
    impact_lookback_bars: int
    def __init__(self, half_spread_ratio: _Optional[float] = ..., fixed_ratio: _Optional[float] = ..., volume_share_ratio: _Optional[float] = ..., impact_coefficient: _Optional[float] = ..., impact_lookback_bars: _Optional[int] = ...) -> None: ...

class Financing(_message.Message):
    __slots__ = ("borrow_fee_ratio", "margin_interest_ratio", "cash_interest_ratio")
    BORROW_FEE_RATIO_FIELD_NUMBER: _ClassVar[int]
    MARGIN_INTEREST_RATIO_FIELD_NUMBER: _ClassVar[int]
    CASH_INTEREST_RATIO_FIELD_NUMBER: _ClassVar[int]
    borrow_fee_ratio: float
    margin_interest_ratio: float
    cash_interest_ratio: float
    def __init__(self, borrow_fee_ratio: _Optional[float] = ..., margin_interest_ratio: _Optional[float] = ..., cash_interest_ratio: _Optional[float] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("max_gross_ratio", "max_net_ratio", "max_position_ratio", "maintenance_margin_ratio", "max_participation_ratio")
    MAX_GROSS_RATIO_FIELD_NUMBER: _ClassVar[int]
    MAX_NET_RATIO_FIELD_NUMBER: _ClassVar[int]
    MAX_POSITION_RATIO_FIELD_NUMBER: _ClassVar[int]
    MAINTENANCE_MARGIN_RATIO_FIELD_NUMBER: _ClassVar[int]
    MAX_PARTICIPATION_RATIO_FIELD_NUMBER: _ClassVar[int]
    max_gross_ratio: float
    max_net_ratio: float
    max_position_ratio: float
    maintenance_margin_ratio: float
    max_participation_ratio: float
    def __init__(self, max_gross_ratio: _Optional[float] = ..., max_net_ratio: _Optional[float] = ..., max_position_ratio: _Optional[float] = ..., maintenance_margin_ratio: _Optional[float] = ..., max_participation_ratio: _Optional[float] = ...) -> None: ...
