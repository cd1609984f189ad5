from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from aurelius.engine.v1 import formula_pb2 as _formula_pb2
from aurelius.engine.v1 import orders_pb2 as _orders_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Strategy(_message.Message):
    __slots__ = ("buy_and_hold", "ts_momentum", "trend_following", "mean_reversion", "breakout", "pairs_trading", "stat_arb", "market_neutral", "volatility_trading", "carry", "ml_classifier", "formula", "plugin", "order_list")
    BUY_AND_HOLD_FIELD_NUMBER: _ClassVar[int]
    TS_MOMENTUM_FIELD_NUMBER: _ClassVar[int]
    TREND_FOLLOWING_FIELD_NUMBER: _ClassVar[int]
    MEAN_REVERSION_FIELD_NUMBER: _ClassVar[int]
    BREAKOUT_FIELD_NUMBER: _ClassVar[int]
    PAIRS_TRADING_FIELD_NUMBER: _ClassVar[int]
    STAT_ARB_FIELD_NUMBER: _ClassVar[int]
    MARKET_NEUTRAL_FIELD_NUMBER: _ClassVar[int]
    VOLATILITY_TRADING_FIELD_NUMBER: _ClassVar[int]
    CARRY_FIELD_NUMBER: _ClassVar[int]
    ML_CLASSIFIER_FIELD_NUMBER: _ClassVar[int]
    FORMULA_FIELD_NUMBER: _ClassVar[int]
    PLUGIN_FIELD_NUMBER: _ClassVar[int]
    ORDER_LIST_FIELD_NUMBER: _ClassVar[int]
    buy_and_hold: BuyAndHold
    ts_momentum: TsMomentum
    trend_following: TrendFollowing
    mean_reversion: MeanReversion
    breakout: Breakout
    pairs_trading: PairsTrading
    stat_arb: StatArb
    market_neutral: MarketNeutral
    volatility_trading: VolatilityTrading
    carry: Carry
    ml_classifier: MlClassifier
    formula: _formula_pb2.Formula
    plugin: Plugin
    order_list: _orders_pb2.OrderList
    def __init__(self, buy_and_hold: _Optional[_Union[BuyAndHold, _Mapping]] = ..., ts_momentum: _Optional[_Union[TsMomentum, _Mapping]] = ..., trend_following: _Optional[_Union[TrendFollowing, _Mapping]] = ..., mean_reversion: _Optional[_Union[MeanReversion, _Mapping]] = ..., breakout: _Optional[_Union[Breakout, _Mapping]] = ..., pairs_trading: _Optional[_Union[PairsTrading, _Mapping]] = ..., stat_arb: _Optional[_Union[StatArb, _Mapping]] = ..., market_neutral: _Optional[_Union[MarketNeutral, _Mapping]] = ..., volatility_trading: _Optional[_Union[VolatilityTrading, _Mapping]] = ..., carry: _Optional[_Union[Carry, _Mapping]] = ..., ml_classifier: _Optional[_Union[MlClassifier, _Mapping]] = ..., formula: _Optional[_Union[_formula_pb2.Formula, _Mapping]] = ..., plugin: _Optional[_Union[Plugin, _Mapping]] = ..., order_list: _Optional[_Union[_orders_pb2.OrderList, _Mapping]] = ...) -> None: ...

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

class PairsTrading(_message.Message):
    __slots__ = ("lookback_bars", "entry_zscore", "exit_zscore")
    LOOKBACK_BARS_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ZSCORE_FIELD_NUMBER: _ClassVar[int]
    EXIT_ZSCORE_FIELD_NUMBER: _ClassVar[int]
    lookback_bars: int
    entry_zscore: float
    exit_zscore: float
    def __init__(self, lookback_bars: _Optional[int] = ..., entry_zscore: _Optional[float] = ..., exit_zscore: _Optional[float] = ...) -> None: ...

class StatArb(_message.Message):
    __slots__ = ("lookback_bars", "entry_score", "exit_score")
    LOOKBACK_BARS_FIELD_NUMBER: _ClassVar[int]
    ENTRY_SCORE_FIELD_NUMBER: _ClassVar[int]
    EXIT_SCORE_FIELD_NUMBER: _ClassVar[int]
    lookback_bars: int
    entry_score: float
    exit_score: float
    def __init__(self, lookback_bars: _Optional[int] = ..., entry_score: _Optional[float] = ..., exit_score: _Optional[float] = ...) -> None: ...

class MarketNeutral(_message.Message):
    __slots__ = ("lookback_bars",)
    LOOKBACK_BARS_FIELD_NUMBER: _ClassVar[int]
    lookback_bars: int
    def __init__(self, lookback_bars: _Optional[int] = ...) -> None: ...

class VolatilityTrading(_message.Message):
    __slots__ = ("fast_bars", "slow_bars", "exit_ratio")
    FAST_BARS_FIELD_NUMBER: _ClassVar[int]
    SLOW_BARS_FIELD_NUMBER: _ClassVar[int]
    EXIT_RATIO_FIELD_NUMBER: _ClassVar[int]
    fast_bars: int
    slow_bars: int
    exit_ratio: float
    def __init__(self, fast_bars: _Optional[int] = ..., slow_bars: _Optional[int] = ..., exit_ratio: _Optional[float] = ...) -> None: ...

class Carry(_message.Message):
    __slots__ = ("lookback_bars",)
    LOOKBACK_BARS_FIELD_NUMBER: _ClassVar[int]
    lookback_bars: int
    def __init__(self, lookback_bars: _Optional[int] = ...) -> None: ...

class MlClassifier(_message.Message):
    __slots__ = ("feature_count", "train_bars", "retrain_bars", "margin_ratio", "ridge_ratio")
    FEATURE_COUNT_FIELD_NUMBER: _ClassVar[int]
    TRAIN_BARS_FIELD_NUMBER: _ClassVar[int]
    RETRAIN_BARS_FIELD_NUMBER: _ClassVar[int]
    MARGIN_RATIO_FIELD_NUMBER: _ClassVar[int]
    RIDGE_RATIO_FIELD_NUMBER: _ClassVar[int]
    feature_count: int
    train_bars: int
    retrain_bars: int
    margin_ratio: float
    ridge_ratio: float
    def __init__(self, feature_count: _Optional[int] = ..., train_bars: _Optional[int] = ..., retrain_bars: _Optional[int] = ..., margin_ratio: _Optional[float] = ..., ridge_ratio: _Optional[float] = ...) -> None: ...

class Plugin(_message.Message):
    __slots__ = ("name", "source_digest", "parameters", "warm_up_bars")
    class ParametersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    WARM_UP_BARS_FIELD_NUMBER: _ClassVar[int]
    name: str
    source_digest: str
    parameters: _containers.ScalarMap[str, float]
    warm_up_bars: int
    def __init__(self, name: _Optional[str] = ..., source_digest: _Optional[str] = ..., parameters: _Optional[_Mapping[str, float]] = ..., warm_up_bars: _Optional[int] = ...) -> None: ...
