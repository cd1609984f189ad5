"""Measures the default gate: what it promotes without skill, and what it finds of planted skill.

`make calibration` runs it, and writes docs/reports/gate_calibration.{md,json}.
"""

import argparse
import json
import multiprocessing
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from calibration_markets import bundled_days
from calibration_report import LEVEL, by_bound, detection, markdown, skill_less
from calibration_studies import Outcome, Task, submitted
from gate_definition import gate_definition

from aurelius_engine.adapters.package_files import installed_engine_version
from aurelius_governance.domain.trials import LEAST_DEFLATED_SHARPE

REPORTS = Path(__file__).resolve().parent.parent / "docs/reports"
SEED = 20_261_125
STRENGTHS = (0.5, 1.0, 1.5, 2.0, 3.0)
CHUNK = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many items each arm has; `whole` of those alone are asked every part of the gate."""

    alone: int = 5_000
    searched: int = 500
    alone_with_memory: int = 5_000
    alone_cheap: int = 5_000
    whole: int = 300
    planted: int = 300
    planted_searched: int = 100
    strengths: Sequence[float] = field(default=STRENGTHS)


Run = Callable[[Sequence[Task]], Iterator[Outcome]]


def study(sizes: Sizes, seed: int, run: Run, measured: date) -> dict[str, Any]:
    """Returns the report as a document.

    Args:
        sizes: How many items each arm has.
        seed: Of every draw.
        run: Returns the outcome of each task, in their order.
        measured: The day of the study; it decides nothing.
    """
    version, definition = installed_engine_version(), gate_definition()
    tasks = tasks_of(sizes, seed)
    pairs = list(zip(tasks, run(tasks), strict=True))
    found = {
        key: [outcome for _, outcome in group]
        for key, group in groupby(pairs, key=lambda pair: (pair[0].arm, pair[0].strength))
    }
    planted = {"alone": "planted", "searched": "planted_searched"}
    return {
        "measuredDate": measured.isoformat(),
        "engineVersion": version,
        "gateDefinition": definition,
        "seed": seed,
        "confidence": LEVEL,
        "interval": "Clopper and Pearson, Biometrika 26 (1934)",
        "markets": [
            {"file": days.file, "days": len(days.times), "symbols": len(days.symbols)}
            for days in bundled_days()
        ],
        "skillLess": {arm: skill_less(found[arm, 0.0]) for arm, _ in _skill_less_arms(sizes)},
        "leastDeflatedSharpe": LEAST_DEFLATED_SHARPE,
        "byBound": by_bound(found["alone", 0.0]),
        "planted": {
            way: {str(strength): detection(found[arm, strength]) for strength in sizes.strengths}
            for way, arm in planted.items()
        },
    }


def _skill_less_arms(sizes: Sizes) -> Sequence[tuple[str, int]]:
    return (
        ("alone", sizes.alone),
        ("searched", sizes.searched),
        ("alone_with_memory", sizes.alone_with_memory),
        ("alone_cheap", sizes.alone_cheap),
    )


def tasks_of(sizes: Sizes, seed: int) -> Sequence[Task]:
    """Returns every item of a study."""
    tasks = [
        Task(arm=arm, number=number, seed=seed, whole=arm == "alone" and number < sizes.whole)
        for arm, count in _skill_less_arms(sizes)
        for number in range(count)
    ]
    for arm, count in (("planted", sizes.planted), ("planted_searched", sizes.planted_searched)):
        for strength in sizes.strengths:
            tasks += [
                Task(arm=arm, number=number, seed=seed, strength=strength)
                for number in range(count)
            ]
    return tasks


def here(tasks: Sequence[Task]) -> Iterator[Outcome]:
    """Runs tasks in this process."""
    return map(submitted, tasks)


@contextmanager
def processes(count: int) -> Iterator[Run]:
    """Runs tasks in other processes. How many there are changes no number."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context) as pool:
        yield lambda tasks: pool.map(submitted, tasks, chunksize=CHUNK)


def told(run: Run) -> Run:
    """Says on standard error how far the tasks are."""

    def watched(tasks: Sequence[Task]) -> Iterator[Outcome]:
        for done, outcome in enumerate(run(tasks), start=1):
            if done % 100 == 0 or done == len(tasks):
                arm = tasks[done - 1].arm
                print(f"\r{done:6,} of {len(tasks):,}  {arm:20}", end="", file=sys.stderr)
            yield outcome
        print(file=sys.stderr)

    return watched


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the whole study and writes its report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--into", type=Path, default=REPORTS, help="the folder of the report")
    given = parser.parse_args(arguments)
    with processes(given.processes) as run:
        document = study(Sizes(), SEED, told(run), datetime.now(UTC).date())
    given.into.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=2) + "\n"
    (given.into / "gate_calibration.json").write_text(text)
    (given.into / "gate_calibration.md").write_text(markdown(document))
    for arm, found in document["skillLess"].items():
        promoted = found["promoted"]
        print(f"{arm}: {promoted['count']} of {promoted['of']} promoted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
