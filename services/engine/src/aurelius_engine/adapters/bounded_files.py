"""Files opened as Arrow columns, no further than their limits: a small file may unfold to much."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from aurelius_engine.application.errors import UploadTooLarge
from aurelius_engine.application.records import FileFormat

MAX_ROWS = 10_000_000
_ROW_BYTES = 100  # seven to ten columns of 8 bytes, and their texts in a CSV
_SPARE_BYTES = 16 * 1024 * 1024
_BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """A file of which nothing but the schema was read.

    `rows` and `size` are what the file says that it unfolds to, 0 if it says nothing;
    `batches` reads the columns of some names. `apart` says that columns lie apart, so that
    one after the other costs no more than all at once, and less memory.
    """

    names: Sequence[str]
    batches: Callable[[Sequence[str], str], Iterator[Any]]
    rows: int = 0
    size: int = 0
    apart: bool = False

    def columns(
        self, names: Sequence[str], *, texts: str, max_rows: int
    ) -> "Iterator[pa.ChunkedArray[Any]]":
        """Reads columns in their order, none if there is no row. Each may be let go of at once.

        Args:
            names: Which, each once in the file.
            texts: The one of them whose values repeat.
            max_rows: How many rows the file may have, at least 1.

        Raises:
            UploadTooLarge: The file has more rows, or unfolds to more bytes.
            ArrowException, OSError, ValueError: It cannot be read.
        """
        max_bytes = _SPARE_BYTES + _ROW_BYTES * max_rows
        _refuse_large(self.rows, max_rows, self.size, max_bytes)
        size, first = 0, -1
        for group in [[name] for name in names] if self.apart else [list(names)]:
            batches: list[Any] = []
            rows, seen = 0, set[int]()
            for batch in self.batches(group, texts):
                batch.validate(full=True)  # offsets and codes of a damaged file point anywhere
                rows += batch.num_rows
                size += sum(_new_bytes(column, seen) for column in batch.columns)
                _refuse_large(rows, max_rows, size, max_bytes)
                if batch.num_rows:
                    batches.append(batch)
            first = rows if first < 0 else first
            if rows != first:
                raise ValueError(f"column {group[0]} has {rows} rows, {names[0]} has {first}")
            if not batches:
                return
            read = [
                pa.chunked_array([batch.column(place) for batch in batches])
                for place in range(len(group))
            ]
            del batches, batch
            while read:
                yield read.pop(0)


def open_file(data: bytes, file_format: FileFormat) -> OpenedFile:
    """Opens a file. Raises: ArrowException, OSError, ValueError: It is not of the format."""
    source = pa.py_buffer(data)
    if file_format is FileFormat.CSV:
        return _csv(source)
    return _parquet(source) if file_format is FileFormat.PARQUET else _arrow(source)


def _csv(source: Any) -> OpenedFile:
    """Reads every column as text: a guessed type loses the zeros of `0700`."""
    from pyarrow import csv

    header = csv.open_csv(_stream(source)).schema.names

    def batches(names: Sequence[str], texts: str) -> Iterator[Any]:
        types = dict.fromkeys(names, pa.string())
        options = csv.ConvertOptions(column_types=types, include_columns=list(names))
        yield from csv.open_csv(_stream(source), convert_options=options)

    return OpenedFile(names=header, batches=batches)


def _parquet(source: Any) -> OpenedFile:
    from pyarrow import parquet

    opened = parquet.ParquetFile(pa.BufferReader(source))
    groups = [opened.metadata.row_group(i) for i in range(opened.metadata.num_row_groups)]
    # pyarrow ends the process at the metadata of a damaged column: that of groups must do.
    rows = max(opened.metadata.num_rows, sum(group.num_rows for group in groups))
    size = sum(group.total_byte_size for group in groups)

    def batches(names: Sequence[str], texts: str) -> Iterator[Any]:
        """Keeps repeated texts as codes: a long one in every row would not fit."""
        # pyarrow knows no codes of lists and structures, which are no texts anyhow.
        flat = not pa.types.is_nested(opened.schema_arrow.field(texts).type)
        coded = parquet.ParquetFile(
            pa.BufferReader(source), read_dictionary=[texts] if flat else None
        )
        for batch in coded.iter_batches(batch_size=_BATCH_ROWS, columns=list(names)):
            yield batch.select(list(names))

    return OpenedFile(
        names=opened.schema_arrow.names, rows=rows, size=size, batches=batches, apart=True
    )


def _arrow(source: Any) -> OpenedFile:
    reader: Any
    if bytes(source[:6]) == b"ARROW1":
        reader = pa.ipc.open_file(pa.BufferReader(source))
        every = (reader.get_batch(place) for place in range(reader.num_record_batches))
    else:
        reader = pa.ipc.open_stream(pa.BufferReader(source))
        every = iter(reader)

    def batches(names: Sequence[str], texts: str) -> Iterator[Any]:
        for batch in every:
            yield batch.select(list(names))

    return OpenedFile(names=reader.schema.names, batches=batches)


def _stream(source: Any) -> Any:
    """Returns a file over bytes; pyarrow's stubs do not know that it is one."""
    return pa.BufferReader(source)


def _new_bytes(column: Any, seen: set[int]) -> int:
    """Returns the bytes of a column; a dictionary that batches share counts once."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    values = column.dictionary
    address = max((buffer.address for buffer in values.buffers() if buffer), default=0)
    new = 0 if address in seen else int(values.nbytes)
    seen.add(address)
    return int(column.indices.nbytes) + new


def _refuse_large(rows: int, max_rows: int, size: int, max_bytes: int) -> None:
    for found, allowed, unit in ((rows, max_rows, "rows"), (size, max_bytes, "bytes")):
        if found > allowed:
            raise UploadTooLarge(
                f"the file unfolds to {found} {unit} or more, the limit is {allowed}",
                found=found,
                allowed=allowed,
                unit=unit,
            )
