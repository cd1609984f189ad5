from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OptionType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPTION_TYPE_UNSPECIFIED: _ClassVar[OptionType]
    OPTION_TYPE_CALL: _ClassVar[OptionType]
    OPTION_TYPE_PUT: _ClassVar[OptionType]

class ExerciseStyle(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXERCISE_STYLE_UNSPECIFIED: _ClassVar[ExerciseStyle]
    EXERCISE_STYLE_EUROPEAN: _ClassVar[ExerciseStyle]
    EXERCISE_STYLE_AMERICAN: _ClassVar[ExerciseStyle]
OPTION_TYPE_UNSPECIFIED: OptionType
OPTION_TYPE_CALL: OptionType
OPTION_TYPE_PUT: OptionType
EXERCISE_STYLE_UNSPECIFIED: ExerciseStyle
EXERCISE_STYLE_EUROPEAN: ExerciseStyle
EXERCISE_STYLE_AMERICAN: ExerciseStyle

class PriceOptionRequest(_message.Message):
    __slots__ = ("option", "volatility", "exercise_style", "http_body")
    OPTION_FIELD_NUMBER: _ClassVar[int]
    VOLATILITY_FIELD_NUMBER: _ClassVar[int]
    EXERCISE_STYLE_FIELD_NUMBER: _ClassVar[int]
    HTTP_BODY_FIELD_NUMBER: _ClassVar[int]
    option: Option
    volatility: float
    exercise_style: ExerciseStyle
    http_body: _httpbody_pb2.HttpBody
    def __init__(self, option: _Optional[_Union[Option, _Mapping]] = ..., volatility: _Optional[float] = ..., exercise_style: _Optional[_Union[ExerciseStyle, str]] = ..., http_body: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...

class PriceOptionResponse(_message.Message):
    __slots__ = ("price", "delta", "gamma", "vega", "theta", "theta_per_day", "rho", "price_error", "tree_step_count", "labels")
    PRICE_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    GAMMA_FIELD_NUMBER: _ClassVar[int]
    VEGA_FIELD_NUMBER: _ClassVar[int]
    THETA_FIELD_NUMBER: _ClassVar[int]
    THETA_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    RHO_FIELD_NUMBER: _ClassVar[int]
    PRICE_ERROR_FIELD_NUMBER: _ClassVar[int]
    TREE_STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    price: float
    delta: Greek
    gamma: Greek
    vega: Greek
    theta: Greek
    theta_per_day: Greek
    rho: Greek
    price_error: float
    tree_step_count: int
    labels: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, price: _Optional[float] = ..., delta: _Optional[_Union[Greek, _Mapping]] = ..., gamma: _Optional[_Union[Greek, _Mapping]] = ..., vega: _Optional[_Union[Greek, _Mapping]] = ..., theta: _Optional[_Union[Greek, _Mapping]] = ..., theta_per_day: _Optional[_Union[Greek, _Mapping]] = ..., rho: _Optional[_Union[Greek, _Mapping]] = ..., price_error: _Optional[float] = ..., tree_step_count: _Optional[int] = ..., labels: _Optional[_Iterable[str]] = ...) -> None: ...

class Greek(_message.Message):
    __slots__ = ("value", "undefined_reason")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    UNDEFINED_REASON_FIELD_NUMBER: _ClassVar[int]
    value: float
    undefined_reason: str
    def __init__(self, value: _Optional[float] = ..., undefined_reason: _Optional[str] = ...) -> None: ...

class ImplyVolatilityRequest(_message.Message):
    __slots__ = ("option", "price", "http_body")
    OPTION_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    HTTP_BODY_FIELD_NUMBER: _ClassVar[int]
    option: Option
    price: float
    http_body: _httpbody_pb2.HttpBody
    def __init__(self, option: _Optional[_Union[Option, _Mapping]] = ..., price: _Optional[float] = ..., http_body: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...

class ImplyVolatilityResponse(_message.Message):
    __slots__ = ("volatility", "volatility_half_width", "labels")
    VOLATILITY_FIELD_NUMBER: _ClassVar[int]
    VOLATILITY_HALF_WIDTH_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    volatility: float
    volatility_half_width: float
    labels: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, volatility: _Optional[float] = ..., volatility_half_width: _Optional[float] = ..., labels: _Optional[_Iterable[str]] = ...) -> None: ...

class Option(_message.Message):
    __slots__ = ("type", "spot_price", "strike_price", "years_to_expiry", "risk_free_rate", "dividend_yield")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SPOT_PRICE_FIELD_NUMBER: _ClassVar[int]
    STRIKE_PRICE_FIELD_NUMBER: _ClassVar[int]
    YEARS_TO_EXPIRY_FIELD_NUMBER: _ClassVar[int]
    RISK_FREE_RATE_FIELD_NUMBER: _ClassVar[int]
    DIVIDEND_YIELD_FIELD_NUMBER: _ClassVar[int]
    type: OptionType
    spot_price: float
    strike_price: float
    years_to_expiry: float
    risk_free_rate: float
    dividend_yield: float
    def __init__(self, type: _Optional[_Union[OptionType, str]] = ..., spot_price: _Optional[float] = ..., strike_price: _Optional[float] = ..., years_to_expiry: _Optional[float] = ..., risk_free_rate: _Optional[float] = ..., dividend_yield: _Optional[float] = ...) -> None: ...
