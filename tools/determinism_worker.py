"""Runs cases in a process of its own and prints what they gave, one JSON object a line.

The first line says what this process is: so a setting that had no effect is seen. It
needs the engine's domain and its numeric packages only, so it also runs under another
processor's Python.

    python tools/determinism_worker.py CASES.json [--shuffled] [--tables FOLDER]
"""

import argparse
import json
import platform
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.adapters.plugin_process import ProcessPlugins
from aurelius_engine.application.execution import execute
from aurelius_engine.domain.bar_intervals import periods_per_year
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.panel import panel_of
from aurelius_engine.domain.quality.report import quality_of
from aurelius_engine.domain.simulation import never_stop
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.streams import stream_key
from aurelius_engine.domain.sweeps.samplers import points_of
from aurelius_engine.domain.sweeps.trend_pairs import METRIC_IDS, TrendPairs
from aurelius_engine.domain.table_hash import Column, table_hash

SEED, SWEEP_POINTS = 7, 200
Tables = dict[str, tuple[Column, ...]]


def machine() -> dict[str, Any]:
    """Returns what of this process the matrix means to vary."""
    from numba.core.registry import cpu_target
    from numpy._core._multiarray_umath import __cpu_features__ as features

    return {
        "architecture": platform.machine(),
        "numpy_features": sorted(name for name, enabled in features.items() if enabled),
        "numba_cpu": cpu_target.target_context.codegen()._get_host_cpu_name(),
        "text_hash": hash("aurelius"),
        "zone": time.strftime("%Z", time.localtime(1_700_000_000)),
        "python": platform.python_version(),
    }


def table_of(book: str, *, shuffled: bool) -> MarketTable:
    """Reads a book; `shuffled` hands its rows over in another order."""
    with np.load(book) as file:
        arrays = {name: file[name] for name in file.files}
    if shuffled:
        order = np.random.default_rng(11).permutation(arrays["time"].size)
        arrays = {name: values[order] for name, values in arrays.items()}
    return MarketTable.build(
        time=arrays.pop("time"), symbol=arrays.pop("symbol").tolist(), bars=arrays
    )


def save_tables(path: Path, tables: Tables) -> None:
    """Writes a result's tables, for the one who looks for the first difference."""
    arrays: dict[str, Any] = {}
    for name, table in tables.items():
        for place, column in enumerate(table):
            key = f"{name}|{place:02d}|{column.name}"
            arrays[key] = np.array(column.texts()) if column.values is not None else column.data
    np.savez(path, **arrays)


def run_of(case: Mapping[str, Any], table: MarketTable) -> tuple[str, Tables]:
    """Returns the result digest and the tables of a specification's run."""
    result = execute(
        case["document"], table, packaged_calendars(), seed=SEED, plugins=ProcessPlugins()
    )
    return result.digest, dict(result.tables)


def sweep_of(case: Mapping[str, Any], table: MarketTable) -> tuple[str, Tables]:
    """Returns a digest and a table of what many windows at once gave, in two threads."""
    spec, calendars = spec_from_document(case["document"]), packaged_calendars()
    panel = panel_of(spec, table)
    streams = [
        np.random.Generator(np.random.Philox(key=stream_key(SEED, use))).random(SWEEP_POINTS)
        for use in ("fast", "slow")
    ]
    shares = np.array(streams).T.tolist()
    points = [points_of(row, (40, 160)) for row in shares]
    pairs = [(1 + fast, 42 + slow) for fast, slow in points]
    runs = TrendPairs(
        spec,
        panel,
        sessions=calendars.session_ids(spec.calendar, spec.bar_interval, panel.times),
        periods_per_year=periods_per_year(spec, calendars),
        workers=2,
    )
    rows = [found or (np.nan,) * 3 for found in runs.run(pairs, never_stop)]
    numbers = np.array(rows).T
    columns = [Column(name="fast", data=np.array([fast for fast, _ in pairs]))]
    columns += [Column(name="slow", data=np.array([slow for _, slow in pairs]))]
    columns += [
        Column(name=name, data=np.ascontiguousarray(row))
        for name, row in zip(METRIC_IDS, numbers, strict=True)
    ]
    return table_hash(columns), {"sweep": tuple(columns)}


def quality_digest(table: MarketTable) -> str:
    """Returns the digest of a table's quality report."""
    report = quality_of(
        table,
        packaged_calendars(),
        data_hash=table.data_hash(),
        calendar="XNYS",
        adjustment="ADJUSTMENT_RAW",
    )
    return report.digest


def main() -> None:
    """Answers every case."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("cases", type=Path)
    arguments.add_argument("--shuffled", action="store_true")
    arguments.add_argument("--tables", type=Path)
    chosen = arguments.parse_args()
    print(json.dumps(machine()), flush=True)
    books: dict[str, MarketTable] = {}
    reports: dict[str, str] = {}
    for case in json.loads(chosen.cases.read_text()):
        if case["book"] not in books:
            books[case["book"]] = table_of(case["book"], shuffled=chosen.shuffled)
            reports[case["book"]] = quality_digest(books[case["book"]])
        table = books[case["book"]]
        digest, tables = (sweep_of if case["sweep"] else run_of)(case, table)
        answer = {
            "name": case["name"],
            "data": table.data_hash(),
            "quality": reports[case["book"]],
            "result": digest,
            "rows": len(tables["sweep" if case["sweep"] else "fills"][0].data),
        }
        print(json.dumps(answer), flush=True)
        if chosen.tables is not None:
            save_tables(chosen.tables / f"{case['name']}.npz", tables)


if __name__ == "__main__":
    sys.exit(main())
