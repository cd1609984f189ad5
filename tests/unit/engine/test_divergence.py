"""The first step, table, row and column where two results part, found by bisection."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aurelius_engine.domain.divergence import Count, Difference, first_difference
from aurelius_engine.domain.table_hash import Column, string_column

Tables = Mapping[str, tuple[Column, ...]]
MINUTE = 60_000_000_000


def ints(name: str, values: Any) -> Column:
    return Column(name=name, data=np.asarray(values, dtype=np.int64))


def floats(name: str, values: Any) -> Column:
    return Column(name=name, data=np.asarray(values, dtype=np.float64))


def result(steps: int, *, sharpe: float = 1.5) -> dict[str, tuple[Column, ...]]:
    """A made result: an order and a fill a step, the order sent at the step before."""
    step = np.arange(steps)
    symbols = ["GOOG" if at % 2 else "IBM" for at in step.tolist()]
    return {
        "equity": (ints("time", step * MINUTE), floats("cash", 1e6 - step), floats("equity", step)),
        "fills": (
            ints("fill_id", step),
            ints("time", step * MINUTE),
            string_column("symbol", symbols),
            floats("quantity", 1.0 + step),
            floats("price", 100.0 + step / 7.0),
        ),
        "metrics": (string_column("metric_id", ["sharpe_ratio"]), floats("value", [sharpe])),
        "orders": (
            ints("order_id", step),
            ints("submitted_time", np.maximum(step - 1, 0) * MINUTE),
            string_column("symbol", symbols),
            string_column("state", ["filled"] * (steps - 1) + ["open"]),
            floats("filled_quantity", 1.0 + step),
            ints("ended_time", np.append(step[:-1] * MINUTE, -1)),
        ),
    }


def changed(tables: Tables, table: str, column: str, row: int, value: Any) -> Tables:
    def with_value(found: Column) -> Column:
        if found.name != column:
            return found
        if found.values is not None:
            texts = found.texts()
            texts[row] = value
            return string_column(column, texts)
        data = found.data.copy()
        data[row] = value
        return replace(found, data=data)

    return {**tables, table: tuple(with_value(found) for found in tables[table])}


def without(tables: Tables, table: str, row: int) -> Tables:
    def shorter(found: Column) -> Column:
        if found.values is not None:
            texts = found.texts()
            return string_column(found.name, texts[:row] + texts[row + 1 :])
        return replace(found, data=np.delete(found.data, row))

    return {**tables, table: tuple(shorter(found) for found in tables[table])}


def test_equal_results_have_no_difference() -> None:
    count = Count()

    assert first_difference(result(3000), result(3000), count) is None
    assert count.comparisons == 1


@pytest.mark.parametrize("step", [0, 1, 1023, 1024, 2500, 2999])
def test_a_changed_cell_is_named_with_its_step_time_and_symbol(step: int) -> None:
    honest = result(3000)

    found = first_difference(honest, changed(honest, "fills", "price", step, 1.25))

    assert found == Difference(
        table="fills",
        row=step,
        column="price",
        left=repr(100.0 + step / 7.0),
        right="1.25",
        step=step,
        time_ns=step * MINUTE,
        symbol="GOOG" if step % 2 else "IBM",
    )


def test_the_first_step_wins_over_the_order_of_tables() -> None:
    honest = result(50)
    other = changed(changed(honest, "equity", "cash", 30, 7.0), "fills", "price", 20, 7.0)
    other = changed(other, "orders", "filled_quantity", 10, 7.0)

    found = first_difference(honest, other)

    assert found is not None
    assert (found.table, found.column, found.step, found.row) == (
        "orders",
        "filled_quantity",
        10,
        10,
    )


def test_within_a_step_a_fill_comes_before_the_mark() -> None:
    honest = result(50)
    other = changed(changed(honest, "equity", "cash", 20, 7.0), "fills", "quantity", 20, 7.0)

    found = first_difference(honest, other)

    assert found is not None
    assert (found.table, found.column) == ("fills", "quantity")


def test_what_happened_to_an_order_counts_at_its_end_and_its_sending_when_it_was_sent() -> None:
    honest = result(50)

    sent = first_difference(honest, changed(honest, "orders", "symbol", 20, "AAPL"))
    ended = first_difference(honest, changed(honest, "orders", "state", 20, "cancelled"))

    assert sent is not None
    assert ended is not None
    assert (sent.column, sent.step, sent.left, sent.right) == ("symbol", 19, "IBM", "AAPL")
    assert (ended.column, ended.step, ended.symbol) == ("state", 20, "IBM")


def test_an_order_that_is_still_open_belongs_to_no_step() -> None:
    honest = result(50)

    found = first_difference(honest, changed(honest, "orders", "filled_quantity", 49, 7.0))

    assert found is not None
    assert (found.table, found.row, found.step, found.time_ns) == ("orders", 49, -1, -1)


def test_a_metric_is_reported_only_if_no_event_differs() -> None:
    honest = result(50)

    alone = first_difference(honest, result(50, sharpe=1.25))
    beside = first_difference(honest, changed(result(50, sharpe=1.25), "equity", "cash", 49, 0.0))

    assert alone is not None
    assert beside is not None
    assert (alone.table, alone.column, alone.left, alone.right) == (
        "metrics",
        "value",
        "1.5",
        "1.25",
    )
    assert (alone.step, alone.time_ns) == (-1, -1)
    assert (beside.table, beside.step) == ("equity", 49)


def test_a_missing_row_is_an_empty_text_at_its_step() -> None:
    honest = result(50)

    found = first_difference(honest, without(honest, "fills", 20))

    assert found is not None
    assert (found.table, found.row, found.column, found.step) == ("fills", 20, "fill_id", 20)
    assert (found.left, found.right) == ("20", "")
    assert found.symbol == "IBM"


def test_a_row_that_only_the_right_has_is_found_there() -> None:
    honest = result(50)

    found = first_difference(without(honest, "fills", 20), honest)

    assert found is not None
    assert (found.row, found.left, found.right, found.symbol) == (20, "", "20", "IBM")


def test_codes_of_texts_may_differ_where_the_texts_do_not() -> None:
    honest = result(50)
    other = changed(honest, "fills", "symbol", 40, "AAA")  # every other code moves by one

    found = first_difference(honest, other)

    assert found is not None
    assert (found.column, found.row, found.left, found.right) == ("symbol", 40, "IBM", "AAA")


def test_every_nan_is_one_value_and_the_sign_of_zero_is_not() -> None:
    quiet = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)[0]
    honest = {"equity": (ints("time", [0, 1]), floats("cash", [math.nan, 0.0]))}

    same = first_difference(honest, changed(honest, "equity", "cash", 0, quiet))
    other = first_difference(honest, changed(honest, "equity", "cash", 1, -0.0))

    assert same is None
    assert other is not None
    assert (other.left, other.right) == ("0.0", "-0.0")


def test_a_table_a_column_and_a_type_that_one_side_lacks_come_first() -> None:
    honest = changed(result(5), "equity", "cash", 0, 3.0)
    no_table = {name: table for name, table in result(5).items() if name != "orders"}
    no_column = {**result(5), "fills": result(5)["fills"][:-1]}
    other_type = {**result(5), "metrics": (*result(5)["metrics"][:1], ints("value", [1]))}

    found = [first_difference(honest, other) for other in (no_table, no_column, other_type)]

    assert [(f.table, f.column, f.right) for f in found if f is not None] == [
        ("orders", "order_id", ""),
        ("fills", "price", ""),
        ("metrics", "value", "1"),
    ]


def test_a_million_events_take_about_twenty_comparisons() -> None:
    honest = result(1_000_000)
    counts, places = [], []
    for step in (1, 654_321):
        count = Count()
        found = first_difference(honest, changed(honest, "fills", "price", step, 0.5), count)
        assert found is not None
        places.append((found.table, found.column, found.step))
        counts.append(count.comparisons)

    assert places == [("fills", "price", step) for step in (1, 654_321)]
    assert max(counts) <= 24, counts


def test_within_a_table_of_a_step_the_first_row_wins_over_the_first_column() -> None:
    def fills(quantity: float, price: float) -> Tables:
        columns = (
            ints("time", [5, 5]),
            floats("quantity", [1.0, quantity]),
            floats("price", [price, 2.0]),
        )
        return {"fills": columns}

    found = first_difference(fills(2.0, 3.0), fills(2.5, 3.5))

    assert found is not None
    assert (found.row, found.column, found.left, found.right) == (0, "price", "3.0", "3.5")
