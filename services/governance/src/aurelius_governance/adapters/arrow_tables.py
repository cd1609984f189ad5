"""Arrow IPC streams to columns."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from aurelius_governance.application.artifact_reader import ArtifactUnreadable
from aurelius_governance.domain.table_hash import Column, ColumnType


def read_table(content: bytes) -> Sequence[Column]:
    """Returns the columns of an Arrow IPC stream or file.

    Raises:
        ArtifactUnreadable: The bytes are no Arrow table of known column types without nulls.
    """
    try:
        table = _open(content)
        table.validate(full=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError) as error:
        raise ArtifactUnreadable(f"Not an Arrow table: {error}") from error
    return [
        _column(name, column)
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]


def _open(content: bytes) -> pa.Table:
    if content.startswith(b"ARROW1"):
        return pa.ipc.open_file(pa.BufferReader(content)).read_all()
    return pa.ipc.open_stream(pa.BufferReader(content)).read_all()


def _column(name: str, column: Any) -> Column:
    if column.null_count:
        raise ArtifactUnreadable(f"Column {name} has {column.null_count} nulls.")
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        column, kind = column.cast(pa.int64()), pa.int64()
    if pa.types.is_int64(kind):
        return Column(name=name, type=ColumnType.INT64, values=column.to_pylist())
    if pa.types.is_float64(kind):
        return Column(name=name, type=ColumnType.FLOAT64, values=column.to_pylist())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return Column(name=name, type=ColumnType.STRING, values=column.to_pylist())
    raise ArtifactUnreadable(f"Column {name} has the type {kind}, which has no hash.")
