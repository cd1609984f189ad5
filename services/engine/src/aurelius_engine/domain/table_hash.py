"""The digest of a logical table, free of file formats. docs/specs/identity.md section 3."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.beside import begin
from aurelius_engine.domain.canonical_json import Json, canonical_json

CHUNK_ROWS = 4096
# Tables of so many chunks are worth a second thread: SHA-256 lets go of the interpreter.
_SHARED_FROM = 64
_TYPES: Mapping[Any, str] = {np.dtype(np.int64): "int64", np.dtype(np.float64): "float64"}
_CANONICAL_NAN = np.uint64(0x7FF8000000000000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: int64, float64, or int32 codes into sorted distinct `values`.

    `data` has shape (n_rows,).
    """

    name: str
    data: NDArray[np.int64] | NDArray[np.float64] | NDArray[np.int32]
    values: tuple[str, ...] | None = None

    @property
    def type(self) -> str:
        """`int64`, `float64` or `string`."""
        return "string" if self.values is not None else _TYPES[self.data.dtype]

    def text(self, row: int) -> str:
        """Returns a string column's value in a row."""
        if self.values is None:
            raise TypeError(f"column {self.name} is not of strings")
        return self.values[int(self.data[row])]

    def texts(self) -> list[str]:
        """Returns a string column's values, one a row."""
        if self.values is None:
            raise TypeError(f"column {self.name} is not of strings")
        return [self.values[code] for code in self.data.tolist()]


def string_column(name: str, texts: Sequence[str]) -> Column:
    """Builds a string column: its values sorted by UTF-8 bytes, only those that occur."""
    values = tuple(sorted(set(texts), key=lambda text: text.encode()))
    code_of = {text: code for code, text in enumerate(values)}
    codes = np.fromiter((code_of[text] for text in texts), dtype=np.int32, count=len(texts))
    return Column(name=name, data=codes, values=values)


def coded_column(name: str, places: NDArray[np.int64], texts: Sequence[str]) -> Column:
    """Builds the string column of `texts[place]` for each place; as `string_column` does.

    Args:
        name: The column's.
        places: Shape (n_rows,), indices into `texts`.
        texts: Distinct.
    """
    used = np.flatnonzero(np.bincount(places, minlength=len(texts))).tolist()
    used.sort(key=lambda place: texts[place].encode())
    code_of = np.zeros(len(texts), dtype=np.int32)
    code_of[used] = np.arange(len(used), dtype=np.int32)
    return Column(name=name, data=code_of[places], values=tuple(texts[place] for place in used))


def _little_endian(column: Column, start: int, end: int) -> NDArray[np.uint8]:
    """Returns the bytes of rows [start, end), not copied where they are right already."""
    part: NDArray[Any] = column.data[start:end]
    if column.data.dtype == np.float64:
        nan = np.isnan(part)
        if nan.any():
            bits = part.view(np.uint64).copy()
            bits[nan] = _CANONICAL_NAN
            part = bits
    little = part.astype(part.dtype.newbyteorder("<"), copy=False)
    return np.ascontiguousarray(little).view(np.uint8)


@lru_cache(maxsize=1024)
def _schema_entry(name: str, kind: str, values: tuple[str, ...] | None) -> bytes:
    """Returns the canonical text of a column of the header."""
    entry: dict[str, Json] = {"name": name, "type": kind}
    if values is not None:
        entry["values"] = values
    return canonical_json(entry)


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Returns the RFC 6962 root over hashed leaves; of none, SHA-256 of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    left, right = merkle_root(leaves[:split]), merkle_root(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def chunk_hashes(columns: Sequence[Column]) -> list[bytes]:
    """Returns the leaves of the tree: the hash of each CHUNK_ROWS rows, in order.

    Large tables are hashed by two threads; the hashes are the same.

    Args:
        columns: In schema order, all of one length, rows in canonical order.
    """
    starts = range(0, len(columns[0].data), CHUNK_ROWS)
    if len(starts) < _SHARED_FROM:
        return _hashes(columns, starts)
    half = len(starts) // 2
    later = begin(_hashes, columns, starts[half:])
    return _hashes(columns, starts[:half]) + later()


def _hashes(columns: Sequence[Column], starts: range) -> list[bytes]:
    return [_chunk_hash(columns, start) for start in starts]


def _chunk_hash(columns: Sequence[Column], start: int) -> bytes:
    leaf = hashlib.sha256(b"\x00")
    for column in columns:
        leaf.update(_little_endian(column, start, start + CHUNK_ROWS))  # type: ignore[arg-type]
    return leaf.digest()


def header_text(columns: Sequence[Column]) -> bytes:
    """Returns the canonical text of a table's header; its names are in order already."""
    entries = b",".join(_schema_entry(c.name, c.type, c.values) for c in columns)
    return b'{"chunkRows":%d,"columns":[%b],"rows":%d}' % (
        CHUNK_ROWS,
        entries,
        len(columns[0].data),
    )


def hash_of_parts(header: bytes, root: bytes) -> str:
    """Returns the digest of a table with a header and the root of its chunks."""
    whole = b"aurelius.table.v1\n" + header + b"\n" + root
    return "sha256:" + hashlib.sha256(whole).hexdigest()


def table_hash(columns: Sequence[Column]) -> str:
    """Returns `sha256:<hex>` of the table.

    Args:
        columns: In schema order, all of one length, rows in canonical order.
    """
    return hash_of_parts(header_text(columns), merkle_root(chunk_hashes(columns)))
