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

class EvidenceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVIDENCE_KIND_UNSPECIFIED: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_SPEC_HASH: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_RUN_ID: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_DATA_HASH: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_PROVENANCE: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_ARTIFACT: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_RESULT_DIGEST: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_STATED_RESULT: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_DATA_CONTENT: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_TRANSFORMATIONS: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_DATA_QUALITY_REPORT: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_POLICY_OUTCOMES: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_CRV: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_WALK_FORWARD: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_TRIAL_COUNT: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_SIGNED_STATEMENT: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_CROSS_VALIDATION: _ClassVar[EvidenceKind]
EVIDENCE_KIND_UNSPECIFIED: EvidenceKind
EVIDENCE_KIND_SPEC_HASH: EvidenceKind
EVIDENCE_KIND_RUN_ID: EvidenceKind
EVIDENCE_KIND_DATA_HASH: EvidenceKind
EVIDENCE_KIND_PROVENANCE: EvidenceKind
EVIDENCE_KIND_ARTIFACT: EvidenceKind
EVIDENCE_KIND_RESULT_DIGEST: EvidenceKind
EVIDENCE_KIND_STATED_RESULT: EvidenceKind
EVIDENCE_KIND_DATA_CONTENT: EvidenceKind
EVIDENCE_KIND_TRANSFORMATIONS: EvidenceKind
EVIDENCE_KIND_DATA_QUALITY_REPORT: EvidenceKind
EVIDENCE_KIND_POLICY_OUTCOMES: EvidenceKind
EVIDENCE_KIND_CRV: EvidenceKind
EVIDENCE_KIND_WALK_FORWARD: EvidenceKind
EVIDENCE_KIND_TRIAL_COUNT: EvidenceKind
EVIDENCE_KIND_SIGNED_STATEMENT: EvidenceKind
EVIDENCE_KIND_CROSS_VALIDATION: EvidenceKind

class LineageRecord(_message.Message):
    __slots__ = ("name", "run", "revision", "state", "evidence", "data", "recorder", "ledger_entry", "create_time", "update_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[LineageRecord.State]
        STATE_VERIFIED: _ClassVar[LineageRecord.State]
        STATE_FAILED: _ClassVar[LineageRecord.State]
    STATE_UNSPECIFIED: LineageRecord.State
    STATE_VERIFIED: LineageRecord.State
    STATE_FAILED: LineageRecord.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    RECORDER_FIELD_NUMBER: _ClassVar[int]
    LEDGER_ENTRY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    run: str
    revision: int
    state: LineageRecord.State
    evidence: _containers.RepeatedCompositeFieldContainer[EvidenceItem]
    data: DataLineage
    recorder: str
    ledger_entry: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., run: _Optional[str] = ..., revision: _Optional[int] = ..., state: _Optional[_Union[LineageRecord.State, str]] = ..., evidence: _Optional[_Iterable[_Union[EvidenceItem, _Mapping]]] = ..., data: _Optional[_Union[DataLineage, _Mapping]] = ..., recorder: _Optional[str] = ..., ledger_entry: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DataLineage(_message.Message):
    __slots__ = ("dataset", "data_hash", "synthetic", "provider", "venue")
    DATASET_FIELD_NUMBER: _ClassVar[int]
    DATA_HASH_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    dataset: str
    data_hash: str
    synthetic: bool
    provider: str
    venue: str
    def __init__(self, dataset: _Optional[str] = ..., data_hash: _Optional[str] = ..., synthetic: _Optional[bool] = ..., provider: _Optional[str] = ..., venue: _Optional[str] = ...) -> None: ...

class EvidenceItem(_message.Message):
    __slots__ = ("kind", "state", "subject", "expected", "observed", "detail")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[EvidenceItem.State]
        STATE_VERIFIED: _ClassVar[EvidenceItem.State]
        STATE_FAILED: _ClassVar[EvidenceItem.State]
        STATE_NOT_COLLECTED: _ClassVar[EvidenceItem.State]
    STATE_UNSPECIFIED: EvidenceItem.State
    STATE_VERIFIED: EvidenceItem.State
    STATE_FAILED: EvidenceItem.State
    STATE_NOT_COLLECTED: EvidenceItem.State
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    kind: EvidenceKind
    state: EvidenceItem.State
    subject: str
    expected: str
    observed: str
    detail: str
    def __init__(self, kind: _Optional[_Union[EvidenceKind, str]] = ..., state: _Optional[_Union[EvidenceItem.State, str]] = ..., subject: _Optional[str] = ..., expected: _Optional[str] = ..., observed: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...
