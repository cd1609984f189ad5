"""Slices of datasets as files that prove themselves. docs/specs/identity.md section 6.

An implementation of its own: nothing here comes from the service that made the proofs.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import rfc8785
from google.api import httpbody_pb2
from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp

from aurelius.engine.v1 import dataset_service_pb2, dataset_slice_pb2
from aurelius_client.calls import Calls
from aurelius_client.ledger_proofs import ProofInvalid
from aurelius_client.refused_files import unreadable
from aurelius_client.table_digests import CHUNK_ROWS, column_bytes, plain_table, table_digest
from aurelius_client.table_files import TableFormat, read_file

PROOF_KEY = b"aurelius.slice.v1"
_KINDS = {"int64": pa.int64(), "float64": pa.float64(), "string": pa.string()}
_LEAST, _GREATEST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a slice must be of. None means whatever its proof says.

    Attributes:
        symbols: In any order; empty means all.
        start: The first time, in ns since 1970; one beyond 64 bits means the nearest within.
        end: The time after the last, likewise.
    """

    symbols: Sequence[str] | None = None
    start: int | None = None
    end: int | None = None


ANY = Asked()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedSlice:
    """A slice that is what its proof says.

    Attributes:
        dataset: `datasets/{dataset}`, as the proof says; no digest covers the name.
        data_hash: The digest of the dataset that it is a part of.
        slice_hash: The digest of the part as a table of its own.
        symbols: Which it is of; empty means all.
        start: The first time of its window, in ns since 1970.
        end: The time after the window.
        table: Its rows: those of the symbols in the window, and no others.
    """

    dataset: str
    data_hash: str
    slice_hash: str
    symbols: tuple[str, ...]
    start: int
    end: int
    table: pa.Table


async def proven_slice(
    calls: Calls, fields: Mapping[str, Any], data_hash: str
) -> tuple[dataset_slice_pb2.DatasetSlice, pa.Table, VerifiedSlice]:
    """Downloads a part of a dataset, and returns its proof, the covering rows and the part.

    Args:
        calls: Those of a client.
        fields: Of GetDatasetSliceRequest; a `name` alone means the whole dataset.
        data_hash: What the dataset must hash to; empty means what the engine says.

    Raises:
        ProofInvalid: The proof does not hold, or is of another slice than was asked for.
        AureliusError: The slice is refused.
    """
    asked = dataset_service_pb2.GetDatasetSliceRequest(**fields)
    proof = await calls.call(asked, dataset_slice_pb2.DatasetSlice)
    request = dataset_service_pb2.DownloadDatasetSliceRequest(**fields)
    pieces = await calls.whole(request, httpbody_pb2.HttpBody)
    content = b"".join(piece.data for piece in pieces)
    rows = read_file(asked.name, content, TableFormat.ARROW, pa.schema([]))
    if proof.dataset != asked.name:
        raise ProofInvalid("it is of another dataset", found=proof.dataset, allowed=asked.name)
    wanted = Asked(
        symbols=asked.symbols,
        start=asked.start_time.ToNanoseconds() if asked.HasField("start_time") else None,
        end=asked.end_time.ToNanoseconds() if asked.HasField("end_time") else None,
    )
    found = verify_slice(proof, rows, data_hash=data_hash, asked=wanted)
    _refuse_cut(proof, rows, wanted)
    return proof, rows, found


def slice_file(proof: dataset_slice_pb2.DatasetSlice, rows: pa.Table) -> bytes:
    """Returns an Arrow file of the covering rows that carries the proof in its schema."""
    text = json_format.MessageToJson(proof, indent=None)
    marked = rows.replace_schema_metadata({PROOF_KEY: text.encode()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, marked.schema) as writer:
        writer.write_table(marked)
    return bytes(sink.getvalue())


def verify_slice_file(path: Path, *, data_hash: str = "", asked: Asked = ANY) -> VerifiedSlice:
    """Checks a file of `slice_file`, without asking anybody.

    Args:
        path: The file.
        data_hash: The digest that the dataset must have, such as that of a run's identity.
            Empty means the one in the file: then the file is only known to fit itself.
        asked: What it must be a slice of.

    Raises:
        ProofInvalid: It is not what it says, or not what was asked for.
        InvalidInput: It cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        table = pa.ipc.open_file(pa.BufferReader(content)).read_all()
        table.validate(full=True)
        text = (table.schema.metadata or {})[PROOF_KEY].decode()
        proof = json_format.Parse(text, dataset_slice_pb2.DatasetSlice())
    except (pa.ArrowException, OSError, KeyError, ValueError, json_format.ParseError) as error:
        found = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        allowed = "an Arrow file with a proof"
        raise ProofInvalid(f"{path} is no slice", found=found, allowed=allowed) from error
    rows = table.replace_schema_metadata(None)
    return verify_slice(proof, rows, data_hash=data_hash, asked=asked)


def time_text(nanoseconds: int) -> str:
    """Returns a time in ns since 1970 as RFC 3339, in UTC."""
    stamp = Timestamp()
    stamp.FromNanoseconds(nanoseconds)
    return stamp.ToJsonString()


def verify_slice(
    proof: dataset_slice_pb2.DatasetSlice,
    rows: pa.Table,
    *,
    data_hash: str = "",
    asked: Asked = ANY,
) -> VerifiedSlice:
    """Checks that rows are all those of a dataset that the proof speaks of.

    Args:
        proof: As GetDatasetSlice gave it, or as it was kept since.
        rows: As DownloadDatasetSlice gave them.
        data_hash: See `verify_slice_file`.
        asked: What the proof must be of.

    Raises:
        ProofInvalid: They are not, or the proof is of another slice.
    """
    header = _header(proof.header)
    if data_hash and proof.data_hash != data_hash:
        raise ProofInvalid("it is of other data", found=proof.data_hash, allowed=data_hash)
    _refuse_other_slice(proof, asked)
    _refuse_other_place(proof, rows, header)
    blocks = _blocks(rows, header)
    leaves = [_leaf(blocks, start) for start in range(0, rows.num_rows, CHUNK_ROWS)]
    root = _root(proof, leaves, -(-header["rows"] // CHUNK_ROWS))
    whole = b"aurelius.table.v1\n" + proof.header.encode() + b"\n" + root
    computed = "sha256:" + hashlib.sha256(whole).hexdigest()
    if computed != proof.data_hash:
        raise ProofInvalid(
            "the rows are not those of the dataset", found=computed, allowed=proof.data_hash
        )
    chosen = _chosen(proof, plain_table(rows), header)
    found = table_digest(chosen)
    if found != proof.slice_hash or chosen.num_rows != proof.slice_row_count:
        raise ProofInvalid(
            "the slice has another digest",
            found=f"{found}, {chosen.num_rows} rows",
            allowed=f"{proof.slice_hash}, {proof.slice_row_count} rows",
        )
    start, end = _window(proof)
    return VerifiedSlice(
        dataset=proof.dataset,
        data_hash=computed,
        slice_hash=found,
        symbols=tuple(proof.symbols),
        start=start,
        end=end,
        table=chosen,
    )


def _window(proof: dataset_slice_pb2.DatasetSlice) -> tuple[int, int]:
    """Returns the first time of the window of a proof, and the time after it."""
    try:
        start, end = proof.start_time.ToNanoseconds(), proof.end_time.ToNanoseconds()
    except ValueError as error:
        raise ProofInvalid("its window is none", found=str(error)[:200]) from error
    if not (_LEAST <= start <= _GREATEST and _LEAST <= end <= _GREATEST):
        found = f"{time_text(start)} to {time_text(end)}"
        raise ProofInvalid("its window is none", found=found, allowed="64-bit nanoseconds")
    return start, end


def _refuse_other_slice(proof: dataset_slice_pb2.DatasetSlice, asked: Asked) -> None:
    """Refuses a proof of other symbols or another window."""
    if asked.symbols is not None and set(asked.symbols) != set(proof.symbols):
        raise ProofInvalid(
            "it is of other symbols",
            found=", ".join(proof.symbols)[:200] or "all",
            allowed=", ".join(sorted(asked.symbols))[:200] or "all",
        )
    start, end = _window(proof)
    for what, found, wanted in (("begins", start, asked.start), ("ends", end, asked.end)):
        allowed = found if wanted is None else min(max(wanted, _LEAST), _GREATEST)
        if found != allowed:
            raise ProofInvalid(
                f"its window {what} at another time",
                found=time_text(found),
                allowed=time_text(allowed),
            )


def _refuse_cut(proof: dataset_slice_pb2.DatasetSlice, rows: pa.Table, asked: Asked) -> None:
    """Refuses a verified window that leaves rows out at an end that nobody asked to cut.

    The covering rows have one beyond each end of the window where the table has one.
    """
    first, last = rows.column("time")[0].as_py(), rows.column("time")[-1].as_py()
    start, end = _window(proof)
    if asked.start is None and first < start:
        raise ProofInvalid(
            "its window begins after the data", found=time_text(start), allowed="from the first row"
        )
    if asked.end is None and last >= end:
        raise ProofInvalid(
            "its window ends before the data", found=time_text(end), allowed="to the last row"
        )


def _header(text: str) -> dict[str, Any]:
    try:
        header = json.loads(text)
        right = rfc8785.dumps(header).decode() == text and header["chunkRows"] == CHUNK_ROWS
        names = [column["name"] for column in header["columns"]]
        kinds = [column["type"] for column in header["columns"]]
        texts = [column["values"] for column in header["columns"] if column["type"] == "string"]
        right = right and names[:2] == ["time", "symbol"] and kinds[:2] == ["int64", "string"]
        right = right and set(kinds) <= _KINDS.keys() and len(set(names)) == len(names)
        right = right and isinstance(header["rows"], int) and header["rows"] > 0
        right = right and all(isinstance(value, str) for values in texts for value in values)
    except (ValueError, KeyError, TypeError, IndexError):
        right = False
    if not right:
        raise ProofInvalid("the header is none of market data", found=text[:100])
    return dict(header)


def _refuse_other_place(
    proof: dataset_slice_pb2.DatasetSlice, rows: pa.Table, header: dict[str, Any]
) -> None:
    """Refuses rows that are not whole chunks of the table, or not as many as stated."""
    first, end, total = proof.first_row, proof.first_row + proof.row_count, header["rows"]
    whole = first >= 0 and first % CHUNK_ROWS == 0 and (end % CHUNK_ROWS == 0 or end == total)
    if not (whole and first < end <= total):
        raise ProofInvalid(
            "the rows are no whole chunks", found=f"[{first}, {end})", allowed=f"within {total}"
        )
    if rows.num_rows != proof.row_count:
        raise ProofInvalid(
            "rows are missing or too many",
            found=str(rows.num_rows),
            allowed=str(proof.row_count),
        )
    names = [column["name"] for column in header["columns"]]
    if rows.column_names != names:
        raise ProofInvalid(
            "the columns are others", found=", ".join(rows.column_names), allowed=", ".join(names)
        )


def _blocks(rows: pa.Table, header: dict[str, Any]) -> list[tuple[memoryview, int]]:
    """Returns each column's bytes as they are hashed, and the bytes of one value."""
    plain = plain_table(rows)
    blocks = []
    for column in header["columns"]:
        values: Any = plain.column(column["name"])
        if values.type != _KINDS[column["type"]]:
            raise ProofInvalid(
                f"column {column['name']} is of another type",
                found=str(values.type),
                allowed=column["type"],
            )
        if column["type"] == "string":
            values = pc.index_in(values, value_set=pa.array(column["values"], pa.string()))
            if values.null_count:
                raise ProofInvalid(f"column {column['name']} has a text that the header has not")
        blocks.append(column_bytes(values))
    return blocks


def _leaf(blocks: Sequence[tuple[memoryview, int]], start: int) -> bytes:
    leaf = hashlib.sha256(b"\x00")
    for block, width in blocks:
        leaf.update(block[start * width : (start + CHUNK_ROWS) * width])
    return leaf.digest()


def _root(proof: dataset_slice_pb2.DatasetSlice, leaves: Sequence[bytes], chunks: int) -> bytes:
    """Returns the root over the covering leaves and the siblings, of which none is left over."""
    first = proof.first_row // CHUNK_ROWS
    siblings = iter(proof.sibling_hashes)
    root = _node(leaves, first, siblings, 0, chunks)
    left = sum(1 for _ in siblings)
    if left:
        raise ProofInvalid("the proof has hashes too many", found=str(left), allowed="0")
    return root


def _node(
    leaves: Sequence[bytes], first: int, siblings: Iterator[bytes], start: int, end: int
) -> bytes:
    if end <= first or start >= first + len(leaves):
        sibling = next(siblings, b"")
        if len(sibling) != hashlib.sha256().digest_size:
            raise ProofInvalid("the proof lacks a hash", found=f"{len(sibling)} bytes")
        return sibling
    if end - start == 1:
        return leaves[start - first]
    split = start + (1 << ((end - start - 1).bit_length() - 1))
    left = _node(leaves, first, siblings, start, split)
    right = _node(leaves, first, siblings, split, end)
    return hashlib.sha256(b"\x01" + left + right).digest()


def _chosen(
    proof: dataset_slice_pb2.DatasetSlice, rows: pa.Table, header: dict[str, Any]
) -> pa.Table:
    """Returns the rows of the slice, after the rows beyond both its ends were seen."""
    start, end = _window(proof)
    times: Any = rows.column("time").combine_chunks()
    first, last = times[0].as_py(), times[-1].as_py()
    rising = pc.all(pc.greater_equal(times[1:], times[:-1])).as_py()
    if len(times) > 1 and not rising:
        raise ProofInvalid("the rows are not in the order of time")
    if proof.first_row > 0 and first >= start:
        raise ProofInvalid("no row shows where the window begins", found=str(first))
    if proof.first_row + proof.row_count < header["rows"] and last < end:
        raise ProofInvalid("no row shows where the window ends", found=str(last))
    low, high = pa.scalar(start, pa.int64()), pa.scalar(end, pa.int64())
    wanted: Any = pc.and_(pc.greater_equal(times, low), pc.less(times, high))
    if proof.symbols:
        known = next(c["values"] for c in header["columns"] if c["name"] == "symbol")
        unknown = sorted(set(proof.symbols) - set(known))
        if unknown:
            raise ProofInvalid("the dataset has no such symbol", found=unknown[0])
        names = pa.array(list(proof.symbols), pa.string())
        texts: Any = rows.column("symbol").combine_chunks()
        wanted = pc.and_(wanted, pc.is_in(texts, value_set=names))
    return rows.filter(wanted)
