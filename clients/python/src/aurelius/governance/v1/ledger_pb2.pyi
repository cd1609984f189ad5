import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LedgerEntryType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEDGER_ENTRY_TYPE_UNSPECIFIED: _ClassVar[LedgerEntryType]
    LEDGER_ENTRY_TYPE_LINEAGE_RECORDED: _ClassVar[LedgerEntryType]
    LEDGER_ENTRY_TYPE_GATE_DECIDED: _ClassVar[LedgerEntryType]
    LEDGER_ENTRY_TYPE_PROMOTION_REQUESTED: _ClassVar[LedgerEntryType]
    LEDGER_ENTRY_TYPE_PROMOTION_REFUSED: _ClassVar[LedgerEntryType]
    LEDGER_ENTRY_TYPE_PROMOTION_APPROVED: _ClassVar[LedgerEntryType]
    LEDGER_ENTRY_TYPE_PROMOTION_REJECTED: _ClassVar[LedgerEntryType]
LEDGER_ENTRY_TYPE_UNSPECIFIED: LedgerEntryType
LEDGER_ENTRY_TYPE_LINEAGE_RECORDED: LedgerEntryType
LEDGER_ENTRY_TYPE_GATE_DECIDED: LedgerEntryType
LEDGER_ENTRY_TYPE_PROMOTION_REQUESTED: LedgerEntryType
LEDGER_ENTRY_TYPE_PROMOTION_REFUSED: LedgerEntryType
LEDGER_ENTRY_TYPE_PROMOTION_APPROVED: LedgerEntryType
LEDGER_ENTRY_TYPE_PROMOTION_REJECTED: LedgerEntryType

class LedgerEntry(_message.Message):
    __slots__ = ("name", "index", "type", "entry_json", "leaf_hash", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_JSON_FIELD_NUMBER: _ClassVar[int]
    LEAF_HASH_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    index: int
    type: LedgerEntryType
    entry_json: str
    leaf_hash: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., index: _Optional[int] = ..., type: _Optional[_Union[LedgerEntryType, str]] = ..., entry_json: _Optional[str] = ..., leaf_hash: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LedgerCheckpoint(_message.Message):
    __slots__ = ("name", "tree_size", "root_hash", "signed_note", "verifier_key", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TREE_SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_HASH_FIELD_NUMBER: _ClassVar[int]
    SIGNED_NOTE_FIELD_NUMBER: _ClassVar[int]
    VERIFIER_KEY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    tree_size: int
    root_hash: str
    signed_note: str
    verifier_key: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., tree_size: _Optional[int] = ..., root_hash: _Optional[str] = ..., signed_note: _Optional[str] = ..., verifier_key: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LedgerInclusionProof(_message.Message):
    __slots__ = ("entry", "checkpoint", "hashes")
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    HASHES_FIELD_NUMBER: _ClassVar[int]
    entry: LedgerEntry
    checkpoint: LedgerCheckpoint
    hashes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, entry: _Optional[_Union[LedgerEntry, _Mapping]] = ..., checkpoint: _Optional[_Union[LedgerCheckpoint, _Mapping]] = ..., hashes: _Optional[_Iterable[str]] = ...) -> None: ...

class LedgerConsistencyProof(_message.Message):
    __slots__ = ("from_checkpoint", "to_checkpoint", "hashes")
    FROM_CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    TO_CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    HASHES_FIELD_NUMBER: _ClassVar[int]
    from_checkpoint: LedgerCheckpoint
    to_checkpoint: LedgerCheckpoint
    hashes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, from_checkpoint: _Optional[_Union[LedgerCheckpoint, _Mapping]] = ..., to_checkpoint: _Optional[_Union[LedgerCheckpoint, _Mapping]] = ..., hashes: _Optional[_Iterable[str]] = ...) -> None: ...
