"""Finished runs made by hand or by chance, for tests of metrics: a plain book of account."""

import random
from dataclasses import dataclass, field

import numpy as np

from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core.log import Fills, Flows, Orders, Simulation
from aurelius_engine.domain.panel import Panel

DAY = 86_400_000_000_000


@dataclass
class Book:
    """Closes by step and symbol, None for no bar; what is booked at a step is in its mark."""

    closes: list[list[float | None]]
    cash: float
    times: list[int] = field(default_factory=list)
    volume: float = 1000.0
    fills: list[tuple[int, int, float, float, float, float]] = field(default_factory=list)
    flows: list[tuple[int, int, int, float, float]] = field(default_factory=list)
    states: list[int] = field(default_factory=list)
    held: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.first_cash = self.cash
        self.held = [0.0] * len(self.closes[0])
        self.events: list[tuple[int, str, int, float, float]] = []

    def fill(
        self,
        step: int,
        symbol: int,
        quantity: float,
        price: float,
        fee: float = 0.0,
        reference: float | None = None,
    ) -> None:
        self.held[symbol] += quantity
        if abs(self.held[symbol]) < 1e-9:
            self.held[symbol] = 0.0
        self.fills.append(
            (step, symbol, quantity, price, price if reference is None else reference, fee)
        )
        self.states.append(codes.FILLED)
        self.events.append((step, "fill", symbol, quantity, -quantity * price - fee))

    def flow(self, step: int, symbol: int, kind: int, amount: float, units: float = 0.0) -> None:
        if symbol >= 0:
            self.held[symbol] += units
        self.flows.append((step, symbol, kind, amount, units))
        self.events.append((step, "flow", symbol, units, amount))

    def run(self) -> Simulation:
        steps, symbols = len(self.closes), len(self.closes[0])
        cash, units = self.first_cash, [0.0] * symbols
        marks = [0.0] * symbols
        rows = [(cash, 0.0, 0.0)]
        for step in range(steps):
            for at, _, symbol, quantity, amount in self.events:
                if at == step:
                    cash += amount
                    if symbol >= 0:
                        units[symbol] += quantity
                        units[symbol] = 0.0 if abs(units[symbol]) < 1e-9 else units[symbol]
            for symbol, close in enumerate(self.closes[step]):
                marks[symbol] = marks[symbol] if close is None else close
            values = [u * m for u, m in zip(units, marks, strict=True)]
            rows.append((cash, sum(values), sum(abs(v) for v in values)))
        return self._simulation(np.array(rows), np.array(units))

    def _simulation(self, rows: np.ndarray, held: np.ndarray) -> Simulation:
        close = np.array([[np.nan if c is None else c for c in row] for row in self.closes])
        times = self.times or [step * DAY for step in range(len(self.closes))]
        fills = np.array(self.fills, dtype=float).reshape(-1, 6)
        flows = np.array(self.flows, dtype=float).reshape(-1, 5)
        states = np.array(self.states, dtype=np.int64)
        none, order = np.zeros(states.size), np.zeros(states.size, np.int64)
        return Simulation(
            panel=Panel(
                times=np.array(times, dtype=np.int64),
                symbols=tuple("ABCDEFGH"[: close.shape[1]]),
                open=close,
                high=close,
                low=close,
                close=close,
                volume=np.where(np.isnan(close), np.nan, self.volume),
                dividend=None,
                split_ratio=None,
            ),
            orders=Orders(
                submitted=order,
                symbol=order,
                kind=order,
                time_in_force=order,
                amount_kind=order,
                amount=none,
                quantity=none,
                filled=none,
                limit=none,
                stop=none,
                group=order,
                state=states,
                reason=order,
                ended=order,
            ),
            fills=Fills(
                step=fills[:, 0].astype(np.int64),
                order=np.arange(len(fills)),
                symbol=fills[:, 1].astype(np.int64),
                quantity=fills[:, 2].copy(),
                price=fills[:, 3].copy(),
                reference_price=fills[:, 4].copy(),
                commission=fills[:, 5].copy(),
                rule=np.zeros(len(fills), np.int64),
            ),
            flows=Flows(
                step=flows[:, 0].astype(np.int64),
                symbol=flows[:, 1].astype(np.int64),
                kind=flows[:, 2].astype(np.int64),
                amount=flows[:, 3].copy(),
                units=flows[:, 4].copy(),
            ),
            cash=rows[:, 0].copy(),
            position_value=rows[:, 1].copy(),
            gross_value=rows[:, 2].copy(),
            equity=rows[:, 0] + rows[:, 1],
            held=held,
            ambiguous_bars=np.zeros(held.size, np.int64),
        )


def run_with_equity(equity: list[float], times: list[int] | None = None) -> Simulation:
    """A run that never traded and whose marks are as given, the initial cash first."""
    book = Book([[1.0]] * (len(equity) - 1), equity[0], times or [])
    rows = np.zeros((len(equity), 3))
    rows[:, 0] = equity
    return book._simulation(rows, np.zeros(1))


def chance_book(chance: random.Random, steps: int, symbols: int) -> Book:
    """A book of trades that add, reduce, close and turn around, with splits, dividends, fees."""
    price = [chance.uniform(5.0, 200.0) for _ in range(symbols)]
    closes: list[list[float | None]] = []
    plan: list[tuple[str, int, int, float, float, float]] = []
    for step in range(steps):
        row: list[float | None] = []
        for symbol in range(symbols):
            if step > 0 and chance.random() < 0.1:
                row.append(None)
                continue
            if chance.random() < 0.04:
                ratio = chance.choice([2.0, 3.0, 0.5, 1.5])
                price[symbol] /= ratio
                plan.append(("split", step, symbol, ratio, 0.0, 0.0))
            if chance.random() < 0.05:
                plan.append(("dividend", step, symbol, chance.uniform(0.0, 0.5), 0.0, 0.0))
            if chance.random() < 0.35:
                paid = price[symbol] * chance.uniform(0.99, 1.01)
                wanted = chance.choice([-1.0, 0.0, 1.0]) * chance.choice([10.0, 7.3, 25.0])
                plan.append(("trade", step, symbol, wanted, paid, chance.uniform(0.0, 2.0)))
            price[symbol] *= 1.0 + chance.gauss(0.0, 0.03)
            row.append(price[symbol])
        closes.append(row)
    book = Book(closes, 100_000.0)
    for kind, step, symbol, amount, paid, fee in plan:
        held = book.held[symbol]
        if kind == "split" and held != 0.0:
            book.flow(step, symbol, codes.SPLIT, 0.0, held * amount - held)
        elif kind == "dividend" and held != 0.0:
            book.flow(step, symbol, codes.DIVIDEND, held * amount)
        elif kind == "trade" and amount != held:
            book.fill(step, symbol, amount - held, paid, fee, paid * chance.uniform(0.999, 1.001))
        if chance.random() < 0.1:
            book.flow(step, -1, codes.BORROW_FEE, -chance.uniform(0.0, 3.0))
    return book
