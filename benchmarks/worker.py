"""One engine on one workload, in a process of its own: times a run for each line it is sent.

Usage: worker.py ENGINE WORKLOAD FILE.npz. Answers each line with a line of JSON.
Or: worker.py --cold ENGINE FILE.csv, which reads the file, runs W1 once and prints.
"""

import csv
import gc
import importlib
import json
import os
import statistics
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

# A round is one run, or as many as this takes: a short run is measured in a warm process.
ROUND_SECONDS = 0.25


def resident_bytes(field: str) -> int:
    """Returns VmRSS, or VmHWM (the most since the last reset), of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


def cold(engine: str, file: str) -> Any:
    """Returns what an engine finds in a CSV file of one symbol's days."""
    with open(file, newline="") as lines:
        heads, *rows = csv.reader(lines)
    columns = dict(zip(heads, zip(*rows, strict=True), strict=True))
    data = {name: np.array(columns[name], dtype=np.float64) for name in heads[2:]}
    data["time"] = np.array(columns["time"], dtype="datetime64[ns]").astype(np.int64)
    module: Any = importlib.import_module(f"engines.{engine}")
    return module.PREPARE["W1"](data)()


def main() -> None:
    """Serves one engine."""
    warnings.simplefilter("ignore")
    if sys.argv[1] == "--cold":
        print(cold(*sys.argv[2:4]))
        return
    engine, workload, file = sys.argv[1:4]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what an engine prints goes elsewhere
    module: Any = importlib.import_module(f"engines.{engine}")
    prepare = module.PREPARE[workload]
    warm = getattr(module, "WARM", None)
    if warm is not None:
        warm(workload)
    gc.collect()
    idle = resident_bytes("VmRSS")
    with np.load(file) as arrays:
        data = {name: np.ascontiguousarray(arrays[name]) for name in arrays.files}
    input_bytes = sum(values.nbytes for values in data.values())
    run = prepare(data)
    del data  # an engine keeps what it needs
    Path("/proc/self/clear_refs").write_text("5")  # forgets the most so far
    print(json.dumps({"ready": True, "version": module.version()}), file=answers)
    for _ in sys.stdin:
        times: list[float] = []
        worked = time.process_time()
        while sum(times) < ROUND_SECONDS:
            began = time.perf_counter()
            numbers = run()
            times.append(time.perf_counter() - began)
        worked = (time.process_time() - worked) / len(times)
        peak = resident_bytes("VmHWM")
        answer = {
            "seconds": statistics.median(times),
            "cpu_seconds": worked,
            "numbers": numbers,
            "idle_bytes": idle,
            "peak_bytes": peak,
            "input_bytes": input_bytes,
        }
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
