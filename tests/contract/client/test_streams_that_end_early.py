"""A stream that fails midway is an error, and never data."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.api import httpbody_pb2

from aurelius.engine.v1 import artifact_service_pb2, backtest_service_pb2
from aurelius_client import Client, TableFormat
from aurelius_client.cli import doors
from aurelius_client.errors import DataLoss, NotFound
from aurelius_client.targets import parse_target
from tests.contract.client.doubles import Refuse
from tests.contract.client.engine_double import (
    DIGESTS,
    TABLES,
    Backtest,
    EngineDouble,
    file_bytes,
    trend_spec,
)

Caller = Callable[[Callable[[Any], Any]], Any]
GONE = Refuse(grpc.StatusCode.NOT_FOUND, "ERROR_REASON_RUN_NOT_FOUND", "gone", found="it")


def refused_after_one(handler: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    def answer(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        yield next(handler(request, context))
        raise GONE

    return answer


def with_error_and_no_status(kind: type[Any], handler: Callable[..., Any]) -> Callable[..., Any]:
    """What comes of a stream that failed if somebody on the way lost its status."""

    def answer(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        yield from handler(request, context)
        yield kind(error=GONE.status)

    return answer


def test_a_watch_that_is_refused_midway_shows_what_came_and_raises(
    client: Client, engine: EngineDouble
) -> None:
    engine.handler("WatchBacktest", refused_after_one(engine.watch))
    created = client.backtests.create(trend_spec(), "datasets/goog")
    seen: list[Any] = []

    with pytest.raises(NotFound) as refusal:
        seen.extend(backtest.state for backtest in client.backtests.watch(created.name))

    assert seen == [Backtest.STATE_RUNNING]
    assert (refusal.value.reason, refusal.value.found) == ("RUN_NOT_FOUND", "it")
    assert len(engine.requests("WatchBacktest")) == 1


def test_a_read_that_is_refused_midway_raises_the_refusal(
    both: Caller, engine: EngineDouble
) -> None:
    result = both(lambda client: client.backtests.run(trend_spec(), "datasets/goog"))
    engine.handler("ReadArtifact", refused_after_one(engine.read))

    with pytest.raises(NotFound, match="gone"):
        both(lambda client: client.artifacts.read(f"{result.run}/artifacts/equity"))


@pytest.fixture
def question(engine: EngineDouble) -> doors.Question:
    return doors.Question(
        spec=trend_spec(),
        data=Path(),
        provenance=None,
        dataset="datasets/goog",
        seed=0,
        target=parse_target(engine.target),
        token="t",
    )


def test_the_door_of_plain_grpc_takes_no_error_for_data(
    engine: EngineDouble, question: doors.Question
) -> None:
    watch = backtest_service_pb2.WatchBacktestResponse
    read = artifact_service_pb2.ReadArtifactResponse
    engine.handler("WatchBacktest", with_error_and_no_status(watch, engine.watch))
    engine.handler("ReadArtifact", with_error_and_no_status(read, engine.read))

    answer = doors.over_grpc(question)

    assert dict(answer.artifacts) == DIGESTS


@pytest.mark.parametrize("rpc", ["WatchBacktest", "ReadArtifact"])
def test_the_door_of_plain_grpc_raises_the_refusal(
    engine: EngineDouble, question: doors.Question, rpc: str
) -> None:
    engine.handler(rpc, refused_after_one(engine.handlers[rpc]))

    with pytest.raises(NotFound, match="gone"):
        doors.over_grpc(question)


@pytest.mark.parametrize("file_format", list(TableFormat))
def test_a_file_that_is_cut_without_a_word_is_refused(
    both: Caller, engine: EngineDouble, tmp_path: Path, file_format: TableFormat
) -> None:
    result = both(lambda client: client.backtests.run(trend_spec(), "datasets/goog"))
    whole = file_bytes(TABLES["equity"], file_format.wire)
    # CSV is cut between two lines, where what is left still reads as a table.
    end = whole.rindex(b"\n", 0, len(whole) // 2) + 1 if file_format is TableFormat.CSV else -9
    engine.handler("DownloadArtifact", lambda *_: iter([httpbody_pb2.HttpBody(data=whole[:end])]))
    name, path = f"{result.run}/artifacts/equity", tmp_path / "equity"

    with pytest.raises(DataLoss) as refusal:
        both(lambda client: client.artifacts.download(name, path, format=file_format))

    assert list(tmp_path.iterdir()) == []
    if file_format is TableFormat.CSV:
        assert refusal.value.reason == "DIGEST_MISMATCH"


def test_a_stream_of_arrow_that_is_cut_between_batches_is_refused(
    client: Client, engine: EngineDouble, tmp_path: Path
) -> None:
    result = client.backtests.run(trend_spec(), "datasets/goog")
    whole = file_bytes(TABLES["equity"], TableFormat.ARROW.wire)
    # A message of a stream begins with this mark; the last two are a batch and the end.
    starts = [at for at in range(len(whole)) if whole.startswith(b"\xff\xff\xff\xff", at)]
    engine.handler(
        "DownloadArtifact",
        lambda *_: iter([httpbody_pb2.HttpBody(data=whole[: starts[-2]])]),
    )

    with pytest.raises(DataLoss) as refusal:
        client.artifacts.download(
            f"{result.run}/artifacts/equity", tmp_path / "equity", format=TableFormat.ARROW
        )

    assert refusal.value.reason == "DIGEST_MISMATCH"
    assert list(tmp_path.iterdir()) == []
