"""What a run with fills of quotes or of the book refuses, and what audits it."""

import numpy as np
import pytest

from aurelius_engine.domain import errors, panel
from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.audit import FILL_OUTSIDE_BAR, SOUND, audit
from aurelius_engine.domain.core.build import new_run
from aurelius_engine.domain.core.decisions import no_decisions
from aurelius_engine.domain.core.layout import Arrays, run_of
from aurelius_engine.domain.panel import panel_of
from aurelius_engine.domain.simulation import advanced, scheduled_orders
from aurelius_engine.domain.spec import spec_from_document
from tests.unit.engine.quoted import quoted
from tests.unit.engine.runs import document, listed, simulated

SHALLOW = [(99.0, 1e6)], [(101.0, 1e6)]
BOOK = [(99.0, 2.0), (98.0, 3.0)], [(101.0, 2.0), (102.0, 3.0)]


@pytest.mark.parametrize(
    ("source", "levels", "column"),
    [("QUOTES", 0, "bid_price_1"), ("BOOK", 0, "bid_price_2"), ("BOOK", 1, "bid_price_2")],
)
def test_data_without_the_levels_that_are_asked_for_is_refused(
    source: str, levels: int, column: str
) -> None:
    table = quoted({"X": [(100.0, *SHALLOW)] * 3}, levels=levels)

    with pytest.raises(errors.DataColumnMissing) as refused:
        simulated({"strategy": {"buyAndHold": {}}, "fillSource": f"FILL_SOURCE_{source}"}, table)

    facts = refused.value.facts
    assert (facts["found"], facts["column"]) == (f"FILL_SOURCE_{source}", column)
    assert column in str(facts["allowed"])


def test_a_quote_and_a_fill_at_the_close_exclude_each_other() -> None:
    table = quoted({"X": [(100.0, *SHALLOW)] * 3}, levels=1)
    spec = {
        "strategy": {"buyAndHold": {}},
        "fillSource": "FILL_SOURCE_QUOTES",
        "fillRule": "FILL_RULE_SAME_CLOSE",
    }

    with pytest.raises(errors.SpecContradiction) as refused:
        simulated(spec, table)

    assert refused.value.facts["found"] == "FILL_RULE_SAME_CLOSE"


def test_a_book_that_fills_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    table = quoted({"X": [(100.0, *BOOK)] * 4}, levels=2)
    spec = {"strategy": {"buyAndHold": {}}, "fillSource": "FILL_SOURCE_BOOK"}
    monkeypatch.setattr(panel, "PANEL_MAX_CELLS", 4 * 4 * 2)
    simulated(spec, table)
    monkeypatch.setattr(panel, "PANEL_MAX_CELLS", 4 * 4 * 2 - 1)

    with pytest.raises(errors.WindowTooLarge) as refused:
        simulated(spec, table)

    assert refused.value.facts["found"] == 32


def run_of_book() -> Arrays:
    """A run to its end: 4 units for 2 x 101 and 2 x 102."""
    table = quoted({"X": [(100.0, *BOOK)] * 3}, levels=2)
    order = {"step": 0, "quantity": 4, "type": "MARKET"}
    spec = spec_from_document(document(listed(order, fillSource="FILL_SOURCE_BOOK")))
    market = panel_of(spec, table)
    arrays = new_run(spec, market, no_decisions(), scheduled_orders(spec, market), None)
    return advanced(arrays, run_of(arrays), 3)[0]


def audited(arrays: Arrays) -> tuple[int, float]:
    wrong, _, found, _ = audit(run_of(arrays), 3, 1000.0)
    return wrong, found


def test_the_audit_passes_a_fill_of_the_book() -> None:
    arrays = run_of_book()

    assert arrays.fill_floats[0, at.FILL_PRICE] == 101.5
    assert arrays.fill_ints[0, at.FILL_RULE] == codes.AT_OPEN
    assert audited(arrays)[0] == SOUND


@pytest.mark.parametrize("price", [100.99, 102.01])
def test_the_audit_finds_a_price_that_the_book_did_not_show(price: float) -> None:
    arrays = run_of_book()
    arrays.fill_floats[0, at.FILL_PRICE] = price

    assert audited(arrays) == (FILL_OUTSIDE_BAR, price)


def test_the_audit_finds_units_that_the_book_did_not_show() -> None:
    arrays = run_of_book()
    arrays.fill_floats[0, at.FILL_QUANTITY] = 5.01

    assert audited(arrays) == (FILL_OUTSIDE_BAR, 101.5)


def test_a_book_without_spread_and_end_gives_the_bits_of_the_bars() -> None:
    days = [(price, [(price, 1e9)], [(price, 1e9)]) for price in (100.0, 101.5, 99.25, 103.0)]
    table = quoted({"X": days}, levels=2)
    orders = [
        {"step": step, "quantity": quantity, "type": "MARKET"}
        for step, quantity in enumerate((3.7, -1.3, 2.9))
    ]

    bars = simulated(listed(*orders), table)
    book = simulated(listed(*orders, fillSource="FILL_SOURCE_BOOK"), table)

    assert bars.fills.price.size == 3
    assert np.array_equal(book.equity, bars.equity)
    assert np.array_equal(book.fills.price, bars.fills.price)
