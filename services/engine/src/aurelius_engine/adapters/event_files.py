"""Files of market events as checked tables: a row an event, each with the columns of its type."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aurelius_engine.adapters.bounded_files import OpenedFile, open_file
from aurelius_engine.adapters.market_files import (
    COUNTED_MIN_NS,
    array_of,
    first_line,
    floats_of,
    malformed,
    parsed,
    refuse_booleans,
)
from aurelius_engine.application.errors import ColumnMissing, FileMalformed
from aurelius_engine.application.market_adapters import Adapted
from aurelius_engine.application.records import FileFormat
from aurelius_engine.domain.errors import DatasetEmpty, row_text
from aurelius_engine.domain.events.schema import (
    COLUMNS,
    EVENT_TIME,
    EVENT_TYPE,
    SEQUENCE,
    SYMBOL,
    Field,
    Kind,
    MarketEventType,
    fields_of,
)
from aurelius_engine.domain.events.tables import EventTables, Table, event_table
from aurelius_engine.domain.quality.flags import flags_of
from aurelius_engine.domain.table_hash import Column, coded_column
from aurelius_engine.domain.time_zones import DAY_NS

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_ALLOWED_TIMES = (
    f"int64 nanoseconds since 1970 from {COUNTED_MIN_NS} on, a timestamp column, "
    "or ISO dates or times as text"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A column of a file: codes into `texts`, or numbers; and where it says something.

    `naive` says of times that they name no zone.
    """

    data: NDArray[Any]
    said: Bools
    texts: tuple[str, ...] | None = None
    naive: bool = False


def is_event_file(data: bytes, file_format: FileFormat) -> bool:
    """Returns whether a file has the column `event_type`; False of what cannot be read."""
    try:
        return EVENT_TYPE in _places(open_file(data, file_format))
    except (pa.ArrowException, OSError, ValueError):
        return False


def adapted_events(data: bytes, file_format: FileFormat, *, max_rows: int) -> Adapted:
    """Reads and checks a whole file of at most `max_rows` rows.

    The columns are found by name, in any case: docs/specs/data_events.md section 2. A row has
    those of its type, and its other cells are empty. Columns of other names are ignored, and
    flagged.

    Raises:
        FileMalformed, ColumnMissing: The file is not such a table.
        UploadTooLarge: It has more rows, or unfolds to more bytes than they may take.
        EventInvalid, SymbolInvalid, DuplicateEvent: A row cannot be true.
    """
    read = _columns(data, file_format, max_rows)
    if not read or read[EVENT_TYPE].data.size == 0:
        raise DatasetEmpty("the file has no row", found=0, allowed="at least 1 row")
    types = _types(read[EVENT_TYPE])
    tables: dict[MarketEventType, Table] = {}
    for kind in MarketEventType:
        rows = np.flatnonzero(types == list(MarketEventType).index(kind))
        if rows.size:
            _refuse_foreign(kind, read, rows)
            columns = {field.name: _column(field, kind, read, rows) for field in fields_of(kind)}
            tables[kind] = event_table(kind, columns, rows)
    naive = [each.data[each.said] for each in read.values() if each.naive]
    opened = open_file(data, file_format)
    ignored = len(opened.names) - len(_places(opened))
    flags = flags_of(
        [("time_zone_assumed_utc", times[times % DAY_NS != 0]) for times in naive]
        + [("column_ignored", read[EVENT_TIME].data)] * ignored
    )
    return Adapted(table=EventTables(tables=tables), flags=flags)


def _places(opened: OpenedFile) -> dict[str, int]:
    """Returns the place of each known column. Raises: ValueError: Two have one name."""
    places: dict[str, int] = {}
    for place, text in enumerate(opened.names):
        name = text.strip().lower()
        if name not in COLUMNS:
            continue
        if name in places:
            raise ValueError(f"two columns are named {name}")
        places[name] = place
    return places


def _columns(data: bytes, file_format: FileFormat, max_rows: int) -> dict[str, _Read]:
    """Returns the known columns by name."""
    found: dict[str, _Read] = {}
    try:
        opened = open_file(data, file_format)
        places = _places(opened)
        for name in (EVENT_TYPE, EVENT_TIME, SYMBOL, SEQUENCE):
            if name not in places:
                raise ColumnMissing(
                    f"column {name} is missing",
                    found=", ".join(opened.names)[:200],
                    allowed="event_type, event_time, symbol, sequence and those of the types",
                    column=name,
                )
        names = [opened.names[place] for place in places.values()]
        texts = opened.names[places[SYMBOL]]
        columns = opened.columns(names, texts=texts, max_rows=max_rows)
        for name, column in zip(places, columns, strict=False):
            kind = COLUMNS[name]
            if kind is Kind.TEXT:
                found[name] = _texts(column, name)
            elif kind is Kind.NUMBER:
                numbers, _ = floats_of(column, name)
                found[name] = _Read(data=numbers, said=~np.isnan(numbers))
            elif name == SEQUENCE:
                found[name] = _integers(column, name)
            else:
                found[name] = _times(column, name)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = first_line(error)
        raise FileMalformed(
            f"the file is no {file_format.value} table",
            found=reason,
            allowed=f"a table in {file_format.value}",
        ) from error
    return found


def _texts(column: "pa.ChunkedArray[Any]", name: str) -> _Read:
    refuse_booleans(column, name, allowed="texts")
    try:
        coded: Any = column
        if not pa.types.is_dictionary(column.type):
            coded = column.cast(pa.string()).dictionary_encode()
        places: dict[str, int] = {"": 0}
        parts = [np.empty(0, dtype=np.int64)]
        for chunk in coded.chunks:
            texts = chunk.dictionary.cast(pa.string()).to_pylist()
            own = [places.setdefault(text or "", len(places)) for text in texts]
            codes = chunk.indices.cast(pa.int32()).fill_null(len(own))
            parts.append(np.array([*own, 0])[array_of(pa.chunked_array([codes]), np.int32)])
    except (pa.ArrowException, ValueError) as error:
        raise malformed(name, "is not text", error, allowed="texts") from error
    codes = np.concatenate(parts)
    return _Read(data=codes, said=codes != 0, texts=tuple(places))


def _integers(column: "pa.ChunkedArray[Any]", name: str) -> _Read:
    refuse_booleans(column, name, allowed="integers")
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = parsed(column, name, pa.int64(), _integer, allowed="an integer")
    try:
        counts = column.cast(pa.int64())
    except pa.ArrowException as error:
        raise malformed(name, "is not of integers", error, allowed="integers") from error
    return _Read(data=_filled(counts), said=~_nulls(counts))


def _integer(text: str) -> int:
    found = int(text)
    if "_" in text or not -(2**63) <= found < 2**63:  # Python's own way, and what no int64 holds
        raise ValueError(text)
    return found


def _times(column: "pa.ChunkedArray[Any]", name: str) -> _Read:
    """Returns times in ns."""
    kind = column.type
    naive = pa.types.is_timestamp(kind) and kind.tz is None
    counted = kind == pa.int64()
    try:
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            column, naive, counted = _times_of_texts(column, name)
        elif pa.types.is_date(kind):
            column = column.cast(pa.timestamp("s")).cast(pa.timestamp("ns"))
        elif pa.types.is_timestamp(kind):
            column = column.cast(pa.timestamp("ns", tz=kind.tz))
        elif not counted and kind != pa.null():
            raise FileMalformed(
                f"column {name} is {kind}", found=str(kind), allowed=_ALLOWED_TIMES, column=name
            )
        column = column.cast(pa.int64())
    except pa.ArrowException as error:
        raise malformed(name, "cannot be read", error, allowed=_ALLOWED_TIMES) from error
    times, said = _filled(column), ~_nulls(column)
    wrong = np.flatnonzero(said & (times < COUNTED_MIN_NS)) if counted else np.empty(0, np.int64)
    if wrong.size:
        row, found = int(wrong[0]), int(times[wrong[0]])
        raise FileMalformed(
            f"{row_text(row)}: {name} is {found}, allowed {_ALLOWED_TIMES}",
            found=found,
            allowed=_ALLOWED_TIMES,
            row=row,
            column=name,
        )
    return _Read(data=times, said=said, naive=bool(naive))


def _times_of_texts(
    column: "pa.ChunkedArray[Any]", name: str
) -> "tuple[pa.ChunkedArray[Any], bool, bool]":
    """Returns int64 ns of texts, an empty one null, whether naive, and whether counted."""
    import pyarrow.compute as pc

    compute: Any = pc
    column = compute.if_else(compute.equal(column, ""), pa.scalar(None, pa.string()), column)
    kinds = (pa.int64(), pa.timestamp("ns"), pa.timestamp("ns", tz="UTC"))
    for place, kind in enumerate(kinds):
        try:
            return column.cast(kind).cast(pa.int64()), place == 1, place == 0
        except pa.ArrowException:
            continue

    def parse(text: str) -> int:
        try:
            return int(pa.scalar(text).cast(kinds[2]).cast(pa.int64()).as_py())
        except pa.ArrowException as error:
            raise ValueError(text) from error

    allowed = "ISO times with a zone, or all of them without one"
    return parsed(column, name, pa.int64(), parse, allowed=allowed), False, False


def _nulls(column: "pa.ChunkedArray[Any]") -> Bools:
    nulls: Bools = array_of(column.is_null().cast(pa.int32()), np.int32) != 0
    return nulls


def _filled(column: "pa.ChunkedArray[Any]") -> Ints:
    return array_of(column.fill_null(pa.scalar(0, pa.int64())), np.int64)


def _types(column: _Read) -> Ints:
    """Returns the place of each row's type. Raises: FileMalformed: One is none."""
    names = [kind.value for kind in MarketEventType]
    texts = [text.strip().upper() for text in column.texts or ()]
    place_of = np.array([names.index(text) if text in names else -1 for text in texts])
    places: Ints = place_of[column.data]
    wrong = np.flatnonzero(places < 0)
    if wrong.size:
        row = int(wrong[0])
        found, allowed = (column.texts or ())[int(column.data[row])][:100], ", ".join(names)
        raise FileMalformed(
            f"{row_text(row)}: {EVENT_TYPE} is {found!r}, allowed {allowed}",
            found=found,
            allowed=allowed,
            row=row,
            column=EVENT_TYPE,
        )
    return places


def _refuse_foreign(kind: MarketEventType, read: Mapping[str, _Read], rows: Ints) -> None:
    """Refuses a cell that no event of the type has: it would be lost."""
    own = {EVENT_TYPE, *(field.name for field in fields_of(kind))}
    for name, column in read.items():
        wrong = rows[column.said[rows]]
        if name not in own and wrong.size:
            row = int(wrong[0])
            raise FileMalformed(
                f"{row_text(row)}: a {kind.value} has no {name}, and the cell is not empty",
                found=f"{name} of a {kind.value}",
                allowed="an empty cell",
                row=row,
                column=name,
            )


def _column(field: Field, kind: MarketEventType, read: Mapping[str, _Read], rows: Ints) -> Column:
    """Returns the rows of a column, with `none` where the file says nothing."""
    column = read.get(field.name)
    said = np.zeros(rows.size, np.bool_) if column is None else column.said[rows]
    if field.none is None and not said.all():
        if column is None:
            raise ColumnMissing(
                f"column {field.name} is missing: {row_text(int(rows[0]))} is a {kind.value}",
                found=", ".join(read),
                allowed=", ".join(each.name for each in fields_of(kind)),
                column=field.name,
            )
        row = int(rows[np.flatnonzero(~said)[0]])
        raise FileMalformed(
            f"{row_text(row)}: {field.name} is empty, allowed {field.allowed}",
            found="",
            allowed=field.allowed,
            row=row,
            column=field.name,
        )
    if field.kind is Kind.TEXT:
        texts = ("",) if column is None else column.texts or ("",)
        codes = np.zeros(rows.size, np.int64) if column is None else column.data[rows]
        return coded_column(field.name, codes, texts)
    dtype: Any = np.int64 if field.kind is Kind.INTEGER else np.float64
    data: NDArray[Any] = np.full(
        rows.size, field.none if field.none is not None else 0, dtype=dtype
    )
    if column is not None:
        data[said] = column.data[rows][said]
    return Column(name=field.name, data=data)
