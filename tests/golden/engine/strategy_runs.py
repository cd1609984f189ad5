"""What the engine makes of the runs in strategy_*.json; tools/make_strategy_golden.py writes it."""

from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.adapters.market_files import FileFormat, read_market_file
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.domain import strategies
from aurelius_engine.domain.panel import Floats, Panel, panel_of
from aurelius_engine.domain.simulation import simulate
from aurelius_engine.domain.spec import BacktestSpec, spec_from_document
from aurelius_engine.domain.table_hash import Column, table_hash
from aurelius_engine.rpc.resolution import document_of, resolve

ROOT = Path(__file__).resolve().parents[3]
# The symbols of every run, so that runs of all templates can be told apart by them.
COMMON = ("IBM", "MSFT")


def spec_of(fields: dict[str, Any]) -> BacktestSpec:
    """Returns a specification, resolved."""
    message = json_format.ParseDict(fields, backtest_spec_pb2.BacktestSpec())
    return spec_from_document(document_of(resolve(message)))


def matrix_hash(panel: Panel, matrix: Floats, symbols: tuple[str, ...]) -> str:
    """Returns the table hash of a column `time` and a column for each symbol."""
    columns = [Column(name="time", data=panel.times)]
    for name in symbols:
        data = np.ascontiguousarray(matrix[:, panel.symbols.index(name)])
        columns.append(Column(name=name, data=data))
    return table_hash(columns)


def made_of(given: dict[str, Any]) -> dict[str, Any]:
    """Returns the digests of a run: its signals, their sides, its fills and its equity."""
    table = read_market_file((ROOT / given["data"]).read_bytes(), FileFormat.PARQUET)
    spec = spec_of(given["spec"])
    known = packaged_calendars()
    periods = known.periods_per_year(spec.calendar, spec.calendar_version, spec.bar_interval)
    panel = panel_of(spec, table)
    signals = strategies.signals(spec, panel, periods)
    run = simulate(spec, table, periods_per_year=periods)
    fills = [
        Column(name="time", data=panel.times[run.fills.step]),
        Column(name="place", data=run.fills.symbol),
        Column(name="quantity", data=run.fills.quantity),
        Column(name="price", data=run.fills.price),
    ]
    return {
        "signals_hash": matrix_hash(panel, signals, panel.symbols),
        "sides_hash": matrix_hash(panel, np.sign(signals), COMMON),
        "fills_hash": table_hash(fills),
        "equity_hash": table_hash([Column(name="equity", data=run.equity)]),
        "fill_count": int(run.fills.step.size),
        "final_equity": float(run.equity[-1]),
    }
