"""The studies of the gate `crv`: asked for and judged, and read again for a promotion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aurelius_governance.application.engine import Engine
from aurelius_governance.domain import data_quality, gates, studies, trials
from aurelius_governance.domain import identity as identities
from aurelius_governance.domain.errors import ValidationNotFound, ValidationUnfit
from aurelius_governance.domain.evidence_item import EvidenceItem, EvidenceKind, EvidenceState
from aurelius_governance.domain.gates import GateCheck, GateDecision
from aurelius_governance.domain.identity import RunIdentity
from aurelius_governance.domain.lineage import RunFacts
from aurelius_governance.domain.signed_note import TreeHead
from aurelius_governance.domain.studies import Judgement
from aurelius_governance.domain.trials import SealedRun

_STUDY_KINDS = frozenset({EvidenceKind.CRV, *studies.SEARCHES.values()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Studied:
    """What the studies of a run found. `trial_log` is the log that was verified, if it was."""

    checks: Sequence[GateCheck]
    evidence: Sequence[EvidenceItem] = ()
    trial_log: TreeHead | None = None


class Studies:
    """Has the studies of a run computed, and judges them."""

    def __init__(self, *, engine: Engine):
        self._engine = engine

    def decide(self, run: str, validations: Sequence[str], *, known: TreeHead | None) -> Studied:
        """Has every study of a run computed and judges it.

        Args:
            run: The run.
            validations: Those that say which points the run was chosen from.
            known: The log of trials that was verified last.

        Raises:
            ValidationNotFound, ValidationUnfit: A named validation says nothing of the run.
            ReplayNotFinished: A study took longer than the engine's adapter waits.
        """
        facts = self._engine.run_facts(run)
        identity = _recomputed(facts)
        named = self._named(validations, identity)
        judged = {
            study: studies.judge(
                self._engine.study(run, study, like=named.get(study, "")),
                study=study,
                run=identity,
            )
            for study in (*studies.STUDIES, *named)
        }
        absent = [
            studies.not_studied(run, study) for study in studies.SEARCHES if study not in named
        ]
        counted, log = self._counted(facts, identity, known)
        quality = facts.dataset.quality if facts.dataset else None
        return Studied(
            checks=[
                gates.quality_check(data_quality.worst_severity(quality)),
                *(gates.study_check(study, judgement) for study, judgement in judged.items()),
                gates.trials_check(counted),
            ],
            evidence=[
                *(judgement.evidence for judgement in judged.values()),
                *absent,
                counted.evidence,
            ],
            trial_log=log,
        )

    def again(
        self, facts: RunFacts, decision: GateDecision
    ) -> tuple[list[EvidenceItem], Judgement]:
        """Reads what a decision rests on again.

        Args:
            facts: Of the run, fetched just now.
            decision: Of the gate `crv`.

        Returns:
            The evidence without the trials, and what the trials are now.
        """
        identity = _recomputed(facts)
        found = [
            self._read_again(item, identity)
            for item in decision.evidence
            if item.kind in _STUDY_KINDS
        ]
        counted, _ = self._counted(facts, identity, decision.trial_log)
        return found, counted

    def _named(self, validations: Sequence[str], run: RunIdentity) -> Mapping[str, str]:
        """Returns the named validations by study, in the order of SEARCHES."""
        found: dict[str, str] = {}
        for name in validations:
            facts = self._engine.validation(name)
            studies.require_search(facts, run)
            if facts.study in found:
                other = found[facts.study]
                raise ValidationUnfit(name, found=f"a second {facts.study}", allowed=other)
            found[facts.study] = name
        return {study: found[study] for study in studies.SEARCHES if study in found}

    def _read_again(self, item: EvidenceItem, run: RunIdentity) -> EvidenceItem:
        if item.state is EvidenceState.NOT_COLLECTED:
            return item
        try:
            facts = self._engine.validation(item.subject)
        except ValidationNotFound as loss:
            return replace(item, state=EvidenceState.FAILED, observed="", detail=str(loss))
        return studies.judge(facts, study=facts.study, run=run).evidence

    def _counted(
        self, facts: RunFacts, identity: RunIdentity, known: TreeHead | None
    ) -> tuple[Judgement, TreeHead | None]:
        """Judges the trials of a run; with the log, if it was verified."""
        found = self._engine.trials(facts.run, known=known)
        sealed = SealedRun(
            run=facts.run, identity=identity, result_digest=facts.stated.result_digest
        )
        judgement = trials.judge_trials(found, sealed=sealed, known=known)
        verified = judgement.evidence.state is EvidenceState.VERIFIED
        return judgement, found.log if verified else None


def _recomputed(facts: RunFacts) -> RunIdentity:
    """Returns the identity of a run, the hash of its specification computed again."""
    return replace(facts.identity, spec_hash=identities.spec_hash(facts.spec_document))
