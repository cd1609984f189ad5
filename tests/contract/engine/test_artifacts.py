"""What is downloaded is what was computed, or it is refused."""

import csv
import io
import json
import math
from pathlib import Path

import grpc
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from sqlalchemy import create_engine, text

from aurelius.engine.v1 import artifact_service_pb2, backtest_pb2
from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.application.table_files import ExportFormat
from aurelius_engine.domain.identity import ARTIFACT_IDS
from aurelius_engine.domain.table_hash import Column, string_column, table_hash
from aurelius_engine.parts import Parts
from aurelius_engine.rpc import artifact_servicer
from tests.contract.engine.executions import Counting
from tests.contract.engine.serving import Served, refusal_of, serving, token

IDS = list(ARTIFACT_IDS)
Format = artifact_service_pb2.DownloadFormat


def listed(engine: Served, run: str) -> list[artifact_service_pb2.Artifact]:
    request = artifact_service_pb2.ListArtifactsRequest(parent=run)
    return list(engine.artifacts.ListArtifacts(request, metadata=token()).artifacts)


def read(engine: Served, name: str, offset: int = 0) -> bytes:
    request = artifact_service_pb2.ReadArtifactRequest(name=name, offset=offset)
    messages = list(engine.artifacts.ReadArtifact(request, metadata=token()))
    assert [message.end_of_artifact for message in messages] == [False] * (len(messages) - 1) + [
        True
    ]
    assert max(len(message.data) for message in messages) <= 1 << 20
    return b"".join(message.data for message in messages)


def download(engine: Served, name: str, chosen: int) -> tuple[str, bytes]:
    request = artifact_service_pb2.DownloadArtifactRequest(name=name, format=chosen)
    bodies = list(engine.artifacts.DownloadArtifact(request, metadata=token()))
    assert max(len(body.data) for body in bodies) <= 1 << 20
    (kind,) = {body.content_type for body in bodies}
    return kind, b"".join(body.data for body in bodies)


def object_path(folder: Path, artifact: str) -> Path:
    """Where the bytes of an artifact lie."""
    run, _, part = artifact.removeprefix("runs/").partition("/artifacts/")
    engine = create_engine(f"sqlite:///{folder}/engine.db")
    with engine.connect() as connection:
        query = text("SELECT object_digest FROM artifacts WHERE run_id = :r AND artifact_id = :a")
        digest = connection.execute(query, {"r": run, "a": part}).scalar_one()
    engine.dispose()
    name = str(digest).removeprefix("sha256:")
    return folder / "objects" / "objects" / name[:2] / name


def test_the_five_tables_are_listed_with_the_digests_of_the_result(
    goog_engine: Served, sealed: backtest_pb2.Backtest
) -> None:
    artifacts = listed(goog_engine, sealed.name)

    assert [artifact.name for artifact in artifacts] == [
        f"{sealed.name}/artifacts/{part}" for part in IDS
    ]
    said = {item.artifact_id: item for item in sealed.result.artifact_digests}
    for artifact in artifacts:
        same = said[artifact.name.rpartition("/")[2]]
        assert (artifact.digest, artifact.row_count) == (same.digest, same.row_count)
        content = read(goog_engine, artifact.name)
        assert len(content) == artifact.size_bytes
        assert table_hash(ArrowTables().decode(content)) == artifact.digest


def test_artifacts_are_listed_page_by_page(
    goog_engine: Served, sealed: backtest_pb2.Backtest
) -> None:
    found, after = [], ""
    while True:
        request = artifact_service_pb2.ListArtifactsRequest(
            parent=sealed.name, page_size=2, page_token=after
        )
        page = goog_engine.artifacts.ListArtifacts(request, metadata=token())
        found += [artifact.name.rpartition("/")[2] for artifact in page.artifacts]
        after = page.next_page_token
        if not after:
            break

    assert found == IDS


def test_a_reading_goes_on_at_any_offset(
    goog_engine: Served, sealed: backtest_pb2.Backtest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifact_servicer, "MESSAGE_MAX_BYTES", 10_000)
    name = f"{sealed.name}/artifacts/equity"
    whole = read(goog_engine, name)

    assert len(whole) > 80_000
    for offset in (1, 9_999, 10_000, 10_001, len(whole)):
        assert read(goog_engine, name, offset) == whole[offset:]
    with pytest.raises(grpc.RpcError) as refused:
        read(goog_engine, name, len(whole) + 1)
    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("INVALID_ARGUMENT", "INVALID_FIELD")
    assert facts["allowed"] == f"0..{len(whole)}"


@pytest.mark.parametrize("part", IDS)
def test_every_format_says_the_same(
    goog_engine: Served, sealed: backtest_pb2.Backtest, part: str
) -> None:
    name = f"{sealed.name}/artifacts/{part}"
    kind, stream = download(goog_engine, name, Format.DOWNLOAD_FORMAT_ARROW)
    table = pa.ipc.open_stream(stream).read_all()
    rows = table.to_pylist()

    assert kind == "application/vnd.apache.arrow.stream"
    assert download(goog_engine, name, Format.DOWNLOAD_FORMAT_UNSPECIFIED)[1] == stream
    assert read(goog_engine, name) == stream
    kind, file = download(goog_engine, name, Format.DOWNLOAD_FORMAT_PARQUET)
    assert kind == "application/vnd.apache.parquet"
    assert text_of(parquet.read_table(io.BytesIO(file)).to_pylist()) == text_of(rows)
    kind, text = download(goog_engine, name, Format.DOWNLOAD_FORMAT_CSV)
    assert kind == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(text.decode(), newline="")))
    assert [list(line.values()) for line in lines] == [
        [str(value) for value in row.values()] for row in rows
    ]
    kind, text = download(goog_engine, name, Format.DOWNLOAD_FORMAT_JSON)
    assert kind == "application/json"
    assert json.loads(text) == [
        {
            key: None if isinstance(value, float) and math.isnan(value) else value
            for key, value in row.items()
        }
        for row in rows
    ]


def text_of(rows: list[dict[str, object]]) -> list[str]:
    """NaN is not equal to itself, its text is."""
    return [repr(row) for row in rows]


@pytest.mark.parametrize("chosen", sorted(Format.values()))
def test_a_download_is_the_same_bytes_each_time(
    goog_engine: Served, sealed: backtest_pb2.Backtest, chosen: int
) -> None:
    name = f"{sealed.name}/artifacts/fills"

    assert download(goog_engine, name, chosen) == download(goog_engine, name, chosen)


def test_numbers_are_written_as_the_shortest_text_and_nothing_is_null() -> None:
    table = (
        Column(name="x", data=np.array([0.1, 1e22, -0.0, np.nan, 5e-324])),
        string_column("name", ['a "quoted", name', "é", "", "b\nc", "d"]),
    )
    files = ArrowTables()
    text = b"".join(files.export(table, ExportFormat.CSV))
    document = json.loads(b"".join(files.export(table, ExportFormat.JSON)))

    assert text.decode().splitlines()[:3] == ["x,name", '0.1,"a ""quoted"", name"', "1e+22,é"]
    assert [row["x"] for row in document] == [0.1, 1e22, 0.0, None, 5e-324]
    assert math.copysign(1.0, document[2]["x"]) == -1.0
    assert [row["name"] for row in document] == table[1].texts()


def test_a_table_of_no_rows_has_a_header_and_an_empty_array() -> None:
    table = (Column(name="x", data=np.empty(0)), string_column("name", []))
    files = ArrowTables()

    assert b"".join(files.export(table, ExportFormat.CSV)) == b"x,name\n"
    assert json.loads(b"".join(files.export(table, ExportFormat.JSON))) == []
    assert table_hash(files.decode(files.encode(table))) == table_hash(table)


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_damaged_bytes_are_never_sent(
    goog_engine: Served, sealed: backtest_pb2.Backtest, tmp_path: Path, damage: str
) -> None:
    name = f"{sealed.name}/artifacts/fills"
    path = object_path(tmp_path, name)
    data = bytearray(path.read_bytes())
    if damage == "flipped":
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    elif damage == "cut":
        path.write_bytes(data[:-8])
    else:
        path.unlink()

    for attempt in (
        lambda: read(goog_engine, name),
        lambda: download(goog_engine, name, Format.DOWNLOAD_FORMAT_CSV),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            attempt()
        code, reason, facts = refusal_of(refused.value)
        assert (code, reason) == ("DATA_LOSS", "OBJECT_DAMAGED")
        assert facts["found"] != facts["allowed"]


def test_damaged_market_data_is_never_computed_with(tmp_path: Path, goog_bytes: bytes) -> None:
    with serving(tmp_path) as first:
        first.register(goog_bytes)
    path = max((tmp_path / "objects").rglob("*"), key=lambda path: path.stat().st_size)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    with serving(tmp_path) as second, pytest.raises(grpc.RpcError) as refused:
        second.create()

    assert refusal_of(refused.value)[:2] == ("DATA_LOSS", "OBJECT_DAMAGED")


def test_a_run_without_a_result_has_no_artifacts(tmp_path: Path, goog_bytes: bytes) -> None:
    execution = Counting(opened=False)
    with serving(tmp_path, parts=Parts(execute=execution)) as engine:
        engine.register(goog_bytes)
        name = engine.create().name

        with pytest.raises(grpc.RpcError) as refused:
            listed(engine, name)

        assert refusal_of(refused.value)[:2] == ("FAILED_PRECONDITION", "RUN_NOT_SEALED")
        assert refusal_of(refused.value)[2] == {"found": "RUNNING", "allowed": "SEALED"}
        execution.opened.set()


def test_an_artifact_that_does_not_exist_is_not_found(
    goog_engine: Served, sealed: backtest_pb2.Backtest
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        read(goog_engine, f"{sealed.name}/artifacts/secrets")

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("NOT_FOUND", "ARTIFACT_NOT_FOUND")
    assert facts["allowed"] == ", ".join(IDS)
