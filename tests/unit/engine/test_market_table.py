"""Bars that cannot be true are refused with their row, and rows have one order."""

from collections.abc import Callable

import numpy as np
import pytest

from aurelius_engine.domain import errors
from aurelius_engine.domain.market_table import MarketTable

DAY = 86_400_000_000_000


def build(change: Callable[[dict[str, np.ndarray]], None] | None = None) -> MarketTable:
    bars = {
        "open": np.array([10.0, 20.0, 11.0]),
        "high": np.array([12.0, 21.0, 12.0]),
        "low": np.array([9.0, 19.0, 10.0]),
        "close": np.array([11.0, 20.5, 11.5]),
        "volume": np.array([100.0, 200.0, 0.0]),
    }
    time = np.array([0, 0, DAY], dtype=np.int64)
    if change is not None:
        change(bars | {"time": time})
    return MarketTable.build(time=time, symbol=["A", "B", "A"], bars=bars)


@pytest.mark.parametrize(
    ("column", "row", "value", "refusal", "allowed"),
    [
        ("close", 1, np.nan, errors.PriceNotFinite, "finite numbers"),
        ("volume", 2, np.inf, errors.PriceNotFinite, "finite numbers"),
        ("open", 0, 0.0, errors.PriceNotPositive, "above 0"),
        ("low", 2, -1.0, errors.PriceNotPositive, "above 0"),
        ("high", 1, 18.0, errors.HighBelowLow, "at least the low, LOW"),
        ("open", 1, 25.0, errors.PriceOutsideRange, "within [low, high], [LOW, HIGH]"),
        ("close", 0, 8.0, errors.PriceOutsideRange, "within [low, high], [LOW, HIGH]"),
        ("volume", 0, -5.0, errors.VolumeNegative, "at least 0, without a sign"),
    ],
)
def test_a_bar_that_cannot_be_true_is_refused_with_its_row_and_value(
    column: str, row: int, value: float, refusal: type[errors.RowRefused], allowed: str
) -> None:
    bounds = {}

    def change(arrays: dict[str, np.ndarray]) -> None:
        arrays[column][row] = value
        bounds["LOW"] = repr(float(arrays["low"][row]))
        bounds["HIGH"] = repr(float(arrays["high"][row]))

    with pytest.raises(refusal) as refused:
        build(change)

    for name, bound in bounds.items():
        allowed = allowed.replace(name, bound)
    assert refused.value.facts["row"] == row
    assert refused.value.facts["found"] == repr(float(value))
    assert refused.value.facts["allowed"] == allowed
    assert f"row {row}, counted from 0 below the header, symbol " in str(refused.value)


def test_a_repeated_bar_is_refused() -> None:
    def change(arrays: dict[str, np.ndarray]) -> None:
        arrays["time"][:] = 1_577_923_200_000_000_000

    with pytest.raises(errors.DuplicateBar) as refused:
        build(change)

    assert refused.value.facts["row"] == 2
    assert refused.value.facts["found"] == "2020-01-02T00:00:00Z, 1577923200000000000 ns"


def test_a_repeated_time_is_told_to_the_nanosecond() -> None:
    def change(arrays: dict[str, np.ndarray]) -> None:
        arrays["time"][:] = 1_577_923_200_000_000_010

    with pytest.raises(errors.DuplicateBar) as refused:
        build(change)

    assert str(refused.value.facts["found"]).startswith("2020-01-02T00:00:00.00000001Z, ")


def test_an_empty_table_is_refused() -> None:
    nothing = np.empty(0)

    with pytest.raises(errors.DatasetEmpty):
        MarketTable.build(
            time=np.empty(0, dtype=np.int64),
            symbol=[],
            bars=dict.fromkeys(("open", "high", "low", "close", "volume"), nothing),
        )


def test_one_changed_bit_changes_the_data_hash() -> None:
    def change(arrays: dict[str, np.ndarray]) -> None:
        arrays["volume"][1] = np.nextafter(200.0, 201.0)

    assert build().data_hash() != build(change).data_hash()


def of_symbols(symbols: list[str]) -> MarketTable:
    prices = np.full(len(symbols), 10.0)
    bars = dict.fromkeys(("open", "high", "low", "close", "volume"), prices)
    return MarketTable.build(time=np.zeros(len(symbols), dtype=np.int64), symbol=symbols, bars=bars)


@pytest.mark.parametrize("symbol", ["A", "BRK.B", "0700", "S&P 500", "日経", "A" * 64])
def test_a_symbol_is_a_short_printable_text(symbol: str) -> None:
    assert of_symbols([symbol]).symbols == (symbol,)


@pytest.mark.parametrize(
    "symbol", ["", " A", "A ", "A\n", "A\x00B", "A\u2028B", "\u202eA", "A" * 65, "A" * 9_000_000]
)
def test_a_symbol_that_no_list_could_show_is_refused_with_its_row(symbol: str) -> None:
    with pytest.raises(errors.SymbolInvalid) as refused:
        of_symbols(["A", "B", symbol, "C"])

    facts = refused.value.facts
    assert (facts["row"], facts["column"]) == (2, "symbol")
    assert len(str(facts["found"])) < 120
    assert str(facts["found"]).isprintable()
    assert len(str(refused.value)) < 400


def test_a_dataset_has_at_most_ten_thousand_symbols() -> None:
    symbols = [f"S{number}" for number in range(10_000)]

    assert len(of_symbols(symbols).symbols) == 10_000
    with pytest.raises(errors.SymbolInvalid) as refused:
        of_symbols(["S0X", *symbols])

    facts = refused.value.facts
    assert (facts["row"], facts["found"]) == (10_000, "10001 symbols")


def test_a_negative_zero_is_no_volume() -> None:
    def change(arrays: dict[str, np.ndarray]) -> None:
        arrays["volume"][2] = -0.0

    with pytest.raises(errors.VolumeNegative) as refused:
        build(change)

    assert (refused.value.facts["row"], refused.value.facts["found"]) == (2, "-0.0")
