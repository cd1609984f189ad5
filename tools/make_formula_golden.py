"""Writes what the engine makes of the formulas in tests/golden/formula.

`make golden` runs it; a changed file is explained in the changelog. The inputs stay.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import json_format

from aurelius.engine.v1 import backtest_spec_pb2
from aurelius_engine.adapters.market_files import FileFormat, read_market_file
from aurelius_engine.domain.canonical_json import canonical_json
from aurelius_engine.domain.errors import FormulaInvalid
from aurelius_engine.domain.formula import formulas
from aurelius_engine.domain.formula.printing import to_text
from aurelius_engine.domain.panel import Panel, panel_of
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.rpc.resolution import document_of, resolve

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests/golden/formula"
GROUPINGS = ("sector", "industry", "subindustry")


def panels() -> dict[str, Panel]:
    """Returns what the alphas are computed over: bundled bars, and made ones of many symbols."""
    return {"us_equities_daily": bundled_panel(), "made": made_panel()}


def made_panel() -> Panel:
    """Returns 400 bars of 50 symbols that walk on a grid of eighths, some of them with holes."""
    rng = np.random.default_rng(101)
    shape = (400, 50)
    close = 64.0 + np.abs(np.cumsum(rng.integers(-8, 9, shape), axis=0)) / 8.0
    opened = close + rng.integers(-4, 5, shape) / 8.0
    bars = {
        "open": opened,
        "high": np.maximum(opened, close) + rng.integers(0, 9, shape) / 8.0,
        "low": np.minimum(opened, close) - rng.integers(0, 9, shape) / 8.0,
        "close": close,
        "volume": rng.integers(100, 10_000, shape) * 1.0,
    }
    gone = (rng.random(shape) < 0.1) & (np.arange(50) % 3 == 0)
    for matrix in bars.values():
        matrix[gone] = np.nan
    symbols = tuple(f"S{place:02}" for place in range(50))
    times = np.arange(400, dtype=np.int64)
    return Panel(times=times, symbols=symbols, dividend=None, split_ratio=None, **bars)


def bundled_panel() -> Panel:
    """Returns the last 500 times of the bundled US data."""
    spec = {"strategy": {"buyAndHold": {}}, "calendar": "XNYS"}
    message = json_format.ParseDict(spec, backtest_spec_pb2.BacktestSpec())
    data = (ROOT / "data/us_equities_daily.parquet").read_bytes()
    table = read_market_file(data, FileFormat.PARQUET)
    start = int(np.unique(table.time)[-500])
    resolved = spec_from_document(document_of(resolve(message)))
    return panel_of(replace(resolved, start_ns=start), table)


def labels_of(name: str, symbols: tuple[str, ...]) -> dict[str, str]:
    """Returns made labels, by the place of a symbol; the last one has none."""
    width = 2 + GROUPINGS.index(name)
    return {symbol: f"{name} {place % width}" for place, symbol in enumerate(symbols[:-1])}


def formula_of(entry: dict[str, Any], symbols: tuple[str, ...]) -> dict[str, Any]:
    """Returns the proto JSON of the formula of an entry."""
    names = entry.get("groupings", [])
    groupings = [{"name": name, "groups": labels_of(name, symbols)} for name in names]
    return {"text": entry["text"], "groupings": groupings}


def made_of(entry: dict[str, Any], given: Mapping[str, Panel]) -> dict[str, Any]:
    """Returns what the engine makes of an entry: its canonical form, and its values."""
    try:
        resolved = formulas.resolved(formula_of(entry, ("A", "B", "C")))
    except FormulaInvalid as refusal:
        return {"error": {key: refusal.facts[key] for key in ("found", "line", "column")}}
    made: dict[str, Any] = {
        "text": to_text(formulas.tree_of(resolved)),
        "warm_up_bars": formulas.bars_needed(resolved),
        "formula_sha256": hashlib.sha256(canonical_json(resolved)).hexdigest(),
    }
    for market, panel in given.items():
        resolved = formulas.resolved(formula_of(entry, panel.symbols))
        values = formulas.signals(resolved, panel, lambda: False)
        digest = hashlib.sha256(values.astype("<f8").tobytes()).hexdigest()
        defined = int(np.count_nonzero(~np.isnan(values)))
        made[market] = {"values_sha256": digest, "defined_count": defined}
    return made


def main() -> None:
    """Rewrites `want` of each file."""
    given = panels()
    for path in sorted(FOLDER.glob("*.json")):
        vector = json.loads(path.read_text(encoding="utf-8"))
        with_values = path.stem == "alphas_101"
        vector["want"] = {
            key: made_of(entry, given if with_values else {})
            for key, entry in vector["input"].items()
        }
        text = json.dumps(vector, indent=2, ensure_ascii=False) + "\n"
        path.write_text(text, encoding="utf-8")
    print(f"{FOLDER.relative_to(ROOT)}: written")


if __name__ == "__main__":
    main()
