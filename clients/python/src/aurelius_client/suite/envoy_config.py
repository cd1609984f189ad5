"""Envoy's configuration, rendered from the contract.

One listener takes REST, gRPC, gRPC-Web and server-sent events. The token check
fetches the keys through it too, every few seconds and whenever that fails, so
neither the order of starting nor a new key matters; while the gateway is down
the keys that are known stay good.
"""

from typing import Any

from aurelius_client.suite import contract
from aurelius_client.suite.edge_errors import local_reply_config
from aurelius_client.suite.edge_query import query_check
from aurelius_client.suite.edge_settings import (
    BODY_LIMIT_BYTES,
    BUFFER_LIMIT_BYTES,
    CONNECTIONS_MAX,
    DOWNSTREAM_BUFFER_BYTES,
    EdgeSettings,
)
from aurelius_client.suite.envoy_clusters import (
    KEYS_HOST,
    address,
    clusters_of,
    keys_cluster,
    service_clusters,
)
from aurelius_client.suite.envoy_routes import BUFFER, CORS, TRANSCODER, route_configuration
from aurelius_client.suite.topology import ENVOY, LOOPBACK, SERVICES, Place

Config = dict[str, Any]
ISSUER = "aurelius"
KEYS_PATH = "/.well-known/jwks.json"
# A new key is known this soon: the token check does not fetch for an unknown one.
KEYS_CACHE_SECONDS = 5
# The expression over all paths of a verb is larger than Envoy expects of one.
_RUNTIME = {"re2.max_program_size.error_level": 10_000}
_EXT = "type.googleapis.com/envoy.extensions"
_HTTP = f"{_EXT}.filters.http"


def render(place: Place, settings: EdgeSettings, *, descriptors: str) -> str:
    """Returns the configuration as YAML.

    Args:
        place: Where the services are, and where Envoy listens.
        settings: Rate and origins.
        descriptors: The path at which Envoy finds the contract's descriptor set.
    """
    import yaml

    text: str = yaml.safe_dump(configuration(place, settings, descriptors), sort_keys=False)
    return text


def local_descriptors() -> str:
    """Returns the path of the descriptor set that this package ships."""
    return str(contract.descriptor_file())


def configuration(place: Place, settings: EdgeSettings, descriptors: str) -> Config:
    """Returns the configuration as the structure of Envoy's Bootstrap message."""
    return {
        "node": {"id": "aurelius", "cluster": "aurelius"},
        "admin": {"address": address(LOOPBACK, place.ports["admin"])},
        "overload_manager": {
            "resource_monitors": [
                {
                    "name": "envoy.resource_monitors.global_downstream_max_connections",
                    "typed_config": {
                        "@type": f"{_EXT}.resource_monitors.downstream_connections.v3"
                        ".DownstreamConnectionsConfig",
                        "max_active_downstream_connections": CONNECTIONS_MAX,
                    },
                }
            ]
        },
        "layered_runtime": {"layers": [{"name": "static", "static_layer": _RUNTIME}]},
        "static_resources": {
            "listeners": [_listener(place, settings, descriptors)],
            "clusters": [
                *(one for service in SERVICES for one in service_clusters(service.name, place)),
                keys_cluster(place),
            ],
        },
    }


def _listener(place: Place, settings: EdgeSettings, descriptors: str) -> Config:
    manager = {
        "@type": f"{_EXT}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "edge",
        "codec_type": "AUTO",
        # Nobody is trusted with headers that steer Envoy, whatever address they call from.
        "use_remote_address": True,
        "internal_address_config": {"unix_sockets": False},
        "early_header_mutation_extensions": [_without_steering()],
        "generate_request_id": True,
        "preserve_external_request_id": True,
        "always_set_request_id_in_response": True,
        "normalize_path": True,
        "merge_slashes": False,
        # No id has a slash, so an escaped one is never part of a name.
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
        "http_protocol_options": {"enable_trailers": True},
        "request_headers_timeout": "10s",
        "stream_idle_timeout": "300s",
        "common_http_protocol_options": {"headers_with_underscores_action": "REJECT_REQUEST"},
        "http2_protocol_options": {
            "max_concurrent_streams": 100,
            "initial_stream_window_size": 1024 * 1024,
            "initial_connection_window_size": 8 * 1024 * 1024,
        },
        "local_reply_config": local_reply_config(),
        "access_log": [_access_log()],
        "http_filters": _filters(settings, descriptors),
        "route_config": route_configuration(settings, transcoder(descriptors, events=True)),
    }
    return {
        "name": "edge",
        "address": address(place.bind, place.ports[ENVOY]),
        "per_connection_buffer_limit_bytes": DOWNSTREAM_BUFFER_BYTES,
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }


def _without_steering() -> Config:
    """Drops what steers Envoy from every request, before Envoy reads or sets any of it."""
    steering = {"key_matcher": {"prefix": "x-envoy-"}}
    return {
        "name": "envoy.http.early_header_mutation.header_mutation",
        "typed_config": {
            "@type": f"{_EXT}.http.early_header_mutation.header_mutation.v3.HeaderMutation",
            "mutations": [{"remove_on_match": steering}],
        },
    }


def _filters(settings: EdgeSettings, descriptors: str) -> list[Config]:
    return [
        *(_health(f"/healthz/{service.name}", *clusters_of(service.name)) for service in SERVICES),
        _health("/healthz", *(one for s in SERVICES for one in clusters_of(s.name))),
        {"name": CORS, "typed_config": {"@type": f"{_HTTP}.cors.v3.Cors"}},
        _rate_limit(settings),
        {
            "name": "envoy.filters.http.lua",
            "typed_config": {
                "@type": f"{_HTTP}.lua.v3.Lua",
                "default_source_code": {"inline_string": query_check()},
            },
        },
        {
            "name": "envoy.filters.http.grpc_web",
            "typed_config": {"@type": f"{_HTTP}.grpc_web.v3.GrpcWeb"},
        },
        {
            "name": BUFFER,
            "typed_config": {
                "@type": f"{_HTTP}.buffer.v3.Buffer",
                "max_request_bytes": BODY_LIMIT_BYTES,
            },
        },
        {"name": TRANSCODER, "typed_config": transcoder(descriptors, events=False)},
        _token_check(),
        _router(),
    ]


def _router() -> Config:
    return {
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": f"{_HTTP}.router.v3.Router", "suppress_envoy_headers": True},
    }


def _health(path: str, *clusters: str) -> Config:
    """Answers 200 while the service health checks of all clusters pass, else 503."""
    return {
        "name": f"healthz.{'.'.join(clusters)}",
        "typed_config": {
            "@type": f"{_HTTP}.health_check.v3.HealthCheck",
            "pass_through_mode": False,
            "cluster_min_healthy_percentages": {name: {"value": 100} for name in clusters},
            "headers": [{"name": ":path", "string_match": {"exact": path}}],
        },
    }


def _rate_limit(settings: EdgeSettings) -> Config:
    always = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    return {
        "name": "envoy.filters.http.local_ratelimit",
        "typed_config": {
            "@type": f"{_HTTP}.local_ratelimit.v3.LocalRateLimit",
            "stat_prefix": "edge_rate",
            "token_bucket": {
                "max_tokens": settings.request_burst,
                "tokens_per_fill": settings.requests_per_second,
                "fill_interval": "1s",
            },
            "filter_enabled": always,
            "filter_enforced": always,
            "rate_limited_as_resource_exhausted": True,
        },
    }


def transcoder(descriptors: str, *, events: bool) -> Config:
    """Returns the transcoder. Streams are server-sent events, or else lines of JSON."""
    return {
        "@type": f"{_HTTP}.grpc_json_transcoder.v3.GrpcJsonTranscoder",
        "proto_descriptor": descriptors,
        "services": list(contract.services()),
        "convert_grpc_status": True,
        "match_unregistered_custom_verb": True,
        "query_param_unescape_plus": True,
        "url_unescape_spec": "ALL_CHARACTERS_EXCEPT_RESERVED",
        "max_request_body_size": BUFFER_LIMIT_BYTES,
        "max_response_body_size": BUFFER_LIMIT_BYTES,
        "request_validation_options": {
            "reject_unknown_method": True,
            "reject_unknown_query_parameters": True,
            "reject_binding_body_field_collisions": True,
        },
        # As the servers' own canonical JSON: every field without presence, enums by name.
        "print_options": {
            "always_print_primitive_fields": True,
            "always_print_enums_as_ints": False,
            "preserve_proto_field_names": False,
            "stream_newline_delimited": not events,
            "stream_sse_style_delimited": events,
        },
    }


def _token_check() -> Config:
    anonymous = [{"match": {"path": rpc.path}} for rpc in contract.rpcs() if rpc.anonymous]
    required = [
        {"match": {"prefix": f"/{package}."}, "requires": {"provider_name": ISSUER}}
        for package in contract.PACKAGES.values()
    ]
    return {
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": f"{_HTTP}.jwt_authn.v3.JwtAuthentication",
            "providers": {
                ISSUER: {
                    "issuer": ISSUER,
                    "audiences": [ISSUER],
                    "require_expiration": True,
                    "clock_skew_seconds": 1,
                    "forward": True,
                    "from_headers": [{"name": "authorization", "value_prefix": "Bearer "}],
                    "remote_jwks": {
                        "http_uri": {
                            "uri": f"http://{KEYS_HOST}{KEYS_PATH}",
                            "cluster": KEYS_HOST,
                            "timeout": "2s",
                        },
                        "cache_duration": f"{KEYS_CACHE_SECONDS}s",
                        "async_fetch": {"fast_listener": True, "failed_refetch_duration": "0.2s"},
                    },
                }
            },
            # The first match decides, and paths are those after the transcoder.
            "rules": [*anonymous, *required],
        },
    }


def _access_log() -> Config:
    return {
        "name": "envoy.access_loggers.stdout",
        # All but Envoy's own fetching of keys.
        "filter": {
            "header_filter": {
                "header": {
                    "name": ":authority",
                    "string_match": {"exact": KEYS_HOST},
                    "invert_match": True,
                }
            }
        },
        "typed_config": {
            "@type": f"{_EXT}.access_loggers.stream.v3.StdoutAccessLog",
            "log_format": {
                "json_format": {
                    "time": "%START_TIME%",
                    "event": "request_ended",
                    "request_id": "%REQ(X-REQUEST-ID)%",
                    "protocol": "%PROTOCOL%",
                    "method": "%REQ(X-ENVOY-ORIGINAL-METHOD?:METHOD)%",
                    "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
                    "rpc": "%REQ(:PATH)%",
                    "http_status": "%RESPONSE_CODE%",
                    "details": "%RESPONSE_CODE_DETAILS%",
                    "flags": "%RESPONSE_FLAGS%",
                    "upstream": "%UPSTREAM_CLUSTER%",
                    "caller": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
                    "received_bytes": "%BYTES_RECEIVED%",
                    "sent_bytes": "%BYTES_SENT%",
                    "duration_ms": "%DURATION%",
                }
            },
        },
    }
