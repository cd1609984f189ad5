from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Formula(_message.Message):
    __slots__ = ("text", "expression", "groupings")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    GROUPINGS_FIELD_NUMBER: _ClassVar[int]
    text: str
    expression: Expression
    groupings: _containers.RepeatedCompositeFieldContainer[Grouping]
    def __init__(self, text: _Optional[str] = ..., expression: _Optional[_Union[Expression, _Mapping]] = ..., groupings: _Optional[_Iterable[_Union[Grouping, _Mapping]]] = ...) -> None: ...

class Grouping(_message.Message):
    __slots__ = ("name", "groups")
    class GroupsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    name: str
    groups: _containers.ScalarMap[str, str]
    def __init__(self, name: _Optional[str] = ..., groups: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Expression(_message.Message):
    __slots__ = ("number", "series", "call", "grouping")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SERIES_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    GROUPING_FIELD_NUMBER: _ClassVar[int]
    number: float
    series: str
    call: Call
    grouping: str
    def __init__(self, number: _Optional[float] = ..., series: _Optional[str] = ..., call: _Optional[_Union[Call, _Mapping]] = ..., grouping: _Optional[str] = ...) -> None: ...

class Call(_message.Message):
    __slots__ = ("operator", "arguments")
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    operator: str
    arguments: _containers.RepeatedCompositeFieldContainer[Expression]
    def __init__(self, operator: _Optional[str] = ..., arguments: _Optional[_Iterable[_Union[Expression, _Mapping]]] = ...) -> None: ...
