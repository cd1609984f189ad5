"""A stream that fails midway says why in its last message, and then in its status."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from google.rpc import status_pb2
from grpc import StatusCode

from aurelius.engine.v1 import backtest_pb2, backtest_service_pb2
from tests.contract.chassis.harness import (
    RUN,
    WAIT_SECONDS,
    WATCH,
    Double,
    Refused,
    Running,
    info,
    running,
    status_of,
)

MESSAGE = backtest_service_pb2.WatchBacktestResponse(backtest=backtest_pb2.Backtest(name=RUN))
Raise = Callable[[grpc.ServicerContext], None]


def watched(chassis: Running) -> tuple[list[Any], grpc.RpcError]:
    """Returns the messages of a watch that must fail, and its error."""
    messages: list[Any] = []
    with pytest.raises(grpc.RpcError) as failure:
        messages.extend(chassis.watch())  # keeps what came before the error
    return messages, failure.value


def failing(fail: Raise, *before: Any) -> Double:
    def watch(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        yield from before
        fail(context)

    return Double(watch=watch)


def refuse(context: grpc.ServicerContext) -> None:
    raise Refused("the rest")


def crash(context: grpc.ServicerContext) -> None:
    raise KeyError("a secret")


def abort(context: grpc.ServicerContext) -> None:
    context.abort(StatusCode.DATA_LOSS, "not whole")


@pytest.mark.parametrize("count", [1, 3])
def test_refusal_midway_is_the_last_message_and_the_status(count: int) -> None:
    with running(failing(refuse, *[MESSAGE] * count)) as chassis:
        messages, error = watched(chassis)
        line = chassis.lines.next()

        assert chassis.lines.empty()
    assert messages[:-1] == [MESSAGE] * count
    assert messages[-1] == backtest_service_pb2.WatchBacktestResponse(error=status_of(error))
    assert error.code() is StatusCode.FAILED_PRECONDITION
    assert messages[-1].error.message == "the rest is refused"
    assert info(error).reason == "REFUSED"
    assert info(error).metadata == {"found": "the rest", "allowed": "another"}
    assert (line["method"], line["code"], line["reason"]) == (
        WATCH,
        "FAILED_PRECONDITION",
        "REFUSED",
    )
    assert chassis.count(WATCH, "FAILED_PRECONDITION") == 1
    assert len(chassis.spans.get_finished_spans()) == 1


def test_bug_midway_is_internal_and_tells_nothing_of_itself() -> None:
    with running(failing(crash, MESSAGE)) as chassis:
        messages, error = watched(chassis)

    first, last = messages
    assert first == MESSAGE
    assert last.error == status_of(error)
    assert error.code() is StatusCode.INTERNAL
    assert info(error).reason == "ERROR_REASON_INTERNAL"
    assert "secret" not in str(last)
    assert "Traceback" in chassis.lines.next()["exception"]


def test_abort_of_the_handler_itself_midway_is_said_too() -> None:
    with running(failing(abort, MESSAGE)) as chassis:
        messages, error = watched(chassis)

    number = StatusCode.DATA_LOSS.value[0]
    assert messages[-1].error == status_pb2.Status(code=number, message="not whole")
    assert (error.code(), error.details()) == (StatusCode.DATA_LOSS, "not whole")
    assert chassis.lines.next()["code"] == "DATA_LOSS"
    assert chassis.lines.empty()


@pytest.mark.parametrize("fail", [refuse, crash, abort])
def test_stream_that_fails_at_once_has_no_message(fail: Raise) -> None:
    with running(failing(fail)) as chassis:
        messages, error = watched(chassis)

    assert messages == []
    assert error.code() is not StatusCode.OK


def test_stream_that_ends_well_has_no_error() -> None:
    with running(failing(lambda context: None, MESSAGE)) as chassis:
        assert list(chassis.watch()) == [MESSAGE]


def test_failure_whose_client_has_left_is_logged_once_as_the_failure_that_it_is() -> None:
    at_work, gone = threading.Event(), threading.Event()

    def watch(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        context.add_callback(gone.set)
        yield MESSAGE
        at_work.set()
        assert gone.wait(WAIT_SECONDS)
        raise KeyError("a bug that must not be lost")

    with running(Double(watch=watch), max_workers=4, max_streams=1) as chassis:
        stream = chassis.watch()
        next(stream)
        assert at_work.wait(WAIT_SECONDS)
        stream.cancel()
        line = chassis.lines.next()
        chassis.double.watch = lambda request, context: iter([MESSAGE])
        after = list(chassis.watch())
        last = chassis.lines.next()

        assert chassis.lines.empty()
    assert line["code"] == "INTERNAL"
    assert "a bug that must not be lost" in line["exception"]
    assert (after, last["code"]) == ([MESSAGE], "OK")
    assert chassis.count(WATCH, "CANCELLED") == 0
