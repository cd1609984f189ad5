"""The columns of quotes and books: what they may say, and where they go."""

from collections.abc import Sequence

import numpy as np
import pytest

from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.adapters.market_files import read_market_file
from aurelius_engine.application.errors import ColumnMissing
from aurelius_engine.application.records import FileFormat
from aurelius_engine.application.table_files import ExportFormat
from aurelius_engine.domain import errors
from aurelius_engine.domain.adjustment import adjusted_as_of
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.streams import stream
from aurelius_engine.domain.validation.futures import poisoned, truncated
from tests.unit.engine.quoted import Side, quoted
from tests.unit.engine.runs import DAY_NS, FIRST_NS

BOOK: tuple[Side, Side] = ([(9.0, 5.0), (8.0, 7.0)], [(11.0, 6.0), (12.0, 8.0)])


def two_days(*, levels: int = 2) -> MarketTable:
    return quoted({"X": [(10.0, *BOOK), (10.0, [], [])]}, levels=levels)


def csv_of(table: MarketTable) -> bytes:
    return b"".join(ArrowTables().export(table.columns(), ExportFormat.CSV))


@pytest.mark.parametrize(
    ("bids", "asks", "column", "found", "allowed"),
    [
        ([(-1.0, 5.0)], [], "bid_price_1", "-1.0", "finite and at least 0, without a sign"),
        ([(-0.0, 0.0)], [], "bid_price_1", "-0.0", "finite and at least 0, without a sign"),
        ([], [(11.0, np.inf)], "ask_size_1", "inf", "finite and at least 0, without a sign"),
        ([], [(np.nan, 1.0)], "ask_price_1", "nan", "finite and at least 0, without a sign"),
        ([(9.0, 0.0)], [], "bid_price_1", "9.0", "0 where bid_size_1 is 0, and nowhere else"),
        ([(0.0, 1.0)], [], "bid_price_1", "0.0", "0 where bid_size_1 is 0, and nowhere else"),
        ([(9.0, 1.0), (9.0, 1.0)], [], "bid_price_2", "9.0", "below the level before, or 0"),
        ([], [(11.0, 1.0), (10.5, 1.0)], "ask_price_2", "10.5", "above the level before, or 0"),
        ([], [(0.0, 0.0), (11.0, 1.0)], "ask_price_2", "11.0", "above the level before, or 0"),
        ([(11.5, 1.0)], [(11.0, 1.0)], "bid_price_1", "11.5", "at most ask_price_1"),
    ],
)
def test_what_no_book_shows_is_refused_with_its_row(
    bids: Side, asks: Side, column: str, found: str, allowed: str
) -> None:
    with pytest.raises(errors.QuoteInvalid) as refused:
        quoted({"X": [(10.0, *BOOK), (10.0, bids, asks)]}, levels=2)

    facts = refused.value.facts
    assert (facts["row"], facts["symbol"], facts["column"]) == (1, "X", column)
    assert (facts["found"], facts["allowed"]) == (found, allowed)


def test_a_locked_quote_and_one_of_a_single_side_are_taken() -> None:
    table = quoted(
        {"X": [(10.0, [(10.0, 1.0)], [(10.0, 2.0)]), (10.0, [(9.0, 1.0)], [])]}, levels=1
    )

    assert table.book_levels == 1
    assert table.floats()["ask_price_1"].tolist() == [10.0, 0.0]


def test_each_column_of_the_book_is_part_of_the_data_hash() -> None:
    deep, shallow = two_days(levels=2), two_days(levels=1)
    bars = quoted({"X": [(10.0, [], []), (10.0, [], [])]}, levels=0)

    assert len({table.data_hash() for table in (deep, shallow, bars)}) == 3
    assert [column.name for column in deep.columns()[-4:]] == [
        "bid_price_2",
        "bid_size_2",
        "ask_price_2",
        "ask_size_2",
    ]


@pytest.mark.parametrize("levels", [1, 2, 10])
def test_a_book_survives_a_file_and_the_store(levels: int) -> None:
    table = two_days(levels=levels)

    read = read_market_file(csv_of(table), FileFormat.CSV)
    stored = ArrowTables().decode_market(ArrowTables().encode_market(table))

    assert read.book_levels == stored.book_levels == levels
    assert read.data_hash() == stored.data_hash() == table.data_hash()


@pytest.mark.parametrize("missing", ["ask_size_2", "bid_price_1"])
def test_a_level_without_one_of_its_columns_is_refused(missing: str) -> None:
    header, _, rows = csv_of(two_days()).partition(b"\n")
    renamed = header.replace(missing.encode(), b"ignored")

    with pytest.raises(ColumnMissing) as refused:
        read_market_file(renamed + b"\n" + rows, FileFormat.CSV)

    assert refused.value.facts["column"] == missing


def test_an_adjusted_view_divides_the_prices_of_a_book_and_multiplies_its_sizes() -> None:
    bars = two_days().floats() | {"dividend": np.zeros(2), "split_ratio": np.array([1.0, 2.0])}
    time = np.array([FIRST_NS, FIRST_NS + DAY_NS])
    table = MarketTable.build(time=time, symbol=["X", "X"], bars=bars)

    seen = adjusted_as_of(table, int(time[1]), "SPLITS").floats()

    assert seen["ask_price_2"].tolist() == [6.0, 0.0]
    assert seen["ask_size_2"].tolist() == [16.0, 0.0]


def _rows(table: MarketTable, rows: slice) -> Sequence[Sequence[float]]:
    return [values[rows].tolist() for values in table.book]


def test_a_poisoned_future_has_another_book_and_a_truncated_one_none() -> None:
    days = [(10.0, *BOOK)] * 3
    table = quoted({"X": days, "Y": [days[0], None, days[0]]}, levels=2)
    past = slice(0, 3)

    other = poisoned(table, FIRST_NS + DAY_NS, stream(7, "poison"))
    ended = truncated(table, FIRST_NS + DAY_NS)

    MarketTable.build(
        time=other.time, symbol=[other.symbol.text(i) for i in range(5)], bars=other.floats()
    )
    assert _rows(other, past) == _rows(table, past)
    for mine, theirs in zip(other.book, table.book, strict=True):
        assert (mine[3:] != theirs[3:]).all()
    assert _rows(ended, past) == _rows(table, past)
    assert [values[3:].tolist() for values in ended.book] == [[0.0]] * 8
