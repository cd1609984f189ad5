"""Asks the parts of a suite whether they are ready."""

import http.client
import json
from typing import Any

import grpc

from aurelius_client.suite.topology import LOOPBACK

# How long one question may take; whoever asks again looks after the processes in between.
QUESTION_SECONDS = 0.5


def serves(target: str) -> bool:
    """Whether the standard health service at `target` says SERVING."""
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    with grpc.insecure_channel(target) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(
                health_pb2.HealthCheckRequest(), timeout=QUESTION_SECONDS, wait_for_ready=True
            )
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def runs(admin_port: int) -> bool:
    """Whether Envoy is up, whatever it says of the services."""
    return _get(admin_port, "/ready") is not None


def edge_serves(port: int, admin_port: int) -> bool:
    """Whether Envoy is up, sees all services serving, and has the keys of the tokens."""
    return runs(admin_port) and _get(port, "/healthz") is not None and _has_keys(admin_port)


def _has_keys(admin_port: int) -> bool:
    body = _get(admin_port, "/stats?filter=jwks_fetch_success&format=json")
    if body is None:
        return False
    stats = json.loads(body)["stats"]
    return any(int(stat.get("value", 0)) > 0 for stat in stats)


def _get(port: int, path: str) -> bytes | None:
    """Returns the body of a 200, or None."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=QUESTION_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return body if answer.status == http.HTTPStatus.OK else None
