import datetime

from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from aurelius.engine.v1 import run_identity_pb2 as _run_identity_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Replay(_message.Message):
    __slots__ = ("name", "create_time", "identity", "state", "sealed_result_digest", "replayed_result_digest", "first_difference", "failure_message", "perturbations", "failure_reason")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Replay.State]
        STATE_RUNNING: _ClassVar[Replay.State]
        STATE_EQUAL: _ClassVar[Replay.State]
        STATE_DIFFERENT: _ClassVar[Replay.State]
        STATE_FAILED: _ClassVar[Replay.State]
    STATE_UNSPECIFIED: Replay.State
    STATE_RUNNING: Replay.State
    STATE_EQUAL: Replay.State
    STATE_DIFFERENT: Replay.State
    STATE_FAILED: Replay.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SEALED_RESULT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_RESULT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    FIRST_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    PERTURBATIONS_FIELD_NUMBER: _ClassVar[int]
    FAILURE_REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    create_time: _timestamp_pb2.Timestamp
    identity: _run_identity_pb2.RunIdentity
    state: Replay.State
    sealed_result_digest: str
    replayed_result_digest: str
    first_difference: Difference
    failure_message: str
    perturbations: _containers.RepeatedScalarFieldContainer[str]
    failure_reason: str
    def __init__(self, name: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., identity: _Optional[_Union[_run_identity_pb2.RunIdentity, _Mapping]] = ..., state: _Optional[_Union[Replay.State, str]] = ..., sealed_result_digest: _Optional[str] = ..., replayed_result_digest: _Optional[str] = ..., first_difference: _Optional[_Union[Difference, _Mapping]] = ..., failure_message: _Optional[str] = ..., perturbations: _Optional[_Iterable[str]] = ..., failure_reason: _Optional[str] = ...) -> None: ...

class Difference(_message.Message):
    __slots__ = ("artifact_id", "row", "column", "sealed_value", "replayed_value", "step", "event_time", "symbol")
    ARTIFACT_ID_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    SEALED_VALUE_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_VALUE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    artifact_id: str
    row: int
    column: str
    sealed_value: str
    replayed_value: str
    step: int
    event_time: _timestamp_pb2.Timestamp
    symbol: str
    def __init__(self, artifact_id: _Optional[str] = ..., row: _Optional[int] = ..., column: _Optional[str] = ..., sealed_value: _Optional[str] = ..., replayed_value: _Optional[str] = ..., step: _Optional[int] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., symbol: _Optional[str] = ...) -> None: ...

class CreateReplayRequest(_message.Message):
    __slots__ = ("identity", "request_id", "http_body")
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    HTTP_BODY_FIELD_NUMBER: _ClassVar[int]
    identity: _run_identity_pb2.RunIdentity
    request_id: str
    http_body: _httpbody_pb2.HttpBody
    def __init__(self, identity: _Optional[_Union[_run_identity_pb2.RunIdentity, _Mapping]] = ..., request_id: _Optional[str] = ..., http_body: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...

class GetReplayRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class WatchReplayRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class WatchReplayResponse(_message.Message):
    __slots__ = ("replay", "error")
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    replay: Replay
    error: _status_pb2.Status
    def __init__(self, replay: _Optional[_Union[Replay, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...
