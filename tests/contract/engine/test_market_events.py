"""Events through the doors: registered, read back in their order, and made into bars."""

import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pyarrow as pa
import pytest
from google.protobuf import json_format
from pyarrow import csv, parquet

from aurelius.engine.v1 import (
    dataset_pb2,
    dataset_quality_service_pb2,
    dataset_service_pb2,
    market_event_pb2,
)
from aurelius.engine.v1 import market_event_service_pb2 as pb
from tests.contract.engine.market_data import ROWS, TICKS, ticks
from tests.contract.engine.serving import PROVENANCE, Served, refusal_of, serving, token

TRADE = market_event_pb2.MARKET_EVENT_TYPE_TRADE
QUOTE = market_event_pb2.MARKET_EVENT_TYPE_QUOTE
MINUTE = {"interval": "BAR_INTERVAL_MINUTE"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("events")
    with serving(folder) as served:
        served.register(ticks(), dataset_id="ticks", provenance=TICKS)
        yield served


def listed(engine: Served, dataset: str = "ticks", **fields: Any) -> list[Any]:
    """Every event, page by page."""
    events, page_token = [], ""
    while True:
        request = pb.ListMarketEventsRequest(
            parent=f"datasets/{dataset}", page_token=page_token, **fields
        )
        answer = engine.events.ListMarketEvents(request, metadata=token())
        events += answer.events
        page_token = answer.next_page_token
        if not page_token:
            return events


def derive(engine: Served, dataset_id: str, rule: dict[str, Any], **fields: Any) -> Any:
    request = pb.CreateDerivedDatasetRequest(
        dataset_id=dataset_id, **({"source_dataset": "datasets/ticks"} | fields)
    )
    json_format.ParseDict(rule, request.rule)
    return engine.events.CreateDerivedDataset(request, metadata=token())


def bars(engine: Served, dataset: str) -> list[tuple[Any, ...]]:
    return [
        (
            event.symbol,
            event.event_time.ToJsonString()[11:19],
            event.bar.open,
            event.bar.high,
            event.bar.low,
            event.bar.close,
            event.bar.volume,
        )
        for event in listed(engine, dataset)
    ]


def refused(call: Any, *args: Any, **fields: Any) -> tuple[str, str, dict[str, str]]:
    with pytest.raises(grpc.RpcError) as refusal:
        call(*args, **fields)
    return refusal_of(refusal.value)


def test_a_dataset_of_events_tells_its_tables(engine: Served) -> None:
    request = dataset_service_pb2.GetDatasetRequest(name="datasets/ticks")

    found = engine.datasets.GetDataset(request, metadata=token())

    assert [(each.type, each.row_count) for each in found.event_tables] == [(QUOTE, 2), (TRADE, 7)]
    assert (found.row_count, list(found.symbols)) == (9, ["A", "B"])
    assert found.first_time.ToJsonString() == "2020-01-02T14:30:00Z"
    assert found.last_time.ToJsonString() == "2020-01-02T14:32:10Z"
    assert not found.HasField("survivorship")
    request = dataset_quality_service_pb2.GetDatasetQualityReportRequest(
        name="datasets/ticks/qualityReport"
    )
    stored = engine.quality.GetDatasetQualityReport(request, metadata=token())
    assert stored.digest == found.quality_report_digest
    assert stored.report.data_hash == found.data_hash
    assert (stored.report.row_count, stored.report.bar_interval) == (9, "NONE")
    assert stored.clean


def test_events_come_in_one_order_with_their_payloads(engine: Served) -> None:
    events = listed(engine, page_size=2)

    assert [(event.symbol, event.sequence, event.type) for event in events] == [
        ("A", 1, QUOTE),
        ("A", 2, TRADE),
        ("A", 3, TRADE),
        ("B", 1, TRADE),
        ("A", 4, QUOTE),
        ("A", 5, TRADE),
        ("A", 6, TRADE),
        ("B", 2, TRADE),
        ("A", 7, TRADE),
    ]
    assert (events[0].quote.bid_price, events[0].quote.ask_size) == (9.9, 200)
    assert (events[1].trade.price, events[1].trade.size) == (10, 100)
    assert events[1].trade.aggressor == market_event_pb2.AGGRESSOR_BUY
    assert events[1].ingest_time.ToJsonString() == "2020-01-02T14:30:01.000001Z"
    assert not events[2].HasField("ingest_time")
    assert list(events[6].quality_flags) == ["corrected", "odd_lot"]
    assert {event.source for event in events} == {"XNYS"}


def test_events_are_chosen_by_type_symbol_and_window(engine: Served) -> None:
    request = pb.ListMarketEventsRequest()
    request.start_time.FromJsonString("2020-01-02T14:30:02Z")
    request.end_time.FromJsonString("2020-01-02T14:31:30Z")

    events = listed(
        engine,
        types=[TRADE],
        symbols=["A"],
        page_size=1,
        start_time=request.start_time,
        end_time=request.end_time,
    )

    assert [event.sequence for event in events] == [3, 5]


@pytest.mark.parametrize("kind", ["csv", "parquet", "arrow"])
def test_any_order_of_rows_and_any_format_is_the_same_data(engine: Served, kind: str) -> None:
    rows = list(ROWS)
    random.Random(7).shuffle(rows)
    data, dataset_id = ticks(tuple(rows)), f"shuffled-{kind}"
    file_format = {
        "csv": dataset_service_pb2.FILE_FORMAT_CSV,
        "parquet": dataset_service_pb2.FILE_FORMAT_PARQUET,
        "arrow": dataset_service_pb2.FILE_FORMAT_ARROW,
    }[kind]
    if kind != "csv":
        sink, table = io.BytesIO(), csv.read_csv(pa.BufferReader(data))
        if kind == "parquet":
            parquet.write_table(table, sink)
        else:
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
        data = sink.getvalue()

    found = engine.register(data, dataset_id=dataset_id, provenance=TICKS, file_format=file_format)

    request = dataset_service_pb2.GetDatasetRequest(name="datasets/ticks")
    assert found.data_hash == engine.datasets.GetDataset(request, metadata=token()).data_hash
    assert listed(engine, dataset_id) == listed(engine)


def test_a_tier_that_is_not_the_one_of_the_events_is_refused(engine: Served) -> None:
    coarse = TICKS | {"fidelityTier": "FIDELITY_TIER_BARS"}
    upload = engine.upload(ticks(), dataset_id="coarse", provenance=coarse)
    code, reason, facts = refused(engine.commit, upload.name)
    assert (code, reason) == ("INVALID_ARGUMENT", "TIER_MISMATCH")
    assert facts == {
        "found": "FIDELITY_TIER_BARS of TRADE, QUOTE",
        "allowed": "FIDELITY_TIER_TRADES_AND_QUOTES",
    }

    file = b"time,symbol,open,high,low,close,volume\n2020-01-02,A,10,12,9,11,100\n"
    upload = engine.upload(file, dataset_id="fine", provenance=TICKS)
    code, reason, facts = refused(engine.commit, upload.name)
    assert (reason, facts["allowed"]) == ("TIER_MISMATCH", "FIDELITY_TIER_BARS")


@pytest.mark.parametrize(
    ("row", "reason", "column"),
    [
        ("TRADE,2020-01-02T14:30:01Z,A,2,,,,-1,1,,,,,", "EVENT_INVALID", "price"),
        ("TRADE,2020-01-02T14:30:01Z,A,2,,,,1,0,,,,,", "EVENT_INVALID", "size"),
        ("TRADE,2020-01-02T14:30:01Z,A,2,,,,1,1,both,,,,", "EVENT_INVALID", "aggressor"),
        ("TRADE,2020-01-02T14:30:01Z,A,2,,,Bad Flag,1,1,,,,,", "EVENT_INVALID", "quality_flags"),
        ("QUOTE,2020-01-02T14:30:01Z,A,2,,,,,,,0,5,1,1", "EVENT_INVALID", "bid_price"),
        ("TRADE,2020-01-02T14:30:01Z,A,2,,,,1,1,,9,,,", "FILE_MALFORMED", "bid_price"),
        ("TRADE,2020-01-02T14:30:01Z,A,2,,,,,1,,,,,", "FILE_MALFORMED", "price"),
        ("TRADE,2020-01-02T14:30:01Z,A,,,,,1,1,,,,,", "FILE_MALFORMED", "sequence"),
        (f"TRADE,2020-01-02T14:30:01Z,A,{2**63},,,,1,1,,,,,", "FILE_MALFORMED", "sequence"),
        ("TRADE,2020-01-02T14:30:01Z,A,1_0,,,,1,1,,,,,", "FILE_MALFORMED", "sequence"),
        ("TICK,2020-01-02T14:30:01Z,A,2,,,,1,1,,,,,", "FILE_MALFORMED", "event_type"),
        ("BAR,2020-01-02T14:30:01Z,A,2,,,,,,,,,,", "COLUMN_MISSING", "open"),
        (ROWS[1], "DUPLICATE_EVENT", "sequence"),
    ],
)
def test_a_row_that_cannot_be_true_is_refused(
    engine: Served, row: str, reason: str, column: str
) -> None:
    upload = engine.upload(ticks((*ROWS, row)), dataset_id="wrong", provenance=TICKS)

    code, found, facts = refused(engine.commit, upload.name)

    assert (code, found, facts["column"]) == ("INVALID_ARGUMENT", reason, column)
    assert facts.get("row", "9") == "9"


def test_sealed_events_are_refused(engine: Served) -> None:
    sealed = TICKS | {"dataClass": "DATA_CLASS_SEALED"}
    upload = engine.upload(ticks(), dataset_id="kept", provenance=sealed)

    _, reason, facts = refused(engine.commit, upload.name)

    assert (reason, facts["field"]) == ("PROVENANCE_INVALID", "provenance.data_class")


def test_bars_of_minutes_end_with_their_minute(engine: Served) -> None:
    derive(engine, "minutes", MINUTE)

    assert bars(engine, "minutes") == [
        ("A", "14:30:00", 10, 11, 10, 11, 150),
        ("B", "14:30:00", 20, 20, 20, 20, 10),
        ("A", "14:31:00", 10.5, 10.5, 9, 9, 26),
        ("A", "14:32:00", 12, 12, 12, 12, 75),
        ("B", "14:32:00", 21, 21, 21, 21, 30),
    ]


@pytest.mark.parametrize(
    ("name", "rule", "wanted"),
    [
        ("counted", {"tradeCount": 2}, [(10, 11, 150), (10.5, 9, 26)]),
        ("of-units", {"units": 150}, [(10, 11, 150)]),
        ("of-value", {"value": 1550}, [(10, 11, 150)]),
        ("of-most-value", {"value": 1550.0000001}, [(10, 10.5, 175)]),
    ],
)
def test_bars_end_at_a_count_at_units_and_at_a_value(
    engine: Served, name: str, rule: dict[str, Any], wanted: list[tuple[Any, ...]]
) -> None:
    derive(engine, name, rule, symbols=["A"])

    found = [(open_, close, volume) for _, _, open_, _, _, close, volume in bars(engine, name)]
    assert found == wanted


def test_flagged_trades_are_left_out(engine: Served) -> None:
    rule = MINUTE | {"excludedQualityFlags": ["odd_lot"]}

    derive(engine, "without-odd-lots", rule, symbols=["A"])

    found = [(close, volume) for *_, close, volume in bars(engine, "without-odd-lots")]
    assert found == [(11, 150), (10.5, 25), (12, 75)]


def test_what_was_derived_says_from_what_and_gives_the_same_again(engine: Served) -> None:
    first = derive(engine, "once", MINUTE)
    second = derive(engine, "twice", MINUTE)
    source = dataset_service_pb2.GetDatasetRequest(name="datasets/ticks")
    source = engine.datasets.GetDataset(source, metadata=token())

    (step,) = first.provenance.transformation_steps
    assert first.data_hash == second.data_hash == step.output_digest
    assert step.input_digest == source.data_hash
    assert step == second.provenance.transformation_steps[0]
    assert "MINUTE" in step.description
    assert step.code_digest.startswith("sha256:")
    assert first.provenance.fidelity_tier == dataset_pb2.FIDELITY_TIER_BARS
    assert first.provenance.provider == source.provenance.provider
    assert not first.provenance.untransformed
    assert first.quality_report_digest.startswith("sha256:")


def test_the_same_request_derives_once(engine: Served) -> None:
    first = derive(engine, "remembered", MINUTE, request_id="r-1")
    again = derive(engine, "remembered", MINUTE, request_id="r-1")

    assert first == again
    assert refused(derive, engine, "remembered", MINUTE)[:2] == (
        "ALREADY_EXISTS",
        "DATASET_EXISTS",
    )


def test_what_has_no_clock_in_common_or_no_bar_is_not_derived(engine: Served) -> None:
    code, reason, facts = refused(derive, engine, "several", {"tradeCount": 1})
    assert (code, reason, facts["found"]) == ("INVALID_ARGUMENT", "DERIVATION_REFUSED", "2 symbols")

    _, reason, facts = refused(derive, engine, "none", {"units": 1e9}, symbols=["A"])
    assert (reason, facts["found"]) == ("DERIVATION_REFUSED", "0 bars")

    _, reason, facts = refused(derive, engine, "unknown", MINUTE, symbols=["Z"])
    assert (reason, facts["found"]) == ("SYMBOL_UNKNOWN", "Z")

    derive(engine, "bars-first", MINUTE)
    _, reason, facts = refused(
        derive, engine, "bars-again", MINUTE, source_dataset="datasets/bars-first"
    )
    assert (reason, facts["found"]) == ("DATASET_NOT_BARS", "BAR")


def test_a_minute_that_as_of_time_cuts_is_left_out(engine: Served) -> None:
    cut = TICKS | {"asOfTime": "2020-01-02T14:32:30Z"}
    engine.register(ticks(), dataset_id="cut", provenance=cut)

    derive(engine, "cut-minutes", MINUTE, source_dataset="datasets/cut")

    assert [time for _, time, *_ in bars(engine, "cut-minutes")][-1] == "14:31:00"


def test_events_are_no_bars_to_run_on_or_to_slice(engine: Served) -> None:
    code, reason, facts = refused(engine.create, dataset="datasets/ticks")
    assert (code, reason) == ("FAILED_PRECONDITION", "DATASET_NOT_BARS")
    assert facts["found"] == "QUOTE, TRADE"

    window = dataset_service_pb2.GetDatasetSliceRequest(name="datasets/ticks")
    _, reason, _ = refused(engine.datasets.GetDatasetSlice, window, metadata=token())
    assert reason == "DATASET_NOT_BARS"


def test_damaged_events_are_not_served(tmp_path: Path) -> None:
    with serving(tmp_path) as engine:
        engine.register(ticks(), dataset_id="ticks", provenance=TICKS)
        for path in (tmp_path / "objects").rglob("*"):
            if path.is_file():
                data = bytearray(path.read_bytes())
                data[-200] ^= 1
                path.write_bytes(data)

        code, reason, _ = refused(listed, engine)

    assert (code, reason) == ("DATA_LOSS", "OBJECT_DAMAGED")


def test_plain_bars_are_events_too(engine: Served) -> None:
    file = b"time,symbol,open,high,low,close,volume\n2020-01-02,A,10,12,9,11,100\n"
    plain = engine.register(file, dataset_id="plain", provenance=PROVENANCE)

    (event,) = listed(engine, "plain")

    assert event.type == market_event_pb2.MARKET_EVENT_TYPE_BAR
    assert (event.symbol, event.bar.high, event.bar.volume) == ("A", 12, 100)
    assert [each.digest for each in plain.event_tables] == [plain.data_hash]
