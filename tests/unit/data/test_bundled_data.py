"""data/: each file can be made again, is what its provenance says, and lies on its calendar."""

import gzip
import hashlib
import re
import subprocess
import sys
import warnings
import zipfile
from collections import Counter
from csv import DictReader
from datetime import date
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import exchange_calendars
import numpy as np
import protovalidate
import pytest
from google.protobuf import json_format
from pyarrow import parquet

from aurelius.engine.v1 import dataset_pb2
from aurelius_engine.adapters.market_files import FileFormat, read_market_file
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.table_hash import Column, string_column, table_hash
from tests.conftest import REPOSITORY

DATA = REPOSITORY / "data"
TOOL = REPOSITORY / "tools/make_data.py"
DAY_NS = 86_400 * 1_000_000_000
# Changed only together with data/, and said in the changelog: every identity over them changes.
HASHES = {
    "us_equities_daily": "sha256:ae30ff39455427024635289e79d24cfbc63d14cd93c977438f7ac9f3e3c0ef04",
    "us_equities_actions": (
        "sha256:081e958006e37157a101e895c7bf29140d40677bf23b6557c0e71dbdda11c9e2"
    ),
    "us_equities_with_actions": (
        "sha256:9f80e785225cb0812cae58277d114ff02081354dcd8e69ad2590bae2c589b637"
    ),
    "ph_equities_daily": "sha256:20dc4569c5b5a98c2ab7c6cc68e44e5e06d96a046ff0c926f06ab3b71c4d7250",
}
BARS = ("us_equities_daily", "us_equities_with_actions", "ph_equities_daily")
CALENDARS = {
    "us_equities_daily": "XNYS",
    "us_equities_with_actions": "XNYS",
    "ph_equities_daily": "XPHS",
}


def bars(name: str) -> MarketTable:
    return read_market_file((DATA / f"{name}.parquet").read_bytes(), FileFormat.PARQUET)


def provenance(name: str) -> dataset_pb2.Provenance:
    text = (DATA / f"{name}.provenance.json").read_text()
    return json_format.Parse(text, dataset_pb2.Provenance())


def actions() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = parquet.read_table(
        DATA / "us_equities_actions.parquet"
    ).to_pylist()
    return rows


def one(table: MarketTable, symbol: str) -> dict[str, Any]:
    own = np.array(table.symbol.texts()) == symbol
    names = ("open", "high", "low", "close", "volume")
    days = (table.time[own] // DAY_NS).astype("datetime64[D]")
    return {"day": days} | {name: getattr(table, name)[own] for name in names}


def overnight(series: dict[str, Any]) -> Any:
    return series["open"][1:] / series["close"][:-1]


def sessions(calendar: str, first: str, last: str) -> list[date]:
    with warnings.catch_warnings():  # exchange_calendars calls what pandas deprecates
        warnings.simplefilter("ignore")
        found = exchange_calendars.get_calendar(calendar, start=first, end=last).sessions
    return [session.date() for session in found]


def test_the_files_can_be_made_again_byte_for_byte(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(TOOL), str(tmp_path)], check=True, capture_output=True)

    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    kept = {
        path.name: path.read_bytes()
        for path in DATA.iterdir()
        if path.is_file() and path.name != "README.md"
    }
    assert sorted(made) == sorted(kept)
    assert [name for name in made if made[name] != kept[name]] == []
    assert sum(map(len, kept.values())) < 2_000_000


@pytest.mark.parametrize("name", HASHES)
def test_a_provenance_states_every_field_and_passes_its_rules(name: str) -> None:
    stated = provenance(name)

    protovalidate.validate(stated)

    absent = {field.name for field in stated.DESCRIPTOR.fields} - {
        field.name for field, _ in stated.ListFields()
    }
    assert absent == {"series", "untransformed"}
    assert stated.data_class == dataset_pb2.DATA_CLASS_REAL


@pytest.mark.parametrize("name", HASHES)
def test_the_steps_lead_from_the_publishers_file_to_the_bundled_one(name: str) -> None:
    stated = provenance(name)
    package, _, path = stated.source.partition("/")
    (installed,) = (
        distribution(package.replace("_", "-")).locate_file(file)
        for file in distribution(package.replace("_", "-")).files or ()
        if str(file) == f"{package}/{path}"
    )
    steps = stated.transformation_steps
    source = hashlib.sha256(Path(str(installed)).read_bytes()).hexdigest()

    assert steps[0].input_digest == f"sha256:{source}"
    assert [step.input_digest for step in steps[1:]] == [step.output_digest for step in steps[:-1]]
    assert steps[-1].output_digest == HASHES[name]
    code = "sha256:" + hashlib.sha256(TOOL.read_bytes()).hexdigest()
    assert {step.code_digest for step in steps} == {code}


@pytest.mark.parametrize("name", BARS)
def test_the_engine_accepts_the_bars_and_gives_the_recorded_hash(name: str) -> None:
    table = bars(name)

    assert table.data_hash() == HASHES[name]
    assert (table.time % DAY_NS == 0).all()
    assert (table.volume > 0).all()


def test_the_actions_have_the_recorded_hash() -> None:
    rows = actions()
    days = [(row["ex_date"] - date(1970, 1, 1)).days for row in rows]
    columns = [
        Column(name="time", data=np.array(days, dtype=np.int64) * DAY_NS),
        string_column("symbol", [row["symbol"] for row in rows]),
        Column(name="ratio", data=np.array([row["ratio"] for row in rows], dtype=np.float64)),
    ]

    assert table_hash(columns) == HASHES["us_equities_actions"]


@pytest.mark.parametrize("name", BARS)
def test_each_symbol_has_every_session_of_its_calendar_and_no_other_day(name: str) -> None:
    table = bars(name)

    for symbol in table.symbols:
        days = one(table, symbol)["day"]
        listed = sessions(CALENDARS[name], str(days[0]), str(days[-1]))
        assert days.tolist() == listed, symbol
    assert provenance(name).calendar == CALENDARS[name]


def test_three_us_symbols_span_ten_years() -> None:
    table = bars("us_equities_daily")
    spans = {symbol: one(table, symbol)["day"][[0, -1]] for symbol in table.symbols}

    long = [symbol for symbol, (first, last) in spans.items() if (last - first).astype(int) > 3653]

    assert long == ["AAPL", "IBM", "MSFT"]


def test_at_each_split_the_price_falls_by_the_ratio() -> None:
    table = bars("us_equities_daily")

    for action in actions():
        series = one(table, action["symbol"])
        (at,) = np.flatnonzero(series["day"] == np.datetime64(action["ex_date"]))
        move = series["open"][at] * action["ratio"] / series["close"][at - 1]
        assert 0.95 < move < 1.05, action


def test_the_bars_with_actions_are_the_bars_and_their_actions() -> None:
    bare, acting = bars("us_equities_daily"), bars("us_equities_with_actions")

    columns = {column.name: column for column in acting.columns()}
    for column in bare.columns():
        assert column.data.tolist() == columns[column.name].data.tolist()
    assert acting.dividend is not None
    assert acting.split_ratio is not None
    symbols = acting.symbol.texts()
    split = [
        (symbols[row], (acting.time[row] // DAY_NS).astype("datetime64[D]"), ratio)
        for row, ratio in enumerate(acting.split_ratio.tolist())
        if ratio != 1.0
    ]
    assert split == [
        (row["symbol"], np.datetime64(row["ex_date"]), row["ratio"]) for row in actions()
    ]
    paid = Counter(symbols[row] for row in np.flatnonzero(acting.dividend).tolist())
    assert paid == {"AAPL": 3, "IBM": 52, "MSFT": 37}
    dated = {
        (symbols[row], str((acting.time[row] // DAY_NS).astype("datetime64[D]"))): amount
        for row, amount in enumerate(acting.dividend.tolist())
    }
    assert dated["MSFT", "2004-11-15"] == 3.08
    assert dated["AAPL", "2012-08-09"] == 2.65
    assert dated["IBM", "2000-05-08"] == 0.13


def test_splits_and_dividends_give_back_the_publishers_adjusted_close() -> None:
    acting = bars("us_equities_with_actions")
    (path,) = (
        distribution("bokeh-sampledata").locate_file(file)
        for file in distribution("bokeh-sampledata").files or ()
        if file.name == "stocks.csv.gz"
    )
    with gzip.open(str(path), "rt") as lines:
        adjusted = {
            (row["Ticker"], row["Date"]): float(row["Adj Close"]) for row in DictReader(lines)
        }

    for symbol in acting.symbols:
        own = np.flatnonzero(np.array(acting.symbol.texts()) == symbol)
        days = (acting.time[own] // DAY_NS).astype("datetime64[D]").astype(str).tolist()
        theirs = np.array([adjusted[symbol, day] for day in days])
        close = acting.close[own]
        assert acting.dividend is not None
        assert acting.split_ratio is not None
        factor = acting.split_ratio[own] * (1.0 + acting.dividend[own] / close)
        later = np.append(np.cumprod(factor[::-1])[::-1][1:], 1.0)
        ours = close / later
        assert np.abs(ours / theirs * (theirs[-1] / ours[-1]) - 1.0).max() < 1e-10, symbol


def test_the_only_overnight_halving_that_is_no_split_is_known() -> None:
    table = bars("us_equities_daily")
    listed = {(row["symbol"], str(row["ex_date"])) for row in actions()}
    halved = {
        (symbol, str(series["day"][1:][at]))
        for symbol in table.symbols
        for series in [one(table, symbol)]
        for at in np.flatnonzero(np.abs(np.log(overnight(series))) > 0.3)
    }

    assert listed == {("AAPL", "2000-06-21"), ("AAPL", "2005-02-28"), ("MSFT", "2003-02-18")}
    assert halved - listed == {("AAPL", "2000-09-29")}


def test_no_philippine_symbol_moves_overnight_like_a_split() -> None:
    table = bars("ph_equities_daily")

    moves = {symbol: np.abs(overnight(one(table, symbol)) - 1).max() for symbol in table.symbols}

    assert max(moves.values()) <= 0.15, moves


def test_goog_differs_from_another_publisher_as_the_readme_says(goog: MarketTable) -> None:
    ours = one(bars("us_equities_daily"), "GOOG")
    theirs = one(goog, "GOOG")
    differing = {name: int((ours[name] != theirs[name]).sum()) for name in ours}
    largest = {
        name: float(np.abs(ours[name] / theirs[name] - 1).max())
        for name in ("open", "high", "low", "close")
    }

    assert differing == {
        "day": 0,
        "open": 310,
        "high": 127,
        "low": 133,
        "close": 72,
        "volume": 2148,
    }
    assert [f"{value:.2%}" for value in largest.values()] == ["2.51%", "5.92%", "1.86%", "0.45%"]
    assert round(float(np.median(ours["volume"] / theirs["volume"])), 3) == 1.998


def test_the_window_leaves_out_the_years_in_which_the_source_lacks_sessions() -> None:
    (path,) = (
        distribution("fastquant").locate_file(file)
        for file in distribution("fastquant").files or ()
        if file.name == "merged_stock_data.zip"
    )
    with zipfile.ZipFile(str(path)) as archive, archive.open(archive.namelist()[0]) as lines:
        days = {line.split(b",", 1)[0].decode() for line in list(lines)[3:]}
    listed = {str(day) for day in sessions("XPHS", min(days), max(days))}

    lacking = Counter(day[:4] for day in listed - days)

    assert lacking == {"2010": 98, "2011": 19, "2020": 4}
    assert days - listed == {"2017-12-08"}


def _installed_csv(name: str) -> list[dict[str, str]]:
    import csv

    (path,) = (
        distribution("fastquant").locate_file(file)
        for file in distribution("fastquant").files or ()
        if file.name == name
    )
    with Path(str(path)).open() as file:
        return list(csv.DictReader(file))


def test_the_estimated_volume_is_as_close_as_the_readme_says() -> None:
    bars_of = {row["dt"]: row for row in _installed_csv("JFC_2010-01-01_2019-01-01_OHLCV.csv")}
    errors = {}
    for row in _installed_csv("JFC_20180101_20190110_DCV.csv"):
        bar = bars_of.get(row["dt"])
        if bar:
            typical = (float(bar["high"]) + float(bar["low"]) + float(bar["close"])) / 3
            errors[row["dt"]] = abs(float(bar["value"]) / typical / float(row["volume"]) - 1)

    odd = {day for day, error in errors.items() if error > 0.04}

    assert len(errors) > 200
    assert odd == {"2018-10-10"}
    assert float(np.median(list(errors.values()))) < 0.0025


def test_the_readme_carries_each_licence_word_for_word() -> None:
    readme = (DATA / "README.md").read_text()

    for package, name in (("bokeh-sampledata", "LICENSE.txt"), ("fastquant", "LICENSE")):
        (file,) = (
            entry
            for entry in distribution(package).files or ()
            if entry.name == name and ".dist-info" in str(entry)
        )
        assert Path(str(file.locate())).read_text().strip() in readme


def test_the_readme_counts_the_rows_and_dates_of_each_file() -> None:
    readme = (DATA / "README.md").read_text()
    rows = re.findall(
        r"^\| `(\w+)\.parquet` \|.*\| ([\d,]+) \| (.*) \| (\S+) \| (\S+) \|$", readme, re.M
    )
    stated = {
        name: (int(count.replace(",", "")), symbols.split(", "), first, last)
        for name, count, symbols, first, last in rows
    }

    splits = actions()
    found: dict[str, Any] = {
        "us_equities_actions": (
            len(splits),
            sorted({row["symbol"] for row in splits}),
            str(splits[0]["ex_date"]),
            str(splits[-1]["ex_date"]),
        )
    }
    for name in BARS:
        table = bars(name)
        first, last = (table.time[[0, -1]] // DAY_NS).astype("datetime64[D]")
        found[name] = (len(table.time), list(table.symbols), str(first), str(last))
    assert stated == found
