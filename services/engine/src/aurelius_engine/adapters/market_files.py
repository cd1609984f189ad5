"""Market data files as checked tables: CSV, Parquet, Arrow."""

import io
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aurelius_engine.application.errors import ColumnMissing, FileMalformed
from aurelius_engine.application.records import FileFormat as FileFormat
from aurelius_engine.domain.errors import DatasetEmpty
from aurelius_engine.domain.market_table import MarketTable

_Number = TypeVar("_Number", np.float64, np.int64, np.int32)
BARS = ("open", "high", "low", "close", "volume")
_TIME_NAMES = ("time", "timestamp", "datetime", "date")


def read_market_file(data: bytes, file_format: FileFormat) -> MarketTable:
    """Reads and checks a whole file.

    The columns are found by name, in any case: `time` (or timestamp, datetime,
    date; int64 nanoseconds UTC, a timestamp, or an ISO date), `symbol`, `open`,
    `high`, `low`, `close`, `volume`. Others are ignored.

    Raises:
        FileMalformed, ColumnMissing: The file is not such a table.
        EngineError: A row cannot be true; see MarketTable.build.
    """
    try:
        table = _parse(data, file_format)
        names = _places(table.column_names)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = _first_line(error)
        raise FileMalformed(
            f"the file is not {file_format.value}: {reason}",
            found=reason,
            allowed=f"a {file_format.value} table",
        ) from error
    time_name = _refuse_missing(names, table.column_names)
    if table.num_rows == 0:
        raise DatasetEmpty("the file has no row", found=0, allowed="at least 1 row")
    columns = {name: table.column(place) for name, place in names.items()}
    return MarketTable.build(
        time=_nanoseconds(columns[time_name]),
        symbol=_texts(columns["symbol"]),
        bars={name: _floats(columns[name], name) for name in BARS},
    )


def array_of(column: "pa.ChunkedArray[Any]", dtype: type[_Number]) -> NDArray[_Number]:
    """Copies the values out of Arrow's buffers: pyarrow's own way imports pandas, 0.7 s."""
    parts = [np.empty(0, dtype=dtype)]
    for chunk in column.chunks:
        buffer = chunk.buffers()[1]
        if buffer is not None:
            parts.append(
                np.frombuffer(memoryview(buffer), dtype, len(chunk) + chunk.offset)[chunk.offset :]
            )
    return np.concatenate(parts)


def _places(header: list[str]) -> dict[str, int]:
    """Returns the place of each known column. Raises: ValueError: Two have one name."""
    places: dict[str, int] = {}
    for place, text in enumerate(header):
        name = text.strip().lower()
        if name not in ("symbol", *_TIME_NAMES, *BARS):
            continue
        if name in places:
            raise ValueError(f"two columns are named {name}")
        places[name] = place
    return places


def _refuse_missing(names: dict[str, int], header: list[str]) -> str:
    time_name = next((name for name in _TIME_NAMES if name in names), None)
    missing = [] if time_name else ["time"]
    missing += [name for name in ("symbol", *BARS) if name not in names]
    if missing or time_name is None:
        raise ColumnMissing(
            f"column {missing[0]} is missing",
            found=", ".join(header)[:200],
            allowed="time, symbol, " + ", ".join(BARS),
            column=missing[0],
        )
    return time_name


def _parse(data: bytes, file_format: FileFormat) -> pa.Table:
    if file_format is FileFormat.CSV:
        return _parse_csv(data)
    if file_format is FileFormat.PARQUET:
        from pyarrow import parquet

        return parquet.read_table(pa.BufferReader(pa.py_buffer(data)))
    source = pa.BufferReader(pa.py_buffer(data))
    opened = pa.ipc.open_file if data[:6] == b"ARROW1" else pa.ipc.open_stream
    table = opened(source).read_all()
    table.validate(full=True)  # offsets that point outside the file would be read
    return table


def _parse_csv(data: bytes) -> pa.Table:
    """Reads every column as text: a guessed type loses the zeros of `0700`."""
    from pyarrow import csv

    header = csv.open_csv(io.BytesIO(data)).schema.names
    types = dict.fromkeys(header, pa.string())
    return csv.read_csv(io.BytesIO(data), convert_options=csv.ConvertOptions(column_types=types))


def _texts(column: "pa.ChunkedArray[Any]") -> list[str]:
    try:
        texts: list[str | None] = column.cast(pa.string()).to_pylist()
    except (pa.ArrowException, ValueError) as error:
        raise _malformed("symbol", "is not text", error, allowed="a symbol each row") from error
    for row, text in enumerate(texts):
        if not text:
            raise FileMalformed(
                f"row {row}: symbol is empty",
                found="",
                allowed="a symbol",
                row=row,
                column="symbol",
            )
    return [text for text in texts if text]


def _floats(column: "pa.ChunkedArray[Any]", name: str) -> NDArray[np.float64]:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _parsed(column, name, pa.float64(), _number, allowed="a number")
    try:
        numbers = column.cast(pa.float64())
    except pa.ArrowException as error:
        raise _malformed(name, "is not of numbers", error, allowed="numbers") from error
    if numbers.null_count:  # NaN is refused further on, with its row
        numbers = numbers.fill_null(pa.scalar(float("nan")))
    return array_of(numbers, np.float64)


def _number(text: str) -> float:
    if "_" in text:  # Python's own way of writing numbers
        raise ValueError(text)
    return float(text)


def _parsed(
    column: "pa.ChunkedArray[Any]",
    name: str,
    kind: Any,
    parse: Callable[[str], object],
    *,
    allowed: str,
) -> "pa.ChunkedArray[Any]":
    """Casts texts to `kind`. An empty text is a null; the first that is none is named."""
    try:
        return column.cast(kind)
    except pa.ArrowException:
        pass
    values: list[object] = []
    for row, text in enumerate(column.to_pylist()):
        try:
            values.append(parse(text.strip()) if text and text.strip() else None)
        except ValueError as error:
            found = str(text)[:100]
            raise FileMalformed(
                f"row {row}: {name} is {found!r}, allowed {allowed}",
                found=found,
                allowed=allowed,
                row=row,
                column=name,
            ) from error
    return pa.chunked_array([pa.array(values, kind)])


def _nanoseconds(column: "pa.ChunkedArray[Any]") -> NDArray[np.int64]:
    kind = column.type
    allowed = "int64 nanoseconds, a timestamp or an ISO date"
    try:
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            column = _times_of_texts(column)
        elif pa.types.is_date(kind):
            column = column.cast(pa.timestamp("s")).cast(pa.timestamp("ns"))
        elif pa.types.is_timestamp(kind):
            column = column.cast(pa.timestamp("ns", tz=kind.tz))
        elif not pa.types.is_integer(kind):
            raise FileMalformed(f"column time is {kind}", found=str(kind), allowed=allowed)
        column = column.cast(pa.int64())
    except pa.ArrowException as error:
        raise _malformed("time", "cannot be read", error, allowed=allowed) from error
    if column.null_count:
        row = column.is_null().to_pylist().index(True)
        raise FileMalformed(
            f"row {row}: time is empty", found="", allowed=allowed, row=row, column="time"
        )
    return array_of(column, np.int64)


def _times_of_texts(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    """Returns int64 nanoseconds of texts that are all numbers, or all ISO dates or times."""
    for kind in (pa.int64(), pa.timestamp("ns"), pa.timestamp("ns", tz="UTC")):
        try:
            return column.cast(kind).cast(pa.int64())
        except pa.ArrowException:
            continue

    def parse(text: str) -> int:
        scalar = pa.scalar(text)
        for kind in (pa.timestamp("ns"), pa.timestamp("ns", tz="UTC")):
            try:
                return int(scalar.cast(kind).cast(pa.int64()).as_py())
            except pa.ArrowException:
                continue
        raise ValueError(text)

    return _parsed(column, "time", pa.int64(), parse, allowed="an ISO date or time")


def _malformed(column: str, what: str, error: Exception, *, allowed: str) -> FileMalformed:
    reason = _first_line(error)
    return FileMalformed(
        f"column {column} {what}: {reason}", found=reason, allowed=allowed, column=column
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
