from aurelius.contract.v1 import method_policy_pb2 as _method_policy_pb2
from aurelius.engine.v1 import formula_pb2 as _formula_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FormulaType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FORMULA_TYPE_UNSPECIFIED: _ClassVar[FormulaType]
    FORMULA_TYPE_NUMBER: _ClassVar[FormulaType]
    FORMULA_TYPE_SERIES: _ClassVar[FormulaType]
    FORMULA_TYPE_CONDITION: _ClassVar[FormulaType]
    FORMULA_TYPE_GROUP: _ClassVar[FormulaType]
FORMULA_TYPE_UNSPECIFIED: FormulaType
FORMULA_TYPE_NUMBER: FormulaType
FORMULA_TYPE_SERIES: FormulaType
FORMULA_TYPE_CONDITION: FormulaType
FORMULA_TYPE_GROUP: FormulaType

class CheckFormulaRequest(_message.Message):
    __slots__ = ("formula", "http_body")
    FORMULA_FIELD_NUMBER: _ClassVar[int]
    HTTP_BODY_FIELD_NUMBER: _ClassVar[int]
    formula: _formula_pb2.Formula
    http_body: _httpbody_pb2.HttpBody
    def __init__(self, formula: _Optional[_Union[_formula_pb2.Formula, _Mapping]] = ..., http_body: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...

class CheckFormulaResponse(_message.Message):
    __slots__ = ("text", "expression", "warm_up_bars", "columns", "groupings", "cross_sectional", "nodes")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    WARM_UP_BARS_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    GROUPINGS_FIELD_NUMBER: _ClassVar[int]
    CROSS_SECTIONAL_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    text: str
    expression: _formula_pb2.Expression
    warm_up_bars: int
    columns: _containers.RepeatedScalarFieldContainer[str]
    groupings: _containers.RepeatedScalarFieldContainer[str]
    cross_sectional: bool
    nodes: _containers.RepeatedCompositeFieldContainer[FormulaNode]
    def __init__(self, text: _Optional[str] = ..., expression: _Optional[_Union[_formula_pb2.Expression, _Mapping]] = ..., warm_up_bars: _Optional[int] = ..., columns: _Optional[_Iterable[str]] = ..., groupings: _Optional[_Iterable[str]] = ..., cross_sectional: _Optional[bool] = ..., nodes: _Optional[_Iterable[_Union[FormulaNode, _Mapping]]] = ...) -> None: ...

class FormulaNode(_message.Message):
    __slots__ = ("path", "text", "type", "warm_up_bars")
    PATH_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    WARM_UP_BARS_FIELD_NUMBER: _ClassVar[int]
    path: str
    text: str
    type: FormulaType
    warm_up_bars: int
    def __init__(self, path: _Optional[str] = ..., text: _Optional[str] = ..., type: _Optional[_Union[FormulaType, str]] = ..., warm_up_bars: _Optional[int] = ...) -> None: ...
