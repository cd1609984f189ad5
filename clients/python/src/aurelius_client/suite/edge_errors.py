"""What a caller sees when Envoy itself answers: the google.rpc.Status of each case.

A REST caller gets it as JSON. A gRPC caller gets the same status in
`grpc-status-details-bin`, so both read one reason.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

from aurelius_client.suite.edge_settings import BODY_LIMIT_BYTES

Config = dict[str, Any]
DOMAIN = "aurelius.dev"
_CEL = "type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter"
# The text of Envoy's own reply, where it names what the caller sent.
REPLY = "%LOCAL_REPLY_BODY%"


TOKEN = "a token from AuthService.Login or ExchangeApiKey"


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeError:
    """One case: when it holds, in CEL over the response, and what it becomes.

    Attributes:
        when: An expression over `response.code_details` and `response.code`.
        http: The HTTP status, or 0 to keep Envoy's.
        code: The google.rpc.Code, which REST callers read in the body.
        native: Whether gRPC callers get the status too. The code that they get is
            Envoy's for `http`, so only a case where that is `native_code` may say so.
        facts: ErrorInfo.metadata. A REST caller gets Envoy's substitutions in it.
    """

    when: str
    http: int
    code: int
    reason: str
    message: str
    native_code: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def _details(start: str) -> str:
    return f"response.code_details.startsWith('{start}')"


def _token(details: str, why: str) -> EdgeError:
    return EdgeError(
        when=_details(f"jwt_authn_access_denied{details}"),
        http=401,
        code=16,
        native_code=16,
        reason="ERROR_REASON_UNAUTHENTICATED",
        message=f"the call needs a valid bearer token: {why}",
        facts={"found": why, "allowed": TOKEN},
    )


def _bad_request(when: str, reason: str, message: str, found: str) -> EdgeError:
    return EdgeError(
        when=when, http=400, code=3, reason=reason, message=message, facts={"found": found}
    )


# The first case that holds is the one; the last holds always.
EDGE_ERRORS: tuple[EdgeError, ...] = (
    EdgeError(
        when=_details("jwt_authn_access_denied{Jwks_remote_fetch_is_failed"),
        http=503,
        code=14,
        native_code=14,
        reason="ERROR_REASON_KEYS_UNAVAILABLE",
        message="the token cannot be checked: its issuer does not answer",
        facts={"allowed": "a reachable issuer"},
    ),
    _token("{Jwt_is_missing", "there is none"),
    _token("{Jwt_is_expired", "it is expired"),
    _token("", "it does not hold"),
    EdgeError(
        when=(
            f"{_details('early_grpc_json_transcode_failure{NOT_FOUND')} || "
            f"{_details('route_not_found')} || {_details('cluster_not_found')}"
        ),
        http=404,
        code=5,
        native_code=12,
        reason="ERROR_REASON_ROUTE_NOT_FOUND",
        message="there is no such path",
        facts={"found": "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH):256%"},
    ),
    EdgeError(
        when="response.code == 405",
        http=405,
        code=12,
        reason="ERROR_REASON_VERB_NOT_ALLOWED",
        message="the path has no such verb",
        facts={"found": "%REQ(:METHOD)%", "allowed": "%RESP(ALLOW)%"},
    ),
    _bad_request(
        _details("lua_response"),
        "ERROR_REASON_QUERY_REPEATED",
        "a query parameter is given twice, or is set by the path",
        REPLY,
    ),
    _bad_request(
        "response.code_details.contains('grpc_json_transcode_failure')",
        "ERROR_REASON_QUERY_MALFORMED",
        "a query parameter is unknown or malformed",
        REPLY,
    ),
    _bad_request(
        _details("path_normalization_failed"),
        "ERROR_REASON_REQUEST_MALFORMED",
        "the path has an escaped slash or cannot be read",
        "%REQ(:PATH):256%",
    ),
    EdgeError(
        when="response.code == 413",
        http=413,
        code=8,
        reason="ERROR_REASON_BODY_TOO_LARGE",
        message="the body is too large",
        facts={"found": "%REQ(CONTENT-LENGTH)%", "allowed": f"{BODY_LIMIT_BYTES} bytes"},
    ),
    EdgeError(
        when="response.code == 429",
        http=429,
        code=8,
        native_code=8,
        reason="ERROR_REASON_RATE_LIMITED",
        message="more requests came than the edge lets through",
        facts={"allowed": "one more after a second"},
        headers={"retry-after": "1"},
    ),
    EdgeError(
        when="response.code == 502 || response.code == 503",
        http=503,
        code=14,
        native_code=14,
        reason="ERROR_REASON_SERVICE_UNAVAILABLE",
        message="a service does not answer, or fails its health check",
        headers={"retry-after": "1"},
    ),
    EdgeError(
        when="response.code == 504 || response.code == 408",
        http=0,
        code=4,
        reason="ERROR_REASON_DEADLINE_EXCEEDED",
        message="the time for the request was over",
    ),
    EdgeError(
        when="response.code >= 400 && response.code < 500",
        http=0,
        code=3,
        reason="ERROR_REASON_REQUEST_MALFORMED",
        message="the request cannot be read",
    ),
    EdgeError(
        when="response.code >= 500",
        http=0,
        code=13,
        reason="ERROR_REASON_INTERNAL",
        message="an error of the edge; its log has the request id",
    ),
)


def status_of(error: EdgeError) -> status_pb2.Status:
    """Returns the status of a case that gRPC callers get.

    Raises:
        ValueError: They do not get the case.
    """
    if error.native_code is None:
        raise ValueError(f"{error.reason} is for REST callers alone")
    facts = {key: text for key, text in error.facts.items() if "%" not in text}
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=facts)
    packed = any_pb2.Any()
    packed.Pack(info, deterministic=True)
    return status_pb2.Status(code=error.native_code, message=error.message, details=[packed])


def local_reply_config() -> Config:
    """Returns the mappers: native gRPC first, then REST, then the answer of /healthz."""
    native = [_native(error) for error in EDGE_ERRORS if error.native_code is not None]
    # Any other reply to native gRPC stays as Envoy makes it.
    untouched = {"filter": {"and_filter": {"filters": [_GRPC, _NOT_TRANSCODED]}}}
    rest = [_rest(error) for error in EDGE_ERRORS]
    healthy = {
        "filter": _when("response.code == 200"),
        "body_format_override": {
            "json_format": {"status": "SERVING"},
            "content_type": "application/json",
        },
    }
    return {"mappers": [*native, untouched, *rest, healthy]}


_GRPC: Config = {
    "header_filter": {
        "header": {"name": "content-type", "string_match": {"prefix": "application/grpc"}}
    }
}
_NOT_TRANSCODED: Config = {
    "header_filter": {
        "header": {"name": "x-envoy-original-method", "present_match": True, "invert_match": True}
    }
}


def _when(expression: str) -> Config:
    return {
        "extension_filter": {
            "name": "envoy.access_loggers.extension_filters.cel",
            "typed_config": {"@type": _CEL, "expression": expression},
        }
    }


def _native(error: EdgeError) -> Config:
    details = (
        base64.b64encode(status_of(error).SerializeToString(deterministic=True))
        .decode()
        .rstrip("=")
    )
    return {
        "filter": {"and_filter": {"filters": [_GRPC, _NOT_TRANSCODED, _when(error.when)]}},
        "headers_to_add": _headers({**error.headers, "grpc-status-details-bin": details}),
        "body_format_override": {"text_format_source": {"inline_string": error.message}},
        "status_code": error.http,
    }


def _rest(error: EdgeError) -> Config:
    document = {
        "code": error.code,
        "message": error.message,
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": error.reason,
                "domain": DOMAIN,
                "metadata": dict(error.facts),
            }
        ],
    }
    mapper: Config = {
        "filter": _when(error.when),
        "headers_to_add": _headers(error.headers),
        "body_format_override": {"json_format": document, "content_type": "application/json"},
    }
    return mapper | ({"status_code": error.http} if error.http else {})


def _headers(headers: Mapping[str, str]) -> list[Config]:
    return [
        {"header": {"key": key, "value": text}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
        for key, text in headers.items()
    ]
