"""Runs the determinism matrix, and prints the setting and the digest of each cell.

Exit code 1 if a digest differs; then the first divergence is named.
docs/specs/determinism.md, section 3.

    python tools/determinism.py [--targets host,nehalem]
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import determinism_matrix as matrix
import numpy as np
from determinism_cases import write_cases
from determinism_matrix import Cell

from aurelius_engine.domain.divergence import Difference, first_difference
from aurelius_engine.domain.table_hash import Column, string_column

WORKER = Path(__file__).resolve().parent / "determinism_worker.py"
CELL_MAX_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a process said: what it was, and each case's answer by name."""

    machine: Mapping[str, Any]
    answers: Mapping[str, Mapping[str, Any]]

    @property
    def digest(self) -> str:
        """One digest over all results, in the order of the cases."""
        whole = hashlib.sha256()
        for name, answer in self.answers.items():
            whole.update(f"{name} {answer['data']} {answer['result']}\n".encode())
        return whole.hexdigest()


class CellBroke(Exception):
    """A process ended without its answers."""


def read_answers(output: str) -> Outcome:
    """Returns what a worker printed."""
    first, *rest = output.splitlines()
    answers = [json.loads(line) for line in rest]
    return Outcome(machine=json.loads(first), answers={a["name"]: a for a in answers})


def run_command(command: Sequence[str], environment: Mapping[str, str]) -> Outcome:
    """Runs a worker to its end.

    Raises:
        CellBroke: It failed; with what it wrote.
    """
    done = subprocess.run(
        command,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=CELL_MAX_SECONDS,
    )
    if done.returncode != 0:
        raise CellBroke(done.stderr[-3000:])
    return read_answers(done.stdout)


def run_cell(
    cell: Cell,
    cases: Path,
    cache: Path | None,
    *,
    tables: Path | None = None,
    worker: Sequence[str] = (str(WORKER),),
) -> Outcome:
    """Runs the cases in a new process with a cell's settings.

    Args:
        cell: The settings.
        cases: The file of cases.
        cache: A folder for compiled kernels; targets are kept apart in it. None is the
            engine's own, which tells processors apart, but not settings of the compiler.
        tables: A folder to leave the results' tables in.
        worker: What Python runs.
    """
    command = [sys.executable, *worker, str(cases)]
    if cell["rows"] == "shuffled":
        command.append("--shuffled")
    if tables is not None:
        tables.mkdir(parents=True, exist_ok=True)
        command += ["--tables", str(tables)]
    return run_command(command, cell.environment(cache))


def run_cells(cells: Sequence[Cell], cases: Path, cache: Path | None) -> dict[Cell, Outcome]:
    """Runs cells on two cores, those of one target one after another."""
    lanes: dict[str, list[Cell]] = {}
    for cell in cells:
        lanes.setdefault(cell["target"], []).append(cell)
    found: dict[Cell, Outcome] = {}

    def run_lane(lane: list[Cell]) -> None:
        for cell in lane:
            found[cell] = run_cell(cell, cases, cache)

    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(run_lane, lanes.values()))
    return {cell: found[cell] for cell in cells}


def differing(reference: Outcome, other: Outcome) -> list[str]:
    """Returns the names of the cases whose data, its quality report or result differ."""
    return [
        name
        for name, answer in reference.answers.items()
        if any(other.answers[name][part] != answer[part] for part in ("data", "quality", "result"))
    ]


def load_tables(path: Path) -> dict[str, tuple[Column, ...]]:
    """Returns the tables that a worker left in a file."""
    tables: dict[str, list[Column]] = {}
    with np.load(path) as file:
        for key in sorted(file.files):
            name, _, column = key.split("|")
            data = file[key]
            is_text = data.dtype.kind == "U"
            found = (
                string_column(column, data.tolist()) if is_text else Column(name=column, data=data)
            )
            tables.setdefault(name, []).append(found)
    return {name: tuple(columns) for name, columns in tables.items()}


def first_divergence(left: Path, right: Path, case: str) -> Difference | None:
    """Returns where two workers' tables of a case part first."""
    file = f"{case}.npz"
    return first_difference(load_tables(left / file), load_tables(right / file))


def words(difference: Difference) -> str:
    """Returns a divergence in one line."""
    of = f" of {difference.symbol}" if difference.symbol else ""
    at = ""
    if difference.step >= 0:
        at = f" at {np.datetime64(difference.time_ns, 'ns')}, step {difference.step}"
    place = f"{difference.table}.{difference.column}{of}{at}, row {difference.row}"
    return f"{place}: {difference.left!r} against {difference.right!r}"


def _locate(cell: Cell, names: Sequence[str], cases: Path, folder: Path) -> None:
    left, right = folder / "left", folder / "right"
    run_cell(matrix.plain(), cases, folder / "cache", tables=left)
    run_cell(cell, cases, folder / "cache", tables=right)
    for name in names:
        found = first_divergence(left, right, name)
        print(f"    {name}: {words(found) if found else 'equal when it was run again'}")


def main() -> int:
    """Prints every cell; 1 if a digest differs."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--targets", default=",".join(matrix.runnable_targets()))
    chosen = arguments.parse_args()
    cells = matrix.pairwise(tuple(chosen.targets.split(",")))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases = write_cases(folder)
        outcomes = run_cells(cells, cases, folder / "cache")
        reference = outcomes[matrix.plain()]
        for case, answer in reference.answers.items():
            print(f"{answer['result']}  {case}, {answer['rows']} rows")
        print()
        bad = 0
        for cell, outcome in outcomes.items():
            names = differing(reference, outcome)
            print(
                f"{outcome.digest[:16]}  {cell}{'  DIFFERS: ' if names else ''}{', '.join(names)}"
            )
            if names:
                bad += 1
                _locate(cell, names, cases, folder)
    print(f"\n{len(cells)} cells, {len(reference.answers)} specifications, {bad} cells differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
