"""`aurelius datasets quality` against an engine: a picture for people, data for programs."""

import json

import pyarrow as pa
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import dataset_pb2
from aurelius_client import Client
from aurelius_client.table_digests import table_digest
from tests.contract.engine.serving import PROVENANCE, Served, token, upload_request
from tests.contract.engine.test_dataset_quality import register
from tests.contract.engine.test_dataset_slices import aurelius


def test_the_picture_has_a_line_a_year_and_marks_what_was_found(engine: Served) -> None:
    register(engine, "us-equities")

    told = aurelius(engine, "quality", "us-equities", "--symbol", "AAPL")

    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert "not clean, worst finding: error" in told.stdout
    assert "AAPL  2001 █ █ █ █ █ █ █ █ █ █ █ █ " in lines
    assert "AAPL  2000     █ █ █ █!█ █ █o█ █ █ " in lines
    assert sum(line.startswith("AAPL  2") for line in lines) == 14
    assert "GOOG" not in told.stdout
    assert "unstated_split: Register the data with its columns dividend and split_ratio." in lines


def test_the_data_is_the_report_and_its_tables(engine: Served) -> None:
    dataset = register(engine, "us-equities")

    told = aurelius(engine, "quality", "us-equities", "--json")

    found = json.loads(told.stdout)
    assert found["digest"] == dataset.quality_report_digest
    assert len(found["coverage"]) == 575
    assert found["findings"][-1] == {
        "check": "unstated_split",
        "severity": "ERROR",
        "symbol": "MSFT",
        "first_time": "1045526400000000000",
        "last_time": "1045526400000000000",
        "count": "1",
        "value": pytest.approx(1.962, abs=0.001),
        "threshold": 2,
    }


def test_what_the_adapter_put_in_is_told(engine: Served) -> None:
    rows = [f"2024-01-0{day},ACME,1,1,1,1,{day},,1" for day in (2, 3, 4)]
    text = "time,symbol,open,high,low,close,volume,dividend,split_ratio\n" + "\n".join(rows)
    stated = json_format.ParseDict(
        PROVENANCE | {"asOfTime": "2026-01-01T00:00:00Z"}, dataset_pb2.Provenance()
    )
    data = text.encode()
    upload = engine.datasets.CreateDatasetUpload(
        upload_request(dataset_id="acme", size_bytes=len(data), provenance=stated),
        metadata=token(),
    )
    engine.append(upload.name, 0, data)
    engine.commit(upload.name)

    told = aurelius(engine, "quality", "acme").stdout

    assert "action_missing_as_none: 3 from 2024-01-02 on. A bar has an empty dividend" in told


def test_the_sdk_verifies_report_and_tables(engine: Served) -> None:
    dataset = register(engine, "us-equities")
    bearer = token()[0][1].removeprefix("Bearer ")

    with Client(f"http://{engine.target}", token=bearer) as client:
        report = client.quality.report(dataset.name)
        findings = client.quality.findings(dataset.name)

    assert report.digest == dataset.quality_report_digest
    assert isinstance(findings, pa.Table)
    assert table_digest(findings) == report.report.findings_digest
    assert findings.num_rows == 16


def test_of_sealed_data_the_command_says_whether_it_is_clean(engine: Served) -> None:
    register(engine, "kept", dataClass="DATA_CLASS_SEALED")

    told = aurelius(engine, "quality", "kept")

    assert "not clean; the dataset is sealed" in told.stdout
    assert "AAPL" not in told.stdout
