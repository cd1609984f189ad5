"""Envoy's clusters: a service has connections of their own for each kind of call.

A reader who stops reading holds what Envoy keeps of the stream. Kinds therefore share no
connection, and within one the windows of all calls that it may have fit into its own:
whatever some callers leave unread, the others' calls have room.
"""

import ipaddress
from collections.abc import Iterator
from typing import Any

from aurelius_client.suite import contract
from aurelius_client.suite.edge_settings import (
    BUFFER_LIMIT_BYTES,
    CALLS_MAX,
    CONNECTION_WINDOW_BYTES,
    STREAM_WINDOW_BYTES,
)
from aurelius_client.suite.topology import ENVOY, LOOPBACK, Place

Config = dict[str, Any]
KEYS_HOST = "token-keys"
_EXT = "type.googleapis.com/envoy.extensions"


def cluster_of(rpc: contract.Rpc) -> str:
    """Returns the cluster that takes an RPC: its owner's, or the owner's for that kind of stream.

    A watch may be silent for ever, a transfer never; neither waits behind the other.
    """
    if not rpc.streams:
        return rpc.owner
    return f"{rpc.owner}-{'watches' if rpc.watches else 'transfers'}"


def clusters_of(owner: str) -> tuple[str, ...]:
    """Returns the clusters of a service, the one of unary calls first."""
    return tuple(
        dict.fromkeys((owner, *(cluster_of(rpc) for rpc in contract.rpcs() if rpc.owner == owner)))
    )


def service_clusters(owner: str, place: Place) -> Iterator[Config]:
    """Yields the clusters of a service at a place."""
    for name in clusters_of(owner):
        yield _service_cluster(name, place.host(owner), place.ports[owner])


def address(host: str, port: int) -> Config:
    """Returns an address as Envoy writes it."""
    return {"socket_address": {"address": host, "port_value": port}}


def keys_cluster(place: Place) -> Config:
    """Envoy itself: it makes JSON of the key set, which the gateway has."""
    return {
        "name": KEYS_HOST,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": _assignment(
            KEYS_HOST, {"address": address(LOOPBACK, place.ports[ENVOY])}
        ),
    }


def _service_cluster(name: str, host: str, port: int) -> Config:
    check = {
        # A service that is busy for a moment is not one that is down.
        "timeout": "2s",
        "interval": "1s",
        "no_traffic_interval": "1s",
        "unhealthy_interval": "0.25s",
        "no_traffic_healthy_interval": "1s",
        "unhealthy_threshold": 3,
        "healthy_threshold": 1,
        "grpc_health_check": {},
    }
    return {
        "name": name,
        "type": "STATIC" if _is_address(host) else "STRICT_DNS",
        "connect_timeout": "2s",
        "per_connection_buffer_limit_bytes": BUFFER_LIMIT_BYTES,
        "circuit_breakers": {"thresholds": [{"max_requests": CALLS_MAX}]},
        "typed_extension_protocol_options": _http2(),
        # A service that fails its check is not asked, even if no other is left.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "health_checks": [check],
        "load_assignment": _assignment(name, {"address": address(host, port)}),
    }


def _http2() -> Config:
    return {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": f"{_EXT}.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": {
                "http2_protocol_options": {
                    "connection_keepalive": {"interval": "30s", "timeout": "10s"},
                    "initial_stream_window_size": STREAM_WINDOW_BYTES,
                    "initial_connection_window_size": CONNECTION_WINDOW_BYTES,
                }
            },
        }
    }


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _assignment(name: str, endpoint: Config) -> Config:
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": endpoint}]}]}
