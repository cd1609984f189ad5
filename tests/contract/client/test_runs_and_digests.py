"""What comes back is checked; what was tampered with is caught."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from aurelius.engine.v1 import backtest_service_pb2
from aurelius_client import Client, RetryPolicy, TableFormat, identities
from aurelius_client.errors import (
    DataLoss,
    DigestMismatch,
    InvalidInput,
    NotFound,
    RunNotSealed,
    Unavailable,
)
from tests.contract.client.conftest import PatientBlocking, surroundings
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


def run(client: Any, seed: int = 0) -> Any:
    return client.backtests.run(trend_spec(), "datasets/goog", seed=seed)


def test_run_waits_for_the_seal_and_returns_the_result(both: Caller) -> None:
    result = both(lambda client: run(client, seed=2**64 - 1))

    assert result.identity.seed == 2**64 - 1
    assert {d.artifact_id: d.digest for d in result.artifact_digests} == DIGESTS


def test_watch_shows_each_change_and_ends(both: Caller, engine: EngineDouble) -> None:
    created = both(lambda client: client.backtests.create(trend_spec(), "datasets/goog"))

    seen = both(lambda client: client.backtests.watch(created.name))

    assert [entry.state for entry in seen] == [Backtest.STATE_RUNNING, Backtest.STATE_SEALED]


def test_a_watch_that_is_cut_goes_on(both: Caller, engine: EngineDouble) -> None:
    created = both(lambda client: client.backtests.create(trend_spec(), "datasets/goog"))
    engine.cut["WatchBacktest"] = 3

    seen = both(lambda client: client.backtests.watch(created.name))

    assert [entry.state for entry in seen] == [Backtest.STATE_RUNNING, Backtest.STATE_SEALED]
    assert len(engine.requests("WatchBacktest")) == 4


def test_a_watch_that_just_ends_is_opened_again_and_not_for_ever(
    engine: EngineDouble, transport: PatientBlocking
) -> None:
    engine.handler("WatchBacktest", lambda *_: iter(()))
    client = Client(
        engine.target,
        transport=transport,
        retries=RetryPolicy(max_attempts=3),
        surroundings=surroundings(transport),
    )

    with client, pytest.raises(Unavailable) as refusal:
        run(client)

    assert refusal.value.reason == "STREAM_CUT"
    assert len(engine.requests("WatchBacktest")) == 3


def test_a_server_without_streams_is_polled(both: Caller, engine: EngineDouble) -> None:
    def none_left(*_: object) -> Any:
        raise Refuse(grpc.StatusCode.RESOURCE_EXHAUSTED, "ERROR_REASON_TOO_MANY_STREAMS")
        yield

    engine.handler("WatchBacktest", none_left)

    assert both(run).run in engine.runs
    assert engine.requests("GetBacktest") != []


def test_a_run_without_a_result_is_an_error_with_its_reason(
    both: Caller, engine: EngineDouble
) -> None:
    engine.end_state = Backtest.STATE_FAILED

    with pytest.raises(RunNotSealed) as refusal:
        both(run)

    assert refusal.value.reason == "LOOKBACK_TOO_LONG"
    assert refusal.value.state == "FAILED"
    assert refusal.value.message == "needs 30 bars"


def change_sealed(engine: EngineDouble, change: Callable[[Any], None]) -> None:
    def change_at_the_end(message: Any) -> None:
        if message.backtest.state == Backtest.STATE_SEALED:
            change(message.backtest)

    engine.tamper["WatchBacktest"] = change_at_the_end


def _other_digest(result: Any) -> None:
    result.artifact_digests[1].digest = "sha256:" + "0" * 64


def _other_result_digest(result: Any) -> None:
    result.result_digest = "sha256:" + "0" * 64


def _other_data(result: Any) -> None:
    result.identity.data_hash = "sha256:" + "0" * 64


def _artifact_less(result: Any) -> None:
    del result.artifact_digests[0]


def _artifact_twice(result: Any) -> None:
    result.artifact_digests.append(result.artifact_digests[0])


@pytest.mark.parametrize("change", [_other_digest, _other_result_digest, _other_data])
def test_a_result_that_was_changed_is_caught_with_both_values(
    both: Caller, engine: EngineDouble, change: Callable[[Any], None]
) -> None:
    change_sealed(engine, lambda backtest: change(backtest.result))

    with pytest.raises(DigestMismatch) as refusal:
        both(run)

    assert refusal.value.expected != refusal.value.computed
    assert refusal.value.found == refusal.value.computed
    assert refusal.value.allowed == refusal.value.expected


@pytest.mark.parametrize("change", [_artifact_less, _artifact_twice])
def test_a_result_that_is_not_whole_is_refused(
    both: Caller, engine: EngineDouble, change: Callable[[Any], None]
) -> None:
    change_sealed(engine, lambda backtest: change(backtest.result))

    with pytest.raises(DataLoss):
        both(run)


def _other_spec(backtest: Any) -> None:
    backtest.spec.initial_cash = 5.0


def _other_run(engine: EngineDouble, spec_change: Callable[[Any], None], seed: int) -> Any:
    """A whole and sound run, of something that was not asked for."""
    spec = trend_spec()
    spec_change(spec)
    request = backtest_service_pb2.CreateBacktestRequest(spec=spec, seed=seed)
    return engine.run(engine.create_run(request, None).name)  # type: ignore[arg-type]


def test_a_specification_that_does_not_hash_to_the_identity_is_caught(
    both: Caller, engine: EngineDouble
) -> None:
    change_sealed(engine, _other_spec)

    with pytest.raises(DigestMismatch, match="the specification"):
        both(run)


@pytest.mark.parametrize(
    ("change", "seed"),
    [
        (lambda spec: setattr(spec.strategy.trend_following, "fast_bars", 11), 0),
        (lambda spec: spec.strategy.buy_and_hold.SetInParent(), 0),
        (lambda spec: spec.symbols.append("AAPL"), 0),
        (lambda spec: None, 1),
    ],
)
def test_a_sound_run_of_something_else_is_caught(
    both: Caller, engine: EngineDouble, change: Callable[[Any], None], seed: int
) -> None:
    other = _other_run(engine, change, seed)
    change_sealed(engine, lambda backtest: backtest.CopyFrom(other))

    with pytest.raises(DigestMismatch):
        both(run)


@pytest.mark.parametrize("artifact", sorted(TABLES))
def test_every_artifact_is_read_and_hashed(both: Caller, artifact: str) -> None:
    result = both(run)

    table = both(lambda client: client.artifacts.read(f"{result.run}/artifacts/{artifact}"))

    columns = {column.name: column for column in TABLES[artifact]}
    assert table.column_names == list(columns)
    for name, column in columns.items():
        texts = column.texts() if column.values is not None else column.data.tolist()
        assert str(table.column(name).to_pylist()) == str(texts)


def test_a_transfer_that_is_cut_goes_on_at_its_offset(both: Caller, engine: EngineDouble) -> None:
    result = both(run)
    # More cuts than attempts: each message that arrives starts the count anew.
    engine.cut["ReadArtifact"] = 10

    table = both(lambda client: client.artifacts.read(f"{result.run}/artifacts/equity"))

    assert len(table) == 5000
    offsets = [request.offset for request in engine.requests("ReadArtifact")]
    assert offsets == [count * 4096 for count in range(11)]


def test_a_missing_piece_is_data_loss(client: Client, engine: EngineDouble) -> None:
    result = run(client)
    engine.tamper["ReadArtifact"] = lambda message: setattr(message, "data", message.data[:-8])

    with pytest.raises(DataLoss) as refusal:
        client.artifacts.read(f"{result.run}/artifacts/equity")

    assert refusal.value.reason == "ARTIFACT_CUT"


def test_a_changed_cell_is_caught(both: Caller, engine: EngineDouble) -> None:
    result = both(run)

    def change(message: Any) -> None:
        position = message.data.find(b"\x00\x00\x00\x00\x00\x00\x08\x40")
        data = bytearray(message.data)
        data[position + 7] ^= 0x80
        message.data = bytes(data)

    engine.tamper["ReadArtifact"] = change

    with pytest.raises(DigestMismatch) as refusal:
        both(lambda client: client.artifacts.read(f"{result.run}/artifacts/positions"))

    assert refusal.value.expected == DIGESTS["positions"]


def test_a_digest_from_elsewhere_is_what_counts(client: Client) -> None:
    result = run(client)

    with pytest.raises(DigestMismatch) as refusal:
        client.artifacts.read(f"{result.run}/artifacts/fills", digest="sha256:" + "0" * 64)

    assert refusal.value.computed == DIGESTS["fills"]


def test_bytes_that_are_no_table_are_data_loss(client: Client, engine: EngineDouble) -> None:
    result = run(client)
    engine.tamper["ReadArtifact"] = lambda message: setattr(
        message, "data", b"\x07" * len(message.data)
    )

    with pytest.raises(DataLoss) as refusal:
        client.artifacts.read(f"{result.run}/artifacts/fills")

    assert refusal.value.reason == "ARTIFACT_UNREADABLE"


def test_an_artifact_that_a_later_engine_adds_is_no_fault(client: Client) -> None:
    result = run(client)
    result.artifact_digests.add(artifact_id="ledger", digest=DIGESTS["fills"])
    digests = DIGESTS | {"ledger": DIGESTS["fills"]}
    result.result_digest = identities.result_digest(digests)

    identities.check_result(result)

    assert identities.artifact_ids(result) == [*sorted(DIGESTS), "ledger"]


def test_an_unknown_artifact_is_refused_with_those_that_exist(client: Client) -> None:
    result = run(client)

    with pytest.raises(NotFound, match=r"found ledger; allowed equity, fills"):
        client.artifacts.read(f"{result.run}/artifacts/ledger")


@pytest.mark.parametrize("file_format", list(TableFormat))
@pytest.mark.parametrize("artifact", sorted(TABLES))
def test_a_download_is_the_servers_file(
    both: Caller, tmp_path: Path, file_format: TableFormat, artifact: str
) -> None:
    result = both(run)
    path = tmp_path / f"fills.{file_format.value}"

    both(
        lambda client: client.artifacts.download(
            f"{result.run}/artifacts/{artifact}", path, format=file_format
        )
    )

    assert path.read_bytes() == file_bytes(TABLES[artifact], file_format.wire)
    assert list(tmp_path.iterdir()) == [path]


def test_a_download_that_is_cut_is_read_again(
    both: Caller, engine: EngineDouble, tmp_path: Path
) -> None:
    result = both(run)
    engine.cut["DownloadArtifact"] = 2
    name, path = f"{result.run}/artifacts/fills", tmp_path / "fills.csv"

    both(lambda client: client.artifacts.download(name, path, format=TableFormat.CSV))

    wire = TableFormat.CSV.wire
    assert path.read_bytes() == file_bytes(TABLES["fills"], wire)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [(b"1.5", b"1.6", DigestMismatch), (b"price", b"prize", DataLoss), (b"2", b"x", DataLoss)],
)
def test_a_file_that_says_something_else_is_not_kept(
    client: Client,
    engine: EngineDouble,
    tmp_path: Path,
    old: bytes,
    new: bytes,
    kind: type[Exception],
) -> None:
    result = run(client)
    engine.tamper["DownloadArtifact"] = lambda piece: setattr(
        piece, "data", piece.data.replace(old, new)
    )

    with pytest.raises(kind):
        client.artifacts.download(
            f"{result.run}/artifacts/fills", tmp_path / "fills.json", format=TableFormat.JSON
        )

    assert list(tmp_path.iterdir()) == []


def test_a_download_that_fails_its_digest_leaves_no_file(
    client: Client, engine: EngineDouble, tmp_path: Path
) -> None:
    result = run(client)

    with pytest.raises(DigestMismatch):
        client.artifacts.download(
            f"{result.run}/artifacts/fills",
            tmp_path / "fills.csv",
            format=TableFormat.CSV,
            digest="sha256:" + "0" * 64,
        )

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["absent/fills.csv", "file/fills.csv", "folder", "", "a\0b"])
def test_a_place_that_cannot_be_written_is_a_refusal(
    both: Caller, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/kept").write_text("kept")
    path = tmp_path / place if place else Path()
    name = f"{both(run).run}/artifacts/fills"

    with pytest.raises(InvalidInput) as refusal:
        both(lambda client: client.artifacts.download(name, path, format=TableFormat.CSV))

    assert refusal.value.reason == "FILE_UNWRITABLE"
    assert refusal.value.found
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["file", "folder", "kept"]
