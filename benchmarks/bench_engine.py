"""Measures the engine beside others on the same machine, in one command.

`make bench` rewrites RESULTS.md and results.svg. Each engine works in a process of its own;
the runs of a workload are interleaved, so that a busy moment falls on all. Arguments name
workloads (W1 W2 W3 W4 cold growth); with some left out, nothing is written.
"""

import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import growth
import numpy as np
import report
import workloads as w

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
# Rounds after the first, which warms up: until both are reached, or the rounds.
MAX_ROUNDS, ENOUGH_SECONDS = 11, 6.0
OURS, PEERS, EVENT = ".venv", ".venv-bench", ".venv-bench-event"
ENGINES = {
    "W1": (
        ("aurelius", OURS),
        ("aurelius_whole", OURS),
        ("raptorbt", PEERS),
        ("vectorbt", PEERS),
        ("vectorbt_rust", PEERS),
        ("backtesting_py", PEERS),
        ("nautilus", EVENT),
    ),
    "W2": (
        ("aurelius_core", OURS),
        ("aurelius", OURS),
        ("aurelius_whole", OURS),
        ("raptorbt", PEERS),
        ("vectorbt", PEERS),
        ("vectorbt_rust", PEERS),
        ("backtesting_py", PEERS),
        ("nautilus", EVENT),
    ),
    "W3": (
        ("aurelius_sweep_one", OURS),
        ("aurelius_sweep_two", OURS),
        ("raptorbt", PEERS),
        ("vectorbt", PEERS),
        ("vectorbt_rust", PEERS),
    ),
    "W4": (
        ("aurelius", OURS),
        ("aurelius_whole", OURS),
        ("polars_backtest", PEERS),
        ("vectorbt", PEERS),
        ("vectorbt_rust", PEERS),
        ("bt", PEERS),
        ("zipline", EVENT),
    ),
}
COLD = (
    ("raptorbt", PEERS),
    ("backtesting_py", PEERS),
    ("vectorbt", PEERS),
    ("vectorbt_rust", PEERS),
    ("nautilus", EVENT),
)
SPEC = REPOSITORY / "examples" / "goog_trend.yaml"


def environment() -> dict[str, str]:
    """Returns the variables of a child: without one machine's BLAS, with byte code kept."""
    dropped = ("OPENBLAS_", "PYTHONDONTWRITEBYTECODE")
    return {k: v for k, v in os.environ.items() if not k.startswith(dropped)}


def children_seconds() -> float:
    """Returns the processor time of all children that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Worker:
    """One engine's process."""

    def __init__(self, engine: str, folder: str, workload: str, file: Path) -> None:
        """Starts it and waits until its data are in place."""
        self.engine = engine
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  (closed with the process)
        python = REPOSITORY / folder / "bin" / "python"
        command = [str(python), str(HERE / "worker.py"), engine, workload, str(file)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=environment(),
        )
        self.version = str(self._answer()["version"])
        self.rounds: list[dict[str, Any]] = []

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise SystemExit(f"{self.engine} ended: {self.errors.read()[-3000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def run(self) -> None:
        """Runs once."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.rounds.append(self._answer())

    @property
    def is_done(self) -> bool:
        """Whether it was measured often or long enough."""
        measured = self.rounds[1:]
        spent = sum(answer["seconds"] for answer in measured)
        return len(measured) >= MAX_ROUNDS or (bool(measured) and spent >= ENOUGH_SECONDS)

    def close(self) -> dict[str, Any]:
        """Ends the process and returns its row of the table."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()
        times = [answer["seconds"] for answer in self.rounds[1:]]
        last = self.rounds[-1]
        return {
            "engine": self.version,
            "ours": self.engine.startswith("aurelius"),
            "times": times,
            "median": statistics.median(times),
            "cpu": statistics.median(answer["cpu_seconds"] for answer in self.rounds[1:]),
            "peak_bytes": last["peak_bytes"] - last["idle_bytes"],
            "input_bytes": last["input_bytes"],
            "numbers": last["numbers"],
        }


@contextlib.contextmanager
def stored(arrays: w.Arrays) -> Iterator[Path]:
    """Gives the arrays as a file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "arrays.npz"
        np.savez(file, **arrays)
        yield file


def measure(workload: str) -> list[dict[str, Any]]:
    """Returns a row for each engine on a workload."""
    with stored(w.data_of(workload, REPOSITORY)) as file:
        workers = [Worker(*engine, workload, file) for engine in ENGINES[workload]]
        for worker in workers:
            worker.run()
        while waiting := [worker for worker in workers if not worker.is_done]:
            for worker in waiting:
                worker.run()
        return [worker.close() for worker in workers]


def write_csv(file: Path) -> None:
    """Writes the bars of W1 as the text file that the cold runs read."""
    data = w.google(REPOSITORY)
    days = data["time"].astype("datetime64[ns]").astype("datetime64[D]").astype(str)
    lines = ["time,symbol," + ",".join(w.BARS)]
    for i, day in enumerate(days):
        lines.append(f"{day},GOOG," + ",".join(repr(float(data[name][i])) for name in w.BARS))
    file.write_text("\n".join(lines) + "\n")


def cold_runs() -> list[dict[str, Any]]:
    """Returns a row for each engine started anew for each run, by wall clock."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "goog.csv"
        write_csv(file)
        aurelius = [str(REPOSITORY / OURS / "bin" / "aurelius"), "run", str(SPEC)]
        commands = {"aurelius run": [*aurelius, "--data", str(file)]}
        for engine, where in COLD:
            python = str(REPOSITORY / where / "bin" / "python")
            commands[engine] = [python, str(HERE / "worker.py"), "--cold", engine, str(file)]
        times: dict[str, list[float]] = {name: [] for name in commands}
        cpu: dict[str, list[float]] = {name: [] for name in commands}
        rounds = 8
        for _ in range(rounds):
            for name, command in commands.items():
                began, worked = time.perf_counter(), children_seconds()
                ran = subprocess.run(command, capture_output=True, text=True, env=environment())
                times[name].append(time.perf_counter() - began)
                cpu[name].append(children_seconds() - worked)
                if ran.returncode:
                    raise SystemExit(f"{name}: {ran.stderr[-3000:]}")
    return [
        {
            "engine": name,
            "ours": name.startswith("aurelius"),
            "times": spent[1:],
            "median": statistics.median(spent[1:]),
            "cpu": statistics.median(cpu[name][1:]),
        }
        for name, spent in times.items()
    ]


def main() -> None:
    """Measures, prints, and writes the results of a whole run."""
    load, every = os.getloadavg()[0], [*ENGINES, "cold", "growth"]
    chosen = sys.argv[1:] or every
    tables: dict[str, list[dict[str, Any]]] = {}
    for name in chosen:
        if name != "growth":
            tables[name] = cold_runs() if name == "cold" else measure(name)
            print("\n".join(report.table_of(name, tables[name])), flush=True)
    grown = growth.measured() if "growth" in chosen else None
    if grown is not None:
        print("\n".join(report.growth_table(grown)))
    if grown is not None and set(chosen) == set(every):
        report.write(HERE, tables, grown, load)


if __name__ == "__main__":
    main()
