from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_ANONYMOUS: _ClassVar[Role]
    ROLE_RESEARCHER: _ClassVar[Role]
    ROLE_PLATFORM: _ClassVar[Role]
    ROLE_PRODUCT: _ClassVar[Role]
    ROLE_RISK: _ClassVar[Role]
    ROLE_AUDITOR: _ClassVar[Role]
    ROLE_APPROVER: _ClassVar[Role]
    ROLE_ADMIN: _ClassVar[Role]

class Idempotency(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IDEMPOTENCY_UNSPECIFIED: _ClassVar[Idempotency]
    IDEMPOTENCY_READ_ONLY: _ClassVar[Idempotency]
    IDEMPOTENCY_REQUEST_ID: _ClassVar[Idempotency]
    IDEMPOTENCY_NATURAL: _ClassVar[Idempotency]
    IDEMPOTENCY_ONCE: _ClassVar[Idempotency]
ROLE_UNSPECIFIED: Role
ROLE_ANONYMOUS: Role
ROLE_RESEARCHER: Role
ROLE_PLATFORM: Role
ROLE_PRODUCT: Role
ROLE_RISK: Role
ROLE_AUDITOR: Role
ROLE_APPROVER: Role
ROLE_ADMIN: Role
IDEMPOTENCY_UNSPECIFIED: Idempotency
IDEMPOTENCY_READ_ONLY: Idempotency
IDEMPOTENCY_REQUEST_ID: Idempotency
IDEMPOTENCY_NATURAL: Idempotency
IDEMPOTENCY_ONCE: Idempotency
REQUIRED_ROLES_FIELD_NUMBER: _ClassVar[int]
required_roles: _descriptor.FieldDescriptor
CAPABILITY_FIELD_NUMBER: _ClassVar[int]
capability: _descriptor.FieldDescriptor
IDEMPOTENCY_FIELD_NUMBER: _ClassVar[int]
idempotency: _descriptor.FieldDescriptor
DEFAULT_JSON_FIELD_NUMBER: _ClassVar[int]
default_json: _descriptor.FieldDescriptor
