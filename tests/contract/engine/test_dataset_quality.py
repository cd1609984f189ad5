"""Every registration makes a quality report, by whatever door it is read."""

import io
from pathlib import Path

import grpc
import pyarrow as pa
import pyarrow.csv
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import (
    artifact_service_pb2,
    dataset_pb2,
    dataset_quality_report_pb2,
    dataset_service_pb2,
)
from aurelius.engine.v1 import dataset_quality_service_pb2 as pb
from aurelius_client.table_digests import table_digest
from aurelius_engine.domain.canonical_json import digest
from tests.conftest import REPOSITORY
from tests.contract.engine.serving import PROVENANCE, Served, refusal_of, token, upload_request

US_EQUITIES = (REPOSITORY / "data/us_equities_daily.parquet").read_bytes()


def register(engine: Served, name: str, **changes: str) -> dataset_pb2.Dataset:
    """Registers the bundled data as `name`."""
    stated = json_format.ParseDict(
        PROVENANCE | {"asOfTime": "2026-01-01T00:00:00Z"} | changes, dataset_pb2.Provenance()
    )
    request = upload_request(
        dataset_id=name,
        size_bytes=len(US_EQUITIES),
        provenance=stated,
        file_format=dataset_service_pb2.FILE_FORMAT_PARQUET,
    )
    upload = engine.datasets.CreateDatasetUpload(request, metadata=token())
    engine.append(upload.name, 0, US_EQUITIES)
    return engine.commit(upload.name)


def report_of(engine: Served, name: str) -> dataset_quality_report_pb2.DatasetQualityReport:
    request = pb.GetDatasetQualityReportRequest(name=f"datasets/{name}/qualityReport")
    return engine.quality.GetDatasetQualityReport(request, metadata=token())


def download(engine: Served, name: str, table: str, file_format: str = "ARROW") -> bytes:
    request = pb.DownloadDatasetQualityTableRequest(
        name=f"datasets/{name}/qualityTables/{table}",
        format=artifact_service_pb2.DownloadFormat.Value(f"DOWNLOAD_FORMAT_{file_format}"),  # type: ignore[arg-type]
    )
    pieces = engine.quality.DownloadDatasetQualityTable(request, metadata=token())
    return b"".join(piece.data for piece in pieces)


def test_a_dataset_names_its_report_and_the_report_its_tables(engine: Served) -> None:
    dataset = register(engine, "us-equities")

    stored = report_of(engine, "us-equities")

    document = json_format.MessageToDict(stored.report, always_print_fields_with_no_presence=True)
    assert dataset.quality_severity == dataset_pb2.QUALITY_SEVERITY_ERROR
    assert stored.clean is stored.report.clean is False
    assert stored.report.data_hash == dataset.data_hash
    assert dataset.quality_report_digest == stored.digest == digest("aurelius.quality.v1", document)
    found = {check.check: check.finding_count for check in stored.report.checks}
    assert {check: count for check, count in found.items() if count} == {
        "outlier_return": 13,
        "unstated_split": 3,
    }
    for table, wanted in (
        ("findings", stored.report.findings_digest),
        ("coverage", stored.report.coverage_digest),
    ):
        content = pa.ipc.open_stream(download(engine, "us-equities", table)).read_all()
        assert table_digest(content) == wanted


def test_the_tables_come_in_every_format(engine: Served) -> None:
    register(engine, "us-equities")

    rows = pyarrow.csv.read_csv(io.BytesIO(download(engine, "us-equities", "coverage", "CSV")))
    findings = download(engine, "us-equities", "findings", "JSON")

    assert rows.column_names == ["symbol", "year", "month", "expected", "present"]
    assert rows["expected"].equals(rows["present"])
    assert b'{"check":"unstated_split","severity":"ERROR","symbol":"MSFT"' in findings


def test_prices_that_are_said_to_be_adjusted_have_another_report(engine: Served) -> None:
    raw = register(engine, "raw")
    adjusted = register(engine, "adjusted", adjustment="ADJUSTMENT_SPLITS")

    assert raw.data_hash == adjusted.data_hash
    assert raw.quality_report_digest != adjusted.quality_report_digest
    assert adjusted.quality_severity == dataset_pb2.QUALITY_SEVERITY_WARNING
    assert report_of(engine, "adjusted").clean is True


def test_of_sealed_data_it_is_said_whether_it_passed_and_no_more(engine: Served) -> None:
    dataset = register(engine, "kept", dataClass="DATA_CLASS_SEALED")

    stored = report_of(engine, "kept")

    assert dataset.quality_severity == dataset_pb2.QUALITY_SEVERITY_UNSPECIFIED
    assert stored.clean is False
    assert not stored.HasField("report")
    for table in ("findings", "coverage"):
        with pytest.raises(grpc.RpcError) as refused:
            download(engine, "kept", table)
        assert refusal_of(refused.value)[:2] == ("FAILED_PRECONDITION", "DATASET_SEALED")


def test_a_report_of_no_dataset_is_not_found(engine: Served) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        report_of(engine, "nothing")

    assert refusal_of(refused.value)[:2] == ("NOT_FOUND", "DATASET_NOT_FOUND")


def test_a_table_that_is_none_breaks_a_rule(engine: Served) -> None:
    register(engine, "us-equities")

    with pytest.raises(grpc.RpcError) as refused:
        download(engine, "us-equities", "prices")

    assert refusal_of(refused.value)[:2] == ("INVALID_ARGUMENT", "INVALID_FIELD")


def test_stored_findings_that_were_changed_are_damage(engine: Served, tmp_path: Path) -> None:
    register(engine, "us-equities")
    findings = download(engine, "us-equities", "findings")
    files = [file for file in (tmp_path / "objects").rglob("*") if file.is_file()]
    [path] = [file for file in files if file.read_bytes() == findings]
    path.write_bytes(findings.replace(b"AAPL", b"MSFT"))

    with pytest.raises(grpc.RpcError) as refused:
        download(engine, "us-equities", "findings")

    assert refusal_of(refused.value)[:2] == ("DATA_LOSS", "OBJECT_DAMAGED")
