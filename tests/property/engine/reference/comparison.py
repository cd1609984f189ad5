"""Runs a scene in both engines, and says where they differ."""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import numpy as np

from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core.build import new_run
from aurelius_engine.domain.core.decisions import Decisions, no_orders
from aurelius_engine.domain.core.layout import Arrays
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.market_table import (
    ACTIONS,
    BARS,
    BOOK_COLUMNS,
    LEVEL,
    MarketTable,
)
from aurelius_engine.domain.panel import panel_of
from aurelius_engine.domain.simulation import execute_run, scheduled_orders
from aurelius_engine.domain.spec import BacktestSpec, spec_from_document
from tests.property.engine.reference.engine import ReferenceEngine, Sent, Target
from tests.property.engine.reference.exact import ZERO
from tests.property.engine.reference.market import Bar, Market
from tests.property.engine.reference.scenes import Book, Row, Scene, scene
from tests.property.engine.reference.terms import exactly, terms_of
from tests.unit.engine.runs import document

# How far amounts may be apart, for their size or for what is at stake.
RELATIVE = Decimal("1e-9")


def document_of_scene(scene: Scene) -> dict[str, Any]:
    """Returns the resolved document; the times of listed orders become text."""
    spec = dict(scene.spec)
    if "orderList" in spec["strategy"]:
        orders = [{**o, "time": _text(o["time"])} for o in spec["strategy"]["orderList"]["orders"]]
        spec["strategy"] = {"orderList": {"orders": orders}}
    return document(spec)


def _text(time: int) -> str:
    return str(np.datetime64(time, "ns"))[:19] + "Z"


def table_of(scene: Scene) -> MarketTable:
    """Returns the bars as the engine reads them."""
    rows = [
        (time, name, *row, *_shown(book, scene.levels))
        for name, line in scene.rows.items()
        for time, row, book in zip(scene.times, line, scene.books[name], strict=True)
        if row is not None
    ]
    columns = list(zip(*rows, strict=True))
    names = (*BARS, *ACTIONS, *BOOK_COLUMNS[: len(LEVEL) * scene.levels])
    return MarketTable.build(
        time=np.array(columns[0], dtype=np.int64),
        symbol=list(columns[1]),
        bars={
            name: np.array(values, dtype=np.float64)
            for name, values in zip(names, columns[2:], strict=True)
        },
    )


def _shown(book: Book, levels: int) -> list[float]:
    """Returns the columns of a book: bid and ask of each level, 0 where nothing is shown."""
    empty = (0.0, 0.0)
    padded = [[*side, *[empty] * (levels - len(side))] for side in book]
    return [number for pair in zip(*padded, strict=True) for level in pair for number in level]


def spec_of_scene(scene: Scene) -> BacktestSpec:
    """Returns the specification as the engine has it."""
    return spec_from_document(document_of_scene(scene))


def engine_run(
    scene: Scene, prepare: Callable[[Arrays], Arrays] = lambda arrays: arrays
) -> Simulation:
    """Runs the engine; `prepare` may change the arrays of the run before its first step."""
    spec = spec_of_scene(scene)
    panel = panel_of(spec, table_of(scene))
    columns = list(zip(*scene.targets, strict=True)) or [(), (), ()]
    decisions = Decisions(
        step=np.array(columns[0], dtype=np.int64),
        symbol=np.array(columns[1], dtype=np.int64),
        target=np.array(columns[2], dtype=np.float64),
        in_units=scene.in_units,
    )
    listed = spec.strategy.name == "orderList"
    schedule = scheduled_orders(spec, panel) if listed else no_orders()
    sessions = np.array(scene.sessions, dtype=np.int64)
    return execute_run(prepare(new_run(spec, panel, decisions, schedule, sessions)), panel)


def _bar_of(row: Row, book: Book) -> Bar:
    bids, asks = (tuple((exactly(p), exactly(s)) for p, s in side) for side in book)
    return Bar(*(exactly(x) for x in row), bids=bids, asks=asks)


def reference_run(scene: Scene) -> ReferenceEngine:
    """Runs the second engine."""
    terms = terms_of(document_of_scene(scene))
    places = {name: place for place, name in enumerate(scene.rows)}
    targets: dict[int, list[Target]] = {}
    for step, symbol, amount in scene.targets:
        targets.setdefault(step, []).append(Target(symbol, exactly(amount)))
    listed: dict[int, list[Sent]] = {}
    for order in scene.spec["strategy"].get("orderList", {"orders": ()})["orders"]:
        sent = Sent(
            symbol=places[order["symbol"]],
            kind=order["type"].removeprefix("ORDER_TYPE_").lower(),
            time_in_force=order["timeInForce"].removeprefix("TIME_IN_FORCE_").lower(),
            quantity=exactly(order["quantity"]),
            limit=exactly(order["limitPrice"]) if "limitPrice" in order else None,
            stop=exactly(order["stopPrice"]) if "stopPrice" in order else None,
            group=order["oneCancelsOtherGroup"],
        )
        listed.setdefault(scene.times.index(order["time"]), []).append(sent)
    bars = [
        [
            None if row is None else _bar_of(row, book)
            for row, book in zip(line, scene.books[name], strict=True)
        ]
        for name, line in scene.rows.items()
    ]
    market = Market(scene.times, bars, scene.sessions)
    return ReferenceEngine(terms, market, targets, listed, in_units=scene.in_units).run()


@dataclass(frozen=True, order=True)
class Difference:
    """What the engine has otherwise, and at which step it begins."""

    step: int
    text: str


def differences(run: Simulation, want: ReferenceEngine) -> list[Difference]:
    """Returns what is not as the second engine has it, first things first."""
    found = [*_fills(run, want), *_orders(run, want), *_flows(run, want), *_marks(run, want)]
    return sorted(found, key=lambda difference: difference.step)


def may_be_rounding(found: list[Difference], want: ReferenceEngine) -> bool:
    """Returns whether something hung on the last digits before the engines parted."""
    return any(step <= found[0].step for step, _ in want.doubts.found)


@dataclass
class Outcome:
    """What came of many scenes.

    Attributes:
        scenes: How many were run.
        wrong: Seeds of those in which the engines parted, and the first differences.
        doubtful: Seeds of those in which they parted after something hung on rounding.
        seen: How often each rule, order state with its reason, order type and flow was.
    """

    scenes: int = 0
    wrong: dict[int, list[Difference]] = field(default_factory=dict)
    doubtful: list[int] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)


def compared(seeds: Iterable[int]) -> Outcome:
    """Runs the scenes of the seeds in both engines."""
    outcome = Outcome()
    for seed in seeds:
        drawn = scene(random.Random(seed))
        want = reference_run(drawn)
        outcome.scenes += 1
        outcome.seen.update(fill.rule for fill in want.desk.fills)
        outcome.seen.update(flow.kind for flow in want.flows)
        outcome.seen.update(f"{o.state} {o.reason}".strip() for o in want.desk.orders)
        outcome.seen.update(order.kind for order in want.desk.orders)
        outcome.seen[want.terms.fill_source] += len(want.desk.fills)
        found = differences(engine_run(drawn), want)
        if found and may_be_rounding(found, want):
            outcome.doubtful.append(seed)
        elif found:
            outcome.wrong[seed] = found[:3]
    return outcome


def _near(found: float, want: Decimal | None, scale: Decimal) -> bool:
    if want is None or math.isnan(found):
        return want is None and math.isnan(found)
    return abs(exactly(found) - want) <= RELATIVE * max(abs(want), scale)


def _listed(
    name: str, found: list[tuple[Any, ...]], want: list[tuple[Any, ...]]
) -> Iterable[Difference]:
    """Compares rows that begin with their steps; only the first difference counts."""
    for place, (a, b) in enumerate(zip_longest(found, want)):
        if a != b:
            step = min(row[0] for row in (a, b) if row is not None)
            yield Difference(step, f"{name} {place}: found {a}, want {b}")
            return


def _amounts(
    name: str, rows: Iterable[tuple[int, str, float, Decimal | None, Decimal]]
) -> Iterable[Difference]:
    """Compares (step, what, found, want, what is at stake)."""
    for step, what, found, want, stake in rows:
        if not _near(found, want, stake):
            yield Difference(step, f"{name} at {step}: {what} is {found}, want {want}")


def _fills(run: Simulation, want: ReferenceEngine) -> Iterable[Difference]:
    fills, rows = run.fills, want.desk.fills
    rules = [codes.RULE_NAMES[rule] for rule in fills.rule.tolist()]
    found = [
        *zip(fills.step.tolist(), fills.order.tolist(), fills.symbol.tolist(), rules, strict=True)
    ]
    yield from _listed("fill", found, [(f.step, f.order, f.symbol, f.rule) for f in rows])
    stake = want.account.stake
    for i, f in enumerate(rows[: len(found)]):
        units = stake / f.reference / 1000 if f.reference else stake
        yield from _amounts(
            f"fill {i}",
            [
                (f.step, "units", fills.quantity[i], f.quantity, units),
                (f.step, "price", fills.price[i], f.price, ZERO),
                (f.step, "reference", fills.reference_price[i], f.reference, ZERO),
                (f.step, "commission", fills.commission[i], f.commission, stake / 1000),
            ],
        )


def _orders(run: Simulation, want: ReferenceEngine) -> Iterable[Difference]:
    orders, rows = run.orders, want.desk.orders
    columns = zip(
        np.where(orders.ended < 0, len(want.marks), orders.ended).tolist(),
        orders.submitted.tolist(),
        orders.symbol.tolist(),
        [codes.ORDER_TYPE_NAMES[kind] for kind in orders.kind.tolist()],
        [codes.TIME_IN_FORCE_NAMES[force] for force in orders.time_in_force.tolist()],
        [codes.STATE_NAMES[state] for state in orders.state.tolist()],
        [codes.REASON_NAMES[reason] for reason in orders.reason.tolist()],
        strict=True,
    )
    end = len(want.marks)
    wanted = [
        (
            end if o.ended < 0 else o.ended,
            o.sent,
            o.symbol,
            o.kind,
            o.time_in_force,
            o.state,
            o.reason,
        )
        for o in rows
    ]
    found = [*columns]
    yield from _listed("order", found, wanted)
    stake = want.account.stake / 1000
    for i, o in enumerate(rows[: len(found)]):
        yield from _amounts(
            f"order {i}",
            [
                (wanted[i][0], "limit", orders.limit[i], o.limit, ZERO),
                (wanted[i][0], "stop", orders.stop[i], o.stop, ZERO),
                (wanted[i][0], "filled", orders.filled[i], o.filled, stake),
                (wanted[i][0], "quantity", orders.quantity[i], o.quantity, stake),
            ],
        )


def _flows(run: Simulation, want: ReferenceEngine) -> Iterable[Difference]:
    flows, stake = run.flows, want.account.stake
    kinds = [codes.FLOW_NAMES[kind] for kind in flows.kind.tolist()]
    found = [*zip(flows.step.tolist(), flows.symbol.tolist(), kinds, strict=True)]
    yield from _listed("flow", found, [(f.step, f.symbol, f.kind) for f in want.flows])
    for i, f in enumerate(want.flows[: len(found)]):
        yield from _amounts(
            f"flow {i}",
            [
                (f.step, "amount", flows.amount[i], f.amount, stake),
                (f.step, "units", flows.units[i], f.units, stake / 1000),
            ],
        )


def _marks(run: Simulation, want: ReferenceEngine) -> Iterable[Difference]:
    stake = abs(want.terms.initial_cash)
    for step, marks in enumerate(want.marks):
        stake = max(stake, abs(marks.cash) + marks.long + marks.short)
        yield from _amounts(
            "mark",
            [
                (step, "cash", run.cash[step + 1], marks.cash, stake),
                (step, "value", run.position_value[step + 1], marks.long - marks.short, stake),
                (step, "gross", run.gross_value[step + 1], marks.long + marks.short, stake),
                (step, "equity", run.equity[step + 1], marks.equity, stake),
            ],
        )
