"""Measures registering and loading market data, each in a process of its own.

`make bench` prints it after the engine's figures. Registering is the commit of an upload:
its chunks are read, parsed, sorted, checked, hashed and stored, with the quality report and
all else that a commit computes. Loading is what a run waits for: the stored bytes are read
and their data_hash is computed again. Arguments name workloads; none means all.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

SYMBOLS = 500
BARS = 10_000_000
# Rows by (time, symbol), by (symbol, time), in no order, and prices that no file makes smaller.
ORDERS = ("by-time", "by-symbol", "shuffled", "dense")
LOADED_ROWS, LOADS = 1_000_000, 9
# What is promised: seconds, multiples of the table's bytes, milliseconds.
MAX_SECONDS, MAX_SIZES, MAX_LOAD_MS = 12.0, 3.0, 50.0
CHUNK = 4 * 1024 * 1024
PROVENANCE = {
    "provider": "the benchmark",
    "venue": "made",
    "calendar": "24/7",
    "timeZone": "UTC",
    "adjustment": "ADJUSTMENT_RAW",
    "dataClass": "DATA_CLASS_SYNTHETIC",
    "fidelityTier": "FIDELITY_TIER_BARS",
    "latencyClass": "end_of_day",
    "asOfTime": "2026-01-01T00:00:00Z",
    "licence": "CC0-1.0",
    "source": "a random walk",
    "untransformed": True,
}


def write_market(path: Path, rows: int, order: str) -> None:
    """Writes minute bars of SYMBOLS random walks as Parquet, in an order."""
    random, steps = np.random.default_rng(7), rows // SYMBOLS
    close = np.empty((steps, SYMBOLS))
    level = np.full(SYMBOLS, 100.0)
    for step in range(steps):
        level = level * (1.0 + 0.0005 * random.standard_normal(SYMBOLS))
        close[step] = level
    spread, volume = 0.09 * random.random(rows), 1e5 * random.random(rows)
    if order != "dense":
        close, spread, volume = np.round(close, 2), np.round(spread, 2), np.floor(volume)
    close = close.ravel()
    minute = np.repeat(np.arange(steps), SYMBOLS) * 60_000_000_000 + 1_600_000_000_000_000_000
    codes = np.tile(np.arange(SYMBOLS, dtype=np.int32), steps)
    place = np.arange(rows)
    if order == "by-symbol":
        place = place.reshape(steps, SYMBOLS).T.ravel()
    elif order == "shuffled":
        place = random.permutation(rows)
    names = pa.array([f"S{number:04d}" for number in range(SYMBOLS)])
    columns: dict[str, Any] = {
        "time": pa.array(minute[place], pa.timestamp("ns", "UTC")),
        "symbol": pa.DictionaryArray.from_arrays(codes[place], names).cast(pa.string()),
        "open": close[place],
        "high": (close + spread)[place],
        "low": (close - spread)[place],
        "close": close[place],
        "volume": volume,
    }
    parquet.write_table(pa.table(columns), path, row_group_size=1 << 20)


def registered(folder: Path, path: Path) -> tuple[Any, float]:
    """Returns the engine in a folder and the seconds that the commit of a file took."""
    from aurelius_chassis.jwks import Authenticator, KeySource
    from aurelius_engine.application.records import FileFormat, Provenance
    from aurelius_engine.main import Settings, build
    from aurelius_engine.rpc.record_mapping import upload_to_proto

    engine = build(
        Settings(
            listen="127.0.0.1:0",
            database_url=f"sqlite:///{folder}/engine.db",
            objects_url=f"file://{folder}/objects",
            gateway_target="127.0.0.1:1",
        ),
        authenticator=Authenticator(KeySource(lambda: b'{"keys": []}')),
    )
    uploads = engine.uploads
    message = uploads.create(
        dataset_id="bars",
        file_format=FileFormat.PARQUET,
        size_bytes=path.stat().st_size,
        provenance=Provenance(calendar="24/7", document=PROVENANCE),
        caller="users/bench",
        respond=upload_to_proto,
    )
    with path.open("rb") as file:
        for offset in range(0, path.stat().st_size, CHUNK):
            data = file.read(CHUNK)
            uploads.append(message.name, caller="users/bench", offset=offset, data=data)
    began = time.perf_counter()
    dataset = uploads.commit(message.name, caller="users/bench", file_digest=None)
    seconds = time.perf_counter() - began
    assert dataset.row_count > 0
    return engine, seconds


def register_worker(path: Path) -> dict[str, float]:
    """Registers a file in this process, and says what it took."""
    from aurelius_engine.freed_memory import keep_freed_memory

    keep_freed_memory()  # as the service does
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.parquet"
        write_market(small, 50_000, "by-symbol")
        (Path(folder) / "warm").mkdir()
        engine, _ = registered(Path(folder) / "warm", small)  # compiles, imports
        engine.close()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        (Path(folder) / "cold").mkdir()
        engine, seconds = registered(Path(folder) / "cold", path)
        engine.close()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = parquet.ParquetFile(path).metadata.num_rows
    size = rows * (8 + 4 + 5 * 8)
    return {
        "seconds": seconds,
        "sizes": peak * 1024 / size,
        "sizes_above_idle": (peak - before) * 1024 / size,
        "peak_mib": peak / 1024,
    }


def load_worker() -> dict[str, float]:
    """Registers a million bars and loads them as the first run after a start would."""
    from aurelius_chassis.sql import Database
    from aurelius_engine.adapters.arrow_tables import ArrowTables
    from aurelius_engine.adapters.obstore_objects import ObstoreObjects
    from aurelius_engine.adapters.sql_records import SqlRecordStore
    from aurelius_engine.application.datasets import Datasets

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bars.parquet"
        write_market(path, LOADED_ROWS, "by-time")
        (Path(folder) / "data").mkdir()
        engine, _ = registered(Path(folder) / "data", path)
        database = Database.open(f"sqlite:///{folder}/data/engine.db")
        objects = ObstoreObjects(f"file://{folder}/data/objects")
        datasets = Datasets(SqlRecordStore(database), objects, ArrowTables(), cache_max_bytes=0)
        dataset, took = datasets.get("datasets/bars"), []
        for _ in range(LOADS):
            began = time.perf_counter()
            table = datasets.stored_table(dataset)
            took.append(1000.0 * (time.perf_counter() - began))
            assert table.time.size == LOADED_ROWS
        database.close()
        engine.close()
    return {"first_ms": took[0], "median_ms": statistics.median(took), "most_ms": max(took)}


def in_process(*arguments: str) -> dict[str, float]:
    """Runs this file as a worker and returns what it measured."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Prints every workload, and whether it keeps what is promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", nargs="*", default=[*ORDERS, "load"])
    parser.add_argument("--register", type=Path)
    parser.add_argument("--load", action="store_true")
    asked = parser.parse_args()
    if asked.register or asked.load:
        print(json.dumps(register_worker(asked.register) if asked.register else load_worker()))
        return
    for name in asked.workloads:
        if name == "load":
            found = in_process("--load")
            kept = found["median_ms"] <= MAX_LOAD_MS
            print(
                f"load {LOADED_ROWS:,} bars: {found['median_ms']:.1f} ms, first "
                f"{found['first_ms']:.1f}, most {found['most_ms']:.1f} "
                f"(at most {MAX_LOAD_MS:.0f}: {'kept' if kept else 'BROKEN'})",
                flush=True,
            )
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bars.parquet"
            write_market(path, BARS, name)
            megabytes = path.stat().st_size / 1e6
            found = in_process("--register", str(path))
        kept = found["seconds"] <= MAX_SECONDS and found["sizes"] <= MAX_SIZES
        print(
            f"register {BARS:,} bars {name}, {megabytes:.0f} MB of Parquet: "
            f"{found['seconds']:.1f} s, peak {found['peak_mib']:.0f} MiB of the whole process, "
            f"{found['sizes']:.2f} sizes (at most {MAX_SECONDS:.0f} s and {MAX_SIZES:.0f}: "
            f"{'kept' if kept else 'BROKEN'})",
            flush=True,
        )


if __name__ == "__main__":
    main()
