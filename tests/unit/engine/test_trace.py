"""What the digest of a prefix commits to: every event up to a time, and none after it."""

import hashlib

import numpy as np

from aurelius_engine.domain.table_hash import Column, string_column
from aurelius_engine.domain.trace import AT_THE_END, Trace, views_of

Tables = dict[str, tuple[Column, ...]]


def ints(name: str, *values: int) -> Column:
    return Column(name=name, data=np.array(values, dtype=np.int64))


def floats(name: str, *values: float) -> Column:
    return Column(name=name, data=np.array(values, dtype=np.float64))


def tables(price: float = 2.5) -> Tables:
    return {
        "metrics": (floats("value", 1.0),),
        "fills": (
            ints("time", 10, 20),
            string_column("symbol", ["B", "A"]),
            floats("price", price, 3.5),
        ),
        "orders": (
            ints("order_id", 0, 1),
            ints("submitted_time", 5, 10),
            string_column("state", ["filled", "open"]),
            ints("ended_time", 20, -1),
        ),
    }


def test_events_of_a_step_are_fills_then_ends_of_orders_then_sendings_and_metrics_last() -> None:
    views = views_of(tables())

    assert [(view.table, [c.name for c in view.columns]) for view in views] == [
        ("fills", ["time", "symbol", "price"]),
        ("orders", ["order_id", "state", "ended_time"]),
        ("orders", ["order_id", "submitted_time"]),
        ("metrics", ["value"]),
    ]
    assert views[1].times.tolist() == [20, AT_THE_END]
    assert views[3].times.tolist() == [AT_THE_END]


def test_a_digest_commits_to_the_times_up_to_its_own() -> None:
    ends = np.array([5, 10, 20, AT_THE_END])

    honest, other = (Trace(tables(price)).chain(5, ends) for price in (2.5, 2.25))

    assert honest[0] == other[0]
    assert [a == b for a, b in zip(honest[1:], other[1:], strict=True)] == [False] * 3


def test_rows_out_of_order_are_taken_by_time() -> None:
    fills = (ints("time", 20, 10), floats("price", 3.5, 2.5))

    (view,) = views_of({"fills": fills})

    assert (view.rows.tolist(), view.times.tolist()) == ([1, 0], [10, 20])
    assert view.rows_at(10).tolist() == [1]


def test_the_chain_is_the_one_that_section_5_states() -> None:
    time, price = np.array([10], "<i8").tobytes(), np.array([2.5], "<f8").tobytes()
    start = hashlib.sha256(b"aurelius.trace.v1\n").digest()

    found = Trace({"fills": (ints("time", 10), floats("price", 2.5))}).chain(10, np.array([10]))

    assert found == [hashlib.sha256(start + b"fills 1\n" + time + price).digest()]
