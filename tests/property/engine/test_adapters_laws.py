"""The same bars are the same dataset, whatever adapter reads them."""

import io
import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from aurelius_engine.adapters.market_adapters import shipped_adapters
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.application.errors import FileMalformed
from aurelius_engine.application.market_adapters import Adapted
from aurelius_engine.application.records import FileFormat
from aurelius_engine.domain.errors import EngineError

NEW_YORK = ZoneInfo("America/New_York")
ADAPTERS, ZONE = shipped_adapters(), packaged_calendars().zone("XNYS")
PRICES = ("open", "high", "low", "close")
NAMES = ("time", "symbol", *PRICES, "volume")
Row = tuple[date, str, float, float, float, float, float]


def read(file_format: FileFormat, data: bytes) -> Adapted:
    return ADAPTERS.read(file_format, data, ZONE)


@st.composite
def bars(draw: st.DrawFn) -> list[Row]:
    """Bars of one to three symbols, in any order; a symbol has a day at most once."""
    price = st.floats(min_value=1e-6, max_value=1e9, allow_nan=False)
    day = st.dates(date(1971, 1, 1), date(2039, 12, 31))
    keys = draw(
        st.lists(st.tuples(day, st.sampled_from(("A", "BRK.B", "Zü"))), min_size=1, unique=True)
    )
    rows = []
    for of_day, symbol in keys:
        low, first, last, high = sorted(draw(st.tuples(price, price, price, price)))
        volume = float(draw(st.integers(0, 2**52)))
        rows.append((of_day, symbol, first, high, low, last, volume))
    return rows


def instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, NEW_YORK).astimezone(UTC)


def csv_of(rows: list[Row]) -> bytes:
    lines = [",".join(NAMES), *(",".join(map(str, row)) for row in rows)]
    return "\n".join(lines).encode()


def table_of(rows: list[Row], *, texts: Any, times: Any) -> pa.Table:
    time_type, symbol_type = times, texts
    columns: dict[str, Any] = {
        name: pa.array([row[place] for row in rows], pa.float64())
        for place, name in enumerate(NAMES)
        if name not in ("time", "symbol")
    }
    days = pa.array([datetime.combine(row[0], time(), UTC) for row in rows], pa.timestamp("s"))
    symbols = pa.array([row[1] for row in rows], pa.string())
    return pa.table(
        {
            "time": days.cast(pa.timestamp(time_type.unit)).cast(time_type),
            "symbol": symbols.dictionary_encode()
            if pa.types.is_dictionary(symbol_type)
            else symbols.cast(symbol_type),
            **columns,
        }
    )


def stream_of(table: pa.Table, rows: int) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return bytes(sink.getvalue())


def alpaca_of(rows: list[Row], page_bars: int) -> bytes:
    pages: list[dict[str, Any]] = []
    for begin in range(0, len(rows), page_bars):
        found: dict[str, list[Any]] = {}
        for day, symbol, first, high, low, last, volume in rows[begin : begin + page_bars]:
            stamp = instant(day, time()).strftime("%Y-%m-%dT%H:%M:%SZ")
            fields = {"t": stamp, "o": first, "h": high, "l": low, "c": last, "v": int(volume)}
            found.setdefault(symbol, []).append(fields)
        pages.append({"bars": found, "next_page_token": str(begin)})
    pages[-1]["next_page_token"] = None
    return json.dumps(pages).encode()


def yahoo_of(rows: list[Row]) -> bytes:
    answers = []
    for symbol in sorted({row[1] for row in rows}):
        own = sorted(row for row in rows if row[1] == symbol)
        quote = {name: [row[2 + at] for row in own] for at, name in enumerate(NAMES[2:])}
        answers.append(
            {
                "chart": {
                    "result": [
                        {
                            "meta": {
                                "symbol": symbol,
                                "instrumentType": "ETF",
                                "dataGranularity": "1d",
                                "exchangeTimezoneName": "America/New_York",
                            },
                            "timestamp": [
                                int(instant(row[0], time(9, 30)).timestamp()) for row in own
                            ],
                            "indicators": {"quote": [quote]},
                        }
                    ],
                    "error": None,
                }
            }
        )
    return json.dumps(answers).encode()


@settings(max_examples=60, deadline=None)
@given(
    bars(),
    st.integers(1, 5),
    st.sampled_from((pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string()))),
    st.sampled_from(
        (
            pa.timestamp("s"),
            pa.timestamp("ms", "UTC"),
            pa.timestamp("us", "Asia/Manila"),  # a zone is how a moment is shown, not which it is
            pa.timestamp("ns", "America/New_York"),
        )
    ),
)
def test_five_adapters_read_the_same_bars(
    rows: list[Row], part: int, texts: Any, times: Any
) -> None:
    table = table_of(rows, texts=texts, times=times)
    sink = io.BytesIO()
    parquet.write_table(table, sink, row_group_size=part)

    found = {
        FileFormat.CSV: read(FileFormat.CSV, csv_of(rows)),
        FileFormat.PARQUET: read(FileFormat.PARQUET, sink.getvalue()),
        FileFormat.ARROW: read(FileFormat.ARROW, stream_of(table, part)),
        FileFormat.ALPACA_BARS_JSON: read(FileFormat.ALPACA_BARS_JSON, alpaca_of(rows, part)),
        FileFormat.YAHOO_CHART_JSON: read(FileFormat.YAHOO_CHART_JSON, yahoo_of(rows)),
    }

    assert set(found) == set(FileFormat)
    assert len({adapted.table.data_hash() for adapted in found.values()}) == 1
    assert len(found[FileFormat.CSV].table.time) == len(rows)
    vendors = (FileFormat.ALPACA_BARS_JSON, FileFormat.YAHOO_CHART_JSON)
    for file_format, adapted in found.items():
        flagged = [(flag.id, flag.count) for flag in adapted.flags]
        labelled = [("time_labelled_by_session", len(rows))]
        assert flagged == (labelled if file_format in vendors else [])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.datetimes(datetime(1975, 1, 1), datetime(2039, 12, 31)), min_size=1, unique=True),
    st.booleans(),
)
def test_a_time_of_day_without_a_zone_is_flagged_and_one_with_a_zone_is_not(
    times: list[datetime], zoned: bool
) -> None:
    suffix = "Z" if zoned else ""
    texts = [f"{moment.isoformat(sep=' ')}{suffix}" for moment in times]
    lines = [",".join(NAMES), *(f"{text},A,1,1,1,1,1" for text in texts)]

    adapted = read(FileFormat.CSV, "\n".join(lines).encode())

    within = [moment for moment in times if moment.time() != time()]
    if zoned or not within:
        assert adapted.flags == ()
    else:
        (flag,) = adapted.flags
        first = (min(within) - datetime(1970, 1, 1)) // timedelta(microseconds=1) * 1000
        assert flag.id == "time_zone_assumed_utc"
        assert (flag.count, flag.first_time) == (len(within), first)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("bars", "A", "t", "o", "chart", "result")), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    JSON_VALUES,
    st.lists(st.integers(0, 9), max_size=6),
    st.sampled_from((FileFormat.ALPACA_BARS_JSON, FileFormat.YAHOO_CHART_JSON)),
)
def test_a_vendors_answer_with_a_part_replaced_is_read_or_refused(
    value: object, way: list[int], file_format: FileFormat
) -> None:
    """Never a bug: a person finds where the file is at fault."""
    rows: list[Row] = [(date(2020, 1, 2 + at), "A", 10.0, 11.0, 9.0, 10.0, 5.0) for at in range(2)]
    alpaca = file_format is FileFormat.ALPACA_BARS_JSON
    answer = json.loads(alpaca_of(rows, 1) if alpaca else yahoo_of(rows))
    place: Any = answer
    parent: Any = None
    key: Any = None
    for step in way:
        if not isinstance(place, (dict, list)) or not place:
            break
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        parent, key = place, keys[step % len(keys)]
        place = place[key]
    if parent is None:
        answer = value
    else:
        parent[key] = value

    refused: EngineError | None = None
    try:
        read(file_format, json.dumps(answer).encode())
    except EngineError as refusal:
        refused = refusal

    if isinstance(refused, FileMalformed):
        assert str(refused.facts["path"])
    assert refused is None or refused.facts["allowed"]
