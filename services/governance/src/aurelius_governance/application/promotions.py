"""Asking for promotions, deciding and reading them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from aurelius_governance.application.evidence import Evidence, incomplete, promoting_gate
from aurelius_governance.domain.canonical_json import JsonValue
from aurelius_governance.domain.decision_store import (
    DecisionStore,
    ReadTransaction,
    WriteTransaction,
)
from aurelius_governance.domain.errors import (
    EvidenceIncomplete,
    PromotionAlreadyExists,
    PromotionNotFound,
    SelfApproval,
)
from aurelius_governance.domain.gates import GateDecision
from aurelius_governance.domain.ledger import (
    Decision,
    EntryType,
    entry_name,
    incomplete_facts,
    promotion_facts,
)
from aurelius_governance.domain.lineage import Observation, unreadable
from aurelius_governance.domain.promotion import Promotion, PromotionState, Stage
from aurelius_governance.domain.signed_note import TreeHead

Response = TypeVar("Response")
_ENTRY_TYPES = {
    PromotionState.REQUESTED: EntryType.PROMOTION_REQUESTED,
    PromotionState.APPROVED: EntryType.PROMOTION_APPROVED,
    PromotionState.REJECTED: EntryType.PROMOTION_REJECTED,
}


class Promotions:
    """Promotes runs on complete evidence and the word of two people."""

    def __init__(
        self,
        *,
        store: DecisionStore,
        evidence: Evidence,
        now: Callable[[], datetime],
        new_id: Callable[[str], str],
    ):
        self._store, self._evidence, self._now, self._new_id = store, evidence, now, new_id

    def create(
        self,
        run: str,
        stage: Stage,
        *,
        justification: str,
        caller: str,
        validate_only: bool,
        respond: Callable[[Promotion], Response],
    ) -> Response:
        """Asks for the promotion of `run` to `stage`.

        Raises:
            RunNotFound, RunNotSealed: The engine has no result of that run.
            EngineUnavailable, EngineRefused: The engine could not be asked.
            EvidenceIncomplete: Something is missing; logged unless `validate_only`.
            PromotionAlreadyExists: One that is requested or approved stands.
        """
        while True:
            with self._store.read() as reading:
                gate, known = promoting_gate(reading, run), reading.newest_trial_log()
            observed = self._evidence.observe(run, gate, known)
            if validate_only:
                with self._store.read() as reading:
                    _raise(incomplete(reading, run, stage, observed))
                    _require_none_standing(reading, run, stage)
                    return respond(self._requested(reading, run, stage, justification, caller))
            with self._store.write() as transaction:
                if transaction.newest_trial_log() != known:
                    continue  # somebody verified a longer log, which this one has to extend
                log = _keep_log(transaction, observed)
                refusal = incomplete(transaction, run, stage, observed)
                if refusal is None:
                    _require_none_standing(transaction, run, stage)
                    asked = self._requested(transaction, run, stage, justification, caller)
                    promotion = replace(
                        asked, id=self._new_id("p"), request_ledger_index=transaction.ledger_size()
                    )
                    self._log(transaction, promotion, caller, log)
                    transaction.add_promotion(promotion)
                    response = respond(promotion)
                    transaction.remember(response)
                    return response
                self._log_incomplete(transaction, refusal, caller)
            raise refusal  # after the commit, so that the refusal stays in the ledger

    def approve(
        self,
        name: str,
        *,
        comment: str,
        etag: str,
        caller: str,
        validate_only: bool,
        respond: Callable[[Promotion], Response],
    ) -> Response:
        """Approves a promotion on evidence that is still complete; raises as `reject` does.

        Raises:
            EngineUnavailable, EngineRefused: The engine could not be asked.
            EvidenceIncomplete: Something went missing since it was requested; logged unless
                `validate_only`.
        """
        return self._decide(
            name, PromotionState.APPROVED, comment, etag, caller, validate_only, respond
        )

    def reject(
        self,
        name: str,
        *,
        comment: str,
        etag: str,
        caller: str,
        validate_only: bool,
        respond: Callable[[Promotion], Response],
    ) -> Response:
        """Rejects a promotion.

        Raises:
            PromotionNotFound: There is no such promotion.
            EtagMismatch: It changed since the caller read it.
            PromotionAlreadyDecided: Its state is terminal.
            SelfApproval: The caller requested it; logged unless `validate_only`.
        """
        return self._decide(
            name, PromotionState.REJECTED, comment, etag, caller, validate_only, respond
        )

    def get(self, name: str) -> Promotion:
        """Raises: PromotionNotFound: There is no such promotion."""
        with self._store.read() as transaction:
            return _get(transaction, name)

    def list(self, *, run: str, before_index: int | None, limit: int) -> Sequence[Promotion]:
        """Returns promotions, newest first."""
        with self._store.read() as transaction:
            return transaction.promotions(run=run, before_index=before_index, limit=limit)

    def _decide(
        self,
        name: str,
        state: PromotionState,
        comment: str,
        etag: str,
        caller: str,
        validate_only: bool,
        respond: Callable[[Promotion], Response],
    ) -> Response:
        while True:
            with self._store.read() as reading:
                promotion = _undecided(reading, name, etag)
                gate, known = promoting_gate(reading, promotion.run), reading.newest_trial_log()
            observed = self._observed(promotion, gate, known, state, caller)
            if validate_only:
                with self._store.read() as reading:
                    promotion = _undecided(reading, name, etag)
                    _raise(_refusal(reading, promotion, state, caller, observed))
                    return respond(self._decided(promotion, state, caller, comment))
            with self._store.write() as transaction:
                if transaction.newest_trial_log() != known:
                    continue  # as of a request
                log = _keep_log(transaction, observed)
                promotion = _undecided(transaction, name, etag)
                refusal = _refusal(transaction, promotion, state, caller, observed)
                if refusal is None:
                    decided = replace(
                        self._decided(promotion, state, caller, comment),
                        decision_ledger_index=transaction.ledger_size(),
                    )
                    self._log(transaction, decided, caller, log)
                    transaction.decide_promotion(decided)
                    response = respond(decided)
                    transaction.remember(response)
                    return response
                if isinstance(refusal, SelfApproval):
                    self._log_self_approval(transaction, refusal, promotion)
                else:
                    self._log_incomplete(transaction, refusal, caller)
            raise refusal  # after the commit, so that the refusal stays in the ledger

    def _observed(
        self,
        promotion: Promotion,
        gate: GateDecision | None,
        known: TreeHead | None,
        state: PromotionState,
        caller: str,
    ) -> Observation:
        """Verifies the run again for an approval; nothing else stands on the evidence."""
        if state is not PromotionState.APPROVED or caller == promotion.requester:
            return unreadable(promotion.run, "It was not looked at.")
        return self._evidence.observe_again(promotion.run, gate, known)

    def _decided(
        self, promotion: Promotion, state: PromotionState, caller: str, comment: str
    ) -> Promotion:
        return promotion.decided(state, decider=caller, comment=comment, time=self._now())

    def _requested(
        self, transaction: ReadTransaction, run: str, stage: Stage, justification: str, caller: str
    ) -> Promotion:
        record = transaction.lineage_record(run)
        gate = promoting_gate(transaction, run)
        time = self._now()
        return Promotion(
            id="",
            run=run,
            target_stage=stage,
            state=PromotionState.REQUESTED,
            justification=justification,
            requester=caller,
            lineage_record=record.name if record else "",
            lineage_revision=record.revision if record else 0,
            gate_decision=gate.name if gate else "",
            request_ledger_index=None,
            create_time=time,
            update_time=time,
        )

    def _log(
        self,
        transaction: WriteTransaction,
        promotion: Promotion,
        actor: str,
        log: TreeHead | None,
    ) -> None:
        self._append(
            transaction,
            _ENTRY_TYPES[promotion.state],
            actor,
            promotion.name,
            promotion_facts(promotion, log),
        )

    def _log_self_approval(
        self, transaction: WriteTransaction, refusal: SelfApproval, promotion: Promotion
    ) -> None:
        facts = {"reason": "SELF_APPROVAL", "run": promotion.run}
        self._log_refusal(transaction, refusal, promotion.requester, promotion.name, facts)

    def _log_incomplete(
        self, transaction: WriteTransaction, refusal: EvidenceIncomplete, actor: str
    ) -> None:
        self._log_refusal(transaction, refusal, actor, refusal.run, incomplete_facts(refusal))

    def _log_refusal(
        self,
        transaction: WriteTransaction,
        refusal: EvidenceIncomplete | SelfApproval,
        actor: str,
        subject: str,
        facts: Mapping[str, JsonValue],
    ) -> None:
        """Logs a refusal, which then says where, and keeps it as the answer."""
        logged = self._append(transaction, EntryType.PROMOTION_REFUSED, actor, subject, facts)
        refusal.ledger_entry = entry_name(logged)
        transaction.remember_refusal(refusal)

    def _append(
        self,
        transaction: WriteTransaction,
        entry_type: EntryType,
        actor: str,
        subject: str,
        facts: Mapping[str, JsonValue],
    ) -> int:
        decision = Decision(
            type=entry_type, actor=actor, time=self._now(), subject=subject, facts=facts
        )
        return transaction.append(decision).index


def _get(transaction: ReadTransaction, name: str) -> Promotion:
    promotion = transaction.promotion(name.partition("/")[2])
    if promotion is None:
        raise PromotionNotFound(name)
    return promotion


def _undecided(transaction: ReadTransaction, name: str, etag: str) -> Promotion:
    promotion = _get(transaction, name)
    promotion.require_undecided()
    promotion.require_etag(etag)
    return promotion


def _refusal(
    transaction: ReadTransaction,
    promotion: Promotion,
    state: PromotionState,
    caller: str,
    observed: Observation,
) -> EvidenceIncomplete | SelfApproval | None:
    """Returns why `caller` may not decide so; a rejection needs no evidence."""
    if caller == promotion.requester:
        return SelfApproval(promotion.name, requester=promotion.requester)
    if state is PromotionState.REJECTED:
        return None
    return incomplete(transaction, promotion.run, promotion.target_stage, observed)


def _raise(refusal: EvidenceIncomplete | SelfApproval | None) -> None:
    if refusal is not None:
        raise refusal


def _keep_log(transaction: WriteTransaction, observed: Observation) -> TreeHead | None:
    """Keeps the log of trials that was verified just now, if one was, and returns it."""
    log = observed.trials.log if observed.trials else None
    if log is not None:
        transaction.keep_trial_log(log)
    return log


def _require_none_standing(transaction: ReadTransaction, run: str, stage: Stage) -> None:
    standing = transaction.standing_promotion(run, stage)
    if standing is not None:
        raise PromotionAlreadyExists(standing.name, found=f"STATE_{standing.state.name}")
