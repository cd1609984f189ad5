"""The digest of a table, written from docs/specs/identity.md section 3 over Arrow and hashlib."""

import hashlib
import struct
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import rfc8785

from aurelius_client.errors import DataLoss

CHUNK_ROWS = 4096
_CANONICAL_NAN = struct.unpack("<d", bytes.fromhex("000000000000f87f"))[0]


def table_digest(table: pa.Table) -> str:
    """Returns the digest of a table whose rows are in canonical order.

    Raises:
        DataLoss: A column has a null, or a type that has no digest.
    """
    headers: list[dict[str, Any]] = []
    blocks: list[tuple[memoryview, int]] = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        header, block, width = _encode(name, column)
        headers.append(header)
        blocks.append((block, width))
    leaves = []
    for start in range(0, table.num_rows, CHUNK_ROWS):
        end = min(start + CHUNK_ROWS, table.num_rows)
        leaf = hashlib.sha256(b"\x00")
        for block, width in blocks:
            leaf.update(block[start * width : end * width])
        leaves.append(leaf.digest())
    header_text = rfc8785.dumps(
        {"chunkRows": CHUNK_ROWS, "columns": headers, "rows": table.num_rows}
    )
    whole = b"aurelius.table.v1\n" + header_text + b"\n" + _root(leaves)
    return "sha256:" + hashlib.sha256(whole).hexdigest()


def plain_table(table: pa.Table) -> pa.Table:
    """Returns the table with int64, float64 and string columns: dictionaries and times resolved.

    Raises:
        DataLoss: A column has a null, or another type.
    """
    columns = [_plain(name, table.column(name)) for name in table.column_names]
    return pa.table(dict(zip(table.column_names, columns, strict=True)))


def _plain(name: str, column: Any) -> Any:
    if column.null_count:
        raise _without_digest(name, f"{column.null_count} nulls")
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return column.cast(pa.int64())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column.cast(pa.string())
    if pa.types.is_int64(kind) or pa.types.is_float64(kind):
        return column
    raise _without_digest(name, str(kind))


def _without_digest(name: str, found: str) -> DataLoss:
    return DataLoss(
        "TABLE_WITHOUT_DIGEST",
        f"column {name} cannot be hashed",
        found=found,
        allowed="int64, float64 or string without nulls",
    )


def _encode(name: str, column: Any) -> tuple[dict[str, Any], memoryview, int]:
    """Returns a column's header, its little-endian bytes and the bytes of one value."""
    column = _plain(name, column)
    if not pa.types.is_string(column.type):
        kind = "int64" if pa.types.is_int64(column.type) else "float64"
        return {"name": name, "type": kind}, *column_bytes(column)
    values = sorted(pc.unique(column).to_pylist(), key=lambda text: text.encode())
    codes = pc.index_in(column, value_set=pa.array(values, pa.string()))
    return {"name": name, "type": "string", "values": values}, *column_bytes(codes)


def column_bytes(column: Any) -> tuple[memoryview, int]:
    """Returns a column as it is hashed, and the bytes of one value.

    Args:
        column: int64, float64, or int32 codes of texts; without nulls.
    """
    if pa.types.is_float64(column.type):
        nan = pa.scalar(_CANONICAL_NAN, pa.float64())
        column = pc.if_else(pc.is_nan(column), nan, column)
    width = column.type.bit_width // 8
    return _bytes(column, width), width


def _bytes(column: Any, width: int) -> memoryview:
    """Returns the values as Arrow keeps them, which is little-endian."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    if len(array) == 0:
        return memoryview(b"")
    start = array.offset * width
    values: Any = array.buffers()[1]
    return memoryview(values)[start : start + len(array) * width]


def _root(leaves: Sequence[bytes]) -> bytes:
    """Returns the RFC 6962 root: n leaves are split at the largest power of two below n."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + _root(leaves[:split]) + _root(leaves[split:])).digest()
