"""What governance asks of the engine: a port."""

from typing import Protocol

from aurelius_governance.domain.gates import ReplayOutcome
from aurelius_governance.domain.lineage import RunFacts
from aurelius_governance.domain.signed_note import TreeHead
from aurelius_governance.domain.studies import StudyFacts
from aurelius_governance.domain.trials import TrialFacts


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

    def study(self, run: str, study: str, *, like: str) -> StudyFacts:
        """Has a study of a sealed run computed under its default thresholds, and waits for it.

        Args:
            run: The run.
            study: Its name in the contract.
            like: Of a study of a search, the validation whose space and slices it has.

        Raises:
            ReplayNotFinished: It took longer than the adapter waits.
        """

    def validation(self, name: str) -> StudyFacts:
        """Returns a study that was computed before, its tables downloaded.

        Raises:
            ValidationNotFound: There is none.
        """

    def trials(self, run: str, *, known: TreeHead | None) -> TrialFacts:
        """Returns what the log of trials says of the selection behind a sealed run.

        Args:
            run: The run.
            known: The log that the present one has to extend; None for none.
        """
