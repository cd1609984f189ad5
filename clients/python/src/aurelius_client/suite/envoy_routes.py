"""Envoy's routes: by REST path before the transcoder, by gRPC path after it."""

from typing import Any

from aurelius_client.suite import contract
from aurelius_client.suite.edge_settings import (
    DEADLINE_SECONDS,
    LONG_CALLS,
    LONG_DEADLINE_SECONDS,
    LOOPBACK_ORIGINS,
    EdgeSettings,
)
from aurelius_client.suite.envoy_clusters import cluster_of

Config = dict[str, Any]
TRANSCODER = "envoy.filters.http.grpc_json_transcoder"
BUFFER = "envoy.filters.http.buffer"
CORS = "envoy.filters.http.cors"
EVENT_STREAM = "text/event-stream"
REST_PREFIXES = ("/v1/", "/.well-known/")
# No cluster has this name. The transcoder renames every path that the contract has, and
# the route is then chosen anew; what it leaves alone ends here, as 404.
NOWHERE = "nowhere"
_HTTP = "type.googleapis.com/envoy.extensions.filters.http"
_FILTER_CONFIG = "type.googleapis.com/envoy.config.route.v3.FilterConfig"


def route_configuration(settings: EdgeSettings, transcoder_of_events: Config) -> Config:
    """Returns the routes of the public listener.

    Args:
        settings: Whose pages may call.
        transcoder_of_events: The transcoder for callers who accept `text/event-stream`.
    """
    return {
        "name": "aurelius",
        "validate_clusters": False,
        "virtual_hosts": [
            {
                "name": "aurelius",
                "domains": ["*"],
                "response_headers_to_remove": ["grpc-accept-encoding"],
                "typed_per_filter_config": {CORS: _cors(settings)},
                "routes": [
                    *_wrong_verbs(),
                    *_rest(transcoder_of_events),
                    *grpc_routes(settings),
                ],
            }
        ],
    }


def _wrong_verbs() -> list[Config]:
    """A known path with a verb that it does not have: 405, with the verbs it has."""
    routes = []
    for verbs, patterns in contract.verbs_by_path().items():
        allowed = "|".join((*verbs, "OPTIONS"))
        routes.append(
            {
                "match": {
                    "safe_regex": {"regex": "|".join(patterns)},
                    "headers": [
                        {
                            "name": ":method",
                            "string_match": {"safe_regex": {"regex": allowed}},
                            "invert_match": True,
                        }
                    ],
                },
                "direct_response": {"status": 405},
                "response_headers_to_add": [
                    {"header": {"key": "allow", "value": ", ".join(verbs)}}
                ],
                "typed_per_filter_config": {
                    TRANSCODER: {"@type": _FILTER_CONFIG, "disabled": True}
                },
            }
        )
    return routes


def _rest(transcoder_of_events: Config) -> list[Config]:
    """A REST path. The transcoder answers what it does not know, and renames the rest."""
    # Not a direct response: those take no part in CORS.
    nowhere = {"cluster": NOWHERE, "cluster_not_found_response_code": "NOT_FOUND"}
    events = {
        "match": {
            "prefix": "/v1/",
            "headers": [{"name": "accept", "string_match": {"contains": EVENT_STREAM}}],
        },
        "route": nowhere,
        "typed_per_filter_config": {TRANSCODER: transcoder_of_events},
    }
    return [events, *({"match": {"prefix": prefix}, "route": nowhere} for prefix in REST_PREFIXES)]


def grpc_routes(settings: EdgeSettings) -> list[Config]:
    """Streams, which may last; calls that take long; all other calls of a package."""
    idle = f"{settings.transfer_idle_seconds:.3f}s"
    streams = [
        _to(
            cluster_of(rpc),
            {"path": rpc.path},
            {"timeout": "0s", "idle_timeout": "0s" if rpc.watches else idle},
        )
        for rpc in contract.rpcs()
        if rpc.streams
    ]
    long = [
        _unary(rpc.owner, {"path": rpc.path}, LONG_DEADLINE_SECONDS)
        for rpc in contract.rpcs()
        if rpc.path in LONG_CALLS
    ]
    unary = [
        _unary(owner, {"prefix": f"/{package}."}, DEADLINE_SECONDS)
        for owner, package in contract.PACKAGES.items()
    ]
    return [*streams, *long, *unary]


def _unary(cluster: str, match: Config, deadline_seconds: int) -> Config:
    deadline = {
        "header": {"key": "grpc-timeout", "value": f"{deadline_seconds}S"},
        "append_action": "ADD_IF_ABSENT",
    }
    # The server ends first, so that its own refusal reaches the caller.
    action = {"timeout": f"{deadline_seconds + 5}s"}
    return _to(cluster, match, action) | {"request_headers_to_add": [deadline]}


def _to(cluster: str, match: Config, action: Config) -> Config:
    retries = {"retry_on": "connect-failure,refused-stream", "num_retries": 2}
    return {
        "match": match,
        "route": {"cluster": cluster, "retry_policy": retries, **action},
        # Native calls have the server's own limit, and its own refusal.
        "typed_per_filter_config": {
            BUFFER: {"@type": f"{_HTTP}.buffer.v3.BufferPerRoute", "disabled": True}
        },
    }


def _cors(settings: EdgeSettings) -> Config:
    exact = [{"exact": origin} for origin in settings.cors_origins]
    return {
        "@type": f"{_HTTP}.cors.v3.CorsPolicy",
        "allow_origin_string_match": [{"safe_regex": {"regex": LOOPBACK_ORIGINS}}, *exact],
        "allow_methods": "GET, POST",
        "allow_headers": (
            "authorization, content-type, accept, x-request-id, grpc-timeout, "
            "x-grpc-web, x-user-agent, traceparent"
        ),
        "expose_headers": "x-request-id, grpc-status, grpc-message, grpc-status-details-bin",
        "max_age": "600",
    }
