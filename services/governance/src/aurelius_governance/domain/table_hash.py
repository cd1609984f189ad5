"""The hash of a table, written from docs/specs/identity.md and from nothing of the engine.

A second implementation is the point: if both agree, the specification is what both follow.
"""

import struct
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from aurelius_governance.domain import canonical_json, merkle

CHUNK_ROWS = 4096
_Body: TypeAlias = "array[int] | array[float]"
_CANONICAL_NAN = struct.unpack("<d", bytes.fromhex("000000000000f87f"))[0]


class ColumnType(Enum):
    """The types that a hashed table has; the value is the name in the header."""

    INT64 = "int64"
    FLOAT64 = "float64"
    STRING = "string"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: a value for each row."""

    name: str
    type: ColumnType
    values: Sequence[int] | Sequence[float] | Sequence[str]


def table_hash(columns: Sequence[Column]) -> str:
    """Returns the digest of a table whose rows are in canonical order.

    Raises:
        ValueError: The columns differ in length.
    """
    row_count = len(columns[0].values) if columns else 0
    if any(len(column.values) != row_count for column in columns):
        raise ValueError("the columns differ in length")
    headers: list[canonical_json.JsonValue] = []
    bodies: list[_Body] = []
    for column in columns:
        header, body = _encode(column)
        headers.append(header)
        bodies.append(body)
    leaves = [
        merkle.leaf_hash(b"".join(_little_endian(body[at : at + CHUNK_ROWS]) for body in bodies))
        for at in range(0, row_count, CHUNK_ROWS)
    ]
    header_json = canonical_json.encode(
        {"chunkRows": CHUNK_ROWS, "columns": headers, "rows": row_count}
    )
    return canonical_json.digest(b"aurelius.table.v1\n", header_json + b"\n" + _root(leaves))


def _encode(
    column: Column,
) -> tuple[dict[str, canonical_json.JsonValue], _Body]:
    header: dict[str, canonical_json.JsonValue] = {"name": column.name, "type": column.type.value}
    match column.type:
        case ColumnType.INT64:
            return header, array("q", (int(value) for value in column.values))
        case ColumnType.FLOAT64:
            numbers = (float(value) for value in column.values)
            return header, array("d", (_CANONICAL_NAN if x != x else x for x in numbers))
        case ColumnType.STRING:
            texts = [str(value) for value in column.values]
            distinct = sorted(set(texts), key=lambda text: text.encode())
            codes = {text: code for code, text in enumerate(distinct)}
            return {**header, "values": distinct}, array("i", (codes[text] for text in texts))


def _little_endian(values: _Body) -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def _root(leaves: Sequence[bytes]) -> bytes:
    nodes: dict[tuple[int, int], bytes] = {}

    def read_node(level: int, position: int) -> bytes:
        return nodes[level, position]

    for index, leaf in enumerate(leaves):
        for level, position, node in merkle.completed_nodes(index, leaf, read_node):
            nodes[level, position] = node
    return merkle.root_hash(len(leaves), read_node)
