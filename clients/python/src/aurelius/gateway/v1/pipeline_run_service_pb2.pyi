from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from aurelius.engine.v1 import backtest_spec_pb2 as _backtest_spec_pb2
from aurelius.gateway.v1 import pipeline_run_pb2 as _pipeline_run_pb2
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

class CreatePipelineRunRequest(_message.Message):
    __slots__ = ("strategy", "spec", "dataset", "seed", "request_id", "validations", "http_body")
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATIONS_FIELD_NUMBER: _ClassVar[int]
    HTTP_BODY_FIELD_NUMBER: _ClassVar[int]
    strategy: str
    spec: _backtest_spec_pb2.BacktestSpec
    dataset: str
    seed: int
    request_id: str
    validations: _containers.RepeatedScalarFieldContainer[str]
    http_body: _httpbody_pb2.HttpBody
    def __init__(self, strategy: _Optional[str] = ..., spec: _Optional[_Union[_backtest_spec_pb2.BacktestSpec, _Mapping]] = ..., dataset: _Optional[str] = ..., seed: _Optional[int] = ..., request_id: _Optional[str] = ..., validations: _Optional[_Iterable[str]] = ..., http_body: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...

class GetPipelineRunRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListPipelineRunsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPipelineRunsResponse(_message.Message):
    __slots__ = ("pipeline_runs", "next_page_token")
    PIPELINE_RUNS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    pipeline_runs: _containers.RepeatedCompositeFieldContainer[_pipeline_run_pb2.PipelineRun]
    next_page_token: str
    def __init__(self, pipeline_runs: _Optional[_Iterable[_Union[_pipeline_run_pb2.PipelineRun, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchPipelineRunRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class WatchPipelineRunResponse(_message.Message):
    __slots__ = ("pipeline_run", "error")
    PIPELINE_RUN_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    pipeline_run: _pipeline_run_pb2.PipelineRun
    error: _status_pb2.Status
    def __init__(self, pipeline_run: _Optional[_Union[_pipeline_run_pb2.PipelineRun, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...
