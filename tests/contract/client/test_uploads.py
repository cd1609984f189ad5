"""An upload goes on where it ended: after a lost answer, a lost chunk, a lost process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from aurelius.engine.v1 import dataset_pb2, dataset_service_pb2
from aurelius_client import Client, RetryPolicy
from aurelius_client.errors import InvalidInput, Unavailable
from tests.contract.client.conftest import PatientBlocking, surroundings
from tests.contract.client.doubles import UNAVAILABLE
from tests.contract.client.engine_double import EngineDouble

Caller = Callable[[Callable[[Any], Any]], Any]
Provenance = dataset_pb2.Provenance


def test_a_file_arrives_in_chunks_and_is_told_as_it_goes(
    both: Caller, engine: EngineDouble, prices: Path, provenance: Provenance
) -> None:
    told: list[tuple[int, int]] = []
    size = prices.stat().st_size

    dataset = both(
        lambda client: client.datasets.register(
            prices,
            "goog",
            provenance,
            chunk_bytes=400,
            progress=lambda done, total: told.append((done, total)),
        )
    )

    assert dataset.name == "datasets/goog"
    assert bytes(engine.uploads["datasetUploads/u1"][1]) == prices.read_bytes()
    assert told == [(0, size), (400, size), (800, size), (size, size)]
    request = engine.requests("CreateDatasetUpload")[0]
    assert request.format == dataset_service_pb2.FILE_FORMAT_CSV
    assert request.size_bytes == size
    assert request.provenance == provenance


def test_lost_answers_lose_no_byte(
    both: Caller, engine: EngineDouble, prices: Path, provenance: Provenance
) -> None:
    engine.lose_answers = {"CreateDatasetUpload": 2, "AppendDatasetUpload": 3}

    both(lambda client: client.datasets.register(prices, "goog", provenance, chunk_bytes=400))

    assert list(engine.uploads) == ["datasetUploads/u1"]
    assert bytes(engine.uploads["datasetUploads/u1"][1]) == prices.read_bytes()


def test_another_process_goes_on_where_the_first_one_ended(
    engine: EngineDouble, prices: Path, provenance: Provenance
) -> None:
    original = engine.handlers["AppendDatasetUpload"]
    taken: list[int] = []

    def take_one(request: Any, context: grpc.ServicerContext) -> Any:
        if taken:
            raise UNAVAILABLE
        taken.append(request.offset)
        return original(request, context)

    def client() -> Client:
        return Client(
            engine.target, retries=RetryPolicy(max_attempts=1), surroundings=surroundings()
        )

    engine.handler("AppendDatasetUpload", take_one)
    with client() as first, pytest.raises(Unavailable):
        first.datasets.register(prices, "goog", provenance, chunk_bytes=400)
    engine.handler("AppendDatasetUpload", original)
    engine.calls.clear()

    with client() as second:
        second.datasets.register(prices, "goog", provenance, chunk_bytes=400)

    assert [request.offset for request in engine.requests("AppendDatasetUpload")] == [400, 800]
    assert list(engine.uploads) == ["datasetUploads/u1"]


def test_a_provenance_repaired_after_a_refusal_is_another_upload(
    client: Client, engine: EngineDouble, prices: Path, provenance: Provenance
) -> None:
    repaired = dataset_pb2.Provenance()
    repaired.CopyFrom(provenance)
    repaired.licence = "repaired"

    for stated in (provenance, repaired, repaired):
        client.datasets.register(prices, "goog", stated)

    ids = [request.request_id for request in engine.requests("CreateDatasetUpload")]
    assert ids[0] != ids[1] == ids[2]
    assert [upload.provenance for upload, _ in engine.uploads.values()] == [provenance, repaired]


def test_a_server_that_stored_less_is_sent_the_rest_again(
    client: Client, engine: EngineDouble, prices: Path, provenance: Provenance
) -> None:
    original = engine.handlers["AppendDatasetUpload"]
    offsets: list[int] = []

    def loses_the_second_chunk(request: Any, context: grpc.ServicerContext) -> Any:
        offsets.append(request.offset)
        if len(offsets) == 3:
            del engine.uploads[request.name][1][400:]
        return original(request, context)

    engine.handler("AppendDatasetUpload", loses_the_second_chunk)

    client.datasets.register(prices, "goog", provenance, chunk_bytes=400)

    assert offsets == [0, 400, 800, 400, 800]


def test_an_upload_that_the_server_dropped_is_opened_anew(
    client: Client, engine: EngineDouble, prices: Path, provenance: Provenance
) -> None:
    client.datasets.register(prices, "goog", provenance)
    engine.uploads.clear()

    client.datasets.register(prices, "goog", provenance)

    ids = [request.request_id for request in engine.requests("CreateDatasetUpload")]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [("a.txt", b"x", "FILE_MALFORMED"), ("a.csv", b"", "DATASET_EMPTY")],
)
def test_what_cannot_be_a_dataset_is_not_sent(
    client: Client,
    engine: EngineDouble,
    tmp_path: Path,
    provenance: Provenance,
    name: str,
    content: bytes,
    reason: str,
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(InvalidInput) as refusal:
        client.datasets.register(tmp_path / name, "goog", provenance)

    assert refusal.value.reason == reason
    assert engine.calls == []


def test_a_missing_file_is_refused_by_name(client: Client, provenance: Provenance) -> None:
    with pytest.raises(InvalidInput, match=r"FILE_UNREADABLE: nothing\.csv cannot be read"):
        client.datasets.register("nothing.csv", "goog", provenance)


def test_lists_ask_for_a_page_when_it_is_needed(
    client: Client, engine: EngineDouble, prices: Path, provenance: Provenance
) -> None:
    for name in "abcde":
        client.datasets.register(prices, name, provenance)

    listed = client.datasets.list()

    assert engine.requests("ListDatasets") == []
    assert [next(listed).name, next(listed).name] == ["datasets/a", "datasets/b"]
    assert len(engine.requests("ListDatasets")) == 1
    assert [dataset.name for dataset in listed] == ["datasets/c", "datasets/d", "datasets/e"]
    assert len(engine.requests("ListDatasets")) == 3


def test_both_clients_list_the_same(
    both: Caller, client: Client, engine: EngineDouble, prices: Path, provenance: Provenance
) -> None:
    for name in "abc":
        client.datasets.register(prices, name, provenance)

    listed = both(lambda either: either.datasets.list(page_size=1))

    assert [dataset.name for dataset in listed] == ["datasets/a", "datasets/b", "datasets/c"]


@pytest.mark.parametrize("place", ["absent.csv", "folder.csv", "prices.csv/x.csv", "a\0b.csv"])
def test_a_file_that_cannot_be_read_is_a_refusal(
    both: Caller, prices: Path, provenance: Provenance, place: str
) -> None:
    (prices.parent / "folder.csv").mkdir()

    with pytest.raises(InvalidInput) as refusal:
        both(lambda client: client.datasets.register(prices.parent / place, "goog", provenance))

    assert refusal.value.reason == "FILE_UNREADABLE"
    assert refusal.value.found


def test_a_file_that_goes_away_while_it_is_sent_is_a_refusal(
    client: Client, prices: Path, provenance: Provenance
) -> None:
    def goes_away(done: int, _: int) -> None:
        if done == 400:
            prices.unlink()

    with pytest.raises(InvalidInput) as refusal:
        client.datasets.register(prices, "goog", provenance, chunk_bytes=400, progress=goes_away)

    assert refusal.value.reason == "FILE_UNREADABLE"


@pytest.mark.parametrize("size", [0, 4194305])
def test_a_chunk_size_that_no_server_takes_is_a_refusal(
    both: Caller, prices: Path, provenance: Provenance, size: int
) -> None:
    with pytest.raises(InvalidInput, match=rf"found {size}; allowed \[1, 4194304\]"):
        both(lambda client: client.datasets.register(prices, "goog", provenance, chunk_bytes=size))


def test_chunks_that_are_never_taken_end_the_upload_after_the_time_of_a_call(
    client: Client,
    engine: EngineDouble,
    transport: PatientBlocking,
    prices: Path,
    provenance: dataset_pb2.Provenance,
) -> None:
    def refuse(*_: object) -> None:
        raise UNAVAILABLE

    engine.handler("AppendDatasetUpload", refuse)

    with pytest.raises(Unavailable):
        client.datasets.register(prices, "goog", provenance, chunk_bytes=400)

    assert 50 < sum(transport.pauses) < 60
