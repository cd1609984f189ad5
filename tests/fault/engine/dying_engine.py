"""An engine that stops for ever at a chosen point, for a parent that kills it there.

    python -m tests.fault.engine.dying_engine FOLDER CSV POINT

It uploads the file, registers it and, of bars, runs a backtest, as a client of its own. It
prints `AT POINT` when it gets there, and `DONE` when it never did. Points:
`execute`; `put<n>`, `market`, `stage` and `unstage`, each with `-before` and `-after`, and
`market-inside`; of the second table of events `market2` in its place; and the
writing transactions `add_upload`, `add_chunk`, `add_dataset`, `add_run` and `seal`,
each with `-inside`, before it commits, and `-after`.
"""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from google.protobuf import json_format

from aurelius.engine.v1 import backtest_pb2, dataset_pb2
from aurelius_chassis.sql import Database
from aurelius_chassis.telemetry import configure_logs
from aurelius_engine.adapters.obstore_objects import ObstoreObjects
from aurelius_engine.adapters.sql_records import SqlRecordStore, SqlWriteTransaction
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.results import RunResult
from aurelius_engine.main import SERVICE
from aurelius_engine.parts import SHIPPED, Parts
from tests.contract.engine.market_data import HEADER, TICKS
from tests.contract.engine.serving import PROVENANCE, Served, serving, token, upload_request

WRITES = ("add_upload", "add_chunk", "add_dataset", "add_run")
CHUNK_BYTES = 100_000


def register(engine: Served, data: bytes) -> dataset_pb2.Dataset:
    """Uploads and commits, in calls that may be repeated after any crash."""
    stated = TICKS if of_events(data) else PROVENANCE
    upload = engine.datasets.CreateDatasetUpload(
        upload_request(
            size_bytes=len(data),
            request_id="once",
            provenance=json_format.ParseDict(stated, dataset_pb2.Provenance()),
        ),
        metadata=token(),
    )
    for offset in range(0, len(data), CHUNK_BYTES):
        engine.append(upload.name, offset, data[offset : offset + CHUNK_BYTES])
    return engine.commit(upload.name)


def of_events(data: bytes) -> bool:
    return data.startswith(HEADER.encode())


def story(engine: Served, data: bytes) -> backtest_pb2.Backtest:
    """Does all that the engine is for once."""
    register(engine, data)
    return engine.sealed()


class Point:
    """The place at which this process waits to be killed."""

    def __init__(self, name: str) -> None:
        self._name = name

    def at(self, name: str) -> None:
        if name == self._name:
            print(f"AT {name}", flush=True)
            threading.Event().wait()


class StoppingObjects(ObstoreObjects):
    """The store that ships, with points around its writes."""

    def __init__(self, url: str, point: Point) -> None:
        super().__init__(url)
        self._point, self._puts, self._written = point, 0, 0

    def put(self, data: bytes) -> str:
        self._puts += 1
        name = f"put{self._puts}"
        self._point.at(f"{name}-before")
        digest = super().put(data)
        self._point.at(f"{name}-after")
        return digest

    def put_written(self, upload: str, write: Callable[[IO[bytes]], None]) -> str:
        self._written += 1
        name = "market" if self._written == 1 else f"market{self._written}"

        def until_half(sink: IO[bytes]) -> None:
            write(sink)
            self._point.at(f"{name}-inside")

        self._point.at(f"{name}-before")
        digest = super().put_written(upload, until_half)
        self._point.at(f"{name}-after")
        return digest

    def stage(self, upload: str, offset: int, data: bytes) -> str:
        self._point.at("stage-before")
        digest = super().stage(upload, offset, data)
        self._point.at("stage-after")
        return digest

    def unstage(self, uploads: Iterable[str]) -> None:
        chosen = list(uploads)
        if chosen:
            self._point.at("unstage-before")
        super().unstage(chosen)
        if chosen:
            self._point.at("unstage-after")


class Noting:
    """A transaction that notes which of its methods were called."""

    def __init__(self, inner: SqlWriteTransaction) -> None:
        self._inner = inner
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.called.add(name)
        return getattr(self._inner, name)


class StoppingRecords(SqlRecordStore):
    """The records that ship, with points around their commits."""

    def __init__(self, database: Database, point: Point) -> None:
        super().__init__(database)
        self._point = point

    @contextmanager
    def write(self) -> Iterator[Any]:
        with super().write() as inner:
            noting = Noting(inner)
            yield noting
            names = [name for name in WRITES if name in noting.called]
            names += ["seal"] if "add_artifact" in noting.called else []
            for name in names:
                self._point.at(f"{name}-inside")
        for name in names:
            self._point.at(f"{name}-after")


def main() -> None:
    configure_logs(SERVICE)  # to standard error: a line of the log would cut a line `AT`
    folder, data, point = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes(), Point(sys.argv[3])

    def stopping_execute(
        document: Mapping[str, Any],
        table: MarketTable,
        calendars: Calendars,
        should_stop: Callable[[], bool],
        *,
        seed: int,
    ) -> RunResult:
        point.at("execute")
        return SHIPPED.execute(document, table, calendars, should_stop, seed=seed)

    parts = Parts(
        execute=stopping_execute,
        records=lambda database: StoppingRecords(database, point),
        objects=lambda url: StoppingObjects(url, point),
    )
    with serving(folder, parts=parts, run_workers=1) as engine:
        if of_events(data):
            register(engine, data)
        else:
            story(engine, data)
    print("DONE", flush=True)


if __name__ == "__main__":
    main()
