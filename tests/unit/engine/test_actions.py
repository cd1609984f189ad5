"""The columns of corporate actions and of currency: read, kept, hashed, refused."""

import numpy as np
import pyarrow as pa
import pytest

from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.adapters.market_files import FileFormat, read_market_file
from aurelius_engine.application.errors import ColumnMissing, FileMalformed, ObjectDamaged
from aurelius_engine.domain import errors
from aurelius_engine.domain.market_table import MarketTable

HEADER = "time,symbol,open,high,low,close,volume"
BAR = "A,10,12,9,11,100"
FILES = ArrowTables()


def read(header: str, *ends: str) -> MarketTable:
    rows = [f"2020-01-{day:02},{BAR}{end}" for day, end in enumerate(ends, start=2)]
    text = "\n".join([HEADER + header, *rows]) + "\n"
    return read_market_file(text.encode(), FileFormat.CSV)


def test_actions_are_read_and_an_empty_cell_is_none() -> None:
    table = read(",Split_Ratio,dividend", ",2,0.5", ",,", ",0.1,")

    assert table.split_ratio is not None
    assert table.dividend is not None
    assert table.split_ratio.tolist() == [2.0, 1.0, 0.1]
    assert table.dividend.tolist() == [0.5, 0.0, 0.0]


def test_a_null_of_an_arrow_file_is_none_too() -> None:
    columns = {
        "time": pa.array([10**18, 2 * 10**18]),
        "symbol": ["A", "A"],
        **{name: [10.0, 10.0] for name in ("open", "high", "low", "close", "volume")},
        "dividend": pa.array([None, 0.25]),
        "split_ratio": pa.array([3, None], pa.int32()),
    }
    sink = pa.BufferOutputStream()
    arrow = pa.table(columns)
    with pa.ipc.new_stream(sink, arrow.schema) as writer:
        writer.write_table(arrow)

    table = read_market_file(bytes(sink.getvalue()), FileFormat.ARROW)

    assert table.dividend is not None
    assert table.split_ratio is not None
    assert table.dividend.tolist() == [0.0, 0.25]
    assert table.split_ratio.tolist() == [3.0, 1.0]


@pytest.mark.parametrize(
    ("there", "lacking"), [("dividend", "split_ratio"), ("split_ratio", "dividend")]
)
def test_one_kind_of_action_without_the_other_is_refused(there: str, lacking: str) -> None:
    with pytest.raises(ColumnMissing) as refused:
        read(f",{there}", ",1")

    assert refused.value.facts["column"] == lacking
    assert "dividend and split_ratio or neither" in str(refused.value.facts["allowed"])


@pytest.mark.parametrize(
    ("end", "column", "found"),
    [
        (",-0.5,1", "dividend", "-0.5"),
        (",-0,1", "dividend", "-0.0"),
        (",inf,1", "dividend", "inf"),
        (",nan,1", "dividend", "nan"),
        (",0,0", "split_ratio", "0.0"),
        (",0,-2", "split_ratio", "-2.0"),
        (",0,nan", "split_ratio", "nan"),
    ],
)
def test_an_action_that_cannot_be_true_is_refused_with_its_row(
    end: str, column: str, found: str
) -> None:
    with pytest.raises(errors.ActionInvalid) as refused:
        read(",dividend,split_ratio", ",0,1", end)

    assert refused.value.facts["row"] == 1
    assert refused.value.facts["column"] == column
    assert refused.value.facts["found"] == found


def test_an_action_that_is_no_number_is_refused() -> None:
    with pytest.raises(FileMalformed) as refused:
        read(",dividend,split_ratio", ",0,2:1")

    assert refused.value.facts["found"] == "2:1"


def test_only_the_columns_of_actions_change_the_hash_of_the_data() -> None:
    bare = read("", "", "")
    currency = read(",currency", ",USD", ",USD")
    none = read(",dividend,split_ratio", ",0,1", ",0,1")
    paid = read(",dividend,split_ratio", ",0,1", ",0.5,1")

    hashes = [table.data_hash() for table in (bare, none, paid)]

    assert len(set(hashes)) == 3
    assert currency.data_hash() == bare.data_hash()
    assert [column.name for column in bare.columns()] == HEADER.split(",")
    assert [column.name for column in paid.columns()][-2:] == ["dividend", "split_ratio"]


def test_actions_are_sorted_with_their_bars() -> None:
    text = f"{HEADER},dividend,split_ratio\n2020-01-03,{BAR},0,2\n2020-01-02,{BAR},0.5,1\n"

    table = read_market_file(text.encode(), FileFormat.CSV)

    assert table.dividend is not None
    assert table.dividend.tolist() == [0.5, 0.0]
    assert table.data_hash() == read(",dividend,split_ratio", ",0.5,1", ",0,2").data_hash()


@pytest.mark.parametrize("header", ["", ",dividend,split_ratio"])
def test_a_stored_table_comes_back_as_it_was(header: str) -> None:
    table = read(header, ",0,2" if header else "", ",0.5,1" if header else "")

    back = FILES.decode_market(FILES.encode_market(table))

    assert back.data_hash() == table.data_hash()
    assert (back.dividend is None) == (header == "")
    assert (back.split_ratio is None) == (header == "")


def test_a_stored_table_with_half_of_its_actions_is_damaged() -> None:
    columns = read(",dividend,split_ratio", ",0,2").columns()

    with pytest.raises(ObjectDamaged):
        FILES.decode_market(FILES.encode(columns[:-1]))


def test_prices_in_two_currencies_are_refused() -> None:
    read(",currency", ",USD", ",", ", USD ")

    with pytest.raises(errors.CurrencyMixed) as refused:
        read(",Currency", ",USD", ",PHP", ",EUR")

    assert refused.value.facts["found"] == "EUR, PHP, USD"
    assert refused.value.facts["allowed"] == "one currency in every row"


def test_a_currency_may_come_as_codes_and_must_be_text() -> None:
    def with_currency(values: object) -> bytes:
        names = ("open", "high", "low", "close", "volume")
        bars = {name: np.array([10.0, 10.0]) for name in names}
        columns = {"time": np.array([10**18, 2 * 10**18]), "symbol": ["A", "A"], **bars}
        arrow = pa.table({**columns, "currency": values})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, arrow.schema) as writer:
            writer.write_table(arrow)
        return bytes(sink.getvalue())

    coded = pa.array(["USD", "EUR"]).dictionary_encode()

    with pytest.raises(errors.CurrencyMixed):
        read_market_file(with_currency(coded), FileFormat.ARROW)
    with pytest.raises(FileMalformed):
        read_market_file(with_currency(pa.array([[1], [2]])), FileFormat.ARROW)
