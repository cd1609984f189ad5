"""Files as people and programs write them, and files that are none."""

import io
import random

import pyarrow as pa
import pytest
from pyarrow import parquet

from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.adapters.market_files import FileFormat, read_market_file
from aurelius_engine.application.errors import ColumnMissing, FileMalformed, UploadTooLarge
from aurelius_engine.domain import errors
from aurelius_engine.domain.errors import EngineError
from aurelius_engine.domain.market_table import MarketTable

HEADER = "time,symbol,open,high,low,close,volume\n"
DAY = 86_400_000_000_000
DAY_ONE = 18_263 * DAY  # 2020-01-02
ROW = "2020-01-02,A,10,12,9,11,100\n"
OF_COLUMNS = (FileFormat.CSV, FileFormat.PARQUET, FileFormat.ARROW)


def csv(*rows: str, header: str = HEADER) -> bytes:
    return (header + "".join(f"{row}\n" for row in rows)).encode()


def read(data: bytes, file_format: FileFormat = FileFormat.CSV) -> MarketTable:
    return read_market_file(data, file_format)


def bars() -> pa.Table:
    return pa.table(
        {
            "time": pa.array([DAY_ONE, DAY_ONE + DAY], pa.int64()),
            "symbol": ["A", "A"],
            "open": [10.0, 11.0],
            "high": [12.0, 12.0],
            "low": [9.0, 10.0],
            "close": [11.0, 11.5],
            "volume": [100.0, 0.0],
        }
    )


def arrow_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def parquet_bytes(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()


def test_a_symbol_of_digits_keeps_its_zeros() -> None:
    table = read(csv("2020-01-02,0700,10,12,9,11,100"))

    assert table.symbols == ("0700",)


@pytest.mark.parametrize("symbol", ["TRUE", "NA", "null", "nan", "1e5"])
def test_a_symbol_that_looks_like_something_else_is_text(symbol: str) -> None:
    table = read(csv(f"2020-01-02,{symbol},10,12,9,11,100"))

    assert table.symbols == (symbol,)


def test_a_volume_that_turns_fractional_far_down_is_read() -> None:
    rows = [f"{DAY_ONE + i * 3_600_000_000_000},A,10,12,9,11,{i}" for i in range(60_000)]
    rows.append(f"{DAY_ONE + 60_000 * 3_600_000_000_000},A,10,12,9,11,0.5")
    data = csv(*rows)
    assert len(data) > 2 * 1024 * 1024, "more than one block of the reader"

    table = read_market_file(data, FileFormat.CSV)

    assert table.volume[-1] == 0.5


@pytest.mark.parametrize(
    "time", ["1577923200000000000", "2020-01-02", "2020-01-02 00:00:00", "2020-01-02T00:00:00Z"]
)
def test_every_way_to_write_a_time_gives_the_same_data(time: str) -> None:
    table = read(csv(f"{time},A,10,12,9,11,100"))

    assert table.time.tolist() == [1_577_923_200_000_000_000]


def test_the_three_formats_give_one_hash() -> None:
    text = csv("2020-01-02,A,10,12,9,11,100", "2020-01-03,A,11,12,10,11.5,0")

    hashes = {
        read_market_file(text, FileFormat.CSV).data_hash(),
        read_market_file(parquet_bytes(bars()), FileFormat.PARQUET).data_hash(),
        read_market_file(arrow_bytes(bars()), FileFormat.ARROW).data_hash(),
    }

    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("row", "column", "found"),
    [
        ("2020-01-03,A,x,12,9,11,100", "open", "x"),
        ("2020-01-03,A,10,12,9,1_1,100", "close", "1_1"),
        ("soon,A,10,12,9,11,100", "time", "soon"),
        (",A,10,12,9,11,100", "time", ""),
        ("2020-01-03,,10,12,9,11,100", "symbol", ""),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(row: str, column: str, found: str) -> None:
    with pytest.raises(FileMalformed) as refused:
        read(csv(ROW.strip(), row))

    assert refused.value.facts["row"] == 1
    assert refused.value.facts["column"] == column
    assert refused.value.facts["found"] == found


@pytest.mark.parametrize("text", ["", "NaN", "nan", "inf"])
def test_a_price_that_is_no_number_is_refused_with_its_row(text: str) -> None:
    with pytest.raises(errors.PriceNotFinite) as refused:
        read(csv(ROW.strip(), f"2020-01-03,A,10,12,9,{text},100"))

    assert refused.value.facts["row"] == 1
    assert refused.value.facts["column"] == "close"


def test_two_columns_of_one_name_are_refused() -> None:
    header = HEADER.replace("volume", "volume,CLOSE")

    with pytest.raises(FileMalformed) as refused:
        read(csv("2020-01-02,A,10,12,9,11,100,11", header=header))

    assert refused.value.facts["found"] == "two columns are named close"


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(ColumnMissing) as refused:
        read(b"time,symbol,open,high,low,close\n2020-01-02,A,1,1,1,1\n")

    assert refused.value.facts["column"] == "volume"
    assert refused.value.facts["found"] == "time, symbol, open, high, low, close"


@pytest.mark.parametrize("file_format", OF_COLUMNS)
@pytest.mark.parametrize("data", [b"", b"\x00", b"PAR1", b"ARROW1", b"\xff\xfe,\n\xff,1\n"])
def test_bytes_that_are_no_file_are_malformed(data: bytes, file_format: FileFormat) -> None:
    with pytest.raises((FileMalformed, ColumnMissing)):
        read(data, file_format)


@pytest.mark.parametrize("file_format", OF_COLUMNS)
def test_a_damaged_file_is_refused_or_read_but_never_breaks(file_format: FileFormat) -> None:
    good = {
        FileFormat.CSV: csv(*[f"2020-01-{day:02},A,10,12,9,11,100" for day in range(1, 29)]),
        FileFormat.PARQUET: parquet_bytes(bars()),
        FileFormat.ARROW: arrow_bytes(bars()),
    }[file_format]
    chance = random.Random(7)
    refused = 0

    for _ in range(400):
        damaged = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            read_market_file(bytes(damaged), file_format)
        except EngineError:
            refused += 1

    assert refused > 50


def test_market_data_is_stored_without_loss() -> None:
    files = ArrowTables()
    table = read_market_file(arrow_bytes(bars()), FileFormat.ARROW)

    again = files.decode_market(files.encode_market(table))

    assert again.data_hash() == table.data_hash()
    assert files.encode_market(again) == files.encode_market(table)


@pytest.mark.parametrize(
    "time",
    ["20240102", "1704153600", "1704153600000", "1704153600000000", "0", "-1", "99999999999999999"],
)
def test_an_integer_that_is_no_count_of_nanoseconds_is_never_taken_for_one(time: str) -> None:
    of_numbers = bars().set_column(0, "time", pa.array([DAY_ONE, int(time)], pa.int64()))
    files = (
        (csv(f"{DAY_ONE},A,10,12,9,11,100", f"{time},A,10,12,9,11,100"), FileFormat.CSV),
        (parquet_bytes(of_numbers), FileFormat.PARQUET),
        (arrow_bytes(of_numbers), FileFormat.ARROW),
    )

    for data, file_format in files:
        with pytest.raises(FileMalformed) as refused:
            read(data, file_format)

        facts = refused.value.facts
        assert (facts["row"], facts["column"], str(facts["found"])) == (1, "time", time)
        assert "nanoseconds" in str(facts["allowed"])
        assert "ISO" in str(facts["allowed"])


@pytest.mark.parametrize("kind", [pa.int32(), pa.uint32(), pa.uint64(), pa.int16(), pa.bool_()])
def test_integers_that_are_no_int64_are_no_times(kind: pa.DataType) -> None:
    times = pa.array([True, False] if kind == pa.bool_() else [1, 2], kind)
    table = bars().set_column(0, "time", times)

    with pytest.raises(FileMalformed) as refused:
        read(parquet_bytes(table), FileFormat.PARQUET)

    assert refused.value.facts["column"] == "time"
    assert refused.value.facts["found"] == str(kind)


def test_the_first_nanosecond_that_may_be_counted() -> None:
    assert read(csv("100000000000000000,A,10,12,9,11,1")).time.tolist() == [10**17]
    assert read(csv("1960-01-04,A,10,12,9,11,1")).time[0] < 0, "a text has no unit to mistake"


@pytest.mark.parametrize("name", ["symbol", "open", "volume"])
@pytest.mark.parametrize("coded", [False, True])
def test_booleans_are_neither_numbers_nor_symbols(name: str, coded: bool) -> None:
    table = bars()
    flags = pa.chunked_array([pa.array([True, True])])
    if coded:
        flags = flags.dictionary_encode()
    table = table.set_column(table.column_names.index(name), name, flags)

    with pytest.raises(FileMalformed) as refused:
        read(arrow_bytes(table), FileFormat.ARROW)

    assert refused.value.facts["column"] == name
    assert refused.value.facts["found"] == "bool"


@pytest.mark.parametrize("name", ["time", "symbol", "open"])
@pytest.mark.parametrize("file_format", OF_COLUMNS[1:])
@pytest.mark.parametrize("cell", [["A"], {"a": "A"}], ids=["list", "structure"])
def test_a_column_of_lists_or_structures_is_refused_by_name(
    name: str, file_format: FileFormat, cell: object
) -> None:
    table = bars()
    table = table.set_column(table.column_names.index(name), name, pa.array([cell, cell]))
    data = {FileFormat.PARQUET: parquet_bytes, FileFormat.ARROW: arrow_bytes}

    with pytest.raises(FileMalformed) as refused:
        read(data[file_format](table), file_format)

    assert refused.value.facts["column"] == name


def many(rows: int, symbol: str = "A") -> pa.Table:
    """Bars that compress well."""
    column = {name: pa.array([10.0] * rows) for name in ("open", "high", "low", "close", "volume")}
    times = pa.array([DAY_ONE + i for i in range(rows)], pa.int64())
    return pa.table({"time": times, "symbol": pa.array([symbol] * rows), **column})


@pytest.mark.parametrize("file_format", OF_COLUMNS)
def test_a_file_has_at_most_so_many_rows(file_format: FileFormat) -> None:
    rows = [f"{DAY_ONE + i},A,10,10,10,10,10" for i in range(101)]
    data = {
        FileFormat.CSV: csv(*rows),
        FileFormat.PARQUET: parquet_bytes(many(101)),
        FileFormat.ARROW: arrow_bytes(many(101)),
    }[file_format]

    assert len(read_market_file(data, file_format, max_rows=101).time) == 101
    with pytest.raises(UploadTooLarge) as refused:
        read_market_file(data, file_format, max_rows=100)

    facts = refused.value.facts
    assert (facts["found"], facts["allowed"], facts["unit"]) == (101, 100, "rows")


def test_rows_of_a_parquet_file_are_counted_before_one_is_decoded() -> None:
    data = bytearray(parquet_bytes(many(1000)))
    length = int.from_bytes(data[-8:-4], "little")
    data[4 : len(data) - 8 - length] = bytes(len(data) - 12 - length)  # only its footer is left

    with pytest.raises(UploadTooLarge):
        read_market_file(bytes(data), FileFormat.PARQUET, max_rows=999)
    with pytest.raises(FileMalformed):
        read_market_file(bytes(data), FileFormat.PARQUET, max_rows=1000)


@pytest.mark.parametrize("file_format", [FileFormat.PARQUET, FileFormat.ARROW])
def test_what_unfolds_to_too_many_bytes_is_refused(file_format: FileFormat) -> None:
    table = many(20, symbol="A" * 1_000_000).append_column("note", pa.array(["x"] * 20))
    sink = io.BytesIO()
    parquet.write_table(table, sink, use_dictionary=False, compression="zstd")
    data = sink.getvalue() if file_format is FileFormat.PARQUET else arrow_bytes(table)

    with pytest.raises(UploadTooLarge) as refused:
        read_market_file(data, file_format, max_rows=20)

    assert refused.value.facts["unit"] == "bytes"


def test_a_long_symbol_in_every_row_is_held_once() -> None:
    data = parquet_bytes(many(2000, symbol="A" * 1_000_000))
    assert len(data) < 1_000_000

    with pytest.raises(errors.SymbolInvalid) as refused:
        read(data, FileFormat.PARQUET)

    assert len(str(refused.value)) < 400
