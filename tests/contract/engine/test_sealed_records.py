"""What a sealed run says is bound to its digests, whoever edits the database."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from sqlalchemy import text

from aurelius.engine.v1 import backtest_pb2, backtest_service_pb2, replay_service_pb2
from tests.contract.engine.serving import Served, create_request, refusal_of, token
from tests.contract.engine.test_replays import as_an_intruder, replayed

Replay = replay_service_pb2.Replay
Edit = Callable[[dict[str, Any]], None]


def final_equity(summary: dict[str, Any]) -> None:
    (metric,) = (m for m in summary["metrics"] if m["metric_id"] == "final_equity")
    metric["value"] = 9e9


def text_for_a_number(summary: dict[str, Any]) -> None:
    summary["metrics"][0]["value"] = str(summary["metrics"][0]["value"])


def whole_number_for_a_float(summary: dict[str, Any]) -> None:
    summary["metrics"][0]["value"] = 9


def reason(summary: dict[str, Any]) -> None:
    summary["metrics"][0] |= {"value": None, "undefined_reason": "UNDEFINED_NO_TRADES"}


def metric_gone(summary: dict[str, Any]) -> None:
    summary["metrics"].pop()


def result_digest(summary: dict[str, Any]) -> None:
    summary["result_digest"] = f"sha256:{'0' * 64}"


def artifact_digest(summary: dict[str, Any]) -> None:
    summary["artifacts"][0][1] = f"sha256:{'0' * 64}"


def row_count(summary: dict[str, Any]) -> None:
    summary["artifacts"][0][2] += 1


def metrics_gone(summary: dict[str, Any]) -> None:
    del summary["metrics"]


EDITS = [
    final_equity,
    text_for_a_number,
    whole_number_for_a_float,
    reason,
    metric_gone,
    result_digest,
    artifact_digest,
    row_count,
    metrics_gone,
]


def edit_column(folder: Path, run: backtest_pb2.Backtest, column: str, value: str | None) -> None:
    with as_an_intruder(folder) as connection:
        done = connection.execute(
            text(f"UPDATE runs SET {column} = :v WHERE run_id = :r"),
            {"v": value, "r": run.name.removeprefix("runs/")},
        )
        assert done.rowcount == 1


def edit_summary(folder: Path, run: backtest_pb2.Backtest, edit: Edit) -> None:
    with as_an_intruder(folder) as connection:
        said = connection.scalar(
            text("SELECT summary FROM runs WHERE run_id = :r"),
            {"r": run.name.removeprefix("runs/")},
        )
    assert isinstance(said, str)
    summary = json.loads(said)
    edit(summary)
    edit_column(folder, run, "summary", json.dumps(summary))


def get(engine: Served, name: str) -> backtest_pb2.Backtest:
    request = backtest_service_pb2.GetBacktestRequest(name=name)
    return engine.backtests.GetBacktest(request, metadata=token())


@pytest.mark.parametrize("edit", EDITS)
def test_a_summary_that_was_edited_is_never_sent(
    goog_engine: Served, sealed: backtest_pb2.Backtest, tmp_path: Path, edit: Edit
) -> None:
    other = goog_engine.sealed(seed=1)
    edit_summary(tmp_path, sealed, edit)

    with pytest.raises(grpc.RpcError) as got:
        get(goog_engine, sealed.name)
    with pytest.raises(grpc.RpcError) as watched:
        goog_engine.ended(sealed.name)
    with pytest.raises(grpc.RpcError) as created:
        goog_engine.backtests.CreateBacktest(create_request(), metadata=token())
    listed = goog_engine.list_runs()

    for refused in (got, watched, created):
        code, why, facts = refusal_of(refused.value)
        assert (code, why) == ("DATA_LOSS", "OBJECT_DAMAGED")
        assert facts["found"] != facts["allowed"]
    assert listed[0] == other
    assert (listed[1].name, listed[1].identity) == (sealed.name, sealed.identity)
    assert listed[1].state == backtest_pb2.Backtest.STATE_SEALED
    assert listed[1].failure.reason == "ERROR_REASON_OBJECT_DAMAGED"
    assert not listed[1].HasField("result")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("summary", "{"),
        ("summary", "[]"),
        ("summary", None),
        ("document", "{"),
        ("document", "{}"),
        ("state", "FAILED"),
        ("state", "BOGUS"),
    ],
)
def test_one_unreadable_row_spoils_no_list(
    goog_engine: Served,
    sealed: backtest_pb2.Backtest,
    tmp_path: Path,
    column: str,
    value: str | None,
) -> None:
    other = goog_engine.sealed(seed=1)
    edit_column(tmp_path, sealed, column, value)

    listed = goog_engine.list_runs()
    with pytest.raises(grpc.RpcError) as refused:
        get(goog_engine, sealed.name)

    assert listed[0] == other
    assert listed[1].name == sealed.name
    assert listed[1].failure.reason == "ERROR_REASON_OBJECT_DAMAGED"
    assert refusal_of(refused.value)[:2] == ("DATA_LOSS", "OBJECT_DAMAGED")


def test_a_specification_that_was_edited_gives_no_other_labels(
    goog_engine: Served, sealed: backtest_pb2.Backtest, tmp_path: Path
) -> None:
    with as_an_intruder(tmp_path) as connection:
        connection.execute(
            text("UPDATE runs SET document = replace(document, :was, :is)"),
            {"was": "DIRECTION_LONG_FLAT", "is": "DIRECTION_LONG_SHORT"},
        )

    with pytest.raises(grpc.RpcError) as refused:
        get(goog_engine, sealed.name)

    assert refusal_of(refused.value)[2]["allowed"] == sealed.identity.spec_hash


def test_labels_follow_from_the_specification(
    goog_engine: Served, sealed: backtest_pb2.Backtest, tmp_path: Path
) -> None:
    edit_summary(tmp_path, sealed, lambda summary: summary.update(labels=[]))

    assert get(goog_engine, sealed.name) == sealed
    assert sealed.result.labels


def test_the_replay_names_the_metric_that_was_edited(
    goog_engine: Served, sealed: backtest_pb2.Backtest, tmp_path: Path
) -> None:
    (honest,) = (m.value for m in sealed.result.metrics if m.metric_id == "final_equity")
    edit_summary(tmp_path, sealed, final_equity)

    replay = replayed(goog_engine, sealed)

    assert replay.state == Replay.STATE_DIFFERENT
    assert replay.first_difference.artifact_id == "metrics"
    assert replay.first_difference.column == "value"
    assert replay.first_difference.sealed_value == "9000000000.0"
    assert replay.first_difference.replayed_value == repr(honest)
