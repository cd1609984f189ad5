"""What the chassis costs a call: one real server with it, one without, in the same run.

Prints the median time of a small unary call over loopback, and beside it the time of each step
alone, in microseconds. Run it with `make bench`; the figures are of one machine at one time.
"""

import io
import json
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from grpc import StatusCode

from aurelius.engine.v1 import backtest_pb2, backtest_service_pb2, backtest_service_pb2_grpc
from aurelius_chassis import telemetry
from aurelius_chassis.descriptors import method_policies
from aurelius_chassis.errors import ErrorTable, RequestRefused
from aurelius_chassis.interceptor import Pipeline, PolicyInterceptor
from aurelius_chassis.jwks import Authenticator, KeySource
from aurelius_chassis.server import Mounted, ServerOptions, build_server
from aurelius_chassis.validation import refuse_invalid

CALLS, ROUNDS = 1000, 9
REQUEST = backtest_service_pb2.GetBacktestRequest(name="runs/r" + "a" * 26)
SERVICE = "aurelius.engine.v1.BacktestService"
ERRORS = ErrorTable("bench.aurelius.dev")


class Echo(backtest_service_pb2_grpc.BacktestServiceServicer):
    """Answers at once."""

    def GetBacktest(self, request: Any, context: grpc.ServicerContext) -> backtest_pb2.Backtest:
        """Returns a run of the name that was asked for."""
        return backtest_pb2.Backtest(name=request.name)


def issuer() -> tuple[bytes, str]:
    """Returns a key set and a token that it verifies."""
    key = Ed25519PrivateKey.generate()
    document = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key()))
    keys = json.dumps({"keys": [{**document, "kid": "k"}]}).encode()
    claims = {
        "iss": "aurelius",
        "aud": "aurelius",
        "sub": "users/bench",
        "roles": ["ROLE_RESEARCHER"],
        "exp": int(time.time()) + 3600,
    }
    return keys, jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": "k"})


def median_us(work: Callable[[], object], times: int = CALLS) -> float:
    """Returns the median over rounds of the time of one call of `work`."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(times):
            work()
        rounds.append((time.perf_counter() - began) / times * 1e6)
    return statistics.median(rounds)


def over_loopback(port: int, token: str) -> float:
    """Returns the median time of a unary call to the server at `port`."""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = backtest_service_pb2_grpc.BacktestServiceStub(channel).GetBacktest
        metadata = (("authorization", f"Bearer {token}"), ("x-request-id", "bench"))
        return median_us(lambda: call(REQUEST, metadata=metadata))


class NoWire:
    """Is to a handler what gRPC's context is, without a wire behind it."""

    def __init__(self, token: str) -> None:
        """Takes the token of the call."""
        self._metadata = (("authorization", f"Bearer {token}"), ("x-request-id", "bench"))

    def invocation_metadata(self) -> Any:
        """Returns what the caller sent."""
        return self._metadata

    def time_remaining(self) -> float:
        """Returns a deadline far away."""
        return 30.0

    def send_initial_metadata(self, metadata: Any) -> None:
        """Sends nothing."""

    def is_active(self) -> bool:
        """Returns that the client waits."""
        return True

    def code(self) -> None:
        """Returns that no code was set."""


def whole_path(authenticator: Authenticator, token: str) -> float:
    """Returns the time of everything that the chassis does around a handler."""
    policies = method_policies([SERVICE])
    pipeline = Pipeline(
        policies=policies,
        errors=ERRORS,
        authenticator=authenticator,
        metrics=telemetry.Metrics(),
        tracer=telemetry.tracer_provider("bench", None).get_tracer("bench"),
        database=None,
        unknown_field=None,
        max_streams=1,
    )
    handler = PolicyInterceptor(pipeline)._unary(
        policies[f"/{SERVICE}/GetBacktest"], Echo().GetBacktest
    )
    context: Any = NoWire(token)
    return median_us(lambda: handler(REQUEST, context))


def main() -> None:
    """Measures and prints."""
    keys, token = issuer()
    telemetry.configure_logs("bench", io.BytesIO())
    authenticator = Authenticator(KeySource(lambda: keys))
    add = backtest_service_pb2_grpc.add_BacktestServiceServicer_to_server
    bare = grpc.server(ThreadPoolExecutor(32))
    add(Echo(), bare)
    bare_port = bare.add_insecure_port("127.0.0.1:0")
    bare.start()
    chassis = build_server(
        [Mounted(SERVICE, add, Echo())],
        options=ServerOptions(service="bench", listen="127.0.0.1:0", drain_seconds=0),
        errors=ERRORS,
        authenticator=authenticator,
    )
    chassis.start()
    without, with_it = over_loopback(bare_port, token), over_loopback(chassis.port, token)
    without = min(without, over_loopback(bare_port, token))
    bare.stop(None).wait()
    chassis.stop(0)
    print(f"call, bare gRPC server             {without:8.1f} us")
    print(f"call, the same with the chassis    {with_it:8.1f} us")
    print(f"the chassis adds                   {with_it - without:8.1f} us")
    print(f"of it, its own code                {whole_path(authenticator, token):8.1f} us")
    print("(the rest is gRPC's: the request id goes ahead in initial metadata, a send of its own)")

    log = structlog.get_logger().bind()
    refusal = RequestRefused(StatusCode.NOT_FOUND, "GONE", "not here", found="a", allowed="b")
    metrics = telemetry.Metrics()
    tracer = telemetry.tracer_provider("bench", None).get_tracer("bench")
    line = {"method": "/x/Y", "code": "OK", "principal": "users/bench", "duration_ms": 0.1}
    fresh = Authenticator(KeySource(lambda: keys))
    steps: dict[str, Callable[[], object]] = {
        "validation": lambda: refuse_invalid(REQUEST),
        "authentication": lambda: authenticator.caller_of(f"Bearer {token}"),
        "one log line": lambda: log.info("rpc_ended", **line),
        "an error to a status": lambda: ERRORS.status_of(refusal),
    }
    costs = {name: median_us(work) for name, work in steps.items()}
    for name, cost in costs.items():
        print(f"{name:<34} {cost:8.1f} us")
    print(f"{'these four together':<34} {sum(costs.values()):8.1f} us (bar: 100 us)")
    for name, work in {
        "metrics": lambda: metrics.record("/x/Y", "OK", 0.001),
        "a span": lambda: tracer.start_span("/x/Y").end(),
        "a token seen for the first time": lambda: fresh._checked(token),
    }.items():
        print(f"{name:<34} {median_us(work):8.1f} us")


if __name__ == "__main__":
    main()
