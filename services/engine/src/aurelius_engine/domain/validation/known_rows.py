"""What a run had done up to a step: as rows that are hashed, and the first that differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.spec import nanoseconds
from aurelius_engine.domain.table_hash import Column, coded_column
from aurelius_engine.domain.validation.findings import Table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Kinds of rows whose quantity is money.
_MONEY = ("flow", "mark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of one kind, in the order in which they came about. Shape (n_rows,).

    Attributes:
        kind: `order`, `fill`, `flow`, `end` of an order, or `mark` of the account.
        step: When.
        symbol: Its place among the panel's symbols, -1 for the account.
        quantity: Signed: of an order what it was told, of a fill and an end units, of a flow
            and a mark money.
        price: A limit, or what was paid a unit; NaN where there is none.
        terms: What else there is to a row, shape (n_terms, n_rows).
    """

    kind: str
    step: Ints
    symbol: Ints
    quantity: Floats
    price: Floats
    terms: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What one of two runs has in a row; a quantity of NaN says that it has none.

    `side` is `buy`, `sell` or `flat` of what trades, and empty of money.
    """

    side: str
    quantity: float
    price: float

    def __str__(self) -> str:
        """Says it, for a sentence."""
        if np.isnan(self.quantity):
            return "nothing"
        size = abs(self.quantity) if self.side else self.quantity
        at = "" if np.isnan(self.price) else f" at {self.price!r}"
        return f"{self.side} {size!r}{at}".strip()


# Of a row that one of the runs does not have.
NOTHING = Version(side="", quantity=np.nan, price=np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first row in which two runs differ: when, of what, and what each has there."""

    kind: str
    time: int
    symbol: str
    expected: Version
    found: Version

    def __str__(self) -> str:
        """Says it, for a sentence."""
        of = f" of {self.symbol}" if self.symbol else ""
        expected, found = str(self.expected), str(self.found)
        if expected == found:
            found += " on other terms"
        return f"the {self.kind}{of} at {second_text(self.time)}: {expected}, then {found}"


def second_text(time: int) -> str:
    """Returns a time in ns as ISO 8601, to the second."""
    return f"{np.datetime64(time, 'ns').astype('datetime64[s]')}Z"


def version_of(kind: str, quantity: float, price: float) -> Version:
    """Returns what a row of a kind says."""
    side = "sell" if quantity < 0.0 else "buy" if quantity > 0.0 else "flat"
    return Version(side="" if kind in _MONEY else side, quantity=quantity, price=price)


def known_by(base: Mapping[str, Any], time: int) -> Mapping[str, Any]:
    """Returns the specification as it could be written at a time: a list without later orders."""
    strategy = base["strategy"]
    if "orderList" not in strategy:
        return base
    orders = [row for row in strategy["orderList"]["orders"] if nanoseconds(row["time"]) <= time]
    return {**base, "strategy": {"orderList": {**strategy["orderList"], "orders": orders}}}


def known_at(run: Simulation, step: int) -> Sequence[Rows]:
    """Returns everything that was ordered, filled, paid and marked up to a step.

    Of an order that had not ended by then, only what it was sent with.
    """
    orders, fills, flows = run.orders, run.fills, run.flows
    sent = orders.submitted <= step
    over = sent & (orders.ended >= 0) & (orders.ended <= step)
    trailing = orders.kind == codes.TRAILING_STOP
    filled, paid = fills.step <= step, flows.step <= step
    stop = np.where(trailing, np.nan, orders.stop)
    marked = step + 2
    return (
        _rows(
            "order",
            orders.submitted[sent],
            orders.symbol[sent],
            orders.amount[sent],
            orders.limit[sent],
            orders.kind[sent],
            orders.time_in_force[sent],
            orders.amount_kind[sent],
            orders.group[sent],
            stop[sent],
        ),
        _rows(
            "fill",
            fills.step[filled],
            fills.symbol[filled],
            fills.quantity[filled],
            fills.price[filled],
            fills.order[filled],
            fills.rule[filled],
            fills.commission[filled],
        ),
        _rows(
            "flow",
            flows.step[paid],
            flows.symbol[paid],
            flows.amount[paid],
            np.full(np.count_nonzero(paid), np.nan),
            flows.kind[paid],
            flows.units[paid],
        ),
        _rows(
            "end",
            orders.ended[over],
            orders.symbol[over],
            orders.filled[over],
            np.full(np.count_nonzero(over), np.nan),
            np.flatnonzero(over),
            orders.state[over],
            orders.reason[over],
            orders.quantity[over],
        ),
        _rows(
            "mark",
            np.maximum(np.arange(marked) - 1, 0),
            np.full(marked, -1),
            run.equity[:marked],
            np.full(marked, np.nan),
            run.cash[:marked],
        ),
    )


def _rows(
    kind: str, step: Ints, symbol: Ints, quantity: Floats, price: Floats, *terms: Any
) -> Rows:
    return Rows(
        kind=kind,
        step=step.astype(np.int64),
        symbol=symbol.astype(np.int64),
        quantity=quantity,
        price=price,
        terms=np.array([np.asarray(term, dtype=np.float64) for term in terms]),
    )


def table_of(known: Sequence[Rows]) -> Table:
    """Returns all rows as one table, which is hashed."""
    counts = [rows.step.size for rows in known]
    most = max(len(rows.terms) for rows in known)
    terms = []
    for place in range(most):
        parts = [
            rows.terms[place] if place < len(rows.terms) else np.full(count, np.nan)
            for rows, count in zip(known, counts, strict=True)
        ]
        terms.append(Column(name=f"term_{place}", data=np.concatenate(parts)))
    kinds = np.repeat(np.arange(len(known)), counts)
    return (
        coded_column("kind", kinds, [rows.kind for rows in known]),
        Column(name="step", data=np.concatenate([rows.step for rows in known])),
        Column(name="symbol", data=np.concatenate([rows.symbol for rows in known])),
        Column(name="quantity", data=np.concatenate([rows.quantity for rows in known])),
        Column(name="price", data=np.concatenate([rows.price for rows in known])),
        *terms,
    )


def first_difference(
    run: Simulation, expected: Sequence[Rows], found: Sequence[Rows]
) -> Difference | None:
    """Returns the earliest row in which two runs differ, an order before its fill; or None.

    Args:
        run: The run whose clock and symbols the rows are of.
        expected: Its rows.
        found: The other run's rows, of the same kinds.
    """
    firsts = []
    for place, (one, other) in enumerate(zip(expected, found, strict=True)):
        row = _first_unequal(one, other)
        if row is not None:
            steps = [rows.step[row] for rows in (one, other) if row < rows.step.size]
            firsts.append((int(min(steps)), place, row))
    if not firsts:
        return None
    step, place, row = min(firsts)
    one, other = expected[place], found[place]
    # The earlier of two rows is the one that the other run does not have there.
    shown = [
        rows if row < rows.step.size and rows.step[row] == step else None for rows in (one, other)
    ]
    symbols = [int(rows.symbol[row]) for rows in shown if rows is not None]
    same = len(set(symbols)) == 1
    symbol = min(symbols)
    versions = [
        version_of(rows.kind, float(rows.quantity[row]), float(rows.price[row]))
        if rows is not None and (same or int(rows.symbol[row]) == symbol)
        else NOTHING
        for rows in shown
    ]
    return Difference(
        kind=one.kind,
        time=int(run.panel.times[step]),
        symbol="" if symbol < 0 else run.panel.symbols[symbol],
        expected=versions[0],
        found=versions[1],
    )


def _first_unequal(one: Rows, other: Rows) -> int | None:
    """Returns the first row that is not equal bit for bit, or that only one has; or None."""
    count = min(one.step.size, other.step.size)
    unequal = np.zeros(count, dtype=np.bool_)
    for first, second in (
        (one.step, other.step),
        (one.symbol, other.symbol),
        (one.quantity, other.quantity),
        (one.price, other.price),
        *zip(one.terms, other.terms, strict=True),
    ):
        left, right = first[:count].view(np.int64), second[:count].view(np.int64)
        unequal |= (left != right) & ~(np.isnan(first[:count]) & np.isnan(second[:count]))
    rows = np.flatnonzero(unequal)
    if rows.size:
        return int(rows[0])
    return None if one.step.size == other.step.size else count
