from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from aurelius.engine.v1 import backtest_pb2 as _backtest_pb2
from aurelius.engine.v1 import backtest_spec_pb2 as _backtest_spec_pb2
from aurelius.engine.v1 import replay_service_pb2 as _replay_service_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.api import resource_pb2 as _resource_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateBacktestRequest(_message.Message):
    __slots__ = ("spec", "dataset", "seed", "http_body")
    SPEC_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    HTTP_BODY_FIELD_NUMBER: _ClassVar[int]
    spec: _backtest_spec_pb2.BacktestSpec
    dataset: str
    seed: int
    http_body: _httpbody_pb2.HttpBody
    def __init__(self, spec: _Optional[_Union[_backtest_spec_pb2.BacktestSpec, _Mapping]] = ..., dataset: _Optional[str] = ..., seed: _Optional[int] = ..., http_body: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...

class GetBacktestRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListBacktestsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "dataset")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    dataset: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., dataset: _Optional[str] = ...) -> None: ...

class ListBacktestsResponse(_message.Message):
    __slots__ = ("backtests", "next_page_token")
    BACKTESTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    backtests: _containers.RepeatedCompositeFieldContainer[_backtest_pb2.Backtest]
    next_page_token: str
    def __init__(self, backtests: _Optional[_Iterable[_Union[_backtest_pb2.Backtest, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchBacktestRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class WatchBacktestResponse(_message.Message):
    __slots__ = ("backtest", "error")
    BACKTEST_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    backtest: _backtest_pb2.Backtest
    error: _status_pb2.Status
    def __init__(self, backtest: _Optional[_Union[_backtest_pb2.Backtest, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class CancelBacktestRequest(_message.Message):
    __slots__ = ("name", "http_body")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HTTP_BODY_FIELD_NUMBER: _ClassVar[int]
    name: str
    http_body: _httpbody_pb2.HttpBody
    def __init__(self, name: _Optional[str] = ..., http_body: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...

class CompareBacktestsRequest(_message.Message):
    __slots__ = ("name", "other", "allow_cross_tier")
    NAME_FIELD_NUMBER: _ClassVar[int]
    OTHER_FIELD_NUMBER: _ClassVar[int]
    ALLOW_CROSS_TIER_FIELD_NUMBER: _ClassVar[int]
    name: str
    other: str
    allow_cross_tier: bool
    def __init__(self, name: _Optional[str] = ..., other: _Optional[str] = ..., allow_cross_tier: _Optional[bool] = ...) -> None: ...

class CompareBacktestsResponse(_message.Message):
    __slots__ = ("identity_changes", "spec_changes", "first_difference", "metric_changes")
    IDENTITY_CHANGES_FIELD_NUMBER: _ClassVar[int]
    SPEC_CHANGES_FIELD_NUMBER: _ClassVar[int]
    FIRST_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    METRIC_CHANGES_FIELD_NUMBER: _ClassVar[int]
    identity_changes: _containers.RepeatedCompositeFieldContainer[ValueChange]
    spec_changes: _containers.RepeatedCompositeFieldContainer[ValueChange]
    first_difference: _replay_service_pb2.Difference
    metric_changes: _containers.RepeatedCompositeFieldContainer[ValueChange]
    def __init__(self, identity_changes: _Optional[_Iterable[_Union[ValueChange, _Mapping]]] = ..., spec_changes: _Optional[_Iterable[_Union[ValueChange, _Mapping]]] = ..., first_difference: _Optional[_Union[_replay_service_pb2.Difference, _Mapping]] = ..., metric_changes: _Optional[_Iterable[_Union[ValueChange, _Mapping]]] = ...) -> None: ...

class ValueChange(_message.Message):
    __slots__ = ("path", "left", "right")
    PATH_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    path: str
    left: str
    right: str
    def __init__(self, path: _Optional[str] = ..., left: _Optional[str] = ..., right: _Optional[str] = ...) -> None: ...
