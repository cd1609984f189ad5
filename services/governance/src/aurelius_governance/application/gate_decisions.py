"""Evaluating gates and reading their decisions."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from aurelius_governance.application.engine import Engine
from aurelius_governance.domain import gates, studies
from aurelius_governance.domain import identity as identities
from aurelius_governance.domain.decision_store import DecisionStore
from aurelius_governance.domain.errors import GateDecisionNotFound
from aurelius_governance.domain.gates import GateCheck, GateDecision
from aurelius_governance.domain.ledger import Decision, EntryType, gate_facts

Response = TypeVar("Response")


class GateDecisions:
    """Evaluates gates on runs and keeps the decisions."""

    def __init__(
        self,
        *,
        store: DecisionStore,
        engine: Engine,
        now: Callable[[], datetime],
        new_id: Callable[[str], str],
    ):
        self._store, self._engine, self._now, self._new_id = store, engine, now, new_id

    def create(
        self, run: str, gate: str, *, caller: str, respond: Callable[[GateDecision], Response]
    ) -> Response:
        """Evaluates `gate` on `run` and logs the decision.

        Raises:
            GateUnknown: No such gate is defined.
        """
        gates.require_known(gate)
        with self._store.read() as reading:
            record = reading.lineage_record(run)
        checks = list(gates.lineage_checks(record))
        outcome = None
        if not gates.all_passed(checks):
            self._engine.require_sealed(run)  # so that no decision is about nothing
        elif gate == gates.DEV:
            outcome = self._engine.replay(run)
        if gate == gates.DEV:
            checks.append(gates.replay_check(outcome, record))
        else:
            checks += self._studied(run, ask=gates.all_passed(checks))
        with self._store.write() as transaction:
            decision = GateDecision(
                id=self._new_id("g"),
                run=run,
                gate=gate,
                checks=checks,
                replay=outcome.replay if outcome else "",
                lineage_revision=record.revision if record else 0,
                requester=caller,
                ledger_index=transaction.ledger_size(),
                create_time=self._now(),
            )
            transaction.append(
                Decision(
                    type=EntryType.GATE_DECIDED,
                    actor=caller,
                    time=decision.create_time,
                    subject=decision.name,
                    facts=gate_facts(decision),
                )
            )
            transaction.add_gate_decision(decision)
            response = respond(decision)
            transaction.remember(response)
            return response

    def _studied(self, run: str, *, ask: bool) -> list[GateCheck]:
        """Returns the checks of every study, and of the trials behind the run."""
        names = [*(f"{study}_passed" for study in studies.STUDIES), "deflated_sharpe"]
        if not ask:
            return [gates.not_asked(name) for name in names]
        facts = self._engine.run_facts(run)
        spec_hash = identities.spec_hash(facts.spec_document)
        found = [
            gates.study_check(
                study,
                studies.judge(
                    self._engine.study(run, study),
                    spec_hash=spec_hash,
                    data_hash=facts.identity.data_hash,
                ),
            )
            for study in studies.STUDIES
        ]
        trials = studies.judge_trials(self._engine.trials(run))
        return [*found, gates.trials_check(trials)]

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
