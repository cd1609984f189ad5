"""What governance asks of the engine: a port."""

from typing import Protocol

from aurelius_governance.domain.gates import ReplayOutcome
from aurelius_governance.domain.lineage import RunFacts
from aurelius_governance.domain.studies import StudyFacts, TrialFacts


class Engine(Protocol):
    """The engine, asked with the rights of the present caller.

    Every method raises RunNotFound, RunNotSealed, RunDamaged when the engine does not trust
    its own record, EngineUnavailable when asking again may help, and EngineRefused when it
    will not.
    """

    def require_sealed(self, run: str) -> None:
        """Raises: RunNotFound, RunNotSealed: There is no result to speak about."""

    def run_facts(self, run: str) -> RunFacts:
        """Returns everything that the engine says about a sealed run, artifacts downloaded."""

    def replay(self, run: str) -> ReplayOutcome:
        """Has a sealed run executed again, and waits for the outcome.

        Raises:
            ReplayNotFinished: It took longer than the adapter waits.
        """

    def study(self, run: str, study: str) -> StudyFacts:
        """Has a study of a sealed run computed under its default thresholds, and waits for it.

        Raises:
            ReplayNotFinished: It took longer than the adapter waits.
        """

    def trials(self, run: str) -> TrialFacts:
        """Returns what the log of trials says of the selection behind a sealed run."""
