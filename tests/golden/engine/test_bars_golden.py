"""Bars of a short list of trades, worked out by hand for each rule: docs/specs/data_events.md."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp

from aurelius.engine.v1 import market_event_service_pb2
from aurelius_engine.adapters.event_files import adapted_events
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.application.records import FileFormat
from aurelius_engine.domain.events.bars import bars_of_trades, chosen_trades
from aurelius_engine.domain.events.schema import MarketEventType
from aurelius_engine.domain.events.tables import EventTables
from aurelius_engine.rpc.event_mapping import rule_from_proto
from tests.conftest import REPOSITORY

CASES = sorted((REPOSITORY / "tests/golden/bars").glob("*.json"))


def nanoseconds(text: str) -> int:
    time = Timestamp()
    time.FromJsonString(text)
    return time.ToNanoseconds()


def test_every_rule_has_a_case() -> None:
    assert {path.stem for path in CASES} >= {"interval_minute", "trade_count", "units", "value"}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_bars_are_those_worked_out_by_hand(path: Path) -> None:
    case: dict[str, Any] = json.loads(path.read_text())
    given = case["input"]
    rows = ["event_type,event_time,symbol,sequence,price,size,quality_flags"]
    rows += [
        f"TRADE,{each['time']},A,{each['sequence']},{each['price']},{each['size']},{each['flags']}"
        for each in given["trades"]
    ]
    data = "\n".join(rows).encode()
    rule = rule_from_proto(json_format.ParseDict(given["rule"], market_event_service_pb2.BarRule()))
    events = adapted_events(data, FileFormat.CSV, max_rows=100).table
    assert isinstance(events, EventTables)

    found, _ = bars_of_trades(
        chosen_trades(events.tables[MarketEventType.TRADE], rule, ()),
        rule,
        zone=packaged_calendars().zone(given["calendar"]),
        as_of_time=nanoseconds(given["asOfTime"]),
    )

    want = case["want"]
    assert found.time.tolist() == [nanoseconds(each["time"]) for each in want]
    for name in ("open", "high", "low", "close", "volume"):
        assert np.array_equal(getattr(found, name), [each[name] for each in want])
