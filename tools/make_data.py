"""Writes data/ from the price packages that requirements/dev.in pins: `make_data.py [FOLDER]`.

Every step from the publisher's file to the bundled one is written into the
provenance file with the digest of this file, of what went in and of what came
out. Digests of tables are those of docs/specs/identity.md section 3, so the
last one is the `data_hash` that the engine computes.
"""

import csv
import gzip
import hashlib
import importlib.util
import io
import json
import math
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import exchange_calendars
import numpy as np
import pyarrow as pa
from google.protobuf import json_format
from numpy.typing import NDArray
from pyarrow import parquet

from aurelius.engine.v1 import dataset_pb2
from aurelius_engine.domain.table_hash import Column, string_column, table_hash

ROOT = Path(__file__).resolve().parent.parent
EPOCH = date(1970, 1, 1)
DAY_NS = 86_400 * 1_000_000_000
PRICES = ("open", "high", "low", "close")

US_SYMBOLS = ("AAPL", "GOOG", "IBM", "MSFT")
SPLIT_JUMP = 1.25  # a dividend moves the adjustment by less, a split by more

PH_START, PH_END = date(2012, 1, 1), date(2019, 12, 31)
PH_COUNT = 6
PH_LARGEST_GAP = 0.15


@dataclass(frozen=True, slots=True)
class Rows:
    """Daily rows sorted by (day, symbol); `values` are float64 columns of one length."""

    day: NDArray[np.int64]  # days since 1970
    symbol: tuple[str, ...]
    values: Mapping[str, NDArray[np.float64]]

    @classmethod
    def sorted(
        cls, rows: Iterable[tuple[int, str, Sequence[float]]], names: Sequence[str]
    ) -> "Rows":
        """Sorts (day, symbol, values) rows; `names` are the columns of the values."""
        ordered = sorted(rows, key=lambda row: (row[0], row[1].encode()))
        table = np.array([row[2] for row in ordered], dtype=np.float64)
        return cls(
            day=np.array([row[0] for row in ordered], dtype=np.int64),
            symbol=tuple(row[1] for row in ordered),
            values={name: np.ascontiguousarray(table[:, i]) for i, name in enumerate(names)},
        )

    def where(self, keep: NDArray[np.bool_]) -> "Rows":
        """Returns the rows that `keep` marks."""
        symbol = tuple(text for text, kept in zip(self.symbol, keep.tolist(), strict=True) if kept)
        values = {name: column[keep] for name, column in self.values.items()}
        return Rows(self.day[keep], symbol, values)

    def of(self, symbol: str) -> "Rows":
        """Returns the rows of one symbol."""
        return self.where(np.array([text == symbol for text in self.symbol]))

    def digest(self) -> str:
        """Returns the digest of the table, its days as midnight UTC in nanoseconds."""
        floats = [Column(name=name, data=column) for name, column in self.values.items()]
        time = Column(name="time", data=self.day * DAY_NS)
        return table_hash([time, string_column("symbol", self.symbol), *floats])


@dataclass(slots=True)
class Steps:
    """The transformation steps so far; each starts from the output of the one before."""

    last: str
    done: list[dataset_pb2.TransformationStep] = field(default_factory=list)

    def add(self, description: str, output: str) -> None:
        """Records one step of this file."""
        code = sha256(Path(__file__).read_bytes())
        step = dataset_pb2.TransformationStep(
            description=description, code_digest=code, input_digest=self.last, output_digest=output
        )
        self.done.append(step)
        self.last = output


def sha256(data: bytes) -> str:
    """Returns `sha256:<hex>` of bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def package_file(package: str, path: str) -> bytes:
    """Reads a file of an installed package without running the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"make_data: {package} is not installed; run `make setup`")
    return (Path(spec.submodule_search_locations[0]) / path).read_bytes()


def days(text: str) -> int:
    """Returns an ISO date as days since 1970."""
    return (date.fromisoformat(text) - EPOCH).days


def sessions(calendar: str, first: date, last: date) -> set[int]:
    """Returns the sessions of a trading calendar as days since 1970."""
    found = exchange_calendars.get_calendar(calendar, start=first, end=last).sessions
    return {days(session.date().isoformat()) for session in found}


def us_source() -> tuple[bytes, Rows]:
    """Reads the five US series with their adjusted close."""
    data = package_file("bokeh_sampledata", "_data/stocks.csv.gz")
    reader = csv.DictReader(io.StringIO(gzip.decompress(data).decode()))
    names = ("Open", "High", "Low", "Close", "Volume", "Adj Close")
    rows = [
        (days(row["Date"]), row["Ticker"], [float(row[name]) for name in names]) for row in reader
    ]
    return data, Rows.sorted(rows, [name.lower().replace(" ", "_") for name in names])


def splits(rows: Rows) -> list[tuple[str, int, float]]:
    """Finds the splits: sessions where close / adjusted close falls by a whole ratio.

    That quotient falls at each ex date, by the split's ratio or, slightly, by a
    dividend. Returns (symbol, ex day, ratio), sorted by (ex day, symbol).
    """
    found = []
    for symbol in sorted(set(rows.symbol)):
        own = rows.of(symbol)
        quotient = own.values["close"] / own.values["adj_close"]
        jump = quotient[:-1] / quotient[1:]
        for i in np.flatnonzero(jump >= SPLIT_JUMP).tolist():
            ratio = float(np.rint(jump[i]))
            if abs(float(jump[i]) / ratio - 1.0) > 1e-9:
                sys.exit(f"make_data: {symbol} jumps by {jump[i]}, which is no whole split")
            found.append((symbol, int(own.day[i + 1]), ratio))
    return sorted(found, key=lambda split: (split[1], split[0]))


def dividends(rows: Rows) -> list[tuple[str, int, float]]:
    """Finds the dividends: sessions where close / adjusted close falls, but not as at a split.

    The publisher adjusts by 1 + dividend / close of the ex date, so that the dividend is
    that close times the fall of the quotient. Each must be a whole number of cents to
    within 1e-9. Returns (symbol, ex day, dividend), sorted by (ex day, symbol).
    """
    found = []
    for symbol in sorted(set(rows.symbol)):
        own = rows.of(symbol)
        quotient = own.values["close"] / own.values["adj_close"]
        jump = quotient[:-1] / quotient[1:]
        for i in np.flatnonzero((jump > 1.0 + 1e-9) & (jump < SPLIT_JUMP)).tolist():
            cents = float(own.values["close"][i + 1] * (jump[i] - 1.0) * 100.0)
            if abs(cents - np.rint(cents)) > 1e-7:
                sys.exit(f"make_data: {symbol} pays {cents} cents on {own.day[i + 1]}")
            found.append((symbol, int(own.day[i + 1]), float(np.rint(cents)) / 100.0))
    return sorted(found, key=lambda paid: (paid[1], paid[0]))


def with_actions(rows: Rows, paid: Sequence[tuple[str, int, float]]) -> Rows:
    """Replaces the adjusted close by the columns `dividend` and `split_ratio`."""
    place = {
        (symbol, day): i
        for i, (symbol, day) in enumerate(zip(rows.symbol, rows.day.tolist(), strict=True))
    }
    dividend, split_ratio = np.zeros(len(rows.day)), np.ones(len(rows.day))
    for symbol, day, amount in paid:
        dividend[place[symbol, day]] = amount
    for symbol, day, ratio in splits(rows):
        split_ratio[place[symbol, day]] = ratio
    kept = without(rows, "adj_close")
    return Rows(
        rows.day,
        rows.symbol,
        {**kept.values, "dividend": dividend, "split_ratio": split_ratio},
    )


def ph_source() -> tuple[bytes, Rows]:
    """Reads every complete row of the Philippine series, traded value in pesos last."""
    data = package_file("fastquant", "data/merged_stock_data.zip")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (member,) = archive.namelist()
        lines = csv.reader(io.StringIO(archive.read(member).decode()))
        symbols, names, _ = next(lines), next(lines), next(lines)
        rows: list[tuple[int, str, Sequence[float]]] = []
        for line in lines:
            for at in range(1, len(line), 5):
                if all(line[at : at + 5]):
                    rows.append(
                        (days(line[0]), symbols[at], [float(text) for text in line[at : at + 5]])
                    )
    expected = [*PRICES, "value"] * (len(names) // 5)
    if names[1:] != expected:
        sys.exit("make_data: the columns of fastquant's file are not open, high, low, close, value")
    return data, Rows.sorted(rows, (*PRICES, "value"))


def plausible(rows: Rows) -> NDArray[np.bool_]:
    """Says of each row whether prices are above 0, within [low, high], and value above 0."""
    low, high = rows.values["low"], rows.values["high"]
    fine = (low > 0.0) & (rows.values["value"] > 0.0)
    for name in PRICES:
        fine &= (rows.values[name] >= low) & (rows.values[name] <= high)
    return fine


def largest_gap(rows: Rows) -> float:
    """Returns the largest move from a close to the next open, either way, as a fraction."""
    return float(np.max(np.abs(rows.values["open"][1:] / rows.values["close"][:-1] - 1.0)))


def ph_choice(rows: Rows, on_calendar: set[int]) -> dict[str, str]:
    """Says of each symbol why it is left out, or `taken`, by the rule of data/README.md."""
    kept: dict[str, float] = {}
    verdict: dict[str, str] = {}
    for symbol in sorted(set(rows.symbol)):
        own = rows.of(symbol)
        if len(own.day) != len(on_calendar):
            verdict[symbol] = "a session without a bar"
        elif not bool(np.all(plausible(own))):
            verdict[symbol] = "a bar that cannot be true"
        elif largest_gap(own) > PH_LARGEST_GAP:
            verdict[symbol] = "an overnight gap above 15 %"
        else:
            kept[symbol] = math.fsum(own.values["value"].tolist())
    ranked = sorted(kept, key=lambda symbol: (-kept[symbol], symbol))
    verdict |= dict.fromkeys(ranked[PH_COUNT:], "not among the six most traded")
    return verdict | dict.fromkeys(ranked[:PH_COUNT], "taken")


def with_volume(rows: Rows) -> Rows:
    """Replaces the traded value by the units it stands for at the bar's typical price."""
    prices = {name: rows.values[name] for name in PRICES}
    typical = (prices["high"] + prices["low"] + prices["close"]) / 3.0
    return Rows(
        rows.day, rows.symbol, {**prices, "volume": np.rint(rows.values["value"] / typical)}
    )


def without(rows: Rows, *names: str) -> Rows:
    """Returns the rows without some columns."""
    left = {name: column for name, column in rows.values.items() if name not in names}
    return Rows(rows.day, rows.symbol, left)


def market_table(rows: Rows) -> pa.Table:
    """Returns the file's table: time is the session's date, at midnight UTC."""
    time = pa.array(rows.day * DAY_NS, pa.int64()).cast(pa.timestamp("ns", tz="UTC"))
    floats = {name: pa.array(column) for name, column in rows.values.items()}
    return pa.table({"time": time, "symbol": pa.array(rows.symbol, pa.string()), **floats})


def write(folder: Path, name: str, table: pa.Table, provenance: dataset_pb2.Provenance) -> None:
    """Writes one Parquet file and its provenance."""
    parquet.write_table(table, folder / f"{name}.parquet", compression="zstd")
    document = json_format.MessageToDict(provenance)
    text = json.dumps(document, indent=2, ensure_ascii=False)
    (folder / f"{name}.provenance.json").write_text(text + "\n")


def provenance(**facts: object) -> dataset_pb2.Provenance:
    """Returns what the files share, with the facts of one."""
    return dataset_pb2.Provenance(
        data_class=dataset_pb2.DATA_CLASS_REAL,
        fidelity_tier=dataset_pb2.FIDELITY_TIER_BARS,
        adjustment=dataset_pb2.ADJUSTMENT_RAW,
        latency_class="end_of_day",
        **facts,  # type: ignore[arg-type]
    )


def write_us(folder: Path) -> None:
    """Writes the US bars, their splits, and the bars with splits and dividends."""
    source, rows = us_source()
    facts = {
        "provider": f"Quandl WIKI Prices in bokeh-sampledata {version('bokeh-sampledata')}",
        "venue": "US listed equities (NASDAQ, NYSE)",
        "calendar": "XNYS",
        "time_zone": "America/New_York",
        "as_of_time": datetime(2026, 10, 18, tzinfo=UTC),
        "licence": "Public domain (data); BSD-3-Clause (package)",
        "source": "bokeh_sampledata/_data/stocks.csv.gz",
    }
    bars, actions = Steps(sha256(source)), Steps(sha256(source))
    read = "Read every row of the five series AAPL, FB, GOOG, IBM, MSFT: "
    bars.add(read + "date, open, high, low, close, volume.", without(rows, "adj_close").digest())
    kept = without(rows, "adj_close").where(np.array([text in US_SYMBOLS for text in rows.symbol]))
    dropped = len(rows.day) - len(kept.day)
    bars.add(f"Dropped FB, {dropped} bars from 2012-05-18 on: less than a year.", kept.digest())
    write(
        folder,
        "us_equities_daily",
        market_table(kept),
        provenance(**facts, transformation_steps=bars.done),
    )

    chosen = rows.where(np.array([text in US_SYMBOLS for text in rows.symbol]))
    pairs = Rows(
        chosen.day,
        chosen.symbol,
        {name: chosen.values[name] for name in ("close", "adj_close")},
    )
    actions.add("Read date, close and adjusted close of AAPL, GOOG, IBM, MSFT.", pairs.digest())
    found = splits(chosen)
    symbols, ex_days, ratios = zip(*found, strict=True)
    events = Rows(
        np.array(ex_days, dtype=np.int64), symbols, {"ratio": np.array(ratios, dtype=np.float64)}
    )
    actions.add(
        "Took as splits the sessions at which close / adjusted close falls by a whole ratio of at "
        "least 2, exact to 1e-9. Smaller falls are dividends and are not listed.",
        events.digest(),
    )
    table = pa.table(
        {
            "symbol": pa.array(events.symbol, pa.string()),
            "ex_date": pa.array(events.day.astype(np.int32), pa.int32()).cast(pa.date32()),
            "ratio": pa.array(events.values["ratio"]),
        }
    )
    write(
        folder,
        "us_equities_actions",
        table,
        provenance(**facts, transformation_steps=actions.done),
    )
    write_us_with_actions(folder, chosen, Steps(sha256(source)), facts)


def write_us_with_actions(
    folder: Path, chosen: Rows, steps: Steps, facts: Mapping[str, object]
) -> None:
    """Writes the US bars with the columns of corporate actions."""
    steps.add(
        "Read date, open, high, low, close, volume and adjusted close of AAPL, GOOG, IBM, MSFT.",
        chosen.digest(),
    )
    paid = dividends(chosen)
    rows = with_actions(chosen, paid)
    steps.add(
        "Put the adjusted close as split_ratio, the whole ratio of at least 2 by which close / "
        f"adjusted close falls, exact to 1e-9, else 1; and as dividend, at the {len(paid)} smaller "
        "falls, close * (fall - 1), the publisher's formula solved, rounded to the cent from which "
        "none is off by 1e-9; else 0.",
        rows.digest(),
    )
    write(
        folder,
        "us_equities_with_actions",
        market_table(rows),
        provenance(**facts, transformation_steps=steps.done),
    )


def write_ph(folder: Path) -> None:
    """Writes the Philippine bars."""
    source, rows = ph_source()
    steps = Steps(sha256(source))
    steps.add(
        f"Read the {len(rows.day)} rows of {len(set(rows.symbol))} symbols that have open, high, "
        "low, close and traded value; rows with an empty field are left out.",
        rows.digest(),
    )
    start, end = ((moment - EPOCH).days for moment in (PH_START, PH_END))
    rows = rows.where((rows.day >= start) & (rows.day <= end))
    steps.add(
        f"Kept {PH_START} to {PH_END}: before and after, the source lacks whole sessions.",
        rows.digest(),
    )
    on_calendar = sessions("XPHS", PH_START, PH_END)
    off = np.array([day not in on_calendar for day in rows.day.tolist()])
    off_days = ", ".join(
        str(np.datetime64(day, "D")) for day in sorted(set(rows.day[off].tolist()))
    )
    rows = rows.where(~off)
    steps.add(
        f"Dropped {int(np.count_nonzero(off))} rows of {off_days}, which is no session of XPHS in "
        f"exchange_calendars {version('exchange_calendars')}.",
        rows.digest(),
    )
    verdict = ph_choice(rows, on_calendar)
    reasons = sorted(set(verdict.values()) - {"taken"})
    counts = "; ".join(f"{list(verdict.values()).count(reason)} for {reason}" for reason in reasons)
    taken = {symbol for symbol, reason in verdict.items() if reason == "taken"}
    rows = rows.where(np.array([text in taken for text in rows.symbol]))
    steps.add(
        f"Kept {', '.join(sorted(taken))}, whole. Left out {len(verdict) - len(taken)} symbols: "
        f"{counts}.",
        rows.digest(),
    )
    rows = with_volume(rows)
    steps.add(
        "Estimated the volume in units, which the source lacks: traded value / ((high + low + "
        "close) / 3), rounded to a whole number, half to even.",
        rows.digest(),
    )
    facts = provenance(
        provider=f"PSE Edge charts in fastquant {version('fastquant')}",
        venue="Philippine Stock Exchange",
        calendar="XPHS",
        time_zone="Asia/Manila",
        as_of_time=datetime(2021, 12, 16, 8, 51, tzinfo=UTC),
        licence="MIT",
        source="fastquant/data/merged_stock_data.zip",
        transformation_steps=steps.done,
    )
    write(folder, "ph_equities_daily", market_table(rows), facts)


def main() -> None:
    """Writes all files into a folder, by default data/."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data"
    folder.mkdir(parents=True, exist_ok=True)
    write_us(folder)
    write_ph(folder)
    for path in sorted(folder.glob("*.parquet")):
        print(f"{path.name}: {parquet.read_metadata(path).num_rows} rows")


if __name__ == "__main__":
    main()
