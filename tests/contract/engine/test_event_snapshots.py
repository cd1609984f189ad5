"""Snapshots of options, companies and economies: registered, listed, and replayed in order."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aurelius.engine.v1 import dataset_pb2, dataset_service_pb2, market_event_pb2
from tests.contract.engine.serving import PROVENANCE, Served, serving, token
from tests.contract.engine.test_market_events import listed, refused

HEADER = (
    "event_type,event_time,symbol,sequence,source,item,period_end_time,value,option_kind,"
    "expiry_time,strike,bid_price,bid_size,ask_price,ask_size,volume,open_interest,"
    "underlying_price,open,high,low,close"
)
TIME = "2020-01-02T21:00:00Z"
JUNE = "2020-06-19T00:00:00Z"
Q3 = "2019-09-30T00:00:00Z"
# Of one time, in an order that is not that of their classes.
ROWS = (
    f"BAR,{TIME},ACME,0,,,,,,,,,,,,500,,,10,11,9,10.5",
    f"OPTIONS_CHAIN,{TIME},ACME,1,OPRA,,,,put,{JUNE},10,1.1,5,1.3,4,70,900,10.2,,,,",
    f"OPTIONS_CHAIN,{TIME},ACME,1,OPRA,,,,call,{JUNE},10,1.2,5,1.4,4,80,1000,10.2,,,,",
    f"OPTIONS_CHAIN,{TIME},ACME,1,OPRA,,,,call,{JUNE},9.5,1.5,5,0,0,0,10,10.2,,,,",
    f"FUNDAMENTALS,{TIME},ACME,1,EDGAR,revenue,{Q3},-3.5e6,,,,,,,,,,,,,,",
    f"FUNDAMENTALS,{TIME},ACME,1,EDGAR,eps_diluted,{Q3},0.42,,,,,,,,,,,,,,",
    f"MACRO,{TIME},US,1,BLS,cpi_all_items,2019-11-30T00:00:00Z,257.2,,,,,,,,,,,,,,",
    f"MACRO,2020-01-01T00:00:00Z,US,1,BLS,cpi_all_items,{Q3},256.8,,,,,,,,,,,,,,",
)


def file_of(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("snapshots")
    with serving(folder) as served:
        served.register(file_of(*ROWS), dataset_id="snapshots", provenance=PROVENANCE)
        yield served


def test_snapshots_are_of_the_tier_of_bars_and_have_their_tables(engine: Served) -> None:
    request = dataset_service_pb2.GetDatasetRequest(name="datasets/snapshots")

    found = engine.datasets.GetDataset(request, metadata=token())

    names = [market_event_pb2.MarketEventType.Name(each.type)[18:] for each in found.event_tables]
    assert names == ["MACRO", "FUNDAMENTALS", "OPTIONS_CHAIN", "BAR"]
    assert [each.row_count for each in found.event_tables] == [2, 2, 3, 1]
    assert found.provenance.fidelity_tier == dataset_pb2.FIDELITY_TIER_BARS


def test_what_is_published_is_replayed_before_what_answers_it(engine: Served) -> None:
    events = listed(engine, "snapshots", page_size=1)

    assert [(each.WhichOneof("payload"), each.symbol) for each in events] == [
        ("macro", "US"),
        ("macro", "US"),
        ("fundamentals", "ACME"),
        ("options_chain", "ACME"),
        ("bar", "ACME"),
    ]
    assert [each.macro.values[0].value for each in events[:2]] == [256.8, 257.2]


def test_a_snapshot_has_all_its_lines_in_their_order(engine: Served) -> None:
    *_, reported, chain, _ = listed(engine, "snapshots")

    assert [(each.item, each.value) for each in reported.fundamentals.values] == [
        ("eps_diluted", 0.42),
        ("revenue", -3.5e6),
    ]
    assert reported.fundamentals.values[0].period_end_time.ToJsonString() == Q3
    call, put = (
        market_event_pb2.OPTION_CONTRACT_KIND_CALL,
        market_event_pb2.OPTION_CONTRACT_KIND_PUT,
    )
    contracts = chain.options_chain.contracts
    assert [(each.strike, each.kind) for each in contracts] == [(9.5, call), (10, call), (10, put)]
    assert contracts[0].ask_price == 0
    assert (contracts[2].bid_price, contracts[2].open_interest) == (1.1, 900)
    assert {each.expiry_time.ToJsonString() for each in contracts} == {JUNE}
    assert (chain.source, chain.sequence) == ("OPRA", 1)


@pytest.mark.parametrize(
    ("row", "reason", "column"),
    [
        (ROWS[5], "DUPLICATE_EVENT", "sequence"),
        (ROWS[5].replace("EDGAR", "other").replace("eps_", "x_"), "EVENT_INVALID", "source"),
        (ROWS[5].replace("0.42", "nan").replace("eps_", "x_"), "FILE_MALFORMED", "value"),
        (ROWS[5].replace("eps_diluted", " "), "EVENT_INVALID", "item"),
        (ROWS[1].replace("put", "swap"), "EVENT_INVALID", "option_kind"),
        (ROWS[1].replace(",10,1.1", ",0,1.1"), "EVENT_INVALID", "strike"),
        (ROWS[0].replace("11,9,10.5", "11,9,12"), "EVENT_INVALID", "close"),
    ],
)
def test_a_line_outside_the_rules_of_its_payload_is_refused(
    engine: Served, row: str, reason: str, column: str
) -> None:
    rows = tuple(own for own in ROWS if own is not ROWS[0]) if row.startswith("BAR") else ROWS
    upload = engine.upload(file_of(*rows, row), dataset_id="wrong", provenance=PROVENANCE)

    code, found, facts = refused(engine.commit, upload.name)

    assert (code, found, facts["column"]) == ("INVALID_ARGUMENT", reason, column)
    assert facts["row"] == str(len(rows))
