"""The studies of the gate `crv`: asked for and judged, and read again for a promotion."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from aurelius_governance.application.engine import Engine
from aurelius_governance.domain import (
    data_quality,
    gates,
    lineage,
    studies,
    study_policy,
    trials,
)
from aurelius_governance.domain import identity as identities
from aurelius_governance.domain.errors import ValidationNotFound, ValidationUnfit
from aurelius_governance.domain.evidence_item import EvidenceItem, EvidenceKind, EvidenceState
from aurelius_governance.domain.gates import GateCheck, GateDecision
from aurelius_governance.domain.identity import RunIdentity
from aurelius_governance.domain.lineage import RunFacts
from aurelius_governance.domain.signed_note import TreeHead
from aurelius_governance.domain.trials import SealedRun, TrialCount

_STUDY_KINDS = frozenset({EvidenceKind.CRV, *studies.SEARCHES.values()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Studied:
    """What the studies of a run found, and the result whose trials are to be counted."""

    checks: Sequence[GateCheck]
    evidence: Sequence[EvidenceItem]
    sealed: SealedRun


class Studies:
    """Has the studies of a run computed, and judges them."""

    def __init__(self, *, engine: Engine):
        self._engine = engine

    def decide(self, run: str, validations: Sequence[str]) -> Studied:
        """Has every study of a run computed and judges it.

        Args:
            run: The run.
            validations: Those that say which points the run was chosen from.

        Raises:
            ValidationNotFound, ValidationUnfit: A named validation says nothing of the run.
            ReplayNotFinished: A study took longer than the engine's adapter waits.
        """
        facts = self._engine.run_facts(run)
        found = lineage.verify(facts)
        sealed = _sealed(facts, found)
        named = self._named(validations, sealed.identity)
        excused = _excused(facts)
        judged = {
            study: studies.judge(
                self._engine.study(run, study, like=named.get(study, "")),
                study=study,
                run=sealed.identity,
                excused=excused,
            )
            for study in (*studies.STUDIES, *named)
        }
        absent = [
            studies.not_studied(run, study) for study in studies.SEARCHES if study not in named
        ]
        quality = facts.dataset.quality if facts.dataset else None
        return Studied(
            checks=[
                gates.quality_check(
                    _item(found, EvidenceKind.DATA_QUALITY_REPORT),
                    data_quality.worst_severity(quality),
                ),
                *(gates.study_check(study, judgement) for study, judgement in judged.items()),
            ],
            evidence=[*(judgement.evidence for judgement in judged.values()), *absent],
            sealed=sealed,
        )

    def count(self, sealed: SealedRun, known: TreeHead | None) -> TrialCount:
        """Has the trials behind a run counted, and judges them.

        Args:
            sealed: The run.
            known: The longest log of trials that was verified; None for none.
        """
        found = self._engine.trials(sealed.run, known=known)
        judgement = trials.judge_trials(found, sealed=sealed, known=known)
        verified = judgement.evidence.state is EvidenceState.VERIFIED
        return TrialCount(judgement=judgement, log=found.log if verified else None)

    def again(
        self,
        facts: RunFacts,
        evidence: Sequence[EvidenceItem],
        decision: GateDecision,
        known: TreeHead | None,
    ) -> tuple[list[EvidenceItem], TrialCount]:
        """Reads what a decision rests on again.

        Args:
            facts: Of the run, fetched just now.
            evidence: What was found in them.
            decision: Of the gate `crv`.
            known: The longest log of trials that was verified; None for none.

        Returns:
            The evidence without the trials, and what the trials are now.
        """
        sealed, excused = _sealed(facts, evidence), _excused(facts)
        found = [
            self._read_again(item, sealed.identity, excused, passed=decision.passed)
            for item in decision.evidence
            if item.kind in _STUDY_KINDS
        ]
        return found, self.count(sealed, known)

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

    def _read_again(
        self, item: EvidenceItem, run: RunIdentity, excused: Collection[str], *, passed: bool
    ) -> EvidenceItem:
        """Returns a study as it is now; one that does not pass any more failed."""
        if item.state is EvidenceState.NOT_COLLECTED:
            return item
        try:
            facts = self._engine.validation(item.subject)
        except ValidationNotFound as loss:
            return replace(item, state=EvidenceState.FAILED, observed="", detail=str(loss))
        judged = studies.judge(facts, study=facts.study, run=run, excused=excused)
        if passed and not judged.passed:
            return replace(judged.evidence, state=EvidenceState.FAILED, detail=judged.observed)
        return judged.evidence


def _sealed(facts: RunFacts, evidence: Sequence[EvidenceItem]) -> SealedRun:
    """Returns the result of a run, its digests computed again from what was downloaded."""
    spec_hash = identities.spec_hash(facts.spec_document)
    return SealedRun(
        run=facts.run,
        identity=replace(facts.identity, spec_hash=spec_hash),
        result_digest=_item(evidence, EvidenceKind.RESULT_DIGEST).observed,
    )


def _excused(facts: RunFacts) -> Collection[str]:
    """Returns the checks that cannot be asked of a run."""
    provenance = facts.dataset.provenance if facts.dataset else {}
    return study_policy.excused(facts.spec_document, provenance.get("adjustment", ""))


def _item(evidence: Sequence[EvidenceItem], kind: EvidenceKind) -> EvidenceItem:
    return next(item for item in evidence if item.kind is kind)
