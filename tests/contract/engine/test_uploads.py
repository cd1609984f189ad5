"""A file becomes a dataset whole or not at all."""

import hashlib
from pathlib import Path

import grpc
import pyarrow as pa
import pytest
from google.api import httpbody_pb2
from google.protobuf import json_format

from aurelius.engine.v1 import dataset_pb2, dataset_service_pb2
from aurelius_engine.adapters.market_files import FileFormat, read_market_file
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
GOOD = HEADER + "2020-01-02,A,10,12,9,11,100\n2020-01-03,A,11,13,10,12,50\n"


def stored(folder: Path) -> list[str]:
    """Every object and chunk below the folder of the objects."""
    return sorted(str(path) for path in (folder / "objects").rglob("*") if path.is_file())


def names(engine: Served) -> list[str]:
    request = dataset_service_pb2.ListDatasetsRequest()
    return [item.name for item in engine.datasets.ListDatasets(request, metadata=token()).datasets]


def test_a_file_in_chunks_becomes_the_dataset_that_it_is(
    engine: Served, goog_bytes: bytes, tmp_path: Path
) -> None:
    upload = engine.upload(goog_bytes, chunk_bytes=10_000)

    dataset = engine.commit(
        upload.name, file_digest="sha256:" + hashlib.sha256(goog_bytes).hexdigest()
    )

    table = read_market_file(goog_bytes, FileFormat.CSV)
    assert dataset.data_hash == table.data_hash()
    assert (dataset.name, dataset.creator) == ("datasets/goog", "users/rita")
    assert (dataset.row_count, list(dataset.symbols)) == (2148, ["GOOG"])
    assert dataset.first_time.ToJsonString() == "2004-08-19T00:00:00Z"
    assert dataset.last_time.ToJsonString() == "2013-03-01T00:00:00Z"
    assert json_format.MessageToDict(dataset.provenance) == PROVENANCE
    assert (
        engine.datasets.GetDataset(
            dataset_service_pb2.GetDatasetRequest(name=dataset.name), metadata=token()
        )
        == dataset
    )
    kept = stored(tmp_path)
    assert kept
    assert not [path for path in kept if "/uploads/" in path], "the chunks are gone"


def test_a_dataset_outlives_the_engine_that_registered_it(
    tmp_path: Path, goog_bytes: bytes
) -> None:
    with serving(tmp_path) as first:
        dataset = first.register(goog_bytes)

    with serving(tmp_path) as second:
        assert names(second) == [dataset.name]
        assert second.sealed().result.identity.data_hash == dataset.data_hash


def test_an_upload_goes_on_where_it_stopped(engine: Served, goog_bytes: bytes) -> None:
    upload = engine.datasets.CreateDatasetUpload(
        upload_request(size_bytes=len(goog_bytes)), metadata=token()
    )
    engine.append(upload.name, 0, goog_bytes[:1000])

    again = engine.append(upload.name, 0, goog_bytes[:1000])
    seen = engine.datasets.GetDatasetUpload(
        dataset_service_pb2.GetDatasetUploadRequest(name=upload.name), metadata=token()
    )

    assert again.received_bytes == seen.received_bytes == 1000
    assert seen.size_bytes == len(goog_bytes)


@pytest.mark.parametrize(
    ("offset", "data", "code", "reason", "found", "allowed"),
    [
        (5, b"x", "ABORTED", "UPLOAD_OFFSET_MISMATCH", "5", "4"),
        (0, b"else", "ABORTED", "UPLOAD_OFFSET_MISMATCH", "0", "4"),
        (0, b"tim", "ABORTED", "UPLOAD_OFFSET_MISMATCH", "0", "4"),
        (4, b"x" * 7, "RESOURCE_EXHAUSTED", "UPLOAD_TOO_LARGE", "11", "10"),
        (4, b"x" * (4 << 20 | 1), "RESOURCE_EXHAUSTED", "UPLOAD_TOO_LARGE", "4194305", "4194304"),
    ],
)
def test_a_chunk_that_does_not_fit_changes_nothing(
    engine: Served, offset: int, data: bytes, code: str, reason: str, found: str, allowed: str
) -> None:
    upload = engine.datasets.CreateDatasetUpload(upload_request(size_bytes=10), metadata=token())
    engine.append(upload.name, 0, b"time")

    with pytest.raises(grpc.RpcError) as refused:
        engine.append(upload.name, offset, data)

    assert refusal_of(refused.value)[:2] == (code, reason)
    facts = refusal_of(refused.value)[2]
    assert (facts["found"], facts["allowed"]) == (found, allowed)
    seen = engine.datasets.GetDatasetUpload(
        dataset_service_pb2.GetDatasetUploadRequest(name=upload.name), metadata=token()
    )
    assert seen.received_bytes == 4


def test_a_file_over_the_limit_is_refused_before_its_first_byte(engine: Served) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        engine.datasets.CreateDatasetUpload(upload_request(size_bytes=1 << 30), metadata=token())

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("RESOURCE_EXHAUSTED", "UPLOAD_TOO_LARGE")
    assert facts == {"found": "1073741824", "allowed": "536870912", "unit": "bytes"}


def test_a_taken_id_is_refused_at_once_and_at_the_commit(engine: Served) -> None:
    late = engine.upload(GOOD.encode())
    engine.register(GOOD.encode())

    for attempt in (lambda: engine.commit(late.name), lambda: engine.upload(GOOD.encode())):
        with pytest.raises(grpc.RpcError) as refused:
            attempt()
        assert refusal_of(refused.value)[:2] == ("ALREADY_EXISTS", "DATASET_EXISTS")


def test_a_repeated_commit_gives_the_same_dataset(engine: Served) -> None:
    upload = engine.upload(GOOD.encode())
    first = engine.commit(upload.name)

    assert engine.commit(upload.name) == first
    assert names(engine) == ["datasets/goog"]
    with pytest.raises(grpc.RpcError) as refused:
        engine.commit(upload.name, file_digest=f"sha256:{'0' * 64}")
    assert refusal_of(refused.value)[1] == "UPLOAD_DIGEST_MISMATCH"


def test_the_same_request_id_opens_one_upload(engine: Served) -> None:
    request = upload_request(size_bytes=10, request_id="once")

    first = engine.datasets.CreateDatasetUpload(request, metadata=token())
    second = engine.datasets.CreateDatasetUpload(request, metadata=token())

    assert first == second
    with pytest.raises(grpc.RpcError) as refused:
        engine.datasets.CreateDatasetUpload(
            upload_request(size_bytes=11, request_id="once"), metadata=token()
        )
    assert refusal_of(refused.value)[1] == "REQUEST_ID_REUSED"


@pytest.mark.parametrize(
    ("rows", "reason", "facts"),
    [
        ("2020-01-02,A,10,12,9,nan,1", "PRICE_NOT_FINITE", {"row": "2", "column": "close"}),
        ("2020-01-04,A,10,12,9,nan,1", "PRICE_NOT_FINITE", {"row": "2", "found": "nan"}),
        ("2020-01-04,A,10,9,12,10,1", "HIGH_BELOW_LOW", {"row": "2", "found": "9.0"}),
        ("2020-01-04,A,0,12,9,10,1", "PRICE_NOT_POSITIVE", {"row": "2", "found": "0.0"}),
        ("2020-01-04,A,10,12,9,13,1", "PRICE_OUTSIDE_RANGE", {"row": "2", "found": "13.0"}),
        ("2020-01-04,A,10,12,9,11,-1", "VOLUME_NEGATIVE", {"row": "2", "found": "-1.0"}),
        ("2020-01-03,A,10,12,9,11,1", "DUPLICATE_BAR", {"row": "2", "symbol": "A"}),
        ("2020-01-04,A,ten,12,9,11,1", "FILE_MALFORMED", {"row": "2", "found": "ten"}),
        ("2020-01-04,A,10", "FILE_MALFORMED", {"allowed": "a table in csv"}),
    ],
)
def test_a_row_that_cannot_be_true_registers_nothing(
    engine: Served, tmp_path: Path, rows: str, reason: str, facts: dict[str, str]
) -> None:
    upload = engine.upload((GOOD + rows + "\n").encode())

    with pytest.raises(grpc.RpcError) as refused:
        engine.commit(upload.name)

    code, found, said = refusal_of(refused.value)
    assert (code, found) == ("INVALID_ARGUMENT", reason)
    assert facts.items() <= said.items()
    assert names(engine) == []
    assert not [path for path in stored(tmp_path) if "/uploads/" not in path]
    engine.register(GOOD.encode())  # the id is still free


@pytest.mark.parametrize(
    ("data", "file_format", "reason"),
    [
        (HEADER.encode(), dataset_service_pb2.FILE_FORMAT_CSV, "DATASET_EMPTY"),
        (b"a,b\n1,2\n", dataset_service_pb2.FILE_FORMAT_CSV, "COLUMN_MISSING"),
        (b"no parquet", dataset_service_pb2.FILE_FORMAT_PARQUET, "FILE_MALFORMED"),
        (b"no arrow", dataset_service_pb2.FILE_FORMAT_ARROW, "FILE_MALFORMED"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    engine: Served, data: bytes, file_format: int, reason: str
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        engine.register(data, file_format=file_format)

    assert refusal_of(refused.value)[:2] == ("INVALID_ARGUMENT", reason)
    assert refusal_of(refused.value)[2]["allowed"]


def test_missing_and_other_bytes_are_refused_at_the_commit(engine: Served) -> None:
    data = GOOD.encode()
    upload = engine.datasets.CreateDatasetUpload(
        upload_request(size_bytes=len(data)), metadata=token()
    )
    engine.append(upload.name, 0, data[:-1])

    with pytest.raises(grpc.RpcError) as refused:
        engine.commit(upload.name)

    assert refusal_of(refused.value)[:2] == ("FAILED_PRECONDITION", "UPLOAD_INCOMPLETE")
    engine.append(upload.name, len(data) - 1, data[-1:])
    with pytest.raises(grpc.RpcError) as other:
        engine.commit(upload.name, file_digest=f"sha256:{'0' * 64}")
    assert refusal_of(other.value)[:2] == ("INVALID_ARGUMENT", "UPLOAD_DIGEST_MISMATCH")
    assert engine.commit(upload.name).row_count == 2


def test_a_calendar_that_is_not_known_is_refused_with_those_that_are(engine: Served) -> None:
    provenance = json_format.ParseDict(PROVENANCE | {"calendar": "XXXX"}, dataset_pb2.Provenance())

    with pytest.raises(grpc.RpcError) as refused:
        engine.datasets.CreateDatasetUpload(
            upload_request(size_bytes=10, provenance=provenance), metadata=token()
        )

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason, facts["found"]) == ("INVALID_ARGUMENT", "CALENDAR_MISMATCH", "XXXX")
    assert "XNYS" in facts["allowed"]


def test_what_does_not_exist_is_not_found(engine: Served) -> None:
    absent = {
        "DATASET_NOT_FOUND": lambda: engine.datasets.GetDataset(
            dataset_service_pb2.GetDatasetRequest(name="datasets/none"), metadata=token()
        ),
        "UPLOAD_NOT_FOUND": lambda: engine.append("datasetUploads/none", 0, b"x"),
    }
    for reason, call in absent.items():
        with pytest.raises(grpc.RpcError) as refused:
            call()
        assert refusal_of(refused.value)[:2] == ("NOT_FOUND", reason)


def test_datasets_are_listed_newest_first_page_by_page(engine: Served) -> None:
    for number in range(5):
        engine.register(GOOD.encode(), dataset_id=f"d{number}")
    found, token_of_page = [], ""

    while True:
        page = engine.datasets.ListDatasets(
            dataset_service_pb2.ListDatasetsRequest(page_size=2, page_token=token_of_page),
            metadata=token(),
        )
        assert len(page.datasets) <= 2
        found += [dataset.name for dataset in page.datasets]
        token_of_page = page.next_page_token
        if not token_of_page:
            break

    assert found == [f"datasets/d{number}" for number in (4, 3, 2, 1, 0)]


def test_a_role_that_may_not_upload_is_refused(engine: Served) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        engine.datasets.CreateDatasetUpload(
            upload_request(size_bytes=10), metadata=token("ROLE_AUDITOR")
        )

    assert refusal_of(refused.value)[:2] == ("PERMISSION_DENIED", "PERMISSION_DENIED")


def test_uploads_that_were_abandoned_are_removed_at_the_next_start(tmp_path: Path) -> None:
    now = [1_700_000_000_000_000_000]
    parts = Parts(clock=lambda: now[0])
    with serving(tmp_path, parts=parts) as first:
        upload = first.upload(GOOD.encode())
    now[0] += 6 * 86_400 * 1_000_000_000
    with serving(tmp_path, parts=parts) as second:
        assert second.append(upload.name, 0, GOOD.encode()).received_bytes == len(GOOD)
    now[0] += 2 * 86_400 * 1_000_000_000

    with serving(tmp_path, parts=parts) as third, pytest.raises(grpc.RpcError) as refused:
        third.commit(upload.name)

    assert refusal_of(refused.value)[1] == "UPLOAD_NOT_FOUND"
    assert stored(tmp_path) == []


def test_arrow_with_dictionaries_and_timestamps_is_read(engine: Served) -> None:
    times = pa.array([1, 2], pa.timestamp("us", "UTC"))
    prices = {name: [10.0, 10.0] for name in ("open", "high", "low", "close", "volume")}
    symbols = pa.array(["B", "A"]).dictionary_encode()
    table = pa.table({"Time": times, "Symbol": symbols, **prices})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)

    dataset = engine.register(
        bytes(sink.getvalue()), file_format=dataset_service_pb2.FILE_FORMAT_ARROW
    )

    assert list(dataset.symbols) == ["A", "B"]
    assert dataset.first_time.nanos == 1000


def test_somebody_else_cannot_see_fill_or_commit_an_upload(
    engine: Served, goog_bytes: bytes
) -> None:
    upload = engine.upload(goog_bytes)
    stranger = token(user="mallory")
    name = upload.name

    with pytest.raises(grpc.RpcError) as seen:
        engine.datasets.GetDatasetUpload(
            dataset_service_pb2.GetDatasetUploadRequest(name=name), metadata=stranger
        )
    with pytest.raises(grpc.RpcError) as filled:
        engine.datasets.AppendDatasetUpload(
            dataset_service_pb2.AppendDatasetUploadRequest(
                name=name, offset=len(goog_bytes), chunk=httpbody_pb2.HttpBody(data=b"x")
            ),
            metadata=stranger,
        )
    with pytest.raises(grpc.RpcError) as committed:
        engine.datasets.CommitDatasetUpload(
            dataset_service_pb2.CommitDatasetUploadRequest(name=name), metadata=stranger
        )

    for refused in (seen, filled, committed):
        assert refusal_of(refused.value)[:2] == ("NOT_FOUND", "UPLOAD_NOT_FOUND")
    assert engine.commit(name).name == "datasets/goog"
