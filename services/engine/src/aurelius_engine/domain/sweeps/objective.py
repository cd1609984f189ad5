"""What a trial is judged by, and when a sweep has seen enough."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aurelius_engine.domain.sweeps.space import compares

NO_USE = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A bound on a metric, in its unit."""

    metric_id: str
    comparison: str
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """The metric that decides, which values of it are better, and bounds on others."""

    metric_id: str
    maximizes: bool
    bounds: tuple[Bound, ...] = ()

    def loss(self, outcomes: Mapping[str, float | str]) -> float:
        """Returns what is to be small: infinity where the trial cannot be the best.

        Args:
            outcomes: A metric's value, or the reason for which it has none, by id.
        """
        value = outcomes.get(self.metric_id, "")
        if isinstance(value, str):
            return NO_USE
        for bound in self.bounds:
            other = outcomes.get(bound.metric_id, "")
            if isinstance(other, str) or not compares(other, bound.comparison, bound.bound):
                return NO_USE
        return -value if self.maximizes else value


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyStop:
    """Ends after `patience` trials in a row without a new best, 0 for never; or at a target."""

    patience: int = 0
    target: float | None = None


@dataclass(slots=True, kw_only=True)
class Search:
    """The best trial so far, and whether to go on, trial by trial in their order."""

    objective: Objective
    early_stop: EarlyStop
    best: int | None = None
    stopped: str = ""
    _loss: float = NO_USE
    _since: int = field(default=0)

    def see(self, number: int, loss: float) -> None:
        """Takes the loss of the next trial. Of equal ones the first stays the best."""
        self._since += 1
        if loss < self._loss:
            self.best, self._loss, self._since = number, loss, 0
            target = self.early_stop.target
            if target is not None:
                goal = -target if self.objective.maximizes else target
                if loss <= goal:
                    self.stopped = "TARGET_REACHED"
        if not self.stopped and 0 < self.early_stop.patience <= self._since:
            self.stopped = "NO_IMPROVEMENT"
