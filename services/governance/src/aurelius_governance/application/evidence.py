"""What a run lacks: the one place that says it, on what the engine has now."""

from aurelius_governance.application.engine import Engine
from aurelius_governance.domain import gates, lineage
from aurelius_governance.domain.decision_store import ReadTransaction
from aurelius_governance.domain.errors import (
    EvidenceIncomplete,
    RunDamaged,
    RunNotFound,
    RunNotSealed,
)
from aurelius_governance.domain.lineage import Observation
from aurelius_governance.domain.promotion import Stage, missing_evidence


class Evidence:
    """Verifies runs again when a decision is to stand on them."""

    def __init__(self, *, engine: Engine):
        self._engine = engine

    def observe(self, run: str) -> Observation:
        """Fetches and verifies a run that somebody asks about. Belongs outside of transactions.

        Raises:
            RunNotFound, RunNotSealed: There is no result to speak about.
            EngineUnavailable, EngineRefused: The engine could not be asked.
        """
        try:
            return lineage.observe(self._engine.run_facts(run))
        except RunDamaged as damage:
            return lineage.unreadable(run, str(damage))

    def observe_again(self, run: str) -> Observation:
        """Fetches and verifies a run that was sealed before; it still has to be.

        Raises:
            EngineUnavailable, EngineRefused: The engine could not be asked.
        """
        try:
            return self.observe(run)
        except (RunNotFound, RunNotSealed) as loss:
            return lineage.unreadable(run, str(loss))


def incomplete(
    transaction: ReadTransaction, run: str, stage: Stage, observed: Observation
) -> EvidenceIncomplete | None:
    """Returns the refusal that lists everything that is missing; None if nothing is.

    Args:
        transaction: Where the decisions on the run are recorded.
        run: The run.
        stage: Where it is to be promoted to.
        observed: What was found in the run just now.
    """
    missing = missing_evidence(
        run,
        stage,
        record=transaction.lineage_record(run),
        dev_gate=transaction.newest_gate_decision(run, gates.DEV),
        observed=observed,
    )
    if not missing:
        return None
    return EvidenceIncomplete(run, target_stage=stage.name, missing=missing)
