"""Any slice is proved by its proof, and nothing else is."""

import asyncio
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from google.api import httpbody_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, settings
from hypothesis import strategies as st

from aurelius.engine.v1 import dataset_slice_pb2
from aurelius_client.ledger_proofs import ProofInvalid
from aurelius_client.slices import Asked, VerifiedSlice, proven_slice, verify_slice
from aurelius_client.table_digests import table_digest
from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.slices import rows_of, slice_hash, slice_proof
from aurelius_engine.domain.table_hash import CHUNK_ROWS
from aurelius_engine.rpc.record_mapping import timestamp

NAMES = ("A", "B", "Zürich")
STEP = 1_000_000_007
Proof = dataset_slice_pb2.DatasetSlice


def market(bars: int) -> MarketTable:
    """Bars of three symbols; the last begins late, and every seventh bar of the second lacks."""
    time, name = np.repeat(np.arange(bars), 3), np.tile(np.arange(3), bars)
    there = ~((name == 1) & (time % 7 == 3)) & ~((name == 2) & (time < bars // 3))
    time, name = time[there], name[there]
    price = 10.0 + (time * 37 + name * 11) % 100
    columns = dict.fromkeys(("open", "high", "low", "close"), price)
    return MarketTable.build(
        time=time * STEP + 10**18,
        symbol=[NAMES[place] for place in name.tolist()],
        bars=columns | {"volume": np.arange(len(time), dtype=np.float64)},
    )


# One chunk, some, and a number of chunks that is a power of two.
TABLES = tuple(market(bars) for bars in (40, 6_000, 13_000))


def proved(
    table: MarketTable, symbols: tuple[str, ...], start: int, end: int
) -> tuple[Proof, pa.Table]:
    """The proof and the rows as a caller gets them."""
    found = slice_proof(table, symbols, start, end)
    message = Proof(
        dataset="datasets/d",
        data_hash=table.data_hash(),
        header=found.header,
        symbols=found.symbols,
        start_time=timestamp(found.start),
        end_time=timestamp(found.end),
        first_row=found.first_row,
        row_count=found.end_row - found.first_row,
        sibling_hashes=found.sibling_hashes,
        slice_hash=found.slice_hash,
        slice_row_count=found.slice_row_count,
    )
    encoded = ArrowTables().encode(rows_of(table, found.first_row, found.end_row))
    return message, pa.ipc.open_stream(encoded).read_all()


@st.composite
def slices(draw: st.DrawFn) -> tuple[MarketTable, tuple[str, ...], int, int]:
    table = draw(st.sampled_from(TABLES))
    rows = st.integers(0, table.time.size - 1)
    low, high = sorted((draw(rows), draw(rows)))
    symbols = tuple(draw(st.sets(st.sampled_from(NAMES))))
    start = int(table.time[low]) - draw(st.integers(0, STEP - 1))
    return table, symbols, start, int(table.time[high]) + draw(st.integers(1, 2 * STEP))


def own_rows(table: MarketTable, symbols: tuple[str, ...], start: int, end: int) -> list[int]:
    texts = table.symbol.texts()
    return [
        row
        for row, time in enumerate(table.time.tolist())
        if start <= time < end and (not symbols or texts[row] in symbols)
    ]


@settings(max_examples=60, deadline=None)
@given(slices())
def test_any_slice_verifies_and_is_its_rows(case: Any) -> None:
    table, symbols, start, end = case
    wanted = own_rows(table, symbols, start, end)
    if not wanted:
        return
    message, rows = proved(table, symbols, start, end)

    verified = verify_slice(message, rows, data_hash=table.data_hash())

    assert verified.table.num_rows == len(wanted) == message.slice_row_count
    assert verified.table.column("volume").to_pylist() == table.volume[wanted].tolist()
    assert verified.slice_hash == slice_hash(table, symbols, start, end)
    assert (set(verified.symbols), verified.start, verified.end) == (set(symbols), start, end)


def test_the_slice_of_everything_has_the_hash_of_the_data() -> None:
    table = TABLES[1]

    message, _ = proved(table, (), int(table.time[0]), int(table.time[-1]) + 1)

    assert message.slice_hash == message.data_hash == table.data_hash()
    assert list(message.sibling_hashes) == []


def changed_cell(rows: pa.Table, column: str, row: int) -> pa.Table:
    values = rows.column(column).to_pylist()
    if column == "symbol":
        values[row] = next(name for name in NAMES if name != values[row])
    else:
        values[row] += 1
    kind = pa.string() if column == "symbol" else rows.schema.field(column).type
    place = rows.column_names.index(column)
    return rows.set_column(place, column, pa.array(values, kind))


WINDOW = (int(TABLES[2].time[CHUNK_ROWS + 5]), int(TABLES[2].time[3 * CHUNK_ROWS - 5]))


@pytest.mark.parametrize("column", ["time", "symbol", "open", "volume"])
@pytest.mark.parametrize("place", [0, 1, CHUNK_ROWS, -1])
def test_a_changed_cell_fails(column: str, place: int) -> None:
    message, rows = proved(TABLES[2], ("A",), *WINDOW)
    other = changed_cell(rows, column, place % rows.num_rows)

    with pytest.raises(ProofInvalid):
        verify_slice(message, other)


@pytest.mark.parametrize("place", [0, 7, CHUNK_ROWS - 1])
def test_a_dropped_row_fails(place: int) -> None:
    message, rows = proved(TABLES[2], (), *WINDOW)
    fewer = pa.concat_tables([rows.slice(0, place), rows.slice(place + 1)])

    with pytest.raises(ProofInvalid):
        verify_slice(message, fewer)
    message.row_count -= 1
    with pytest.raises(ProofInvalid):
        verify_slice(message, fewer)


MOVED = {
    "first_row": lambda m: m.MergeFrom(Proof(first_row=m.first_row + CHUNK_ROWS)),
    "row_count": lambda m: m.MergeFrom(Proof(row_count=m.row_count - CHUNK_ROWS)),
    "start_time": lambda m: m.start_time.FromNanoseconds(WINDOW[0] + 2 * STEP),
    "end_time": lambda m: m.end_time.FromNanoseconds(WINDOW[1] - 2 * STEP),
    "an earlier start": lambda m: m.start_time.FromNanoseconds(WINDOW[0] - 10_000 * STEP),
    "a later end": lambda m: m.end_time.FromNanoseconds(WINDOW[1] + 10_000 * STEP),
    "an end that is no time": lambda m: m.end_time.MergeFrom(Timestamp(nanos=-1)),
    "symbols": lambda m: m.symbols.append("B"),
    "an unknown symbol": lambda m: m.symbols.append("C"),
    "slice_hash": lambda m: m.MergeFrom(Proof(slice_hash="sha256:" + "0" * 64)),
    "slice_row_count": lambda m: m.MergeFrom(Proof(slice_row_count=m.slice_row_count + 1)),
    "data_hash": lambda m: m.MergeFrom(Proof(data_hash="sha256:" + "0" * 64)),
    "a header with a space": lambda m: m.MergeFrom(Proof(header=m.header + " ")),
    "a header of fewer rows": lambda m: m.MergeFrom(
        Proof(header=m.header.replace(f'"rows":{TABLES[2].time.size}', '"rows":20000'))
    ),
    "a sibling too many": lambda m: m.sibling_hashes.append(b"0" * 32),
    "a sibling too few": lambda m: m.sibling_hashes.pop(),
    "a flipped sibling": lambda m: m.sibling_hashes.insert(
        0, bytes([m.sibling_hashes.pop(0)[0] ^ 1]) + b"0" * 31
    ),
    "siblings in another order": lambda m: m.sibling_hashes.append(m.sibling_hashes.pop(0)),
}


@pytest.mark.parametrize("what", MOVED)
def test_a_changed_proof_fails(what: str) -> None:
    message, rows = proved(TABLES[2], ("A",), *WINDOW)
    assert len(message.sibling_hashes) >= 2
    verify_slice(message, rows)

    MOVED[what](message)

    with pytest.raises(ProofInvalid):
        verify_slice(message, rows)


def test_whole_chunks_without_a_row_beyond_an_end_do_not_prove_the_window() -> None:
    """Chunks that verify are not enough: the window could go on in the next one."""
    table = TABLES[2]
    message, rows = proved(table, (), *WINDOW)
    honest = slice_proof(table, (), WINDOW[0], int(table.time[2 * CHUNK_ROWS - 10]))
    fewer = rows.slice(0, honest.end_row - honest.first_row)
    message.row_count = fewer.num_rows
    del message.sibling_hashes[:]
    message.sibling_hashes.extend(honest.sibling_hashes)
    kept = fewer.filter(pa.compute.greater_equal(fewer.column("time"), WINDOW[0]))
    message.slice_hash, message.slice_row_count = table_digest(kept), kept.num_rows

    with pytest.raises(ProofInvalid, match="no row shows where the window ends"):
        verify_slice(message, fewer)


def test_the_digest_that_the_reader_pinned_decides() -> None:
    message, rows = proved(TABLES[0], (), int(TABLES[0].time[0]), int(TABLES[0].time[9]))

    with pytest.raises(ProofInvalid, match="other data"):
        verify_slice(message, rows, data_hash=TABLES[1].data_hash())


def test_a_window_that_no_time_of_a_row_can_reach_is_refused() -> None:
    message, rows = proved(TABLES[0], (), FIRST, LAST + 1)
    message.start_time.FromJsonString("1600-01-01T00:00:00Z")

    with pytest.raises(ProofInvalid, match=r"found 1600-01-01T00:00:00Z to .*; allowed 64-bit"):
        verify_slice(message, rows)


class Serving:
    """Calls that are answered with the proof and the rows of one slice, whatever is asked."""

    def __init__(self, table: MarketTable, symbols: tuple[str, ...], start: int, end: int) -> None:
        self._table, self._slice = table, (symbols, start, end)

    async def call(self, _: object, answer: type[Proof]) -> Proof:
        return proved(self._table, *self._slice)[0]

    async def whole(self, _: object, answer: type[httpbody_pb2.HttpBody]) -> list[Any]:
        found = slice_proof(self._table, *self._slice)
        rows = rows_of(self._table, found.first_row, found.end_row)
        return [answer(data=ArrowTables().encode(rows))]


def downloaded(served: tuple[tuple[str, ...], int, int], **asked: Any) -> VerifiedSlice:
    table = TABLES[1]
    calls: Any = Serving(table, *served)
    fields = {"name": "datasets/d"} | asked
    return asyncio.run(proven_slice(calls, fields, table.data_hash()))[2]


FIRST, LAST = int(TABLES[1].time[0]), int(TABLES[1].time[-1])
LOW, HIGH = int(TABLES[1].time[5]), int(TABLES[1].time[5_000])
ASKED = {"symbols": ["B", "A"], "start_time": timestamp(LOW), "end_time": timestamp(HIGH)}


def test_a_download_says_what_it_is_of() -> None:
    part = downloaded((("A", "B"), LOW, HIGH), **ASKED)
    whole = downloaded(((), FIRST, LAST + 1))
    far = {"start_time": Timestamp(seconds=-(10**10)), "end_time": Timestamp(seconds=10**10)}
    widest = downloaded(((), -(2**63), 2**63 - 1), **far)

    assert (part.symbols, part.start, part.end) == (("A", "B"), LOW, HIGH)
    assert (whole.symbols, whole.start, whole.end) == ((), FIRST, LAST + 1)
    assert whole.table.num_rows == widest.table.num_rows == TABLES[1].time.size


@pytest.mark.parametrize(
    ("served", "asked", "refusal"),
    [
        ((("A",), LOW, HIGH), ASKED, r"other symbols \(found A; allowed A, B\)"),
        (((), LOW, HIGH), ASKED, r"other symbols \(found all; allowed A, B\)"),
        ((("A",), FIRST, LAST + 1), {}, r"other symbols \(found A; allowed all\)"),
        ((("A", "B"), LOW + STEP, HIGH), ASKED, r"begins at another time \(found .*; allowed .*\)"),
        ((("A", "B"), LOW, HIGH - 1), ASKED, r"ends at another time \(found .*; allowed .*\)"),
        (((), FIRST + 1, LAST + 1), {}, "begins after the data"),
        (((), LAST, LAST + 1), {}, "begins after the data"),
        (((), FIRST, LAST), {}, "ends before the data"),
        (((), FIRST, FIRST + STEP), {}, "ends before the data"),
        (((), FIRST, LAST + 1), {"name": "datasets/e"}, "another dataset .*datasets/d.*datasets/e"),
    ],
)
def test_a_download_of_another_slice_is_refused(
    served: tuple[tuple[str, ...], int, int], asked: dict[str, Any], refusal: str
) -> None:
    with pytest.raises(ProofInvalid, match=refusal):
        downloaded(served, **asked)


def test_a_kept_slice_must_be_of_what_is_asked_and_nothing_else_need() -> None:
    message, rows = proved(TABLES[1], ("A",), LOW, HIGH)

    for right in (Asked(), Asked(symbols=["A"]), Asked(start=LOW), Asked(end=HIGH)):
        assert verify_slice(message, rows, asked=right).symbols == ("A",)
    for wrong in (Asked(symbols=["B"]), Asked(symbols=()), Asked(start=LOW - 1), Asked(end=LOW)):
        with pytest.raises(ProofInvalid, match=r"other symbols|another time"):
            verify_slice(message, rows, asked=wrong)
