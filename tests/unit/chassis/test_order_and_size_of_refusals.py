"""What a refusal tells first, and of requests that are too large to tell everything of."""

import math

import pytest
from google.protobuf.message import Message

from aurelius.engine.v1 import backtest_spec_pb2, orders_pb2, strategy_pb2
from aurelius_chassis.errors import RequestRefused
from aurelius_chassis.validation import LARGE_BYTES, refuse_invalid


def blotter(rows: int) -> orders_pb2.OrderList:
    orders = orders_pb2.OrderList()
    for row in range(rows):
        order = orders.orders.add(symbol="AAPL", quantity=row % 7 + 1, type=2, limit_price=10)
        order.time.seconds = 1_600_000_000 + row
    return orders


@pytest.fixture
def large() -> orders_pb2.OrderList:
    orders = blotter(3000)
    assert orders.ByteSize() > LARGE_BYTES
    return orders


def refusal_of(request: Message) -> RequestRefused:
    with pytest.raises(RequestRefused) as refusal:
        refuse_invalid(request)
    return refusal.value


def fields_of(refusal: RequestRefused) -> list[str]:
    return [violation.field for violation in refusal.violations]


def test_entries_of_a_map_are_told_in_the_order_of_their_keys() -> None:
    keys = [f"k{number:02}" for number in range(50)]
    plugin = strategy_pb2.Plugin(name="Bad", parameters=dict.fromkeys(reversed(keys), math.inf))
    spec = backtest_spec_pb2.BacktestSpec(strategy=strategy_pb2.Strategy(plugin=plugin))

    told = [field for field in fields_of(refusal_of(spec)) if field.startswith("strategy.")]

    entries = [f'strategy.plugin.parameters["{key}"]' for key in keys]
    assert told == ["strategy.plugin.name", *entries]


def test_items_of_a_list_are_told_in_the_order_of_the_list() -> None:
    orders = blotter(12)
    for order in orders.orders:
        order.quantity = 0

    assert fields_of(refusal_of(orders)) == [f"orders[{row}].quantity" for row in range(12)]


def test_bad_key_is_called_a_key() -> None:
    refusal = refusal_of(strategy_pb2.Plugin(name="a", parameters={"B": 1}))

    assert str(refusal) == 'parameters["B"]: the key is not allowed'


def test_key_with_a_line_break_stays_on_one_line() -> None:
    refusal = refusal_of(strategy_pb2.Plugin(name="a", parameters={'a\n"b': 1}))

    assert fields_of(refusal) == ['parameters["a\\n\\"b"]']


def test_large_request_without_fault_is_accepted(large: orders_pb2.OrderList) -> None:
    refuse_invalid(large)


def test_of_a_large_request_the_first_violation_is_told(large: orders_pb2.OrderList) -> None:
    large.orders[1500].quantity = 0
    large.orders[2500].symbol = ""

    refusal = refusal_of(large)

    assert fields_of(refusal) == ["orders[1500].quantity"]
    assert refusal.facts == {"found": "0.0", "allowed": "[-1e+15, 1e+15], but not 0"}


def test_of_a_list_that_is_too_long_no_item_is_looked_at() -> None:
    orders = orders_pb2.OrderList(orders=[orders_pb2.ScheduledOrder()] * 100_001)

    refusal = refusal_of(orders)

    assert fields_of(refusal) == ["orders"]
    assert refusal.facts == {"found": "100001 items", "allowed": "1 to 100000 items"}


def test_time_that_is_none_is_told_with_its_row(large: orders_pb2.OrderList) -> None:
    small = blotter(3)
    for orders, row in ((small, 2), (large, 2999)):
        orders.orders[row].time.nanos = -1

        assert fields_of(refusal_of(orders)) == [f"orders[{row}].time"]
