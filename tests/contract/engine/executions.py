"""Executions that a test holds in its hand. They live in tests alone."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from aurelius_engine.adapters.package_files import installed_engine_version, packaged_calendars
from aurelius_engine.application.backtests import Execute
from aurelius_engine.application.execution import identify
from aurelius_engine.application.perturbed_execution import Executed
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.errors import RunCancelled
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.results import RunResult
from aurelius_engine.parts import SHIPPED, Parts

WAIT_SECONDS = 120


class Counting:
    """The execution that ships, counted; it waits at its beginning until `opened` is set."""

    def __init__(self, *, opened: bool = True) -> None:
        self.count = 0
        self.stopped = threading.Event()
        self.begun = threading.Semaphore(0)
        self.opened = threading.Event()
        self._lock = threading.Lock()
        if opened:
            self.opened.set()

    def __call__(
        self,
        document: Mapping[str, Any],
        table: MarketTable,
        calendars: Calendars,
        should_stop: Callable[[], bool],
        *,
        seed: int,
    ) -> RunResult:
        with self._lock:
            self.count += 1
        self.begun.release()
        while not self.opened.wait(0.01):
            if should_stop():
                self.stopped.set()
                raise RunCancelled("a caller cancelled the run")
        return SHIPPED.execute(document, table, calendars, should_stop, seed=seed)

    def wait_begun(self) -> None:
        assert self.begun.acquire(timeout=WAIT_SECONDS)


class Failing:
    """Raises what it is given, the first `times` times; then it computes."""

    def __init__(self, error: Exception, *, times: int = 1_000_000) -> None:
        self.error, self.left = error, times

    def __call__(
        self,
        document: Mapping[str, Any],
        table: MarketTable,
        calendars: Calendars,
        should_stop: Callable[[], bool],
        *,
        seed: int,
    ) -> RunResult:
        if self.left:
            self.left -= 1
            raise self.error
        return SHIPPED.execute(document, table, calendars, should_stop, seed=seed)


class Unperturbed:
    """Replays by an execution in this process."""

    def __init__(self, execution: Execute) -> None:
        self._execution = execution

    def perturbations(self, key: str) -> tuple[str, ...]:
        return ()

    def execute(
        self,
        document: Mapping[str, Any],
        table: MarketTable,
        should_stop: Callable[[], bool],
        *,
        seed: int,
        perturbations: tuple[str, ...],
    ) -> Executed:
        result = self._execution(document, table, packaged_calendars(), should_stop, seed=seed)
        identity = identify(
            document,
            data_hash=table.data_hash(),
            seed=seed,
            engine_version=installed_engine_version(),
        )
        return Executed(identity=identity, tables=result.tables, digests=result.digests)


def both_by(execution: Execute) -> Parts:
    """Returns parts of an engine that runs and replays by one execution."""
    return Parts(execute=execution, perturbed=lambda max_seconds: Unperturbed(execution))
