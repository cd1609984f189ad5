import datetime

from aurelius.governance.v1 import lineage_record_pb2 as _lineage_record_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GateDecision(_message.Message):
    __slots__ = ("name", "run", "gate", "passed", "checks", "replay", "lineage_revision", "requester", "ledger_entry", "create_time", "evidence", "trial_log_size", "trial_log_root_hash")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    PASSED_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    LINEAGE_REVISION_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    LEDGER_ENTRY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    TRIAL_LOG_SIZE_FIELD_NUMBER: _ClassVar[int]
    TRIAL_LOG_ROOT_HASH_FIELD_NUMBER: _ClassVar[int]
    name: str
    run: str
    gate: str
    passed: bool
    checks: _containers.RepeatedCompositeFieldContainer[GateCheck]
    replay: str
    lineage_revision: int
    requester: str
    ledger_entry: str
    create_time: _timestamp_pb2.Timestamp
    evidence: _containers.RepeatedCompositeFieldContainer[_lineage_record_pb2.EvidenceItem]
    trial_log_size: int
    trial_log_root_hash: str
    def __init__(self, name: _Optional[str] = ..., run: _Optional[str] = ..., gate: _Optional[str] = ..., passed: _Optional[bool] = ..., checks: _Optional[_Iterable[_Union[GateCheck, _Mapping]]] = ..., replay: _Optional[str] = ..., lineage_revision: _Optional[int] = ..., requester: _Optional[str] = ..., ledger_entry: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., evidence: _Optional[_Iterable[_Union[_lineage_record_pb2.EvidenceItem, _Mapping]]] = ..., trial_log_size: _Optional[int] = ..., trial_log_root_hash: _Optional[str] = ...) -> None: ...

class GateCheck(_message.Message):
    __slots__ = ("check", "passed", "expected", "observed", "detail")
    CHECK_FIELD_NUMBER: _ClassVar[int]
    PASSED_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    check: str
    passed: bool
    expected: str
    observed: str
    detail: str
    def __init__(self, check: _Optional[str] = ..., passed: _Optional[bool] = ..., expected: _Optional[str] = ..., observed: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...
