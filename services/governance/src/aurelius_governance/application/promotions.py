"""Asking for promotions, deciding and reading them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from aurelius_governance.domain import gates
from aurelius_governance.domain.canonical_json import JsonValue
from aurelius_governance.domain.decision_store import (
    DecisionStore,
    ReadTransaction,
    WriteTransaction,
)
from aurelius_governance.domain.errors import (
    EvidenceIncomplete,
    MissingEvidence,
    PromotionAlreadyExists,
    PromotionNotFound,
    SelfApproval,
)
from aurelius_governance.domain.ledger import Decision, EntryType, entry_name, promotion_facts
from aurelius_governance.domain.promotion import (
    Promotion,
    PromotionState,
    Stage,
    missing_evidence,
)

Response = TypeVar("Response")
_ENTRY_TYPES = {
    PromotionState.REQUESTED: EntryType.PROMOTION_REQUESTED,
    PromotionState.APPROVED: EntryType.PROMOTION_APPROVED,
    PromotionState.REJECTED: EntryType.PROMOTION_REJECTED,
}


class Promotions:
    """Promotes runs on complete evidence and the word of two people."""

    def __init__(
        self, *, store: DecisionStore, now: Callable[[], datetime], new_id: Callable[[str], str]
    ):
        self._store, self._now, self._new_id = store, now, new_id

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
            EvidenceIncomplete: Something is missing; logged unless `validate_only`.
            PromotionAlreadyExists: One that is requested or approved stands.
        """
        if validate_only:
            with self._store.read() as reading:
                missing = _missing(reading, run, stage)
                if missing:
                    raise EvidenceIncomplete(run, target_stage=stage.name, missing=missing)
                _require_none_standing(reading, run, stage)
                return respond(self._requested(reading, run, stage, justification, caller))
        with self._store.write() as transaction:
            missing = _missing(transaction, run, stage)
            if missing:
                refusal = self._incomplete(transaction, run, stage, missing, caller)
            else:
                _require_none_standing(transaction, run, stage)
                asked = self._requested(transaction, run, stage, justification, caller)
                promotion = replace(
                    asked, id=self._new_id("p"), request_ledger_index=transaction.ledger_size()
                )
                self._log(transaction, promotion, caller)
                transaction.add_promotion(promotion)
                response = respond(promotion)
                transaction.remember(response)
                return response
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
            EvidenceIncomplete: Something went missing since it was requested.
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
        if validate_only:
            with self._store.read() as reading:
                promotion = _undecided(reading, name, etag)
                promotion.require_other_than_requester(caller)
                missing = _missing_now(reading, promotion, state)
                if missing:
                    stage = promotion.target_stage.name
                    raise EvidenceIncomplete(promotion.run, target_stage=stage, missing=missing)
                return respond(self._decided(promotion, state, caller, comment))
        refusal: EvidenceIncomplete | SelfApproval
        with self._store.write() as transaction:
            promotion = _undecided(transaction, name, etag)
            missing = _missing_now(transaction, promotion, state)
            if caller == promotion.requester:
                refusal = self._self_approval(transaction, promotion)
            elif missing:
                refusal = self._incomplete(
                    transaction, promotion.run, promotion.target_stage, missing, caller
                )
            else:
                decided = replace(
                    self._decided(promotion, state, caller, comment),
                    decision_ledger_index=transaction.ledger_size(),
                )
                self._log(transaction, decided, caller)
                transaction.decide_promotion(decided)
                response = respond(decided)
                transaction.remember(response)
                return response
        raise refusal  # after the commit, so that the refusal stays in the ledger

    def _decided(
        self, promotion: Promotion, state: PromotionState, caller: str, comment: str
    ) -> Promotion:
        return promotion.decided(state, decider=caller, comment=comment, time=self._now())

    def _requested(
        self, transaction: ReadTransaction, run: str, stage: Stage, justification: str, caller: str
    ) -> Promotion:
        record = transaction.lineage_record(run)
        gate = transaction.newest_gate_decision(run, gates.DEV)
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

    def _log(self, transaction: WriteTransaction, promotion: Promotion, actor: str) -> None:
        self._append(
            transaction,
            _ENTRY_TYPES[promotion.state],
            actor,
            promotion.name,
            promotion_facts(promotion),
        )

    def _self_approval(self, transaction: WriteTransaction, promotion: Promotion) -> SelfApproval:
        """Logs the refusal, and returns it as the answer to be remembered."""
        logged = self._append(
            transaction,
            EntryType.PROMOTION_REFUSED,
            promotion.requester,
            promotion.name,
            {"reason": "SELF_APPROVAL", "run": promotion.run},
        )
        refusal = SelfApproval(
            promotion.name, requester=promotion.requester, ledger_entry=entry_name(logged)
        )
        transaction.remember_refusal(refusal)
        return refusal

    def _incomplete(
        self,
        transaction: WriteTransaction,
        run: str,
        stage: Stage,
        missing: Sequence[MissingEvidence],
        actor: str,
    ) -> EvidenceIncomplete:
        """Logs the refusal, and returns it as the answer to be remembered."""
        facts: Mapping[str, JsonValue] = {
            "missing": [
                {"description": item.description, "subject": item.subject, "type": item.type}
                for item in missing
            ],
            "reason": "EVIDENCE_INCOMPLETE",
            "run": run,
            "targetStage": stage.name,
        }
        logged = self._append(transaction, EntryType.PROMOTION_REFUSED, actor, run, facts)
        refusal = EvidenceIncomplete(
            run, target_stage=stage.name, missing=missing, ledger_entry=entry_name(logged)
        )
        transaction.remember_refusal(refusal)
        return refusal

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


def _missing_now(
    transaction: ReadTransaction, promotion: Promotion, state: PromotionState
) -> Sequence[MissingEvidence]:
    """Returns what an approval lacks; a rejection needs nothing."""
    if state is not PromotionState.APPROVED:
        return ()
    return _missing(transaction, promotion.run, promotion.target_stage)


def _missing(transaction: ReadTransaction, run: str, stage: Stage) -> Sequence[MissingEvidence]:
    return missing_evidence(
        run,
        stage,
        record=transaction.lineage_record(run),
        dev_gate=transaction.newest_gate_decision(run, gates.DEV),
    )


def _require_none_standing(transaction: ReadTransaction, run: str, stage: Stage) -> None:
    standing = transaction.standing_promotion(run, stage)
    if standing is not None:
        raise PromotionAlreadyExists(standing.name, found=f"STATE_{standing.state.name}")
