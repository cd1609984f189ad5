"""Tables as Arrow IPC streams, and out to Parquet, CSV and JSON.

Types map one to one: int64, float64, and strings as a dictionary of their sorted
distinct values. The bytes are a function of the table alone.
"""

import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from typing import IO, Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aurelius_engine.adapters.market_files import array_of
from aurelius_engine.application.errors import ObjectDamaged
from aurelius_engine.application.table_files import ExportFormat
from aurelius_engine.domain.market_table import ACTIONS, BARS, BOOK_COLUMNS, UNIVERSE, MarketTable
from aurelius_engine.domain.results import Table
from aurelius_engine.domain.table_hash import Column

_Number = TypeVar("_Number", np.float64, np.int64, np.int32)
_BLOCK_ROWS = 4096
_SYMBOLS = pa.dictionary(pa.int32(), pa.string())


class ArrowTables:
    """Implements the port `TableFiles`."""

    def encode_market(self, table: MarketTable) -> bytes:
        """See the port."""
        return self.encode(table.columns())

    def write_market(self, table: MarketTable, sink: IO[bytes]) -> None:
        """See the port."""
        _write(table.columns(), sink)

    def decode_market(self, data: bytes | memoryview) -> MarketTable:
        """See the port."""
        columns = {column.name: column for column in _decoded(data)}
        names = (*BARS, *(ACTIONS if any(name in columns for name in ACTIONS) else ()))
        names += tuple(name for name in (*UNIVERSE, *BOOK_COLUMNS) if name in columns)
        try:
            return MarketTable.of_floats(
                time=_as(columns["time"], np.int64),
                symbol=columns["symbol"],
                floats={name: _as(columns[name], np.float64) for name in names},
            )
        except KeyError as error:
            raise _damaged(f"it has no column {error}") from error

    def encode(self, table: Table) -> bytes:
        """See the port."""
        sink = io.BytesIO()  # whose value is no second copy, as that of Arrow's own sink is
        _write(table, sink)
        return bytes(sink.getvalue())

    def write(self, table: Table, sink: IO[bytes]) -> None:
        """See the port."""
        _write(table, sink)

    def decode(self, data: bytes | memoryview) -> Table:
        """See the port."""
        return _decoded(data)

    def export(self, table: Table, export_format: ExportFormat) -> Iterator[bytes]:
        """See the port."""
        if export_format is ExportFormat.ARROW:
            return iter((self.encode(table),))
        if export_format is ExportFormat.PARQUET:
            return iter((_parquet(table),))
        return _csv(table) if export_format is ExportFormat.CSV else _json(table)


def _write(table: Table, sink: Any) -> None:
    arrow = _to_arrow(table)
    with pa.ipc.new_stream(sink, arrow.schema) as writer:
        writer.write_table(arrow)


def _to_arrow(table: Table) -> pa.Table:
    arrays: list[Any] = []
    for column in table:
        if column.values is None:
            arrays.append(pa.array(column.data))
        else:
            codes: Any = pa.array(column.data.astype(np.int32))
            values = pa.array(column.values, pa.string())
            arrays.append(pa.DictionaryArray.from_arrays(codes, values))
    return pa.table(arrays, names=[column.name for column in table])


def _decoded(data: bytes | memoryview) -> Table:
    whole = np.frombuffer(data, np.uint8)
    try:
        arrow = pa.ipc.open_stream(pa.py_buffer(data)).read_all()
        arrow.validate(full=True)
        return tuple(
            _column(name, values, whole)
            for name, values in zip(arrow.column_names, arrow.columns, strict=True)
        )
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(str(error).splitlines()[0][:200] if str(error) else "unreadable") from error


def _values(column: Any, kind: type[_Number], whole: NDArray[np.uint8]) -> NDArray[_Number]:
    """Returns a column's values: within `whole` where they lie there and may be written to.

    Kernels are compiled for arrays that may be: for others they would be compiled anew.
    """
    if len(column.chunks) != 1 or not whole.flags.writeable:
        return array_of(column, kind)
    chunk = column.chunks[0]
    start = chunk.buffers()[1].address - whole.ctypes.data
    end = start + (chunk.offset + len(chunk)) * np.dtype(kind).itemsize
    if start % 8 or not 0 <= start < end <= whole.size:
        return array_of(column, kind)
    return whole[start:end].view(kind)[chunk.offset :]


def _column(name: str, values: Any, whole: NDArray[np.uint8]) -> Column:
    if values.null_count:
        raise ValueError(f"column {name} has nulls")
    if values.type == pa.int64():
        return Column(name=name, data=_values(values, np.int64, whole))
    if values.type == pa.float64():
        return Column(name=name, data=_values(values, np.float64, whole))
    if values.type != _SYMBOLS:
        raise ValueError(f"column {name} is of {values.type}")
    parts = [chunk.indices for chunk in values.chunks]
    texts = values.chunks[0].dictionary.to_pylist() if values.chunks else []
    if any(chunk.dictionary.to_pylist() != texts for chunk in values.chunks[1:]):
        raise ValueError(f"column {name} has several dictionaries")
    codes = _values(pa.chunked_array(parts, pa.int32()), np.int32, whole)
    return Column(name=name, data=codes, values=tuple(texts))


def _as(column: Column, kind: type[np.generic]) -> Any:
    if column.data.dtype != kind or column.values is not None:
        raise _damaged(f"column {column.name} is of {column.type}")
    return column.data


def _damaged(why: str) -> ObjectDamaged:
    return ObjectDamaged(
        f"a stored object is no table: {why}", found=why, allowed="an Arrow IPC stream"
    )


def _parquet(table: Table) -> bytes:
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    parquet.write_table(_to_arrow(table), sink, compression="zstd", store_schema=False)
    return bytes(sink.getvalue())


def _blocks(table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """Returns the rows in blocks, as Python values."""
    rows = len(table[0].data)
    for start in range(0, rows, _BLOCK_ROWS):
        block: list[Sequence[Any]] = []
        for column in table:
            values = column.data[start : start + _BLOCK_ROWS].tolist()
            texts = column.values
            block.append(values if texts is None else [texts[code] for code in values])
        yield list(zip(*block, strict=True))


def _csv(table: Table) -> Iterator[bytes]:
    """Writes each float as `repr` does: the shortest text that reads back as the same number."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in table])
    for block in _blocks(table):
        writer.writerows(block)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    if text.getvalue():
        yield text.getvalue().encode()


def _json(table: Table) -> Iterator[bytes]:
    names = [column.name for column in table]
    separator = "["
    for block in _blocks(table):
        lines = []
        for row in block:
            document = {
                name: None if isinstance(value, float) and not math.isfinite(value) else value
                for name, value in zip(names, row, strict=True)
            }
            line = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
            lines.append(f"{separator}\n{line}")
            separator = ","
        yield "".join(lines).encode()
    yield b"[]\n" if separator == "[" else b"\n]\n"
