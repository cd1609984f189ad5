"""Writes what tests/golden/metrics wants of its inputs; `make golden` runs it.

An input is a finished run as a person reads it; a changed result is explained in the
changelog.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from aurelius_engine.domain.core.codes import FLOW_NAMES, STATE_NAMES
from aurelius_engine.domain.core.log import Fills, Flows, Orders, Simulation
from aurelius_engine.domain.metrics import compute_metrics
from aurelius_engine.domain.panel import Panel

FOLDER = Path(__file__).resolve().parent.parent / "tests/golden/metrics"
_KINDS = {name: kind for kind, name in FLOW_NAMES.items()}
_STATES = {name: state for state, name in STATE_NAMES.items()}


def outcomes_of(given: dict[str, Any]) -> dict[str, Any]:
    """Returns each metric's value, or the reason for which it has none."""
    benchmark = given["benchmark_close"]
    return {
        metric.id: value
        for metric, value in compute_metrics(
            _run(given),
            periods_per_year=given["periods_per_year"],
            risk_free_ratio=given["risk_free_ratio"],
            benchmark=None if benchmark is None else np.array(benchmark, dtype=float),
        )
    }


def _matrix(rows: list[list[float | None]]) -> Any:
    return np.array([[np.nan if cell is None else cell for cell in row] for row in rows])


def _column(rows: list[dict[str, Any]], name: str, kind: type) -> Any:
    return np.array([row[name] for row in rows], dtype=kind)


def _run(given: dict[str, Any]) -> Simulation:
    close = _matrix(given["close"])
    fills, flows = given["fills"], given["flows"]
    places = {symbol: place for place, symbol in enumerate(given["symbols"])} | {"": -1}
    rows = [row | {"symbol": places[row["symbol"]]} for row in fills]
    moves = [row | {"symbol": places[row["symbol"]], "kind": _KINDS[row["kind"]]} for row in flows]
    states = np.array([_STATES[state] for state in given["order_states"]], dtype=np.int64)
    ints, floats = np.zeros(states.size, np.int64), np.zeros(states.size)
    cash, net = np.array(given["cash"]), np.array(given["position_value"])
    return Simulation(
        panel=Panel(
            times=np.array([int(time) for time in given["times_ns"]], dtype=np.int64),
            symbols=tuple(given["symbols"]),
            open=close,
            high=close,
            low=close,
            close=close,
            volume=_matrix(given["volume"]),
            dividend=None,
            split_ratio=None,
        ),
        orders=Orders(
            submitted=ints,
            symbol=ints,
            kind=ints,
            time_in_force=ints,
            amount_kind=ints,
            amount=floats,
            quantity=floats,
            filled=floats,
            limit=floats,
            stop=floats,
            group=ints,
            state=states,
            reason=ints,
            ended=ints,
        ),
        fills=Fills(
            step=_column(rows, "step", np.int64),
            order=np.arange(len(rows)),
            symbol=_column(rows, "symbol", np.int64),
            quantity=_column(rows, "quantity", np.float64),
            price=_column(rows, "price", np.float64),
            reference_price=_column(rows, "reference_price", np.float64),
            commission=_column(rows, "commission", np.float64),
            rule=np.zeros(len(rows), np.int64),
        ),
        flows=Flows(
            step=_column(moves, "step", np.int64),
            symbol=_column(moves, "symbol", np.int64),
            kind=_column(moves, "kind", np.int64),
            amount=_column(moves, "amount", np.float64),
            units=_column(moves, "units", np.float64),
        ),
        cash=cash,
        position_value=net,
        gross_value=np.array(given["gross_value"]),
        equity=cash + net,
        held=np.zeros(close.shape[1]),
        ambiguous_bars=np.zeros(len(given["symbols"]), np.int64),
    )


def main() -> None:
    """Rewrites `want` of every file."""
    for path in sorted(FOLDER.glob("*.json")):
        case = json.loads(path.read_text())
        case["want"] = outcomes_of(case["input"])
        path.write_text(json.dumps(case, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
