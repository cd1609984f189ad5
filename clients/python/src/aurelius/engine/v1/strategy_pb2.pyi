from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Strategy(_message.Message):
    __slots__ = ("buy_and_hold", "ts_momentum", "trend_following", "mean_reversion", "breakout")
    BUY_AND_HOLD_FIELD_NUMBER: _ClassVar[int]
    TS_MOMENTUM_FIELD_NUMBER: _ClassVar[int]
    TREND_FOLLOWING_FIELD_NUMBER: _ClassVar[int]
    MEAN_REVERSION_FIELD_NUMBER: _ClassVar[int]
    BREAKOUT_FIELD_NUMBER: _ClassVar[int]
    buy_and_hold: BuyAndHold
    ts_momentum: TsMomentum
    trend_following: TrendFollowing
    mean_reversion: MeanReversion
    breakout: Breakout
    def __init__(self, buy_and_hold: _Optional[_Union[BuyAndHold, _Mapping]] = ..., ts_momentum: _Optional[_Union[TsMomentum, _Mapping]] = ..., trend_following: _Optional[_Union[TrendFollowing, _Mapping]] = ..., mean_reversion: _Optional[_Union[MeanReversion, _Mapping]] = ..., breakout: _Optional[_Union[Breakout, _Mapping]] = ...) -> None: ...

class BuyAndHold(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class TsMomentum(_message.Message):
    __slots__ = ("lookback_bars",)
    LOOKBACK_BARS_FIELD_NUMBER: _ClassVar[int]
    lookback_bars: int
    def __init__(self, lookback_bars: _Optional[int] = ...) -> None: ...

class TrendFollowing(_message.Message):
    __slots__ = ("fast_bars", "slow_bars")
    FAST_BARS_FIELD_NUMBER: _ClassVar[int]
    SLOW_BARS_FIELD_NUMBER: _ClassVar[int]
    fast_bars: int
    slow_bars: int
    def __init__(self, fast_bars: _Optional[int] = ..., slow_bars: _Optional[int] = ...) -> None: ...

class MeanReversion(_message.Message):
    __slots__ = ("lookback_bars", "entry_zscore", "exit_zscore")
    LOOKBACK_BARS_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ZSCORE_FIELD_NUMBER: _ClassVar[int]
    EXIT_ZSCORE_FIELD_NUMBER: _ClassVar[int]
    lookback_bars: int
    entry_zscore: float
    exit_zscore: float
    def __init__(self, lookback_bars: _Optional[int] = ..., entry_zscore: _Optional[float] = ..., exit_zscore: _Optional[float] = ...) -> None: ...

class Breakout(_message.Message):
    __slots__ = ("entry_bars", "exit_bars")
    ENTRY_BARS_FIELD_NUMBER: _ClassVar[int]
    EXIT_BARS_FIELD_NUMBER: _ClassVar[int]
    entry_bars: int
    exit_bars: int
    def __init__(self, entry_bars: _Optional[int] = ..., exit_bars: _Optional[int] = ...) -> None: ...
