"""What computes in an engine, ended and stopped as one."""

from dataclasses import dataclass

from aurelius_engine.application.announcements import Announcements
from aurelius_engine.application.backtests import Backtests
from aurelius_engine.application.holdouts import Holdouts
from aurelius_engine.application.replays import Replays
from aurelius_engine.application.sweeps import Sweeps
from aurelius_engine.application.validations import Validations
from aurelius_engine.application.worker_pool import WorkerPool


@dataclass(frozen=True, slots=True, kw_only=True)
class Computers:
    """What computes: the pool and those who use it."""

    pool: WorkerPool
    backtests: Backtests
    replays: Replays
    sweeps: Sweeps
    validations: Validations
    holdouts: Holdouts
    announcements: Announcements
    stop_max_seconds: float

    def recover(self) -> None:
        """Ends in the records what nobody computes any more."""
        self.backtests.recover()
        self.replays.recover()
        self.sweeps.recover()
        self.validations.recover()
        self.holdouts.recover()

    def stop(self) -> None:
        """Asks what is being computed to stop, and waits for it."""
        self.backtests.stop()
        self.replays.stop()
        self.sweeps.stop()
        self.validations.stop()
        self.holdouts.stop()
        self.pool.stop(self.stop_max_seconds)
