"""Writes data/recorded/ from data/: `make_recorded.py [FOLDER]`.

Each file has the shape of a vendor's answer, as its documentation or its users show it, and
bundled prices as numbers: nothing is fetched, no price is made up.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from google.protobuf import json_format
from pyarrow import parquet

from aurelius.engine.v1 import dataset_pb2
from aurelius_engine.domain.table_hash import Column, string_column, table_hash

ROOT = Path(__file__).resolve().parent.parent
NEW_YORK = ZoneInfo("America/New_York")
YEAR = 2010
PAGE_BARS = 100  # Alpaca's parameter `limit`
HOLIDAY = date(2010, 12, 24)  # a weekday without session, which a chart may have as nulls
PRICES = ("open", "high", "low", "close")
Row = dict[str, Any]


def rows_of(name: str, symbol: str) -> list[Row]:
    """Returns the bundled bars of a symbol and YEAR, by rising time."""
    every: list[Row] = parquet.read_table(ROOT / f"data/{name}.parquet").to_pylist()
    return [row for row in every if row["symbol"] == symbol and row["time"].year == YEAR]


def data_hash(rows: Sequence[Row]) -> str:
    """Returns the digest of the bars' table."""
    time_ns = pa.array([row["time"] for row in rows], pa.timestamp("ns", tz="UTC"))
    names = [name for name in rows[0] if name not in ("time", "symbol")]
    return table_hash(
        [
            Column(name="time", data=np.array(time_ns.cast(pa.int64()).to_pylist(), np.int64)),
            string_column("symbol", [row["symbol"] for row in rows]),
            *(Column(name=name, data=np.array([row[name] for row in rows])) for name in names),
        ]
    )


def second(day: date, at: time) -> int:
    """Returns a time of day in New York, in seconds since 1970."""
    return int(datetime.combine(day, at, NEW_YORK).timestamp())


def number(value: float) -> float | int:
    """Returns a whole number as vendors write it, without a point."""
    return int(value) if value == int(value) else value


def alpaca(rows: Sequence[Row]) -> list[Any]:
    """Returns the pages of stock bars. `n` and `vw`, which data/ does not have, are left out."""
    bars = [
        {
            "t": datetime.fromtimestamp(second(row["time"].date(), time()), UTC).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
            **{name[0]: number(row[name]) for name in (*PRICES, "volume")},
        }
        for row in rows
    ]
    symbol = rows[0]["symbol"]
    pages = [bars[at : at + PAGE_BARS] for at in range(0, len(bars), PAGE_BARS)]
    return [
        {
            "bars": {symbol: page},
            "next_page_token": f"page-{place + 1}" if place + 1 < len(pages) else None,
        }
        for place, page in enumerate(pages)
    ]


def adjusted(rows: Sequence[Row]) -> list[float]:
    """Returns closes times 1 - dividend / close before, over the dividends after each."""
    factor, found = 1.0, []
    for place in range(len(rows) - 1, -1, -1):
        found.append(rows[place]["close"] * factor)
        paid = rows[place].get("dividend", 0.0)
        if paid and place:
            factor *= 1.0 - paid / rows[place - 1]["close"]
    return found[::-1]


def yahoo(rows: Sequence[Row], *, exchange: str, exchange_name: str) -> dict[str, Any]:
    """Returns the answer of the chart API, with a row of nulls on HOLIDAY."""
    opens = [second(row["time"].date(), time(9, 30)) for row in rows]
    quote: dict[str, list[Any]] = {
        name: [number(row[name]) if name == "volume" else row[name] for row in rows]
        for name in (*PRICES, "volume")
    }
    columns = {**quote, "adjclose": adjusted(rows)}
    at = next(place for place, row in enumerate(rows) if row["time"].date() > HOLIDAY)
    stamps = [*opens[:at], second(HOLIDAY, time(9, 30)), *opens[at:]]
    columns = {name: [*values[:at], None, *values[at:]] for name, values in columns.items()}
    last = rows[-1]["time"].date()
    dividends = {
        str(stamp): {"amount": row["dividend"], "date": stamp}
        for stamp, row in zip(opens, rows, strict=True)
        if row.get("dividend")
    }
    regular = {
        "timezone": "EST",
        "start": second(last, time(9, 30)),
        "end": second(last, time(16)),
        "gmtoffset": -18000,
    }
    result = {
        "meta": {
            "currency": "USD",
            "symbol": rows[0]["symbol"],
            "exchangeName": exchange,
            "fullExchangeName": exchange_name,
            "instrumentType": "EQUITY",
            "regularMarketTime": second(last, time(16)),
            "regularMarketPrice": rows[-1]["close"],
            "gmtoffset": -18000,
            "timezone": "EST",
            "exchangeTimezoneName": "America/New_York",
            "currentTradingPeriod": {"regular": regular},
            "dataGranularity": "1d",
            "range": "",
        },
        "timestamp": stamps,
        **({"events": {"dividends": dividends}} if dividends else {}),
        "indicators": {
            "quote": [{name: columns[name] for name in (*PRICES, "volume")}],
            "adjclose": [{"adjclose": columns["adjclose"]}],
        },
    }
    return {"chart": {"result": [result], "error": None}}


def write(folder: Path, name: str, base: str, rows: Sequence[Row], answer: object) -> None:
    """Writes an answer and its provenance, which goes on from that of the bundled file."""
    (folder / f"{name}.json").write_text(json.dumps(answer, separators=(",", ":")) + "\n")
    source = json_format.Parse(
        (ROOT / f"data/{base}.provenance.json").read_text(), dataset_pb2.Provenance()
    )
    vendor = "Alpaca's stock bars" if name.startswith("alpaca") else "Yahoo's charts"
    source.provider += f", in the recorded shape of {vendor}"
    if name.startswith("yahoo"):
        # Neither GOOG nor IBM was split from 2010 to then: what was traded is what is adjusted.
        source.adjustment = dataset_pb2.ADJUSTMENT_SPLITS
        source.as_of_time.FromDatetime(datetime(YEAR + 1, 1, 1, tzinfo=UTC))
    source.transformation_steps.add(
        description=f"Kept {rows[0]['symbol']} of {YEAR} and laid its bars out in the shape of "
        f"{vendor}; the output is the digest of the table that the file holds.",
        code_digest="sha256:" + hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        input_digest=source.transformation_steps[-1].output_digest,
        output_digest=data_hash(rows),
    )
    text = json.dumps(json_format.MessageToDict(source), indent=2, ensure_ascii=False)
    (folder / f"{name}.provenance.json").write_text(text + "\n")


def main() -> None:
    """Writes all files into a folder, by default data/recorded/."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data/recorded"
    folder.mkdir(parents=True, exist_ok=True)
    goog = rows_of("us_equities_daily", "GOOG")
    ibm = rows_of("us_equities_with_actions", "IBM")
    write(folder, "alpaca_bars_goog_2010", "us_equities_daily", goog, alpaca(goog))
    nasdaq = yahoo(goog, exchange="NMS", exchange_name="NasdaqGS")
    write(folder, "yahoo_chart_goog_2010", "us_equities_daily", goog, nasdaq)
    nyse = yahoo(ibm, exchange="NYQ", exchange_name="NYSE")
    write(folder, "yahoo_chart_ibm_2010", "us_equities_with_actions", ibm, nyse)


if __name__ == "__main__":
    main()
