"""The recorded answers of data/recorded are the bundled bars, to the last bit.

The digests change only together with data/recorded, and the changelog says so.
"""

import io

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pytest
from pyarrow import parquet

from aurelius_engine.adapters.market_adapters import shipped_adapters
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.application.market_adapters import Adapted
from aurelius_engine.application.records import FileFormat
from tests.conftest import REPOSITORY

DATA = REPOSITORY / "data"
GOOG = "sha256:c2bf225324747a5b1bc4582a2000424194e0652bfb7df8240947972f1bc66680"
IBM = "sha256:0137c4fe3b87028c8b2898c80b82d47e803b4a4130b9ee758f90cb0f4ed7f2ad"
JANUARY_4 = 1_262_563_200_000_000_000
DECEMBER_24 = 1_293_148_800_000_000_000


def read(file_format: FileFormat, data: bytes) -> Adapted:
    return shipped_adapters().read(file_format, data, packaged_calendars().zone("XNYS"))


def bundled(name: str, symbol: str) -> pa.Table:
    """The bundled bars of a symbol and 2010."""
    table = parquet.read_table(DATA / f"{name}.parquet")
    rows = [
        symbol == own and time is not None and time.year == 2010
        for own, time in zip(table["symbol"].to_pylist(), table["time"].to_pylist(), strict=True)
    ]
    return table.filter(pa.array(rows))


def files_of(table: pa.Table) -> dict[FileFormat, bytes]:
    """A table in each format whose columns have names."""
    files = {}
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    files[FileFormat.PARQUET] = sink.getvalue()
    sink = io.BytesIO()
    dates = pc.strftime(table["time"], format="%Y-%m-%d")
    pyarrow.csv.write_csv(table.set_column(0, "time", dates), sink)
    files[FileFormat.CSV] = sink.getvalue()
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table, max_chunksize=50)
    files[FileFormat.ARROW] = bytes(stream.getvalue())
    return files


def recorded(name: str) -> bytes:
    return (DATA / "recorded" / f"{name}.json").read_bytes()


def test_the_same_bars_through_five_adapters_are_one_dataset() -> None:
    files = files_of(bundled("us_equities_daily", "GOOG")) | {
        FileFormat.ALPACA_BARS_JSON: recorded("alpaca_bars_goog_2010"),
        FileFormat.YAHOO_CHART_JSON: recorded("yahoo_chart_goog_2010"),
    }

    hashes = {
        file_format: read(file_format, data).table.data_hash()
        for file_format, data in files.items()
    }

    assert hashes == dict.fromkeys(FileFormat, GOOG)


def test_a_chart_with_dividends_is_the_bars_with_actions() -> None:
    files = files_of(bundled("us_equities_with_actions", "IBM")) | {
        FileFormat.YAHOO_CHART_JSON: recorded("yahoo_chart_ibm_2010")
    }

    hashes = {
        file_format: read(file_format, data).table.data_hash()
        for file_format, data in files.items()
    }

    assert hashes == dict.fromkeys(files, IBM)
    table = read(FileFormat.YAHOO_CHART_JSON, files[FileFormat.YAHOO_CHART_JSON]).table
    assert table.dividend is not None
    assert sorted(table.dividend[table.dividend > 0].tolist()) == [0.55, 0.65, 0.65, 0.65]


@pytest.mark.parametrize(
    ("name", "file_format", "flags"),
    [
        (
            "alpaca_bars_goog_2010",
            FileFormat.ALPACA_BARS_JSON,
            [("time_labelled_by_session", 252, JANUARY_4)],
        ),
        (
            "yahoo_chart_goog_2010",
            FileFormat.YAHOO_CHART_JSON,
            [
                ("time_labelled_by_session", 252, JANUARY_4),
                ("empty_bar_dropped", 1, DECEMBER_24),
            ],
        ),
        (
            "yahoo_chart_ibm_2010",
            FileFormat.YAHOO_CHART_JSON,
            [
                ("time_labelled_by_session", 252, JANUARY_4),
                ("empty_bar_dropped", 1, DECEMBER_24),
                ("adjusted_close_ignored", 214, JANUARY_4),
            ],
        ),
    ],
)
def test_what_the_adapters_did_to_the_recorded_answers_is_flagged(
    name: str, file_format: FileFormat, flags: list[tuple[str, int, int]]
) -> None:
    found = read(file_format, recorded(name)).flags

    assert [(flag.id, flag.count, flag.first_time) for flag in found] == flags
