"""A replay executes again and names the first cell that is not what was sealed."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from sqlalchemy import Connection, create_engine, text

from aurelius.engine.v1 import backtest_pb2, replay_service_pb2
from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.adapters.obstore_objects import ObstoreObjects
from aurelius_engine.domain.identity import result_digest
from aurelius_engine.domain.table_hash import Column, table_hash
from tests.contract.engine.executions import Counting, both_by
from tests.contract.engine.serving import Served, refusal_of, serving, token
from tests.contract.engine.test_artifacts import Format, download, object_path, read

Replay = replay_service_pb2.Replay


def create(engine: Served, run: backtest_pb2.Backtest, **more: Any) -> replay_service_pb2.Replay:
    request = replay_service_pb2.CreateReplayRequest(identity=run.identity, **more)
    return engine.replays.CreateReplay(request, metadata=token("ROLE_AUDITOR"))


def states(engine: Served, name: str) -> Sequence[replay_service_pb2.Replay]:
    request = replay_service_pb2.WatchReplayRequest(name=name)
    return [
        message.replay
        for message in engine.replays.WatchReplay(request, metadata=token(), timeout=120)
    ]


def replayed(engine: Served, run: backtest_pb2.Backtest) -> replay_service_pb2.Replay:
    return states(engine, create(engine, run).name)[-1]


@contextlib.contextmanager
def as_an_intruder(folder: Path) -> Iterator[Connection]:
    """Writes to the database beside the engine, and past its triggers."""
    engine = create_engine(f"sqlite:///{folder}/engine.db")
    with engine.begin() as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        for name in list(names.scalars()):
            connection.execute(text(f"DROP TRIGGER {name}"))
        yield connection
    engine.dispose()


def forge(folder: Path, run: backtest_pb2.Backtest, *, digests: bool) -> None:
    """Changes the price of the third fill; with `digests`, makes the records agree with it."""
    path = object_path(folder, f"{run.name}/artifacts/fills")
    files = ArrowTables()
    columns = list(files.decode(path.read_bytes()))
    place = next(i for i, column in enumerate(columns) if column.name == "price")
    prices = columns[place].data.copy()
    prices[2] = 123.25
    columns[place] = Column(name="price", data=prices)
    table = tuple(columns)
    object_digest = ObstoreObjects(f"file://{folder}/objects").put(files.encode(table))
    sealed = {item.artifact_id: item.digest for item in run.result.artifact_digests}
    with as_an_intruder(folder) as connection:
        change = {"o": object_digest, "d": sealed["fills"], "r": run.name.removeprefix("runs/")}
        if digests:
            change["d"] = table_hash(table)
            forged = result_digest(sealed | {"fills": change["d"]})
            connection.execute(
                text("UPDATE runs SET summary = replace(replace(summary, :old, :new), :was, :is)"),
                {
                    "old": run.result.result_digest,
                    "new": forged,
                    "was": sealed["fills"],
                    "is": change["d"],
                },
            )
        done = connection.execute(
            text(
                "UPDATE artifacts SET object_digest = :o, digest = :d "
                "WHERE run_id = :r AND artifact_id = 'fills'"
            ),
            change,
        )
        assert done.rowcount == 1


def test_an_untouched_run_replays_equal(goog_engine: Served, sealed: backtest_pb2.Backtest) -> None:
    replay = replayed(goog_engine, sealed)

    assert replay.state == Replay.STATE_EQUAL
    assert replay.replayed_result_digest == sealed.result.result_digest
    assert replay.sealed_result_digest == sealed.result.result_digest
    assert replay.identity == sealed.identity
    assert not replay.HasField("first_difference")


def test_a_replay_really_executes(tmp_path: Path, goog_bytes: bytes) -> None:
    execution = Counting()
    with serving(tmp_path, parts=both_by(execution)) as engine:
        engine.register(goog_bytes)
        run = engine.sealed()
        execution.opened.clear()

        replay = create(engine, run)

        assert replay.state == Replay.STATE_RUNNING
        execution.wait_begun()
        execution.wait_begun()
        assert execution.count == 2
        execution.opened.set()
        assert states(engine, replay.name)[-1].state == Replay.STATE_EQUAL
        request = replay_service_pb2.GetReplayRequest(name=replay.name)
        assert engine.replays.GetReplay(request, metadata=token()).state == Replay.STATE_EQUAL


@pytest.mark.parametrize("digests", [False, True], ids=["bytes", "bytes-and-records"])
def test_a_forged_cell_is_named_with_both_values(
    goog_engine: Served, sealed: backtest_pb2.Backtest, tmp_path: Path, digests: bool
) -> None:
    honest = ArrowTables().decode(
        object_path(tmp_path, f"{sealed.name}/artifacts/fills").read_bytes()
    )
    price = next(column for column in honest if column.name == "price").data[2].item()
    forge(tmp_path, sealed, digests=digests)

    replay = replayed(goog_engine, sealed)

    assert replay.state == Replay.STATE_DIFFERENT
    first = replay.first_difference
    assert (first.artifact_id, first.row, first.column) == ("fills", 2, "price")
    assert (first.sealed_value, first.replayed_value) == ("123.25", repr(price))
    assert replay.replayed_result_digest == sealed.result.result_digest
    assert (replay.sealed_result_digest == sealed.result.result_digest) is not digests


@pytest.mark.parametrize(
    "send", [read, lambda engine, name: download(engine, name, Format.DOWNLOAD_FORMAT_JSON)]
)
def test_a_forged_table_is_never_sent_even_if_its_bytes_have_their_digest(
    goog_engine: Served,
    sealed: backtest_pb2.Backtest,
    tmp_path: Path,
    send: Callable[[Served, str], object],
) -> None:
    forge(tmp_path, sealed, digests=False)
    name = f"{sealed.name}/artifacts/fills"

    with pytest.raises(grpc.RpcError) as refused:
        send(goog_engine, name)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("DATA_LOSS", "OBJECT_DAMAGED")
    (said,) = [d for d in sealed.result.artifact_digests if d.artifact_id == "fills"]
    assert facts["allowed"] == said.digest


def test_market_data_that_was_exchanged_is_never_computed_with(
    goog_engine: Served, sealed: backtest_pb2.Backtest, goog_bytes: bytes, tmp_path: Path
) -> None:
    half = goog_bytes[: goog_bytes.index(b"2010-")]
    goog_engine.register(half, dataset_id="half")
    with as_an_intruder(tmp_path) as connection:
        connection.execute(
            text(
                "UPDATE datasets SET object_digest = (SELECT object_digest FROM datasets "
                "WHERE dataset_id = 'half') WHERE dataset_id = 'goog'"
            )
        )

    replay = replayed(goog_engine, sealed)

    assert replay.state == Replay.STATE_FAILED
    assert replay.failure_message == "the stored data of datasets/goog has another data_hash"


def test_a_flipped_bit_of_a_stored_object_is_named(
    goog_engine: Served, sealed: backtest_pb2.Backtest, tmp_path: Path
) -> None:
    path = object_path(tmp_path, f"{sealed.name}/artifacts/equity")
    data = bytearray(path.read_bytes())
    at = bytes(data).index(np.float64(1_000_000.0).tobytes() * 3)
    data[at] ^= 1
    path.write_bytes(data)

    replay = replayed(goog_engine, sealed)

    assert replay.state == Replay.STATE_DIFFERENT
    first = replay.first_difference
    assert (first.artifact_id, first.row, first.column) == ("equity", 0, "cash")
    assert (first.sealed_value, first.replayed_value) == ("1000000.0000000001", "1000000.0")


def test_a_record_that_alone_was_changed_is_named_by_its_digest(
    goog_engine: Served, sealed: backtest_pb2.Backtest, tmp_path: Path
) -> None:
    with as_an_intruder(tmp_path) as connection:
        connection.execute(text(f"UPDATE artifacts SET digest = 'sha256:{'0' * 64}'"))

    replay = replayed(goog_engine, sealed)

    assert replay.state == Replay.STATE_DIFFERENT
    assert replay.first_difference.artifact_id == "equity"
    assert replay.first_difference.column == ""
    assert replay.first_difference.sealed_value == f"sha256:{'0' * 64}"


def test_an_artifact_that_is_gone_fails_the_replay(
    goog_engine: Served, sealed: backtest_pb2.Backtest, tmp_path: Path
) -> None:
    object_path(tmp_path, f"{sealed.name}/artifacts/orders").unlink()

    replay = replayed(goog_engine, sealed)

    assert replay.state == Replay.STATE_FAILED
    assert "no object is stored" in replay.failure_message


def test_market_data_that_was_changed_fails_the_replay(
    goog_engine: Served, sealed: backtest_pb2.Backtest, tmp_path: Path
) -> None:
    with as_an_intruder(tmp_path) as connection:
        digest = str(connection.execute(text("SELECT object_digest FROM datasets")).scalar_one())
    name = digest.removeprefix("sha256:")
    path = tmp_path / "objects" / "objects" / name[:2] / name
    path.write_bytes(path.read_bytes()[:-1])

    replay = replayed(goog_engine, sealed)

    assert replay.state == Replay.STATE_FAILED
    assert "damaged" in replay.failure_message


def test_an_identity_without_a_sealed_run_is_not_found(
    goog_engine: Served, sealed: backtest_pb2.Backtest
) -> None:
    sealed.identity.seed = 99

    with pytest.raises(grpc.RpcError) as refused:
        create(goog_engine, sealed)

    assert refusal_of(refused.value)[:2] == ("NOT_FOUND", "RUN_NOT_FOUND")


def test_a_run_of_another_engine_is_not_replayed(
    goog_engine: Served, sealed: backtest_pb2.Backtest, tmp_path: Path
) -> None:
    from aurelius_engine.rpc.mapping import identity_from_proto

    other = replace(identity_from_proto(sealed.identity), engine_version="0.0.9+0123456789ab")
    with as_an_intruder(tmp_path) as connection:
        connection.execute(text("DELETE FROM artifacts"))
        connection.execute(
            text("UPDATE runs SET run_id = :r, engine_version = :v"),
            {"r": other.run_id, "v": other.engine_version},
        )
    sealed.identity.engine_version = other.engine_version

    with pytest.raises(grpc.RpcError) as refused:
        create(goog_engine, sealed)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("FAILED_PRECONDITION", "ENGINE_VERSION_MISMATCH")
    assert facts["found"] == "0.0.9+0123456789ab"


def test_the_same_request_id_is_one_replay(
    goog_engine: Served, sealed: backtest_pb2.Backtest
) -> None:
    first = create(goog_engine, sealed, request_id="once")

    assert create(goog_engine, sealed, request_id="once").name == first.name
    assert create(goog_engine, sealed).name != first.name


def test_a_replay_that_does_not_exist_is_not_found(engine: Served) -> None:
    request = replay_service_pb2.GetReplayRequest(name="replays/none")

    with pytest.raises(grpc.RpcError) as refused:
        engine.replays.GetReplay(request, metadata=token())

    assert refusal_of(refused.value)[:2] == ("NOT_FOUND", "REPLAY_NOT_FOUND")


def test_a_replay_that_the_engine_left_running_failed(tmp_path: Path, goog_bytes: bytes) -> None:
    execution = Counting()
    with serving(tmp_path, parts=both_by(execution)) as engine:
        engine.register(goog_bytes)
        run = engine.sealed()
        execution.opened.clear()
        replay = create(engine, run)
        execution.wait_begun()
        execution.wait_begun()

    with serving(tmp_path) as engine:
        (ended,) = states(engine, replay.name)
        assert ended.state == Replay.STATE_FAILED
        assert "the engine ended" in ended.failure_message
        assert replayed(engine, run).state == Replay.STATE_EQUAL
