"""Small markets and runs over them, by the path that every door takes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.application.execution import execute, simulate_document
from aurelius_engine.application.plugins import NoPlugins
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.market_table import ACTIONS, BARS, MarketTable
from aurelius_engine.domain.results import RunResult
from aurelius_engine.rpc.resolution import document_of, resolve

DAY_NS = 86_400_000_000_000
FIRST_NS = 1_262_304_000_000_000_000  # 2010-01-01


def time_text(step: int) -> str:
    """Returns the time of a step as proto JSON has it."""
    return str(np.datetime64(FIRST_NS + step * DAY_NS, "ns"))[:19] + "Z"


def market(bars: Mapping[str, Sequence[Any]], volume: float = 1e6) -> MarketTable:
    """Returns a table of one bar a day.

    Args:
        bars: By symbol, one entry a day: None for no bar; a price for all four; (open,
            high, low, close), with a volume, dividend and split ratio behind it or not.
        volume: Of bars that do not say.
    """
    rows: list[tuple[Any, ...]] = []
    for symbol, days in bars.items():
        for day, bar in enumerate(days):
            if bar is None:
                continue
            prices = tuple(bar) if isinstance(bar, Sequence) else (bar,) * 4
            rest = (volume, 0.0, 1.0)[len(prices) - 4 :]
            rows.append((FIRST_NS + day * DAY_NS, symbol, *prices, *rest))
    columns = list(zip(*rows, strict=True))
    acts = any(row[7] != 0.0 or row[8] != 1.0 for row in rows)
    names = (*BARS, *ACTIONS) if acts else BARS
    floats = zip(names, columns[2:], strict=False)
    return MarketTable.build(
        time=np.array(columns[0], dtype=np.int64),
        symbol=list(columns[1]),
        bars={name: np.array(values, dtype=np.float64) for name, values in floats},
    )


def document(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the resolved document of proto JSON; `calendar` need not be given."""
    given = {"calendar": "24/7", "initialCash": 1000, **spec}
    message = json_format.ParseDict(given, backtest_spec_pb2.BacktestSpec())
    return document_of(resolve(message))


def simulated(spec: Mapping[str, Any], table: MarketTable) -> Simulation:
    """Runs proto JSON over a table."""
    run, _, _ = simulate_document(
        document(spec), table, packaged_calendars(), seed=0, plugins=NoPlugins()
    )
    return run


def executed(spec: Mapping[str, Any], table: MarketTable, seed: int = 0) -> RunResult:
    """Runs proto JSON over a table to the result with its digests."""
    calendars = packaged_calendars()
    return execute(document(spec), table, calendars, seed=seed, plugins=NoPlugins())


def listed(*orders: Mapping[str, Any], **spec: Any) -> dict[str, Any]:
    """Returns a specification that sends orders of `X` unless they say otherwise.

    An order has `step`, `quantity` and `type` ("LIMIT"), and the fields of ScheduledOrder.
    """
    rows = []
    for order in orders:
        row = {"symbol": "X", **order}
        row["time"] = time_text(row.pop("step"))
        row["type"] = f"ORDER_TYPE_{row['type']}"
        if "timeInForce" in row:
            row["timeInForce"] = f"TIME_IN_FORCE_{row['timeInForce']}"
        rows.append(row)
    return {"strategy": {"orderList": {"orders": rows}}, **spec}
