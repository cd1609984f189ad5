"""An engine and a governance service on loopback that say what a test wants them to."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc_status import rpc_status

from aurelius.engine.v1 import (
    backtest_pb2,
    backtest_service_pb2,
    backtest_service_pb2_grpc,
    run_identity_pb2,
)
from aurelius.governance.v1 import (
    gate_decision_pb2,
    gate_decision_service_pb2,
    gate_decision_service_pb2_grpc,
    lineage_record_pb2,
    lineage_record_service_pb2,
    lineage_record_service_pb2_grpc,
)
from aurelius_chassis.errors import status

RUN = "runs/r" + "a" * 26
IDENTITY = run_identity_pb2.RunIdentity(
    spec_hash=f"sha256:{'11' * 32}",
    data_hash=f"sha256:{'22' * 32}",
    seed=2**64 - 1,
    engine_version="0.1.0+0123456789ab",
)
RESULT_DIGEST = f"sha256:{'33' * 32}"
RECORD = "lineageRecords/r" + "a" * 26
DECISION = "gateDecisions/g" + "a" * 26
State = backtest_pb2.Backtest.State
# Called in the place of an answer.
Answer = Callable[[grpc.ServicerContext], Message]


def refuse(
    code: grpc.StatusCode, reason: str, *, domain: str = "engine.aurelius.dev"
) -> Callable[[grpc.ServicerContext], NoReturn]:
    """Returns an answer that is a refusal with an ErrorInfo."""

    def answer(context: grpc.ServicerContext) -> NoReturn:
        refusal = status(code, reason, "the double refuses", domain=domain, facts={})
        context.abort_with_status(rpc_status.to_status(refusal))
        raise AssertionError("abort_with_status raises")

    return answer


def fail(code: grpc.StatusCode) -> Callable[[grpc.ServicerContext], NoReturn]:
    """Returns an answer that is an error without any detail, as a broken server gives."""

    def answer(context: grpc.ServicerContext) -> NoReturn:
        context.abort(code, "secret address 10.1.2.3")
        raise AssertionError("abort raises")

    return answer


class Double:
    """Counts calls; can hold them; answers a method once by what is in `next_answers`."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.next_answers: dict[str, list[Callable[[grpc.ServicerContext], Any]]] = {}
        self.arrived: dict[str, threading.Event] = {}
        self._held: dict[str, threading.Event] = {}
        self.hung_up = threading.Event()

    def hold(self, method: str) -> threading.Event:
        """Holds the method's calls until the returned event is set."""
        self.arrived[method] = threading.Event()
        self._held[method] = threading.Event()
        return self._held[method]

    def called(self, method: str) -> list[Any]:
        """Returns the requests of a method."""
        return [request for name, request in self.calls if name == method]

    def release_all(self) -> None:
        for event in self._held.values():
            event.set()

    def _enter(self, method: str, request: Message, context: grpc.ServicerContext) -> Any:
        self.calls.append((method, request))
        self.headers.append({k: str(v) for k, v in context.invocation_metadata()})
        if method in self._held:
            held = self._held[method]
            context.add_callback(lambda: (self.hung_up.set(), held.set()))  # type: ignore[func-returns-value]
            self.arrived[method].set()
            held.wait()
        answers = self.next_answers.get(method)
        return answers.pop(0)(context) if answers else None


class EngineDouble(Double, backtest_service_pb2_grpc.BacktestServiceServicer):
    """An engine that takes every run on, and whose runs then go through `watch_states`."""

    def __init__(self) -> None:
        super().__init__()
        self.created_state: State = backtest_pb2.Backtest.STATE_RUNNING
        self.watch_states: list[State] = [
            backtest_pb2.Backtest.STATE_RUNNING,
            backtest_pb2.Backtest.STATE_SEALED,
        ]
        self.failure = backtest_pb2.RunFailure()
        self.digest_without_seal = ""
        self.says_error_at_the_end = False

    def backtest(self, state: State) -> backtest_pb2.Backtest:
        backtest = backtest_pb2.Backtest(name=RUN, identity=IDENTITY, state=state)
        if state == backtest_pb2.Backtest.STATE_SEALED:
            backtest.result.result_digest = RESULT_DIGEST
        elif state != backtest_pb2.Backtest.STATE_RUNNING:
            backtest.failure.CopyFrom(self.failure)
            backtest.result.result_digest = self.digest_without_seal
        return backtest

    def CreateBacktest(
        self, request: backtest_service_pb2.CreateBacktestRequest, context: grpc.ServicerContext
    ) -> backtest_pb2.Backtest:
        answer = self._enter("CreateBacktest", request, context)
        return answer or self.backtest(self.created_state)

    def WatchBacktest(
        self, request: backtest_service_pb2.WatchBacktestRequest, context: grpc.ServicerContext
    ) -> Iterator[backtest_service_pb2.WatchBacktestResponse]:
        states = self._enter("WatchBacktest", request, context) or self.watch_states
        for state in states:
            yield backtest_service_pb2.WatchBacktestResponse(backtest=self.backtest(state))
        if self.says_error_at_the_end:
            error = status_pb2.Status(code=13, message="the double failed")
            yield backtest_service_pb2.WatchBacktestResponse(error=error)


class GovernanceDouble(
    Double,
    lineage_record_service_pb2_grpc.LineageRecordServiceServicer,
    gate_decision_service_pb2_grpc.GateDecisionServiceServicer,
):
    """A governance service that records everything and whose gate decides by `passed`.

    `revisions` grows by one for each request id that it has not seen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.passed = True
        self.lineage_state = lineage_record_pb2.LineageRecord.STATE_VERIFIED
        self.revisions: list[str] = []

    def CreateLineageRecord(
        self,
        request: lineage_record_service_pb2.CreateLineageRecordRequest,
        context: grpc.ServicerContext,
    ) -> lineage_record_pb2.LineageRecord:
        if request.request_id not in self.revisions:
            self.revisions.append(request.request_id)
        self._enter("CreateLineageRecord", request, context)
        return lineage_record_pb2.LineageRecord(
            name=RECORD, run=request.run, revision=len(self.revisions), state=self.lineage_state
        )

    def CreateGateDecision(
        self,
        request: gate_decision_service_pb2.CreateGateDecisionRequest,
        context: grpc.ServicerContext,
    ) -> gate_decision_pb2.GateDecision:
        self._enter("CreateGateDecision", request, context)
        check = gate_decision_pb2.GateCheck(check="replay_equal", passed=self.passed)
        return gate_decision_pb2.GateDecision(
            name=DECISION, run=request.run, gate=request.gate, passed=self.passed, checks=[check]
        )


@contextmanager
def serving(double: Double) -> Iterator[str]:
    """Serves a double and gives its target."""
    server = grpc.server(ThreadPoolExecutor(max_workers=8))
    if isinstance(double, EngineDouble):
        backtest_service_pb2_grpc.add_BacktestServiceServicer_to_server(double, server)
    if isinstance(double, GovernanceDouble):
        lineage_record_service_pb2_grpc.add_LineageRecordServiceServicer_to_server(double, server)
        gate_decision_service_pb2_grpc.add_GateDecisionServiceServicer_to_server(double, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        double.release_all()
        server.stop(None).wait()
