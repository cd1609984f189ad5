from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from aurelius.governance.v1 import gate_decision_pb2 as _gate_decision_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateGateDecisionRequest(_message.Message):
    __slots__ = ("run", "gate", "validations", "request_id", "http_body")
    RUN_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    VALIDATIONS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    HTTP_BODY_FIELD_NUMBER: _ClassVar[int]
    run: str
    gate: str
    validations: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    http_body: _httpbody_pb2.HttpBody
    def __init__(self, run: _Optional[str] = ..., gate: _Optional[str] = ..., validations: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ..., http_body: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...

class GetGateDecisionRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListGateDecisionsRequest(_message.Message):
    __slots__ = ("run", "page_size", "page_token")
    RUN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    run: str
    page_size: int
    page_token: str
    def __init__(self, run: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListGateDecisionsResponse(_message.Message):
    __slots__ = ("gate_decisions", "next_page_token")
    GATE_DECISIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    gate_decisions: _containers.RepeatedCompositeFieldContainer[_gate_decision_pb2.GateDecision]
    next_page_token: str
    def __init__(self, gate_decisions: _Optional[_Iterable[_Union[_gate_decision_pb2.GateDecision, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
