import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Promotion(_message.Message):
    __slots__ = ("name", "run", "target_stage", "state", "justification", "requester", "decider", "comment", "lineage_record", "lineage_revision", "gate_decision", "request_ledger_entry", "decision_ledger_entry", "create_time", "update_time", "etag")
    class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STAGE_UNSPECIFIED: _ClassVar[Promotion.Stage]
        STAGE_CANDIDATE: _ClassVar[Promotion.Stage]
        STAGE_PRODUCTION: _ClassVar[Promotion.Stage]
    STAGE_UNSPECIFIED: Promotion.Stage
    STAGE_CANDIDATE: Promotion.Stage
    STAGE_PRODUCTION: Promotion.Stage
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Promotion.State]
        STATE_REQUESTED: _ClassVar[Promotion.State]
        STATE_APPROVED: _ClassVar[Promotion.State]
        STATE_REJECTED: _ClassVar[Promotion.State]
    STATE_UNSPECIFIED: Promotion.State
    STATE_REQUESTED: Promotion.State
    STATE_APPROVED: Promotion.State
    STATE_REJECTED: Promotion.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    TARGET_STAGE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    JUSTIFICATION_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    DECIDER_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    LINEAGE_RECORD_FIELD_NUMBER: _ClassVar[int]
    LINEAGE_REVISION_FIELD_NUMBER: _ClassVar[int]
    GATE_DECISION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_LEDGER_ENTRY_FIELD_NUMBER: _ClassVar[int]
    DECISION_LEDGER_ENTRY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    run: str
    target_stage: Promotion.Stage
    state: Promotion.State
    justification: str
    requester: str
    decider: str
    comment: str
    lineage_record: str
    lineage_revision: int
    gate_decision: str
    request_ledger_entry: str
    decision_ledger_entry: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., run: _Optional[str] = ..., target_stage: _Optional[_Union[Promotion.Stage, str]] = ..., state: _Optional[_Union[Promotion.State, str]] = ..., justification: _Optional[str] = ..., requester: _Optional[str] = ..., decider: _Optional[str] = ..., comment: _Optional[str] = ..., lineage_record: _Optional[str] = ..., lineage_revision: _Optional[int] = ..., gate_decision: _Optional[str] = ..., request_ledger_entry: _Optional[str] = ..., decision_ledger_entry: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...
