"""An engine that stops for ever inside a sweep, for a parent that kills it there.

    python -m tests.fault.engine.dying_sweep FOLDER CSV POINT

It registers the file and searches a small grid, and prints `AT POINT` when it gets there.
Points: `trial`, inside the fourth trial; `put-before` and `put-after`, around the table's
bytes; `add-after`, `seal-inside` and `seal-after`, around the record's transactions.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aurelius.engine.v1 import sweep_pb2
from aurelius_chassis.sql import Database
from aurelius_chassis.telemetry import configure_logs
from aurelius_engine.adapters.obstore_objects import ObstoreObjects
from aurelius_engine.adapters.sql_jobs import SqlJobStore
from aurelius_engine.adapters.sweep_codec import SweepCodec
from aurelius_engine.application.job_records import JobState
from aurelius_engine.application.sweep_records import SweepOutcome, SweepProgress
from aurelius_engine.main import SERVICE
from aurelius_engine.parts import SHIPPED, Parts
from tests.contract.engine.serving import Served, serving
from tests.contract.engine.sweeping import searched
from tests.fault.engine.dying_engine import Point, register

POINTS = ("trial", "put-before", "put-after", "add-after", "seal-inside", "seal-after")


def search(engine: Served) -> sweep_pb2.Sweep:
    """The sweep of this story, computed trial by trial."""
    return searched(engine, metricIds=["fill_count"])


class StoppingObjects(ObstoreObjects):
    """The store that ships, with points around the table of trials."""

    def __init__(self, url: str, point: Point) -> None:
        super().__init__(url)
        self._point, self.searching = point, False

    def put(self, data: bytes) -> str:
        if self.searching:
            self._point.at("put-before")
        digest = super().put(data)
        if self.searching:
            self._point.at("put-after")
        return digest


class StoppingSweeps(SqlJobStore[SweepProgress, SweepOutcome]):
    """The records that ship, with points around their commits."""

    def __init__(self, database: Database, point: Point) -> None:
        super().__init__(database, SweepCodec())
        self._point = point

    @contextmanager
    def write(self) -> Iterator[Any]:
        name = ""
        with super().write() as inner:
            change = inner.change

            def noting(sweep: Any) -> None:
                nonlocal name
                name = "seal" if sweep.state is JobState.SUCCEEDED else ""
                change(sweep)

            inner.change = noting  # type: ignore[method-assign]
            add = inner.add

            def adding(sweep: Any) -> None:
                nonlocal name
                name = "add"
                add(sweep)

            inner.add = adding  # type: ignore[method-assign]
            yield inner
            if name:
                self._point.at(f"{name}-inside")
        if name:
            self._point.at(f"{name}-after")


def main() -> None:
    configure_logs(SERVICE)  # to standard error: a line of the log would cut a line `AT`
    folder, data, point = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes(), Point(sys.argv[3])
    stores: list[StoppingObjects] = []
    count = 0

    def objects(url: str) -> StoppingObjects:
        stores.append(StoppingObjects(url, point))
        return stores[-1]

    def stopping_measure(*arguments: Any, **named: Any) -> Any:
        nonlocal count
        count += 1
        if count == 4:
            point.at("trial")
        return SHIPPED.measure(*arguments, **named)

    parts = Parts(
        measure=stopping_measure,
        sweeps=lambda database: StoppingSweeps(database, point),
        objects=objects,
    )
    with serving(folder, parts=parts, sweep_workers=1) as engine:
        register(engine, data)
        stores[0].searching = True
        search(engine)
    print("DONE", flush=True)


if __name__ == "__main__":
    main()
