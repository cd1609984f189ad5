"""Evaluating gates and reading their decisions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from aurelius_governance.application.crv import Studied, Studies
from aurelius_governance.application.engine import Engine
from aurelius_governance.domain import gates
from aurelius_governance.domain.decision_store import DecisionStore, WriteTransaction
from aurelius_governance.domain.errors import GateDecisionNotFound, ValidationUnfit
from aurelius_governance.domain.gates import GateDecision
from aurelius_governance.domain.ledger import Decision, EntryType, gate_facts
from aurelius_governance.domain.trials import TrialCount

Response = TypeVar("Response")


class GateDecisions:
    """Evaluates gates on runs and keeps the decisions."""

    def __init__(
        self,
        *,
        store: DecisionStore,
        engine: Engine,
        studies: Studies,
        now: Callable[[], datetime],
        new_id: Callable[[str], str],
    ):
        self._store, self._engine, self._studies = store, engine, studies
        self._now, self._new_id = now, new_id

    def create(
        self,
        run: str,
        gate: str,
        *,
        validations: Sequence[str],
        caller: str,
        respond: Callable[[GateDecision], Response],
    ) -> Response:
        """Evaluates `gate` on `run` and logs the decision.

        Args:
            run: The run.
            gate: Its id.
            validations: Of `crv`, those that say which points the run was chosen from.
            caller: Who asks.
            respond: Makes the response, which is kept with the decision.

        Raises:
            GateUnknown: No such gate is defined.
            ValidationNotFound, ValidationUnfit: A named validation cannot be part of it.
        """
        gates.require_known(gate)
        if gate != gates.CRV and validations:
            raise ValidationUnfit(validations[0], found=f"gate {gate}", allowed=gates.CRV)
        with self._store.read() as reading:
            record = reading.lineage_record(run)
        checks = list(gates.lineage_checks(record))
        outcome = None
        if gates.all_passed(checks):
            outcome = self._engine.replay(run)
        else:
            self._engine.require_sealed(run)  # so that no decision is about nothing
        checks.append(gates.replay_check(outcome, record))
        decision = GateDecision(
            id=self._new_id("g"),
            run=run,
            gate=gate,
            checks=checks,
            replay=outcome.replay if outcome else "",
            lineage_revision=record.revision if record else 0,
            requester=caller,
            ledger_index=0,
            create_time=self._now(),
        )
        if gate == gates.CRV and decision.passed:
            studied = self._studies.decide(run, validations)
            return self._counted(decision, studied, respond)
        if gate == gates.CRV:
            decision = replace(decision, checks=[*checks, *gates.not_studied()])
        with self._store.write() as transaction:
            return self._kept(transaction, decision, respond)

    def _counted(
        self,
        decision: GateDecision,
        studied: Studied,
        respond: Callable[[GateDecision], Response],
    ) -> Response:
        """Keeps a decision of `crv` once its log extends the longest that was verified.

        Another decision may verify a longer one at the same time; then it is asked again.
        """
        while True:
            with self._store.read() as reading:
                known = reading.newest_trial_log()
            trials = self._studies.count(studied.sealed, known)
            with self._store.write() as transaction:
                if transaction.newest_trial_log() != known:
                    continue
                if trials.log is not None:
                    transaction.keep_trial_log(trials.log)
                return self._kept(transaction, _whole(decision, studied, trials), respond)

    def _kept(
        self,
        transaction: WriteTransaction,
        made: GateDecision,
        respond: Callable[[GateDecision], Response],
    ) -> Response:
        decision = replace(made, ledger_index=transaction.ledger_size(), create_time=self._now())
        transaction.append(
            Decision(
                type=EntryType.GATE_DECIDED,
                actor=decision.requester,
                time=decision.create_time,
                subject=decision.name,
                facts=gate_facts(decision),
            )
        )
        transaction.add_gate_decision(decision)
        response = respond(decision)
        transaction.remember(response)
        return response

    def get(self, name: str) -> GateDecision:
        """Raises: GateDecisionNotFound: There is no such decision."""
        with self._store.read() as transaction:
            decision = transaction.gate_decision(name.partition("/")[2])
        if decision is None:
            raise GateDecisionNotFound(name)
        return decision

    def list(self, *, run: str, before_index: int | None, limit: int) -> Sequence[GateDecision]:
        """Returns decisions, newest first."""
        with self._store.read() as transaction:
            return transaction.gate_decisions(run=run, before_index=before_index, limit=limit)


def _whole(decision: GateDecision, studied: Studied, trials: TrialCount) -> GateDecision:
    """Returns a decision with what the studies and the log of trials say."""
    counted = trials.judgement
    return replace(
        decision,
        checks=[*decision.checks, *studied.checks, gates.trials_check(counted)],
        evidence=[*studied.evidence, counted.evidence],
        trial_log=trials.log,
    )
