from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from aurelius.engine.v1 import holdout_pb2 as _holdout_pb2
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

class CreateHoldoutVaultRequest(_message.Message):
    __slots__ = ("holdout_vault_id", "holdout_vault", "request_id", "http_body")
    HOLDOUT_VAULT_ID_FIELD_NUMBER: _ClassVar[int]
    HOLDOUT_VAULT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    HTTP_BODY_FIELD_NUMBER: _ClassVar[int]
    holdout_vault_id: str
    holdout_vault: _holdout_pb2.HoldoutVault
    request_id: str
    http_body: _httpbody_pb2.HttpBody
    def __init__(self, holdout_vault_id: _Optional[str] = ..., holdout_vault: _Optional[_Union[_holdout_pb2.HoldoutVault, _Mapping]] = ..., request_id: _Optional[str] = ..., http_body: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...

class GetHoldoutVaultRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListHoldoutVaultsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListHoldoutVaultsResponse(_message.Message):
    __slots__ = ("holdout_vaults", "next_page_token")
    HOLDOUT_VAULTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    holdout_vaults: _containers.RepeatedCompositeFieldContainer[_holdout_pb2.HoldoutVault]
    next_page_token: str
    def __init__(self, holdout_vaults: _Optional[_Iterable[_Union[_holdout_pb2.HoldoutVault, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class EvaluateHoldoutRequest(_message.Message):
    __slots__ = ("name", "run", "request_id", "http_body")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    HTTP_BODY_FIELD_NUMBER: _ClassVar[int]
    name: str
    run: str
    request_id: str
    http_body: _httpbody_pb2.HttpBody
    def __init__(self, name: _Optional[str] = ..., run: _Optional[str] = ..., request_id: _Optional[str] = ..., http_body: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...

class EvaluateHoldoutResponse(_message.Message):
    __slots__ = ("holdout_evaluation", "remaining_count")
    HOLDOUT_EVALUATION_FIELD_NUMBER: _ClassVar[int]
    REMAINING_COUNT_FIELD_NUMBER: _ClassVar[int]
    holdout_evaluation: _holdout_pb2.HoldoutEvaluation
    remaining_count: int
    def __init__(self, holdout_evaluation: _Optional[_Union[_holdout_pb2.HoldoutEvaluation, _Mapping]] = ..., remaining_count: _Optional[int] = ...) -> None: ...

class ListHoldoutEvaluationsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListHoldoutEvaluationsResponse(_message.Message):
    __slots__ = ("holdout_evaluations", "next_page_token")
    HOLDOUT_EVALUATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    holdout_evaluations: _containers.RepeatedCompositeFieldContainer[_holdout_pb2.HoldoutEvaluation]
    next_page_token: str
    def __init__(self, holdout_evaluations: _Optional[_Iterable[_Union[_holdout_pb2.HoldoutEvaluation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
