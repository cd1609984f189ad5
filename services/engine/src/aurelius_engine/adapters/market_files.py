"""Market data files as checked tables: CSV, Parquet, Arrow."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aurelius_engine.adapters.bounded_files import MAX_ROWS, open_file
from aurelius_engine.application.errors import ColumnMissing, FileMalformed
from aurelius_engine.application.market_adapters import Adapted, bars_alone
from aurelius_engine.application.records import FileFormat as FileFormat
from aurelius_engine.domain.errors import CurrencyMixed, DatasetEmpty, row_text
from aurelius_engine.domain.market_table import (
    ACTIONS,
    BARS,
    BOOK_COLUMNS,
    LEVEL,
    OPTIONAL,
    MarketTable,
)
from aurelius_engine.domain.quality.flags import flags_of
from aurelius_engine.domain.table_hash import Column, coded_column
from aurelius_engine.domain.time_zones import DAY_NS

_Number = TypeVar("_Number", np.float64, np.int64, np.int32)
CURRENCY = "currency"
# What an empty cell of these means: none. Of `member` it means nothing, and is refused.
_NONE = {"dividend": 0.0, "split_ratio": 1.0, "delisting_return": 0.0}
_TIME_NAMES = ("time", "timestamp", "datetime", "date")
# A count of nanoseconds from 1973-03-03 on. Seconds, milliseconds and microseconds of
# any year until 5138, and dates such as 20240102, lie below: they are never taken for it.
COUNTED_MIN_NS = 10**17
_ALLOWED_TIMES = (
    f"int64 nanoseconds since 1970 from {COUNTED_MIN_NS} on, a timestamp column, "
    "or ISO dates or times as text"
)


def read_market_file(
    data: bytes, file_format: FileFormat, *, max_rows: int = MAX_ROWS
) -> MarketTable:
    """Returns the table of `adapted_file` alone."""
    return bars_alone(adapted_file(data, file_format, max_rows=max_rows))


def adapted_file(data: bytes, file_format: FileFormat, *, max_rows: int = MAX_ROWS) -> Adapted:
    """Reads and checks a whole file of at most `max_rows` rows.

    The columns are found by name, in any case: `time` (or timestamp, datetime,
    date; int64 nanoseconds UTC, a timestamp, or an ISO date), `symbol`, `open`,
    `high`, `low`, `close`, `volume`, and with corporate actions `dividend` and
    `split_ratio`, where an empty cell is none; of a universe `member`, and
    `delisting_return`, where an empty cell is none; of a quote or a book those of
    BOOK_COLUMNS up to a level. Of `currency` there is one, the same in each row. Others
    are ignored, and flagged.

    Raises:
        FileMalformed, ColumnMissing: The file is not such a table.
        CurrencyMixed: Its prices are in several currencies.
        UploadTooLarge: It has more rows, or unfolds to more bytes than they may take.
        EngineError: A row cannot be true; see MarketTable.build.
    """
    time: NDArray[np.int64] = np.empty(0, np.int64)
    symbol = Column(name="symbol", data=np.empty(0, np.int32), values=())
    bars: dict[str, NDArray[np.float64]] = {}
    assumed, empty = time, [time]
    for name, column in _columns(data, file_format, max_rows):
        if name == "symbol":
            symbol = _symbols(column)
        elif name == CURRENCY:
            _refuse_mixed(column)
        elif name in _TIME_NAMES:
            time, naive = _nanoseconds(column)
            assumed = naive[naive % DAY_NS != 0]
        else:
            bars[name], rows = floats_of(column, name)
            empty.append(rows)
        del column
    if time.size == 0:
        raise DatasetEmpty("the file has no row", found=0, allowed="at least 1 row")
    flags = flags_of(
        [
            ("time_zone_assumed_utc", assumed),
            *[("column_ignored", time)] * _ignored(data, file_format),
            ("action_missing_as_none", time[np.unique(np.concatenate(empty))]),
        ]
    )
    return Adapted(table=MarketTable.taking(time=time, symbol=symbol, bars=bars), flags=flags)


def _columns(
    data: bytes, file_format: FileFormat, max_rows: int
) -> "Iterator[tuple[str, pa.ChunkedArray[Any]]]":
    """Returns the columns of a file by our name for each, none if it has no row."""
    try:
        opened = open_file(data, file_format)
        places = _places(opened.names)
        time_name = _refuse_missing(places, opened.names)
        more = [name for name in (*OPTIONAL, *BOOK_COLUMNS, CURRENCY) if name in places]
        wanted = [time_name, "symbol", *BARS, *more]
        names = [opened.names[places[name]] for name in wanted]
        found = opened.columns(names, texts=names[1], max_rows=max_rows)
        while wanted:
            column = next(found, None)
            if column is None:
                return
            yield wanted.pop(0), column
            del column  # the caller did so too: a large file is not there twice
            pa.default_memory_pool().release_unused()
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = first_line(error)
        raise FileMalformed(
            f"the file is no {file_format.value} table",
            found=reason,
            allowed=f"a table in {file_format.value}",
        ) from error


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


def _places(header: Sequence[str]) -> dict[str, int]:
    """Returns the place of each known column. Raises: ValueError: Two have one name."""
    places: dict[str, int] = {}
    for place, text in enumerate(header):
        name = text.strip().lower()
        if name not in ("symbol", *_TIME_NAMES, *BARS, *OPTIONAL, *BOOK_COLUMNS, CURRENCY):
            continue
        if name in places:
            raise ValueError(f"two columns are named {name}")
        places[name] = place
    return places


def _ignored(data: bytes, file_format: FileFormat) -> int:
    """Returns how many columns of a file that was read have a name that no table has."""
    names = open_file(data, file_format).names
    return len(names) - len(_places(names))


def _refuse_missing(names: dict[str, int], header: Sequence[str]) -> str:
    time_name = next((name for name in _TIME_NAMES if name in names), None)
    missing = [] if time_name else ["time"]
    missing += [name for name in ("symbol", *BARS) if name not in names]
    if any(name in names for name in ACTIONS):  # one without the other would half apply
        missing += [name for name in ACTIONS if name not in names]
    deepest = max((place for place, name in enumerate(BOOK_COLUMNS) if name in names), default=-1)
    whole = BOOK_COLUMNS[: (deepest // len(LEVEL) + 1) * len(LEVEL)]
    missing += [name for name in whole if name not in names]
    if missing or time_name is None:
        raise ColumnMissing(
            f"column {missing[0]} is missing",
            found=", ".join(header)[:200],
            allowed="time, symbol, " + ", ".join(BARS) + "; dividend and split_ratio or neither; "
            "of a book the prices and sizes of both sides, level by level",
            column=missing[0],
        )
    return time_name


def _symbols(column: "pa.ChunkedArray[Any]") -> Column:
    """Returns the column of symbols as codes: a text is held once, however often it occurs."""
    refuse_booleans(column, "symbol", allowed="texts")
    try:
        coded: Any = column
        if not pa.types.is_dictionary(column.type):
            coded = column.cast(pa.string()).dictionary_encode()
        places: dict[str | None, int] = {}
        parts: list[NDArray[np.int64]] = []
        row = 0
        for chunk in coded.chunks:
            texts = chunk.dictionary.cast(pa.string()).to_pylist()
            own = np.array([places.setdefault(t, len(places)) for t in texts], dtype=np.int64)
            indices = chunk.indices
            _refuse_empty(indices, texts, row)
            codes = array_of(pa.chunked_array([indices.cast(pa.int32())]), np.int32)
            parts.append(own[codes])
            row += len(codes)
    except (pa.ArrowException, ValueError) as error:
        raise malformed("symbol", "is not text", error, allowed="a symbol each row") from error
    names = [text for text in places if text]
    return coded_column("symbol", _named(np.concatenate(parts), places), names)


def _named(places: NDArray[np.int64], texts: Mapping[str | None, int]) -> NDArray[np.int64]:
    """Returns places among the texts that are none of the empty ones, which no row has."""
    rank = np.cumsum([bool(text) for text in texts]) - 1
    return places if rank.size == 0 or rank[-1] + 1 == rank.size else rank[places]


def _refuse_empty(indices: Any, texts: Sequence[str | None], first: int) -> None:
    """Refuses a row without a symbol. `first` is the row at which the chunk begins."""
    empty = pa.array([code for code, text in enumerate(texts) if not text], pa.int64())
    bad: Any = pc.or_(indices.is_null(), pc.is_in(indices.cast(pa.int64()), value_set=empty))
    place = pc.index(bad, True).as_py()
    if place >= 0:
        raise FileMalformed(
            f"{row_text(first + place)}: symbol is empty",
            found="",
            allowed="a symbol",
            row=first + place,
            column="symbol",
        )


def refuse_booleans(column: "pa.ChunkedArray[Any]", name: str, *, allowed: str) -> None:
    """Refuses true and false where other values are. Raises: FileMalformed: They are there."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_boolean(kind):
        raise FileMalformed(
            f"column {name} is of booleans", found=str(kind), allowed=allowed, column=name
        )


def _refuse_mixed(column: "pa.ChunkedArray[Any]") -> None:
    """Refuses a second currency: nothing converts one into another. An empty cell is none."""
    try:
        texts = column.cast(pa.string()).unique().to_pylist()
    except (pa.ArrowException, ValueError) as error:
        raise malformed(CURRENCY, "is not text", error, allowed="a code, or nothing") from error
    found = sorted({text.strip() for text in texts if text and text.strip()})
    if len(found) > 1:
        shown = ", ".join(text[:16] for text in found[:5])
        raise CurrencyMixed(
            f"the prices are in {len(found)} currencies: {shown}",
            found=shown,
            allowed="one currency in every row",
        )


def floats_of(
    column: "pa.ChunkedArray[Any]", name: str
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Returns numbers, and the rows whose cell is empty and means none."""
    refuse_booleans(column, name, allowed="numbers")
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = parsed(column, name, pa.float64(), _number, allowed="a number")
    try:
        numbers = column.cast(pa.float64())
    except pa.ArrowException as error:
        raise malformed(name, "is not of numbers", error, allowed="numbers") from error
    rows = np.empty(0, dtype=np.int64)
    if numbers.null_count:  # NaN is refused further on, with its row
        if name in _NONE:
            rows = np.flatnonzero(array_of(numbers.is_null().cast(pa.int32()), np.int32))
        numbers = numbers.fill_null(pa.scalar(_NONE.get(name, float("nan"))))
    return array_of(numbers, np.float64), rows


def _number(text: str) -> float:
    if "_" in text:  # Python's own way of writing numbers
        raise ValueError(text)
    return float(text)


def parsed(
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
                f"{row_text(row)}: {name} is {found!r}, allowed {allowed}",
                found=found,
                allowed=allowed,
                row=row,
                column=name,
            ) from error
    return pa.chunked_array([pa.array(values, kind)])


def _nanoseconds(
    column: "pa.ChunkedArray[Any]",
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns times, and those of them that name no zone."""
    kind, allowed = column.type, _ALLOWED_TIMES
    counted = kind == pa.int64()
    naive: bool | list[int] = pa.types.is_timestamp(kind) and kind.tz is None
    try:
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            column, counted, naive = _times_of_texts(column)
        elif pa.types.is_date(kind):
            column = column.cast(pa.timestamp("s")).cast(pa.timestamp("ns"))
        elif pa.types.is_timestamp(kind):
            column = column.cast(pa.timestamp("ns", tz=kind.tz))
        elif not counted:
            raise FileMalformed(
                f"column time is {kind}", found=str(kind), allowed=allowed, column="time"
            )
        column = column.cast(pa.int64())
    except pa.ArrowException as error:
        raise malformed("time", "cannot be read", error, allowed=allowed) from error
    if column.null_count:
        row = column.is_null().to_pylist().index(True)
        raise FileMalformed(
            f"{row_text(row)}: time is empty", found="", allowed=allowed, row=row, column="time"
        )
    times = array_of(column, np.int64)
    if counted:
        _refuse_other_units(times)
    if isinstance(naive, bool):
        return times, times if naive else times[:0]
    return times, np.array(naive, dtype=np.int64)


def _refuse_other_units(times: NDArray[np.int64]) -> None:
    """Refuses integers that are no nanoseconds of this age, but some other count or a date."""
    rows = np.flatnonzero(times < COUNTED_MIN_NS)
    if len(rows):
        row, found = int(rows[0]), int(times[rows[0]])
        raise FileMalformed(
            f"{row_text(row)}: time is {found}, allowed {_ALLOWED_TIMES}",
            found=found,
            allowed=_ALLOWED_TIMES,
            row=row,
            column="time",
        )


def _times_of_texts(
    column: "pa.ChunkedArray[Any]",
) -> "tuple[pa.ChunkedArray[Any], bool, bool | list[int]]":
    """Returns int64 nanoseconds of texts, whether these were numbers, not ISO times, and naive.

    That is whether no text names a zone, or which times are of those that do not.
    """
    for kind in (pa.int64(), pa.timestamp("ns"), pa.timestamp("ns", tz="UTC")):
        try:
            counts = column.cast(kind).cast(pa.int64())
        except pa.ArrowException:
            continue
        return counts, kind == pa.int64(), kind == pa.timestamp("ns")
    naive: list[int] = []

    def parse(text: str) -> int:
        scalar = pa.scalar(text)
        for kind in (pa.timestamp("ns"), pa.timestamp("ns", tz="UTC")):
            try:
                time = int(scalar.cast(kind).cast(pa.int64()).as_py())
            except pa.ArrowException:
                continue
            naive.extend([time] if kind.tz is None else ())
            return time
        raise ValueError(text)

    return parsed(column, "time", pa.int64(), parse, allowed="an ISO date or time"), False, naive


def malformed(column: str, what: str, error: Exception, *, allowed: str) -> FileMalformed:
    """Returns the refusal of a column, for what a library says of it."""
    reason = first_line(error)
    return FileMalformed(
        f"column {column} {what}: {reason}", found=reason, allowed=allowed, column=column
    )


def first_line(error: Exception) -> str:
    """Returns the first line of an error, and no more than a message may carry."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
