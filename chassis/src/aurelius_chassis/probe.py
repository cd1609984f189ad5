"""Asks a server whether it serves: `python -m aurelius_chassis.probe host:port`.

For images that hold nothing else to ask with. Exit code 0 means SERVING.
"""

import sys
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

TIMEOUT_SECONDS = 3.0


def main() -> None:
    """Asks once."""
    (target,) = sys.argv[1:]
    with grpc.insecure_channel(target) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT_SECONDS)
        except grpc.RpcError as error:
            sys.exit(f"{target} does not answer: {error.code().name}")
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        sys.exit(f"{target} is not serving")


if __name__ == "__main__":
    main()
