"""The Tree-structured Parzen Estimator of Optuna, behind the port `Sampler`.

Bergstra et al., Algorithms for Hyper-Parameter Optimization, NeurIPS 2011. Its library
computes with NumPy's exp and log, whose last bits change with the CPU: the points may
differ between machines, the metrics of a point never do.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aurelius_engine.domain.streams import stream_key
from aurelius_engine.domain.sweeps.space import Point, SearchSpace

if TYPE_CHECKING:
    import optuna

# Of finer ranges the estimator sees so many parts: smaller ones have no mass in a float64.
_PARTS_MAX = 2**31


class TpeSampler:
    """Chooses batches of a fixed size; a batch is told in the order of its points."""

    def __init__(
        self, space: SearchSpace, *, seed: int, batch_size: int, startup_count: int
    ) -> None:
        """Takes the space, a seed in [0, 2**64), and the sizes of the specification."""
        import optuna

        # Every trial would be a line of the log, and `optuna` warns of what is new in it.
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.name = f"optuna {optuna.__version__} TPE"
        self._space, self._batch_size = space, batch_size
        self._trials: list[optuna.trial.Trial] = []
        self._study = optuna.create_study(
            direction="minimize",
            sampler=optuna.samplers.TPESampler(
                seed=stream_key(seed, "tpe") % 2**32, n_startup_trials=startup_count
            ),
        )

    def ask(self) -> Sequence[Point]:
        """See the port."""
        self._trials = [self._study.ask() for _ in range(self._batch_size)]
        return [self._point(trial) for trial in self._trials]

    def tell(self, losses: Sequence[float]) -> None:
        """See the port."""
        for trial, loss in zip(self._trials, losses, strict=True):
            self._study.tell(trial, loss)

    def _point(self, trial: "optuna.trial.Trial") -> Point:
        point = []
        for parameter in self._space.parameters:
            count = parameter.domain.count
            if not parameter.domain.ordered:
                index = trial.suggest_categorical(parameter.path, tuple(range(count)))
            else:
                parts = min(count - 1, _PARTS_MAX)
                part = trial.suggest_int(parameter.path, 0, parts)
                index = part * (count - 1) // max(parts, 1)
            point.append(int(index))
        return tuple(point)
