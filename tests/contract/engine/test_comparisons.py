"""Two sealed runs compared: what of the identity changed, and what moved first."""

from typing import Any

import grpc
import pytest

from aurelius.engine.v1 import backtest_pb2, backtest_service_pb2
from tests.contract.engine.serving import Served, refusal_of, token
from tests.contract.engine.test_artifacts import object_path


def compare(engine: Served, left: str, right: str) -> backtest_service_pb2.CompareBacktestsResponse:
    request = backtest_service_pb2.CompareBacktestsRequest(name=left, other=right)
    return engine.backtests.CompareBacktests(request, metadata=token("ROLE_AUDITOR"))


def paths(changes: Any) -> list[str]:
    return [change.path for change in changes]


def test_a_run_compared_with_itself_differs_in_nothing(
    goog_engine: Served, sealed: backtest_pb2.Backtest
) -> None:
    compared = compare(goog_engine, sealed.name, sealed.name)

    assert compared == backtest_service_pb2.CompareBacktestsResponse()


def test_another_seed_changes_the_seed_alone(
    goog_engine: Served, sealed: backtest_pb2.Backtest
) -> None:
    other = goog_engine.sealed(seed=sealed.identity.seed + 1)

    compared = compare(goog_engine, sealed.name, other.name)

    assert paths(compared.identity_changes) == ["seed"]
    assert compared.identity_changes[0].left == str(sealed.identity.seed)
    assert paths(compared.spec_changes) == []
    assert not compared.HasField("first_difference")


def test_other_data_changes_the_data_hash_alone_and_names_what_moved_first(
    goog_engine: Served, goog_bytes: bytes
) -> None:
    rows = goog_bytes.decode().splitlines(keepends=True)
    header = rows[0].strip().split(",")
    cells = rows[1000].strip().split(",")
    close = float(cells[header.index("Close")])
    cells[header.index("Close")] = repr(close * (1.0 + 2.0**-40))
    cells[header.index("High")] = repr(close * 2.0)
    rows[1000] = ",".join(cells) + "\n"
    goog_engine.register("".join(rows).encode(), dataset_id="nudged")
    holding: Any = {"strategy": {"buyAndHold": {}}}
    run = goog_engine.sealed(**holding)

    other = goog_engine.sealed(dataset="datasets/nudged", **holding)
    compared = compare(goog_engine, run.name, other.name)

    assert paths(compared.identity_changes) == ["dataHash"]
    assert paths(compared.spec_changes) == []
    assert compared.first_difference.artifact_id == "equity"
    assert compared.first_difference.step == 999
    assert "total_return_ratio" not in paths(compared.metric_changes)
    assert len(compared.metric_changes) > 0


def test_another_specification_names_the_field(
    goog_engine: Served, sealed: backtest_pb2.Backtest
) -> None:
    other = goog_engine.sealed(initialCash=2_000_000)

    compared = compare(goog_engine, sealed.name, other.name)

    assert paths(compared.identity_changes) == ["specHash"]
    assert paths(compared.spec_changes) == ["initialCash"]
    assert (compared.first_difference.artifact_id, compared.first_difference.row) == ("equity", 0)


def test_a_run_that_does_not_exist_is_refused(
    goog_engine: Served, sealed: backtest_pb2.Backtest
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        compare(goog_engine, sealed.name, "runs/r" + "a" * 26)

    assert refusal_of(refused.value)[:2] == ("NOT_FOUND", "RUN_NOT_FOUND")


def test_a_damaged_table_is_refused(
    goog_engine: Served, sealed: backtest_pb2.Backtest, tmp_path: Any
) -> None:
    other = goog_engine.sealed(initialCash=2_000_000)
    path = object_path(tmp_path, f"{sealed.name}/artifacts/equity")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    with pytest.raises(grpc.RpcError) as refused:
        compare(goog_engine, sealed.name, other.name)

    assert refusal_of(refused.value)[:2] == ("DATA_LOSS", "OBJECT_DAMAGED")
