"""Recorded answers of vendors through gRPC and the command: read, flagged, or refused."""

import io
import json
from pathlib import Path
from typing import Any

import grpc
import pyarrow as pa
import pyarrow.parquet
import pytest
from google.protobuf import json_format

from aurelius.engine.v1 import (
    dataset_pb2,
    dataset_quality_service_pb2,
    dataset_service_pb2,
    market_adapter_pb2,
    market_adapter_service_pb2,
    market_event_pb2,
)
from aurelius_client.identities import document_digest
from aurelius_engine.domain.quality.flags import MEANINGS
from tests.conftest import REPOSITORY
from tests.contract.engine.serving import Served, refusal_of, serving, token, upload_request
from tests.e2e.command import Command

RECORDED = REPOSITORY / "data/recorded"
ALPACA = dataset_service_pb2.FILE_FORMAT_ALPACA_BARS_JSON
YAHOO = dataset_service_pb2.FILE_FORMAT_YAHOO_CHART_JSON
GOOG = "sha256:c2bf225324747a5b1bc4582a2000424194e0652bfb7df8240947972f1bc66680"
SPEC = {"strategy": {"buyAndHold": {}}, "calendar": "XNYS", "symbols": ["GOOG"]}


def provenance(name: str, **changes: Any) -> dataset_pb2.Provenance:
    known = json.loads((RECORDED / f"{name}.provenance.json").read_text())
    return json_format.ParseDict(known | changes, dataset_pb2.Provenance())


def register(
    engine: Served,
    name: str,
    file_format: dataset_service_pb2.FileFormat,
    *,
    data: bytes | None = None,
    **changes: Any,
) -> dataset_pb2.Dataset:
    """Registers a recorded answer, or other bytes with its provenance, changed."""
    content = (RECORDED / f"{name}.json").read_bytes() if data is None else data
    request = upload_request(
        dataset_id=name.replace("_", "-"),
        size_bytes=len(content),
        provenance=provenance(name, **changes),
        file_format=file_format,
    )
    upload = engine.datasets.CreateDatasetUpload(request, metadata=token())
    engine.append(upload.name, 0, content)
    return engine.commit(upload.name)


def listed(engine: Served) -> list[market_adapter_pb2.MarketAdapter]:
    request = market_adapter_service_pb2.ListMarketAdaptersRequest()
    return list(engine.adapters.ListMarketAdapters(request, metadata=token()).market_adapters)


@pytest.fixture
def aurelius(engine: Served, tmp_path: Path) -> Command:
    (_, bearer), *_ = token()
    return Command(
        folder=tmp_path,
        server=f"http://{engine.target}",
        token=bearer.removeprefix("Bearer "),
    )


def test_recorded_answers_of_two_vendors_are_one_dataset(engine: Served) -> None:
    alpaca = register(engine, "alpaca_bars_goog_2010", ALPACA)
    yahoo = register(engine, "yahoo_chart_goog_2010", YAHOO)

    assert alpaca.data_hash == yahoo.data_hash == GOOG
    assert alpaca.adapter == "marketAdapters/alpaca-bars-json@1"
    assert yahoo.adapter == "marketAdapters/yahoo-chart-json@1"
    assert [(flag.flag, flag.count) for flag in alpaca.quality_flags] == [
        ("time_labelled_by_session", 252)
    ]
    labelled, dropped = yahoo.quality_flags
    assert labelled.first_time.ToJsonString() == "2010-01-04T00:00:00Z"
    assert (dropped.flag, dropped.count) == ("empty_bar_dropped", 1)
    assert dropped.first_time.ToJsonString() == "2010-12-24T00:00:00Z"
    assert dropped.meaning == MEANINGS["empty_bar_dropped"]
    request = dataset_service_pb2.GetDatasetRequest(name=yahoo.name)
    assert engine.datasets.GetDataset(request, metadata=token()) == yahoo


@pytest.mark.parametrize("chunk_bytes", [1000, 1 << 20])
def test_an_arrow_stream_of_many_batches_arrives_in_any_chunks(
    engine: Served, chunk_bytes: int
) -> None:
    """With coded symbols, whose codes grow from batch to batch, and times of a zone."""
    rows = pyarrow.parquet.read_table(REPOSITORY / "data/us_equities_daily.parquet")
    table = rows.slice(0, 900).set_column(
        0, "time", rows["time"].slice(0, 900).cast(pa.timestamp("ms", "America/New_York"))
    )
    sink = pa.BufferOutputStream()
    coded = pa.schema(
        [
            field.with_type(pa.dictionary(pa.int32(), pa.string()))
            if field.name == "symbol"
            else field
            for field in table.schema
        ]
    )
    with pa.ipc.new_stream(
        sink, coded, options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    ) as writer:
        for part in table.to_batches(max_chunksize=100):
            columns = [
                column.dictionary_encode() if name == "symbol" else column
                for name, column in zip(part.schema.names, part.columns, strict=True)
            ]
            writer.write_batch(pa.record_batch(columns, schema=coded))
    stream = bytes(sink.getvalue())

    arrow = engine.register(
        stream,
        dataset_id="streamed",
        file_format=dataset_service_pb2.FILE_FORMAT_ARROW,
        chunk_bytes=chunk_bytes,
    )

    file = io.BytesIO()
    pyarrow.parquet.write_table(rows.slice(0, 900), file)
    parquet = engine.register(
        file.getvalue(),
        dataset_id="filed",
        file_format=dataset_service_pb2.FILE_FORMAT_PARQUET,
    )
    assert pa.ipc.open_stream(stream).read_all().column("time").num_chunks == 9
    assert (arrow.data_hash, arrow.row_count) == (parquet.data_hash, 900)
    assert arrow.adapter == "marketAdapters/arrow@1"
    assert not arrow.quality_flags


def test_flags_are_part_of_the_quality_report_and_its_digest(engine: Served) -> None:
    dataset = register(engine, "yahoo_chart_ibm_2010", YAHOO)

    request = dataset_quality_service_pb2.GetDatasetQualityReportRequest(
        name=f"{dataset.name}/qualityReport"
    )
    stored = engine.quality.GetDatasetQualityReport(request, metadata=token())

    document = json_format.MessageToDict(stored.report, always_print_fields_with_no_presence=True)
    assert list(stored.report.flags) == list(dataset.quality_flags)
    assert [flag["flag"] for flag in document["flags"]] == [
        "time_labelled_by_session",
        "empty_bar_dropped",
        "adjusted_close_ignored",
    ]
    assert document_digest("aurelius.quality.v1", document) == dataset.quality_report_digest
    document["flags"].pop()
    assert document_digest("aurelius.quality.v1", document) != dataset.quality_report_digest


def test_nothing_is_said_of_flags_of_sealed_data(engine: Served) -> None:
    dataset = register(engine, "yahoo_chart_ibm_2010", YAHOO, dataClass="DATA_CLASS_SEALED")

    assert not dataset.quality_flags


@pytest.mark.parametrize(
    ("name", "file_format", "changes", "facts"),
    [
        (
            "yahoo_chart_goog_2010",
            YAHOO,
            {"adjustment": "ADJUSTMENT_RAW"},
            {
                "adapter": "marketAdapters/yahoo-chart-json",
                "capability": "adjustment",
                "found": "ADJUSTMENT_RAW",
                "allowed": "ADJUSTMENT_SPLITS",
            },
        ),
        (
            "alpaca_bars_goog_2010",
            ALPACA,
            {"fidelityTier": "FIDELITY_TIER_TRADES_AND_QUOTES"},
            {
                "adapter": "marketAdapters/alpaca-bars-json",
                "capability": "fidelity_tier",
                "found": "FIDELITY_TIER_TRADES_AND_QUOTES",
                "allowed": "FIDELITY_TIER_BARS",
            },
        ),
        (
            "alpaca_bars_goog_2010",
            ALPACA,
            {"fidelityTier": "FIDELITY_TIER_BOOK"},
            {
                "adapter": "marketAdapters/alpaca-bars-json",
                "capability": "fidelity_tier",
                "found": "FIDELITY_TIER_BOOK",
                "allowed": "FIDELITY_TIER_BARS",
            },
        ),
    ],
)
def test_what_no_file_of_a_format_has_is_refused_before_it_is_sent(
    engine: Served,
    name: str,
    file_format: dataset_service_pb2.FileFormat,
    changes: dict[str, Any],
    facts: dict[str, str],
) -> None:
    request = upload_request(
        dataset_id="d",
        size_bytes=10,
        provenance=provenance(name, **changes),
        file_format=file_format,
    )
    with pytest.raises(grpc.RpcError) as refused:
        engine.datasets.CreateDatasetUpload(request, metadata=token())

    assert refusal_of(refused.value) == ("INVALID_ARGUMENT", "ADAPTER_CAPABILITY", facts)


@pytest.mark.parametrize(
    ("data", "reason", "facts"),
    [
        (
            b'{"optionChain": {"result": [], "error": null}}',
            "ADAPTER_CAPABILITY",
            {"capability": "event_type", "found": "OPTIONS_CHAIN", "allowed": "BAR"},
        ),
        (
            b'{"chart": {"result": [],\n"error" null}}',
            "FILE_MALFORMED",
            {"path": "line 2 column 9"},
        ),
        (
            b'{"chart": {"result": null, "error": {"code": "Not Found"}}}',
            "FILE_MALFORMED",
            {"path": "$.chart.error", "found": '{"code": "Not Found"}'},
        ),
    ],
)
def test_what_a_file_turns_out_to_be_is_refused_at_the_commit(
    engine: Served, data: bytes, reason: str, facts: dict[str, str]
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        register(engine, "yahoo_chart_goog_2010", YAHOO, data=data)

    code, found, said = refusal_of(refused.value)
    assert (code, found) == ("INVALID_ARGUMENT", reason)
    assert said.items() >= facts.items()
    request = dataset_service_pb2.ListDatasetsRequest()
    assert not engine.datasets.ListDatasets(request, metadata=token()).datasets


def test_a_page_set_that_goes_on_is_refused(engine: Served) -> None:
    name = "alpaca_bars_goog_2010"
    pages = json.loads((RECORDED / f"{name}.json").read_text())

    with pytest.raises(grpc.RpcError) as refused:
        register(engine, name, ALPACA, data=json.dumps(pages[:-1]).encode())

    assert refusal_of(refused.value) == (
        "INVALID_ARGUMENT",
        "PAGES_INCOMPLETE",
        {"path": "$[1].next_page_token", "found": "the token 'page-2'", "allowed": "null"},
    )


def test_every_adapter_says_what_it_reads(engine: Served) -> None:
    adapters = {adapter.name: adapter for adapter in listed(engine)}

    assert list(adapters) == [
        f"marketAdapters/{name}"
        for name in ("csv", "parquet", "arrow", "alpaca-bars-json", "yahoo-chart-json")
    ]
    formats = [adapter.format for adapter in adapters.values()]
    assert sorted(formats) == sorted(set(dataset_service_pb2.FileFormat.values()) - {0})
    flags = {flag.flag for adapter in adapters.values() for flag in adapter.flags}
    assert flags == set(MEANINGS)
    yahoo = adapters["marketAdapters/yahoo-chart-json"]
    assert yahoo.version == 1
    assert list(yahoo.adjustments) == [dataset_pb2.ADJUSTMENT_SPLITS]
    assert list(yahoo.event_types) == [market_event_pb2.MARKET_EVENT_TYPE_BAR]
    assert market_adapter_pb2.ASSET_CLASS_OPTION not in yahoo.asset_classes
    assert list(yahoo.optional_columns) == ["dividend", "split_ratio"]


def test_adapters_come_in_pages(engine: Served) -> None:
    names: list[str] = []
    request = market_adapter_service_pb2.ListMarketAdaptersRequest(page_size=2)
    for _ in range(3):
        answer = engine.adapters.ListMarketAdapters(request, metadata=token())
        names += [adapter.name for adapter in answer.market_adapters]
        request.page_token = answer.next_page_token

    assert names == [adapter.name for adapter in listed(engine)]
    assert not answer.next_page_token


def test_no_adapter_promises_more_than_the_server_takes(tmp_path: Path) -> None:
    with serving(tmp_path, upload_max_bytes=1000, upload_max_rows=9) as engine:
        limits = {(each.row_max_count, each.file_max_bytes) for each in listed(engine)}
        with pytest.raises(grpc.RpcError) as refused:
            register(engine, "yahoo_chart_goog_2010", YAHOO)

    assert limits == {(9, 1000)}
    assert refusal_of(refused.value)[1] == "UPLOAD_TOO_LARGE"


@pytest.mark.parametrize(
    ("name", "file_format"),
    [("alpaca_bars_goog_2010", ALPACA), ("yahoo_chart_goog_2010", YAHOO)],
)
def test_a_file_has_at_most_so_many_bars(
    tmp_path: Path, name: str, file_format: dataset_service_pb2.FileFormat
) -> None:
    rows = 252 if file_format == ALPACA else 253
    limits = serving(tmp_path, upload_max_rows=rows - 1)
    with limits as engine, pytest.raises(grpc.RpcError) as refused:
        register(engine, name, file_format)

    code, reason, facts = refusal_of(refused.value)
    assert (code, reason) == ("RESOURCE_EXHAUSTED", "UPLOAD_TOO_LARGE")
    assert (facts["found"], facts["allowed"]) == (str(rows), str(rows - 1))


def test_the_command_tells_the_format_registers_and_shows_what_was_done(
    aurelius: Command, tmp_path: Path
) -> None:
    path = RECORDED / "yahoo_chart_ibm_2010.json"

    shown = aurelius.ok("datasets", "register", path, "--name", "ibm").out

    assert "yahoo-chart-json@1" in shown
    assert "adjusted_close_ignored: 214, first 2010-01-04" in shown
    assert "empty_bar_dropped: 1, first 2010-12-24" in shown
    other = tmp_path / "answer.txt"
    other.write_bytes((RECORDED / "alpaca_bars_goog_2010.json").read_bytes())
    stated = ("--provenance", RECORDED / "alpaca_bars_goog_2010.provenance.json")
    named = ("datasets", "register", other, "--name", "goog", *stated)
    assert aurelius.refused(2, *named).startswith("error: FILE_MALFORMED: ")
    dataset = aurelius.ok(*named, "--format", "alpaca-bars-json", "--json").json
    assert dataset["dataHash"] == GOOG
    refused = aurelius.refused(
        2, "datasets", "register", path, "--name", "raw", *stated, "--format", "yahoo-chart-json"
    )
    assert refused.startswith("error: ADAPTER_CAPABILITY: ")
    assert "ADJUSTMENT_RAW" in refused


def test_the_command_lists_the_adapters(engine: Served, aurelius: Command) -> None:
    lines = aurelius.ok("datasets", "adapters", "--json").lines
    table = aurelius.ok("datasets", "adapters", COLUMNS="200").out

    assert [line["name"] for line in lines] == [adapter.name for adapter in listed(engine)]
    for adapter in listed(engine):
        assert f"{adapter.name.removeprefix('marketAdapters/')}@1" in table
    assert "empty_bar_dropped" in table
    assert "splits" in table


def test_a_run_in_this_process_says_what_was_done_to_its_file(
    aurelius: Command, tmp_path: Path
) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(SPEC))

    def run(name: str) -> tuple[Any, str]:
        path = RECORDED / f"{name}.json"
        done = aurelius("run", spec, "--data", path, "--json", AURELIUS_SERVER="")
        assert done.code == 0, done.err
        return done.json, done.err

    yahoo, told = run("yahoo_chart_goog_2010")
    alpaca, told_less = run("alpaca_bars_goog_2010")

    assert yahoo["identity"]["dataHash"] == GOOG
    assert yahoo == alpaca
    assert told.splitlines()[1].startswith("empty_bar_dropped: 1, first 2010-12-24. ")
    assert "empty_bar_dropped" not in told_less
