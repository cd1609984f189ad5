"""Who earned what a run earned: what was tried is executed again, and the returns compared."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aurelius_engine.application.artifacts import Artifacts
from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.execution import simulate_document
from aurelius_engine.application.plugins import Plugins
from aurelius_engine.application.records import Run
from aurelius_engine.application.tried import TriedPoint, TriedPoints
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.errors import EngineError, RunCancelled
from aurelius_engine.domain.likeness import Earned, Ints, alike, at_bars_of, earned_of
from aurelius_engine.domain.lineage import same_bars
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.panel import rows_of
from aurelius_engine.domain.spec import spec_from_document

# Of each subject so many bars are executed again, and so many points whatever that takes.
BARS_MOST, POINTS_LEAST = 64_000_000, 64
# Why a subject is of a run's hypothesis.
ALIKE = "its returns are nearly the same"
UNTOLD = "what it tried cannot be executed again"
# A strategy whose code may be gone.
_PLUGIN = "plugin"
# So many answers are kept: some megabytes.
_KEPT = 1 << 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What was executed on some data: a run, a sweep or a validation, and whether it succeeded."""

    name: str
    data_hash: str
    succeeded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How far a subject was looked through, and what was found; None for nothing so far."""

    points: int = 0
    bars: int = 0
    ended: bool = False
    found: str | None = None


class Likenesses:
    """Compares runs with what was tried.

    What was found never changes, and is kept: also how far a comparison came that was
    stopped, with which the next one goes on.
    """

    def __init__(
        self,
        tried: TriedPoints,
        *,
        datasets: Datasets,
        artifacts: Artifacts,
        calendars: Calendars,
        plugins: Plugins,
    ) -> None:
        """Takes what tells points again, the data, the results of runs, and the engine."""
        self.tried, self.calendars, self.plugins = tried, calendars, plugins
        self._datasets, self._artifacts = datasets, artifacts
        self._looked: dict[tuple[str, Subject], Looked] = {}

    def of(self, run: Run, should_stop: Callable[[], bool]) -> "Likeness":
        """Returns what compares a sealed run with others."""
        return Likeness(self, run, should_stop)

    def looked(self, run: Run, subject: Subject) -> Looked:
        """Returns how far a run and a subject were compared."""
        return self._looked.get((run.name, subject), Looked())

    def keep(self, run: Run, subject: Subject, looked: Looked) -> None:
        """Keeps how far a run and a subject were compared, and of the oldest answers less."""
        self._looked[run.name, subject] = looked
        while len(self._looked) > _KEPT:
            self._looked.pop(next(iter(self._looked)), None)

    def table(self, data_hash: str) -> MarketTable:
        """Returns registered bars. Raises: ObjectDamaged: They are not what was registered."""
        return self._datasets.table(self._datasets.of_hash(data_hash))

    def earned_by(self, run_name: str) -> Earned:
        """Returns what a sealed run earned. Raises: ObjectDamaged: It is not what was stored."""
        table = self._artifacts.table(f"{run_name}/artifacts/equity")
        columns: dict[str, Any] = {column.name: column.data for column in table}
        return earned_of(columns["time"][1:], columns["equity"])


class Likeness:
    """Compares one sealed run with others."""

    def __init__(self, shared: Likenesses, run: Run, should_stop: Callable[[], bool]) -> None:
        """Takes the run, and what is asked before each execution and within it."""
        self._shared, self._run, self._should_stop = shared, run, should_stop
        self._mine = shared.earned_by(run.name)
        # By data hash, the times of bars here and there; none are asked of the run's own.
        self._bars: dict[str, tuple[Ints, Ints]] = {}

    def reason(self, subject: Subject) -> str | None:
        """Returns why a subject is of the run's hypothesis; None if it is not.

        Raises:
            RunCancelled: Nobody waits for the answer.
            ObjectDamaged: Something stored is not what was written.
        """
        looked = self._shared.looked(self._run, subject)
        if looked.ended:
            return looked.found
        if subject.succeeded and subject.name.startswith("runs/"):
            same = self._is_alike(self._shared.earned_by(subject.name), subject)
            found = ALIKE if same else None
        else:
            found = self._among_points(subject, looked)
        self._shared.keep(self._run, subject, Looked(ended=True, found=found))
        return found

    def _among_points(self, subject: Subject, looked: Looked) -> str | None:
        tried = self._shared.tried.of(subject.name, succeeded=subject.succeeded)
        if not tried.complete:
            return UNTOLD
        table = self._shared.table(subject.data_hash)
        for point in islice(tried.points, looked.points, None):
            if looked.points >= POINTS_LEAST and looked.bars >= BARS_MOST:
                break
            found, bars = self._of_point(point, tried.seed, subject, table)
            if found:
                return found
            looked = Looked(points=looked.points + 1, bars=looked.bars + bars)
            self._shared.keep(self._run, subject, looked)
        return None

    def _of_point(
        self, point: TriedPoint, seed: int, subject: Subject, table: MarketTable
    ) -> tuple[str | None, int]:
        """Executes a point again; returns what it says of the subject, and how many bars it had."""
        if self._should_stop():
            raise RunCancelled("nobody waits for the answer any more")
        document = point.document()
        try:
            run, _, _ = simulate_document(
                document,
                table,
                self._shared.calendars,
                self._should_stop,
                seed=seed,
                plugins=self._shared.plugins,
            )
        except RunCancelled:
            raise
        except EngineError:
            # It succeeded then, or its code is gone: what it earned is not known any more.
            lost = not math.isnan(point.sharpe) or _PLUGIN in document["strategy"]
            return UNTOLD if lost else None, 0
        same = self._is_alike(earned_of(run.panel.times, run.equity), subject)
        return ALIKE if same else None, run.panel.close.size

    def _is_alike(self, other: Earned, subject: Subject) -> bool:
        own, theirs = self._run.identity.data_hash, subject.data_hash
        if theirs == own:
            return alike(self._mine, other)
        if theirs not in self._bars:
            table = self._shared.table(own)
            rows = rows_of(spec_from_document(self._run.document), table)
            self._bars[theirs] = same_bars(table, rows, self._shared.table(theirs))
        return alike(self._mine, at_bars_of(other, *self._bars[theirs]))
