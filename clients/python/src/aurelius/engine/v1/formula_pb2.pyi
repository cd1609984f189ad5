from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Formula(_message.Message):
    __slots__ = ("text", "expression")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    text: str
    expression: Expression
    def __init__(self, text: _Optional[str] = ..., expression: _Optional[_Union[Expression, _Mapping]] = ...) -> None: ...

class Expression(_message.Message):
    __slots__ = ("number", "series", "call")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SERIES_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    number: float
    series: str
    call: Call
    def __init__(self, number: _Optional[float] = ..., series: _Optional[str] = ..., call: _Optional[_Union[Call, _Mapping]] = ...) -> None: ...

class Call(_message.Message):
    __slots__ = ("operator", "arguments")
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    operator: str
    arguments: _containers.RepeatedCompositeFieldContainer[Expression]
    def __init__(self, operator: _Optional[str] = ..., arguments: _Optional[_Iterable[_Union[Expression, _Mapping]]] = ...) -> None: ...
