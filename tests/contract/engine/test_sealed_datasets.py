"""Sealed data is stored, and nothing of it leaves by any door."""

import copy
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import dataset_pb2, dataset_service_pb2, market_event_service_pb2
from aurelius_engine.application.errors import DatasetSealed
from aurelius_engine.application.registration import Registration
from aurelius_engine.domain.shared_history import History
from tests.contract.engine.market_data import TICKS, ticks
from tests.contract.engine.serving import PROVENANCE, Served, refusal_of, token, upload_request
from tests.contract.engine.sweeping import create_sweep
from tests.contract.engine.validating import create_validation

HEADER = "time,symbol,open,high,low,close,volume\n"
SEALED, OPEN = "DATA_CLASS_SEALED", "DATA_CLASS_REAL"
DAY = np.datetime64("2015-01-01")


def rows(seed: int, bars: int, symbols: int) -> list[list[str]]:
    """Lines of walks, by bar."""
    steps = np.random.default_rng(seed).normal(0.0, 0.01, (bars, symbols))
    closes = np.round(100.0 * np.cumprod(1.0 + steps, axis=0), 2)
    return [
        [f"{DAY + bar},S{name},{p},{p},{p},{p},1\n" for name, p in enumerate(closes[bar].tolist())]
        for bar in range(bars)
    ]


def file_of(lines: list[list[str]]) -> bytes:
    return (HEADER + "".join("".join(bar) for bar in lines)).encode()


def registered(engine: Served, data: bytes, name: str, data_class: str) -> dataset_pb2.Dataset:
    stated = json_format.ParseDict(
        PROVENANCE | {"dataClass": data_class, "asOfTime": "2026-01-01T00:00:00Z"},
        dataset_pb2.Provenance(),
    )
    upload = engine.datasets.CreateDatasetUpload(
        upload_request(dataset_id=name, size_bytes=len(data), provenance=stated),
        metadata=token(),
    )
    engine.append(upload.name, 0, data)
    return engine.commit(upload.name)


NAME = "datasets/kept"
BY_DOOR: dict[str, Callable[[Served], object]] = {
    "run": lambda e: e.create(dataset=NAME),
    "sweep": lambda e: create_sweep(e, dataset=NAME),
    "validation": lambda e: create_validation(
        e, "lookAheadProof", {"sampleCount": 6}, dataset=NAME
    ),
    "slice": lambda e: e.datasets.GetDatasetSlice(
        dataset_service_pb2.GetDatasetSliceRequest(name=NAME), metadata=token()
    ),
    "rows of a slice": lambda e: list(
        e.datasets.DownloadDatasetSlice(
            dataset_service_pb2.DownloadDatasetSliceRequest(name=NAME), metadata=token()
        )
    ),
}


@pytest.mark.parametrize("door", BY_DOOR)
def test_no_door_opens_sealed_data(engine: Served, door: str) -> None:
    registered(engine, file_of(rows(1, 60, 2)), "kept", SEALED)

    with pytest.raises(grpc.RpcError) as refused:
        BY_DOOR[door](engine)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("FAILED_PRECONDITION", "DATASET_SEALED")
    assert facts["found"] == SEALED


def test_adjusted_bars_of_sealed_data_are_refused(engine: Served) -> None:
    registered(engine, file_of(rows(1, 60, 2)), "kept", SEALED)
    fields: dict[str, Any] = {"name": NAME, "adjustment": dataset_pb2.ADJUSTMENT_RAW}
    requests = (
        dataset_service_pb2.DescribeAdjustedBarsRequest(**fields),
        dataset_service_pb2.DownloadAdjustedBarsRequest(**fields),
    )
    for request in requests:
        request.as_of_time.FromJsonString("2026-01-01T00:00:00Z")

    with pytest.raises(grpc.RpcError) as described:
        engine.datasets.DescribeAdjustedBars(requests[0], metadata=token())
    with pytest.raises(grpc.RpcError) as downloaded:
        list(engine.datasets.DownloadAdjustedBars(requests[1], metadata=token()))

    for refused in (described, downloaded):
        assert refusal_of(refused.value)[:2] == ("FAILED_PRECONDITION", "DATASET_SEALED")


def test_sealed_data_shows_names_window_and_rows_alone(engine: Served) -> None:
    data = file_of(rows(1, 60, 2))

    kept = registered(engine, data, "kept", SEALED)

    request = dataset_service_pb2.GetDatasetRequest(name=NAME)
    shown = engine.datasets.GetDataset(request, metadata=token())
    assert shown == kept
    assert {field.name for field, _ in shown.ListFields()} == {
        "name",
        "create_time",
        "creator",
        "data_hash",
        "event_tables",
        "adapter",
        "provenance",
        "quality_report_digest",
        "row_count",
        "symbols",
        "symbol_count",
        "first_time",
        "last_time",
    }
    assert (shown.row_count, list(shown.symbols)) == (120, ["S0", "S1"])


def test_open_data_with_a_sealed_part_is_refused(engine: Served) -> None:
    """Also under other names and at another scale; the refusal does not say where they are."""
    all_rows = rows(2, 300, 4)
    registered(engine, file_of(all_rows[250:]), "kept", SEALED)
    renamed = file_of(all_rows).replace(b",S", b",X")

    with pytest.raises(grpc.RpcError) as refused:
        registered(engine, renamed, "whole", OPEN)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("FAILED_PRECONDITION", "SEALED_DATA_SHARED")
    assert "kept" not in str(facts) + refused.value.details()
    assert registered(engine, file_of(all_rows[:250]), "before", OPEN).row_count == 1000


def test_data_that_is_open_cannot_be_sealed(engine: Served) -> None:
    all_rows = rows(3, 300, 4)
    registered(engine, file_of(all_rows), "whole", OPEN)

    with pytest.raises(grpc.RpcError) as part:
        registered(engine, file_of(all_rows[280:]), "kept", SEALED)
    with pytest.raises(grpc.RpcError) as same:
        registered(engine, file_of(all_rows), "kept", SEALED)

    code, reason, facts = refusal_of(part.value)
    assert (code, reason) == ("FAILED_PRECONDITION", "SEALED_DATA_SHARED")
    assert facts["dataset"] == "datasets/whole"
    assert refusal_of(same.value)[1] == "DATA_CLASS_CONFLICT"


def test_the_vault_alone_reads_sealed_bars(engine: Served) -> None:
    kept = registered(engine, file_of(rows(1, 60, 2)), "kept", SEALED)
    datasets = engine.engine.uploads._registration._sealing._datasets
    record = datasets.get(kept.name)

    table = datasets.sealed_table(record)

    assert table.data_hash() == kept.data_hash
    with pytest.raises(DatasetSealed):
        datasets.table(record)
    with pytest.raises(DatasetSealed):
        datasets.stored_table(record)


MINUTES, SESSION = 6 * 390, 390


def minutes_of(seed: int) -> np.ndarray:
    """Closes of six sessions of minutes."""
    steps = np.random.default_rng(seed).normal(0.0, 0.001, MINUTES)
    return np.round(100.0 * np.cumprod(1.0 + steps), 2)


def time_of(minute: int) -> str:
    day, within = divmod(minute, SESSION)
    return str(np.datetime64("2019-03-04T14:30") + 1440 * day + within) + ":00Z"


def minute_bars(closes: np.ndarray, every: int = 1) -> bytes:
    lines = [
        f"{time_of(begin)},A,{p},{p},{p},{p},1\n"
        for begin in range(0, MINUTES, every)
        for p in [closes[begin + every - 1]]
    ]
    return (HEADER + "".join(lines)).encode()


def minute_trades(closes: np.ndarray) -> bytes:
    return ticks(
        tuple(f"TRADE,{time_of(m)},B,{m},,,,{p},1,,,,," for m, p in enumerate(closes.tolist()))
    )


def minute_events(closes: np.ndarray) -> bytes:
    lines = ["event_type,event_time,symbol,sequence,open,high,low,close,volume"]
    lines += [f"BAR,{time_of(m)},B,0,{p},{p},{p},{p},1" for m, p in enumerate(closes.tolist())]
    return "\n".join([*lines, ""]).encode()


CLOSES = minutes_of(4)
BARS = PROVENANCE | {"source": "bars.csv"}
SHUT = BARS | {"dataClass": SEALED}
# Other ways in which the bars of half-hours can be told: the file and its provenance.
TOLD = {
    "minutes": (minute_bars(CLOSES), BARS),
    "trades": (minute_trades(CLOSES), TICKS),
    "bar events": (minute_events(CLOSES), BARS),
}


@pytest.mark.parametrize("how", TOLD)
def test_sealed_bars_are_not_opened_in_another_way(engine: Served, how: str) -> None:
    data, provenance = TOLD[how]
    engine.register(minute_bars(CLOSES, 30), dataset_id="kept", provenance=SHUT)
    other = minute_trades(minutes_of(5))

    with pytest.raises(grpc.RpcError) as refused:
        engine.register(data, dataset_id="other", provenance=provenance)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("FAILED_PRECONDITION", "SEALED_DATA_SHARED")
    assert "kept" not in str(facts) + refused.value.details()
    assert engine.register(other, dataset_id="honest", provenance=TICKS).row_count == MINUTES


@pytest.mark.parametrize("how", TOLD)
def test_what_is_open_in_another_way_cannot_be_sealed(engine: Served, how: str) -> None:
    data, provenance = TOLD[how]
    engine.register(data, dataset_id="other", provenance=provenance)

    with pytest.raises(grpc.RpcError) as refused:
        engine.register(minute_bars(CLOSES, 30), dataset_id="kept", provenance=SHUT)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("FAILED_PRECONDITION", "SEALED_DATA_SHARED")
    assert facts["dataset"] == "datasets/other"


RACES = {
    "sealed while it opens": (SHUT, BARS),
    "opened while it is sealed": (BARS, SHUT),
}


@pytest.mark.parametrize("race", RACES)
def test_bars_are_not_both_opened_and_sealed_at_one_moment(
    engine: Served, race: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has compared its bars and not registered them when the second does both."""
    uploads, (first, second) = engine.engine.uploads, RACES[race]
    begun = engine.upload(minute_bars(CLOSES), dataset_id="first", provenance=first)
    between = engine.upload(minute_bars(CLOSES, 30), dataset_id="second", provenance=second)
    stored = Registration.stored

    def interrupted(self: Registration, *args: Any, **fields: Any) -> Any:
        checked = stored(self, *args, **fields)
        if fields["dataset_id"] == "first":
            other_process = copy.copy(uploads)
            other_process._parsing = threading.Lock()
            other_process.commit(between.name, caller="users/rita", file_digest=None)
        return checked

    monkeypatch.setattr(Registration, "stored", interrupted)
    with pytest.raises(grpc.RpcError) as refused:
        engine.commit(begun.name)

    assert refusal_of(refused.value)[1] == "SEALED_DATA_SHARED"
    request = dataset_service_pb2.ListDatasetsRequest()
    listed = engine.datasets.ListDatasets(request, metadata=token()).datasets
    assert [each.name for each in listed] == ["datasets/second"]


def test_two_threads_cannot_both_open_and_seal_bars(
    engine: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bars are made of trades while others are sealed: neither sees the other when it compares."""
    threads = threading.Barrier(2)
    engine.register(minute_trades(minutes_of(5)), dataset_id="ticks", provenance=TICKS)
    upload = engine.upload(minute_bars(minutes_of(5), 30), dataset_id="kept", provenance=SHUT)
    monkeypatch.setattr(History, "shared_with", lambda *_: 0)  # the trades would be met before
    stored, write_down = Registration.stored, Registration.write_down

    def at_once(self: Registration, *args: Any, **fields: Any) -> Any:
        checked = stored(self, *args, **fields)
        threads.wait(60)
        return checked

    def seeing(self: Registration, *args: Any) -> None:
        monkeypatch.undo()
        write_down(self, *args)

    monkeypatch.setattr(Registration, "stored", at_once)
    monkeypatch.setattr(Registration, "write_down", seeing)
    request = market_event_service_pb2.CreateDerivedDatasetRequest(
        dataset_id="made", source_dataset="datasets/ticks"
    )
    json_format.ParseDict({"interval": "BAR_INTERVAL_MINUTE"}, request.rule)
    making = engine.events.CreateDerivedDataset.future(request, metadata=token())
    commit = dataset_service_pb2.CommitDatasetUploadRequest(name=upload.name)
    sealing = engine.datasets.CommitDatasetUpload.future(commit, metadata=token())

    failed = [call.exception() for call in (making, sealing) if call.exception() is not None]

    assert [refusal_of(each)[1] for each in failed] == ["SEALED_DATA_SHARED"]


def test_damaged_sealed_bars_are_refused_without_a_word_of_them(
    engine: Served, tmp_path: Path
) -> None:
    engine.register(minute_bars(CLOSES, 30), dataset_id="kept", provenance=SHUT)
    close = struct.pack("<d", float(CLOSES[29]))
    objects = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
    (kept,) = [path for path in objects if close in path.read_bytes()]
    kept.chmod(0o600)
    kept.write_bytes(kept.read_bytes().replace(close, struct.pack("<d", 1.0)))

    with pytest.raises(grpc.RpcError) as refused:
        engine.register(minute_bars(minutes_of(5)), dataset_id="other", provenance=BARS)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason, facts["found"]) == ("DATA_LOSS", "OBJECT_DAMAGED", "other bytes")
