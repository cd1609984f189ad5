"""What a run lacks: the one place that says it, on what the engine has now."""

from dataclasses import replace

from aurelius_governance.application.crv import Studies
from aurelius_governance.application.engine import Engine
from aurelius_governance.domain import gates, lineage
from aurelius_governance.domain.decision_store import ReadTransaction
from aurelius_governance.domain.errors import (
    EvidenceIncomplete,
    RunDamaged,
    RunNotFound,
    RunNotSealed,
)
from aurelius_governance.domain.gates import GateDecision
from aurelius_governance.domain.lineage import Observation
from aurelius_governance.domain.promotion import Stage, missing_evidence
from aurelius_governance.domain.signed_note import TreeHead


class Evidence:
    """Verifies runs again when a decision is to stand on them."""

    def __init__(self, *, engine: Engine, studies: Studies):
        self._engine, self._studies = engine, studies

    def observe(self, run: str, gate: GateDecision | None, known: TreeHead | None) -> Observation:
        """Fetches and verifies a run that somebody asks about. Belongs outside of transactions.

        Args:
            run: The run.
            gate: The decision on it, whose studies and trials are read again.
            known: The longest log of trials that was verified; None for none.

        Raises:
            RunNotFound, RunNotSealed: There is no result to speak about.
            EngineUnavailable, EngineRefused: The engine could not be asked.
        """
        try:
            facts = self._engine.run_facts(run)
            found = lineage.observe(facts)
            if gate is None or lineage.any_failed(found.evidence):
                return found
            studied, trials = self._studies.again(facts, found.evidence, gate, known)
            return replace(found, gate_evidence=studied, trials=trials)
        except RunDamaged as damage:
            return lineage.unreadable(run, str(damage))

    def observe_again(
        self, run: str, gate: GateDecision | None, known: TreeHead | None
    ) -> Observation:
        """Fetches and verifies a run that was sealed before; it still has to be.

        Raises:
            EngineUnavailable, EngineRefused: The engine could not be asked.
        """
        try:
            return self.observe(run, gate, known)
        except (RunNotFound, RunNotSealed) as loss:
            return lineage.unreadable(run, str(loss))


def promoting_gate(transaction: ReadTransaction, run: str) -> GateDecision | None:
    """Returns the decision that a promotion of a run stands on, the newest."""
    return transaction.newest_gate_decision(run, gates.PROMOTING)


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
        gate=promoting_gate(transaction, run),
        observed=observed,
    )
    if not missing:
        return None
    return EvidenceIncomplete(run, target_stage=stage.name, missing=missing)
