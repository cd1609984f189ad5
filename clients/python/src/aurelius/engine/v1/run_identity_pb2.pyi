from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class RunIdentity(_message.Message):
    __slots__ = ("spec_hash", "data_hash", "seed", "engine_version")
    SPEC_HASH_FIELD_NUMBER: _ClassVar[int]
    DATA_HASH_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    ENGINE_VERSION_FIELD_NUMBER: _ClassVar[int]
    spec_hash: str
    data_hash: str
    seed: int
    engine_version: str
    def __init__(self, spec_hash: _Optional[str] = ..., data_hash: _Optional[str] = ..., seed: _Optional[int] = ..., engine_version: _Optional[str] = ...) -> None: ...
