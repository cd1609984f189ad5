from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_CREDENTIALS_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY_ATTEMPTS: _ClassVar[ErrorReason]
    ERROR_REASON_USER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_USER_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_OWNER: _ClassVar[ErrorReason]
    ERROR_REASON_LAST_ADMINISTRATOR: _ClassVar[ErrorReason]
    ERROR_REASON_ETAG_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_API_KEY_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_API_KEY_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_ROLES_NOT_HELD: _ClassVar[ErrorReason]
    ERROR_REASON_STRATEGY_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_STRATEGY_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_UNKNOWN_STRATEGY_PARAMETER: _ClassVar[ErrorReason]
    ERROR_REASON_PIPELINE_RUN_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_GATEWAY_BUSY: _ClassVar[ErrorReason]
    ERROR_REASON_INTERRUPTED: _ClassVar[ErrorReason]
    ERROR_REASON_SERVICE_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_RUN_NOT_SEALED: _ClassVar[ErrorReason]
    ERROR_REASON_TOKEN_OUTDATED: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_CREDENTIALS_INVALID: ErrorReason
ERROR_REASON_TOO_MANY_ATTEMPTS: ErrorReason
ERROR_REASON_USER_NOT_FOUND: ErrorReason
ERROR_REASON_USER_EXISTS: ErrorReason
ERROR_REASON_NOT_OWNER: ErrorReason
ERROR_REASON_LAST_ADMINISTRATOR: ErrorReason
ERROR_REASON_ETAG_MISMATCH: ErrorReason
ERROR_REASON_API_KEY_NOT_FOUND: ErrorReason
ERROR_REASON_API_KEY_EXISTS: ErrorReason
ERROR_REASON_ROLES_NOT_HELD: ErrorReason
ERROR_REASON_STRATEGY_NOT_FOUND: ErrorReason
ERROR_REASON_STRATEGY_EXISTS: ErrorReason
ERROR_REASON_UNKNOWN_STRATEGY_PARAMETER: ErrorReason
ERROR_REASON_PIPELINE_RUN_NOT_FOUND: ErrorReason
ERROR_REASON_GATEWAY_BUSY: ErrorReason
ERROR_REASON_INTERRUPTED: ErrorReason
ERROR_REASON_SERVICE_UNAVAILABLE: ErrorReason
ERROR_REASON_RUN_NOT_SEALED: ErrorReason
ERROR_REASON_TOKEN_OUTDATED: ErrorReason
