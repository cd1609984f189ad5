from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from aurelius.engine.v1 import trial_ledger_pb2 as _trial_ledger_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListTrialEntriesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTrialEntriesResponse(_message.Message):
    __slots__ = ("trial_entries", "next_page_token")
    TRIAL_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    trial_entries: _containers.RepeatedCompositeFieldContainer[_trial_ledger_pb2.TrialEntry]
    next_page_token: str
    def __init__(self, trial_entries: _Optional[_Iterable[_Union[_trial_ledger_pb2.TrialEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ProveTrialEntryRequest(_message.Message):
    __slots__ = ("name", "log_size", "from_log_size")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LOG_SIZE_FIELD_NUMBER: _ClassVar[int]
    FROM_LOG_SIZE_FIELD_NUMBER: _ClassVar[int]
    name: str
    log_size: int
    from_log_size: int
    def __init__(self, name: _Optional[str] = ..., log_size: _Optional[int] = ..., from_log_size: _Optional[int] = ...) -> None: ...

class ProveTrialEntryResponse(_message.Message):
    __slots__ = ("trial_entry", "log_size", "root_hash", "hashes", "consistency_hashes")
    TRIAL_ENTRY_FIELD_NUMBER: _ClassVar[int]
    LOG_SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_HASH_FIELD_NUMBER: _ClassVar[int]
    HASHES_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_HASHES_FIELD_NUMBER: _ClassVar[int]
    trial_entry: _trial_ledger_pb2.TrialEntry
    log_size: int
    root_hash: bytes
    hashes: _containers.RepeatedScalarFieldContainer[bytes]
    consistency_hashes: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, trial_entry: _Optional[_Union[_trial_ledger_pb2.TrialEntry, _Mapping]] = ..., log_size: _Optional[int] = ..., root_hash: _Optional[bytes] = ..., hashes: _Optional[_Iterable[bytes]] = ..., consistency_hashes: _Optional[_Iterable[bytes]] = ...) -> None: ...

class AssessTrialsRequest(_message.Message):
    __slots__ = ("name", "log_size")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LOG_SIZE_FIELD_NUMBER: _ClassVar[int]
    name: str
    log_size: int
    def __init__(self, name: _Optional[str] = ..., log_size: _Optional[int] = ...) -> None: ...
