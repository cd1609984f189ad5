"""What the engine's log of trials says of a run, its proofs verified by governance."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from aurelius_governance.domain import canonical_json, merkle
from aurelius_governance.domain.evidence_item import EvidenceItem, EvidenceKind, EvidenceState
from aurelius_governance.domain.identity import RunIdentity
from aurelius_governance.domain.signed_note import TreeHead
from aurelius_governance.domain.studies import Judgement

# The probability that a Sharpe ratio is above what luck would choose among the trials. At 0.95
# more than 1 % of strategies without skill would pass: docs/reports/gate_calibration.md.
LEAST_DEFLATED_SHARPE = 0.99
_ENTRIES = "trialEntries/"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFacts:
    """What the engine's log of trials says of the selection behind a run. None is believed.

    Attributes:
        trial_count: Distinct specifications that were tried.
        deflated_sharpe: The probability; None where it is undefined.
        log: The log that was counted.
        entry: Of the run's result, `trialEntries/{place}`; empty if there is none.
        content: The bytes of that entry.
        audit_path: From it to the root.
        consistency: From the log that governance verified last to this one.
    """

    trial_count: int
    deflated_sharpe: float | None
    log: TreeHead
    entry: str = ""
    content: bytes = b""
    audit_path: Sequence[bytes] = ()
    consistency: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialCount:
    """What the trials of a run were judged to be. `log` is what was verified, if it was."""

    judgement: Judgement
    log: TreeHead | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRun:
    """The result that an entry of the log has to be of."""

    run: str
    identity: RunIdentity
    result_digest: str


def judge_trials(facts: TrialFacts, *, sealed: SealedRun, known: TreeHead | None) -> Judgement:
    """Judges the deflated Sharpe ratio of a run, and the log that its trials were counted in.

    Args:
        facts: What the engine says.
        sealed: The run, its digests recomputed.
        known: The log that governance verified last; None for none.
    """
    fault = _fault(facts, sealed, known)
    root = f"sha256:{facts.log.root.hex()}"
    value = facts.deflated_sharpe
    shown = "undefined" if value is None else repr(value)
    counted = f"{facts.trial_count} trials by the log of {facts.log.size} entries"
    return Judgement(
        passed=not fault and value is not None and value >= LEAST_DEFLATED_SHARPE,
        observed=fault or shown,
        detail=f"{counted}, {root}.",
        evidence=EvidenceItem(
            kind=EvidenceKind.TRIAL_COUNT,
            state=EvidenceState.FAILED if fault else EvidenceState.VERIFIED,
            subject=facts.entry or sealed.run,
            expected=root,
            observed="" if fault else root,
            detail=f"{counted}: {fault or 'the proofs lead to its root'}.",
        ),
    )


def _fault(facts: TrialFacts, sealed: SealedRun, known: TreeHead | None) -> str:
    """Returns what is not proved; empty if everything is."""
    place = _place(facts.entry)
    if place is None:
        return "the log has no entry of the result"
    wrong = _other_entry(facts.content, sealed)
    if wrong:
        return wrong
    if facts.trial_count < 1:
        return f"{facts.trial_count} trials, although the run is one"
    included = merkle.verify_inclusion(
        leaf=merkle.leaf_hash(facts.content),
        index=place,
        size=facts.log.size,
        proof=facts.audit_path,
        root=facts.log.root,
    )
    if not included:
        return "the entry of the result is not proved to be in the log"
    if known is None:
        return ""
    if facts.log.size < known.size:
        return f"the log has {facts.log.size} entries, and had {known.size}"
    extends = merkle.verify_consistency(
        old_size=known.size,
        old_root=known.root,
        new_size=facts.log.size,
        new_root=facts.log.root,
        proof=facts.consistency,
    )
    return "" if extends else f"the log is not proved to extend that of {known.size} entries"


def _place(entry: str) -> int | None:
    """Returns where an entry is by its name; None if that is no name of one."""
    digits = entry.removeprefix(_ENTRIES)
    if digits == entry or not (digits.isascii() and digits.isdecimal()):
        return None
    return int(digits) if digits == str(int(digits)) else None


def _other_entry(content: bytes, sealed: SealedRun) -> str:
    """Returns what an entry is of, if not of the result; empty if it is."""
    wanted = {
        "subject": sealed.run,
        "event": "SEALED",
        "documentHash": sealed.identity.spec_hash,
        "dataHash": sealed.identity.data_hash,
        "resultDigest": sealed.result_digest,
    }
    try:
        entry = json.loads(content)
        canonical = isinstance(entry, dict) and canonical_json.encode(entry) == content
    except ValueError:
        canonical = False
    if not canonical:
        return "the entry of the result is no canonical JSON object"
    for field, value in wanted.items():
        if entry.get(field) != value:
            return f"an entry of another result: {field} is {entry.get(field)}"
    return ""
