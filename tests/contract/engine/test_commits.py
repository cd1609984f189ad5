"""What a commit refuses beyond the rows, and commits that come at the same moment."""

import hashlib
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pyarrow as pa
import pytest
from google.protobuf import json_format
from pyarrow import parquet

from aurelius.engine.v1 import dataset_pb2, dataset_service_pb2
from aurelius_engine.adapters.obstore_objects import ObstoreObjects
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.parts import Parts
from tests.contract.engine.serving import (
    PROVENANCE,
    Served,
    refusal_of,
    serving,
    token,
    upload_request,
)

HEADER = "time,symbol,open,high,low,close,volume\n"
GOOD = (HEADER + "2020-01-02,A,10,12,9,11,100\n2020-01-03,A,11,13,10,12,50\n").encode()
WAIT_SECONDS = 60
PARQUET = dataset_service_pb2.FILE_FORMAT_PARQUET


class Held(ObstoreObjects):
    """The store that ships; a hook runs whenever a chunk is read back."""

    def __init__(self, url: str, hook: Callable[[], None]) -> None:
        super().__init__(url)
        self._hook = hook

    def staged(self, upload: str, offset: int, digest: str) -> bytes:
        self._hook()
        return super().staged(upload, offset, digest)


class Places:
    """The places for commits of an engine; says whenever one was taken."""

    def __init__(self, engine: Served) -> None:
        uploads = engine.engine.uploads
        self._places, self._taken = uploads._places, threading.Semaphore(0)
        vars(uploads)["_places"] = self

    def acquire(self, blocking: bool) -> bool:
        taken = self._places.acquire(blocking=blocking)
        if taken:
            self._taken.release()
        return taken

    def release(self) -> None:
        self._places.release()

    def wait_taken(self, count: int) -> None:
        for _ in range(count):
            assert self._taken.acquire(timeout=WAIT_SECONDS)


def held_by(hook: Callable[[], None]) -> Parts:
    def objects(url: str) -> ObjectStore:
        return Held(url, hook)

    return Parts(objects=objects)


def provenance(**changes: Any) -> dataset_pb2.Provenance:
    return json_format.ParseDict(PROVENANCE | changes, dataset_pb2.Provenance())


def registered(engine: Served, data: bytes, dataset_id: str, **changes: Any) -> dataset_pb2.Dataset:
    request = upload_request(
        dataset_id=dataset_id, size_bytes=len(data), provenance=provenance(**changes)
    )
    upload = engine.datasets.CreateDatasetUpload(request, metadata=token())
    engine.append(upload.name, 0, data)
    return engine.commit(upload.name)


def listed(engine: Served) -> list[dataset_pb2.Dataset]:
    request = dataset_service_pb2.ListDatasetsRequest()
    return list(engine.datasets.ListDatasets(request, metadata=token()).datasets)


def outcome(engine: Served, name: str) -> str:
    try:
        return engine.commit(name).name
    except grpc.RpcError as error:
        return ": ".join(refusal_of(error)[:2])


def test_two_commits_of_one_upload_at_once_give_one_dataset(tmp_path: Path) -> None:
    second_waits, reads = threading.Event(), []

    def hook() -> None:
        reads.append(threading.current_thread().name)
        assert second_waits.wait(WAIT_SECONDS)

    with serving(tmp_path, parts=held_by(hook)) as engine, ThreadPoolExecutor(2) as pool:
        places, upload = Places(engine), engine.upload(GOOD)
        barrier = threading.Barrier(2)

        def commit() -> str:
            barrier.wait(WAIT_SECONDS)
            return outcome(engine, upload.name)

        answers = [pool.submit(commit) for _ in range(2)]
        places.wait_taken(2)
        second_waits.set()

        assert [answer.result(WAIT_SECONDS) for answer in answers] == ["datasets/goog"] * 2
    assert len(reads) == 1, "the second found what the first had registered"


def test_two_commits_may_wait_and_others_are_told_to_come_again(tmp_path: Path) -> None:
    release = threading.Event()

    def hook() -> None:
        assert release.wait(WAIT_SECONDS)

    with serving(tmp_path, parts=held_by(hook)) as engine, ThreadPoolExecutor(3) as pool:
        places = Places(engine)
        names = [engine.upload(GOOD, dataset_id=f"d{i}").name for i in range(5)]
        first = [pool.submit(outcome, engine, name) for name in names[:3]]
        places.wait_taken(3)

        late = [outcome(engine, name) for name in names[3:]]
        alive = listed(engine)
        release.set()

        assert late == ["UNAVAILABLE: ENGINE_BUSY"] * 2
        assert alive == []
        assert sorted(done.result(WAIT_SECONDS) for done in first) == [
            f"datasets/d{i}" for i in range(3)
        ]
        assert [outcome(engine, name) for name in names[3:]] == ["datasets/d3", "datasets/d4"]


def test_a_symbol_that_no_list_could_carry_is_refused(engine: Served) -> None:
    column = {name: [10.0] for name in ("open", "high", "low", "close", "volume")}
    time = pa.array([1_577_923_200_000_000_000], pa.int64())
    sink = io.BytesIO()
    parquet.write_table(pa.table({"time": time, "symbol": ["A" * 9_000_000], **column}), sink)

    with pytest.raises(grpc.RpcError) as refused:
        engine.register(sink.getvalue(), file_format=PARQUET)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason, facts["row"]) == ("INVALID_ARGUMENT", "SYMBOL_INVALID", "0")
    assert len(facts["found"]) < 120
    assert listed(engine) == []


def test_a_list_counts_the_symbols_and_the_dataset_has_them(engine: Served) -> None:
    rows = "".join(f"2020-01-02,{'é' * 60}{i:04},10,10,10,10,1\n" for i in range(10_000))
    for number in range(3):
        dataset = engine.register((HEADER + rows).encode(), dataset_id=f"d{number}")
    assert dataset.symbol_count == len(dataset.symbols) == 10_000

    found = listed(engine)

    assert [item.name for item in found] == ["datasets/d2", "datasets/d1", "datasets/d0"]
    assert {(item.symbol_count, len(item.symbols)) for item in found} == {(10_000, 0)}
    request = dataset_service_pb2.GetDatasetRequest(name="datasets/d2")
    assert engine.datasets.GetDataset(request, metadata=token()) == dataset


def test_a_page_never_outgrows_a_message(engine: Served) -> None:
    for number in range(12):
        day = (HEADER + f"2020-01-{number + 2:02},A,10,12,9,11,100\n").encode()
        digest = "sha256:" + hashlib.sha256(day).hexdigest()
        step = {
            "description": "é" * 1000,
            "codeDigest": digest,
            "inputDigest": digest,
            "outputDigest": digest,
        }
        steps = {"transformationSteps": [step] * 100, "untransformed": False}
        registered(engine, day, f"d{number}", **steps)
    seen, page_token = [], ""

    while True:
        request = dataset_service_pb2.ListDatasetsRequest(page_size=1000, page_token=page_token)
        page = engine.datasets.ListDatasets(request, metadata=token())
        assert 0 < page.ByteSize() <= 2 * 1024 * 1024 + 1024
        seen += [item.name for item in page.datasets]
        page_token = page.next_page_token
        if not page_token:
            break

    assert seen == [f"datasets/d{number}" for number in reversed(range(12))]


@pytest.mark.parametrize(
    ("calendar", "zone", "allowed"),
    [
        ("XNYS", "America/Nowhere", "America/New_York"),
        ("XNYS", "Europe/London", "America/New_York"),
        ("XPHS", "UTC", "Asia/Manila"),
        ("24/7", "Europe/London", "UTC"),
    ],
)
def test_a_time_zone_is_that_of_the_calendar(
    engine: Served, calendar: str, zone: str, allowed: str
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        registered(engine, GOOD, "goog", calendar=calendar, timeZone=zone)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("INVALID_ARGUMENT", "PROVENANCE_INVALID")
    assert facts == {"field": "provenance.time_zone", "found": zone, "allowed": allowed}
    assert registered(engine, GOOD, "goog", calendar=calendar, timeZone=allowed).row_count == 2


def test_data_is_not_older_than_its_last_bar(engine: Served) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        registered(engine, GOOD, "early", asOfTime="2020-01-02T23:59:59.999999999Z")

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("INVALID_ARGUMENT", "PROVENANCE_INVALID")
    assert facts["field"] == "provenance.as_of_time"
    assert facts["found"] == "2020-01-02T23:59:59.999999999Z"
    assert "2020-01-03T00:00:00" in facts["allowed"]
    assert registered(engine, GOOD, "on-time", asOfTime="2020-01-03T00:00:00Z").row_count == 2


@pytest.mark.parametrize("field", ["provider", "venue", "latencyClass", "licence", "source"])
def test_a_blank_says_nothing(engine: Served, field: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        registered(engine, GOOD, "goog", **{field: " \t"})

    assert refusal_of(refused.value)[:2] == ("INVALID_ARGUMENT", "INVALID_FIELD")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("DATA_CLASS_SYNTHETIC", "DATA_CLASS_REAL"),
        ("DATA_CLASS_REAL", "DATA_CLASS_SYNTHETIC"),
    ],
)
def test_the_same_data_keeps_its_class(engine: Served, first: str, second: str) -> None:
    reordered = b"\n".join([*GOOD.split(b"\n")[:1], *reversed(GOOD.split(b"\n")[1:3]), b""])
    dataset = registered(engine, GOOD, "made", dataClass=first)

    with pytest.raises(grpc.RpcError) as refused:
        registered(engine, reordered, "washed", dataClass=second)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("FAILED_PRECONDITION", "DATA_CLASS_CONFLICT")
    assert facts == {"found": second, "allowed": first, "dataset": "datasets/made"}
    assert registered(engine, reordered, "again", dataClass=first).data_hash == dataset.data_hash
    assert [item.name for item in listed(engine)] == ["datasets/again", "datasets/made"]


def test_a_negative_zero_makes_no_other_data(engine: Served) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        registered(engine, GOOD.replace(b",50\n", b",-0\n"), "washed")

    assert refusal_of(refused.value)[1] == "VOLUME_NEGATIVE"
    assert refusal_of(refused.value)[2]["found"] == "-0.0"


def test_the_server_says_how_many_rows_a_file_may_have(tmp_path: Path) -> None:
    with serving(tmp_path, upload_max_rows=1) as engine, pytest.raises(grpc.RpcError) as refused:
        engine.register(GOOD)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("RESOURCE_EXHAUSTED", "UPLOAD_TOO_LARGE")
    assert facts == {"found": "2", "allowed": "1", "unit": "rows"}
