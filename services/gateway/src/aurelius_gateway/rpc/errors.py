"""What each refusal becomes on the wire."""

from collections.abc import Mapping, Sequence

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc import StatusCode

from aurelius_chassis.errors import WireError
from aurelius_gateway.domain import errors

DOMAIN = "gateway.aurelius.dev"


def _retry_info(error: Exception) -> Sequence[Message]:
    if not isinstance(error, errors.TooManyAttempts):
        raise TypeError(f"{type(error).__name__} says nothing about a retry")
    delay = Duration(seconds=error.retry_seconds)
    return [error_details_pb2.RetryInfo(retry_delay=delay)]


WIRE_ERRORS: Mapping[type[Exception], WireError] = {
    errors.CredentialsInvalid: WireError(
        StatusCode.UNAUTHENTICATED, "ERROR_REASON_CREDENTIALS_INVALID"
    ),
    errors.TooManyAttempts: WireError(
        StatusCode.RESOURCE_EXHAUSTED, "ERROR_REASON_TOO_MANY_ATTEMPTS", _retry_info
    ),
    errors.TokenOutdated: WireError(StatusCode.PERMISSION_DENIED, "ERROR_REASON_TOKEN_OUTDATED"),
    errors.UserNotFound: WireError(StatusCode.NOT_FOUND, "ERROR_REASON_USER_NOT_FOUND"),
    errors.UserExists: WireError(StatusCode.ALREADY_EXISTS, "ERROR_REASON_USER_EXISTS"),
    errors.NotOwner: WireError(StatusCode.PERMISSION_DENIED, "ERROR_REASON_NOT_OWNER"),
    errors.LastAdministrator: WireError(
        StatusCode.FAILED_PRECONDITION, "ERROR_REASON_LAST_ADMINISTRATOR"
    ),
    errors.EtagMismatch: WireError(StatusCode.ABORTED, "ERROR_REASON_ETAG_MISMATCH"),
    errors.ApiKeyNotFound: WireError(StatusCode.NOT_FOUND, "ERROR_REASON_API_KEY_NOT_FOUND"),
    errors.ApiKeyExists: WireError(StatusCode.ALREADY_EXISTS, "ERROR_REASON_API_KEY_EXISTS"),
    errors.RolesNotHeld: WireError(StatusCode.PERMISSION_DENIED, "ERROR_REASON_ROLES_NOT_HELD"),
    errors.StrategyNotFound: WireError(StatusCode.NOT_FOUND, "ERROR_REASON_STRATEGY_NOT_FOUND"),
    errors.StrategyExists: WireError(StatusCode.ALREADY_EXISTS, "ERROR_REASON_STRATEGY_EXISTS"),
    errors.PipelineRunNotFound: WireError(
        StatusCode.NOT_FOUND, "ERROR_REASON_PIPELINE_RUN_NOT_FOUND"
    ),
    errors.GatewayBusy: WireError(StatusCode.UNAVAILABLE, "ERROR_REASON_GATEWAY_BUSY"),
}
