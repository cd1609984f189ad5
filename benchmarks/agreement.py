"""Runs other engines under assumptions that ours has too, and keeps what they answer.

Writes tests/golden/agreement/<case>.json, which tests/e2e/test_against_engines.py holds
our engine to. Run it with `make bench-agreement`; a case's name as argument runs that one.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

REPOSITORY = Path(__file__).resolve().parent.parent
GOLDEN = REPOSITORY / "tests" / "golden" / "agreement"
DATA = "data/us_equities_daily.parquet"
BARS = ("open", "high", "low", "close", "volume")
CLOSE_ORDERS = {"entry": {"type": "ORDER_TYPE_ON_CLOSE"}, "exit": {"type": "ORDER_TYPE_ON_CLOSE"}}
CROSS = {"trendFollowing": {"fastBars": 10, "slowBars": 20}}
# Of each case: the engine's module, its environment, what is assumed, our specification.
CASES: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "backtesting_long_flat": (
        "backtesting_py",
        "bench",
        "All-in in fractional units at the next open, 0.2 % of each fill's value.",
        {"strategy": CROSS, "symbols": ["GOOG"], "commission": {"valueRatio": 0.002}},
    ),
    "backtesting_whole_units": (
        "backtesting_py",
        "bench",
        "All-in in whole units at the next open, 0.1 % of each fill's value.",
        {
            "strategy": CROSS,
            "symbols": ["IBM"],
            "units": "UNITS_INTEGER",
            "commission": {"valueRatio": 0.001},
        },
    ),
    "backtesting_half": (
        "backtesting_py",
        "bench",
        "Half of equity, commission included, in whole units at the next open, 0.1 % of value.",
        {
            "strategy": CROSS,
            "symbols": ["AAPL"],
            "units": "UNITS_INTEGER",
            "sizing": {"equityFraction": {"ratio": 0.5}},
            "commission": {"valueRatio": 0.001},
        },
    ),
    "backtesting_bracket": (
        "backtesting_py",
        "bench",
        "All-in in whole units at the deciding close, stop 5 % below and limit 10 % above it.",
        {
            "strategy": CROSS,
            "symbols": ["MSFT"],
            "units": "UNITS_INTEGER",
            "fillRule": "FILL_RULE_SAME_CLOSE",
            "orders": {"bracket": {"stopLossRatio": 0.05, "takeProfitRatio": 0.1}},
        },
    ),
    "raptorbt_long_flat": (
        "raptorbt",
        "bench",
        "All-in in fractional units at the next open, 0.1 % of each fill's value.",
        {"strategy": CROSS, "symbols": ["MSFT"], "commission": {"valueRatio": 0.001}},
    ),
    "vectorbt_same_close": (
        "vectorbt",
        "bench",
        "All-in in fractional units at the deciding close, 0.1 % of each fill's value.",
        {
            "strategy": CROSS,
            "symbols": ["AAPL"],
            "fillRule": "FILL_RULE_SAME_CLOSE",
            "commission": {"valueRatio": 0.001},
        },
    ),
    "vectorbt_long_short": (
        "vectorbt",
        "bench",
        "100 units long or short at the next open, flipped in one order, 0.1 % of its value.",
        {
            "strategy": CROSS,
            "symbols": ["IBM"],
            "direction": "DIRECTION_LONG_SHORT",
            "sizing": {"fixedUnits": {"units": 100}},
            "commission": {"valueRatio": 0.001},
        },
    ),
    "vectorbt_bracket": (
        "vectorbt",
        "bench",
        "All-in at the deciding close, stop 4 % below and limit 8 % above it, free of costs.",
        {
            "strategy": CROSS,
            "symbols": ["GOOG"],
            "fillRule": "FILL_RULE_SAME_CLOSE",
            "orders": {"bracket": {"stopLossRatio": 0.04, "takeProfitRatio": 0.08}},
        },
    ),
    "vectorbt_target_weights": (
        "vectorbt",
        "bench",
        "Three symbols at 30 % each, rebalanced at the open every 21 bars, free of costs.",
        {
            "strategy": {"buyAndHold": {}},
            "symbols": ["AAPL", "IBM", "MSFT"],
            "sizing": {"equalWeight": {"grossRatio": 0.9}},
            "rebalance": {"schedule": "REBALANCE_SCHEDULE_EVERY_BARS", "intervalBars": 21},
        },
    ),
    "bt_equal_weights": (
        "bt",
        "bench",
        "Four symbols at 25 % each, rebalanced at the close every 21 bars, free of costs.",
        {
            "strategy": {"buyAndHold": {}},
            "symbols": ["AAPL", "GOOG", "IBM", "MSFT"],
            "startTime": "2004-08-19T00:00:00Z",
            "sizing": {"equalWeight": {"grossRatio": 1.0}},
            "rebalance": {"schedule": "REBALANCE_SCHEDULE_EVERY_BARS", "intervalBars": 21},
            "fillRule": "FILL_RULE_SAME_CLOSE",
        },
    ),
    "nautilus_same_close": (
        "nautilus",
        "bench-event",
        "500 units of each of three symbols at the deciding close, 0.1 % of each fill's value.",
        {
            "strategy": CROSS,
            "symbols": ["AAPL", "IBM", "MSFT"],
            "sizing": {"fixedUnits": {"units": 500}},
            "units": "UNITS_INTEGER",
            "fillRule": "FILL_RULE_SAME_CLOSE",
            "commission": {"valueRatio": 0.001},
        },
    ),
    "zipline_next_close": (
        "zipline",
        "bench-event",
        "500 units of each of four symbols at the close after the deciding one, 0.1 % of value.",
        {
            "strategy": CROSS,
            "symbols": ["AAPL", "GOOG", "IBM", "MSFT"],
            "startTime": "2004-08-19T00:00:00Z",
            "sizing": {"fixedUnits": {"units": 500}},
            "units": "UNITS_INTEGER",
            "orders": CLOSE_ORDERS,
            "commission": {"valueRatio": 0.001},
        },
    ),
}


def arrays_of(spec: dict[str, Any]) -> dict[str, Any]:
    """Returns `time` (n,), `symbols` (s,), and the bars, (n, s), of a case's specification."""
    import pyarrow as pa  # the other engines' environments may have none
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(REPOSITORY / DATA)
    first = np.datetime64(spec.get("startTime", "2000-01-01").removesuffix("T00:00:00Z"), "ns")
    times, columns = None, {name: [] for name in BARS}
    for symbol in spec["symbols"]:
        rows = table.filter(pc.equal(table["symbol"].cast(pa.string()), symbol))
        time = rows["time"].cast(pa.timestamp("ns", "UTC")).cast(pa.int64()).to_numpy()
        inside = time >= first.astype(np.int64)
        if times is not None and not np.array_equal(times, time[inside]):
            raise SystemExit(f"{symbol} has other times than {spec['symbols'][0]}")
        times = time[inside]
        for name in BARS:
            columns[name].append(rows[name].to_numpy()[inside])
    bars = {name: np.column_stack(found) for name, found in columns.items()}
    return {"time": times, "symbols": np.array(spec["symbols"]), **bars}


def answer_of(case: str) -> dict[str, Any]:
    """Returns the golden document of a case, from a run of its engine."""
    module, environment, assumed, spec = CASES[case]
    spec = {"calendar": "XNYS", "initialCash": 1e6, **spec}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "arrays.npz"
        np.savez(file, **arrays_of(spec))
        python = REPOSITORY / f".venv-{environment}" / "bin" / "python"
        command = [str(python), "-W", "ignore", __file__, "--peer", module, case, str(file)]
        variables = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        ran = subprocess.run(command, capture_output=True, text=True, env=variables)
    if ran.returncode:
        raise SystemExit(f"{case}: {ran.stderr[-3000:]}")
    answer = json.loads(ran.stdout.splitlines()[-1])
    return {
        "description": f"{answer['engine']}: {assumed}",
        "input": {"data": DATA, "spec": spec},
        "want": {"fills": answer["fills"], "finalEquity": answer["final_equity"]},
    }


def serve(module: str, case: str, file: str) -> None:
    """Runs one case in the engine's own environment and prints the answer."""
    import importlib

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what an engine prints goes elsewhere
    peer: Any = importlib.import_module(f"agreeing.{module}")
    with np.load(file) as arrays:
        data = {name: arrays[name] for name in arrays.files}
    data["symbols"] = [str(name) for name in data["symbols"]]
    print(json.dumps({"engine": peer.version(), **peer.CASES[case](data)}), file=answers)


def text_of(document: dict[str, Any]) -> str:
    """Returns a golden document as JSON with a line for each fill."""
    fills = document["want"]["fills"]
    short = {**document, "want": {**document["want"], "fills": []}}
    rows = ",\n      ".join(json.dumps(fill) for fill in fills)
    text = json.dumps(short, indent=2)
    return text.replace('"fills": []', f'"fills": [\n      {rows}\n    ]') + "\n"


def main() -> None:
    """Rewrites the cases named, or all."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for case in sys.argv[1:] or CASES:
        document = answer_of(case)
        (GOLDEN / f"{case}.json").write_text(text_of(document))
        want = document["want"]
        print(f"{case:28} {len(want['fills']):5} fills, ends with {want['finalEquity']!r}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        serve(*sys.argv[2:5])
    else:
        main()
