"""What governance refuses, and the facts of each refusal."""

from collections.abc import Sequence
from dataclasses import dataclass


class GovernanceError(Exception):
    """A refusal. Its public attributes are its facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingEvidence:
    """One thing that a promotion lacks: what, about which resource, and what to do."""

    type: str
    subject: str
    description: str


class LineageRecordNotFound(GovernanceError):
    """Nobody recorded that lineage."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} does not exist; create it with CreateLineageRecord")
        self.name = name


class GateDecisionNotFound(GovernanceError):
    """There is no such decision."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} does not exist")
        self.name = name


class PromotionNotFound(GovernanceError):
    """There is no such promotion."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} does not exist")
        self.name = name


class LedgerEntryNotFound(GovernanceError):
    """The ledger is not that long."""

    def __init__(self, name: str, *, size: int) -> None:
        super().__init__(f"{name} does not exist; the ledger has {size} entries")
        self.name, self.size = name, size


class LedgerCheckpointNotFound(GovernanceError):
    """The ledger never had that size."""

    def __init__(self, name: str, *, size: int) -> None:
        super().__init__(f"{name} does not exist; the ledger has {size} entries")
        self.name, self.size = name, size


class LedgerCorrupted(GovernanceError):
    """What is stored is not what was signed."""

    def __init__(self, name: str, *, found: str, allowed: str) -> None:
        super().__init__(f"{name} was changed in storage: it hashes to {found}, not {allowed}")
        self.name, self.found, self.allowed = name, found, allowed


class ProofRangeInvalid(GovernanceError):
    """A proof for sizes that the ledger does not have."""

    def __init__(self, field: str, *, found: int, allowed: str) -> None:
        super().__init__(f"{field} is {found}, but must be in {allowed}")
        self.field, self.found, self.allowed = field, found, allowed


class RunNotFound(GovernanceError):
    """The engine does not know the run."""

    def __init__(self, run: str) -> None:
        super().__init__(f"the engine has no {run}")
        self.run = run


class RunNotSealed(GovernanceError):
    """The run has no result to verify."""

    def __init__(self, run: str, *, found: str) -> None:
        super().__init__(f"{run} is {found}; only a sealed run can be verified")
        self.run, self.found, self.allowed = run, found, "STATE_SEALED"


class RunDamaged(GovernanceError):
    """What the engine has of the run is not what it sealed."""

    def __init__(self, run: str, *, detail: str) -> None:
        super().__init__(f"the engine's record of {run} is damaged: {detail}")
        self.run, self.detail = run, detail


class GateUnknown(GovernanceError):
    """No such gate is defined, so it cannot pass."""

    def __init__(self, gate: str, *, allowed: Sequence[str]) -> None:
        super().__init__(f"gate {gate!r} is not defined; defined are {', '.join(allowed)}")
        self.field, self.found, self.allowed = "gate", gate, ", ".join(allowed)


class ValidationNotFound(GovernanceError):
    """The engine does not know the validation."""

    def __init__(self, validation: str) -> None:
        super().__init__(f"the engine has no {validation}")
        self.validation = validation


class ValidationUnfit(GovernanceError):
    """A named validation cannot be part of a gate."""

    def __init__(self, validation: str, *, found: str, allowed: str) -> None:
        super().__init__(f"{validation} cannot be part of the gate: found {found}, not {allowed}")
        self.validation, self.found, self.allowed = validation, found, allowed


class EvidenceIncomplete(GovernanceError):
    """A promotion lacks evidence."""

    def __init__(
        self,
        run: str,
        *,
        target_stage: str,
        missing: Sequence[MissingEvidence],
        ledger_entry: str = "",
    ) -> None:
        listed = "; ".join(item.description for item in missing)
        count = f"{len(missing)} item{'s' * (len(missing) != 1)}"
        super().__init__(f"{run} lacks {count} of evidence for {target_stage}: {listed}")
        self.run, self.target_stage = run, target_stage
        self.missing_count = len(missing)
        self.ledger_entry = ledger_entry
        self._missing = tuple(missing)

    def missing(self) -> Sequence[MissingEvidence]:
        """Returns everything that is missing."""
        return self._missing


class SelfApproval(GovernanceError):
    """Somebody tried to decide their own request."""

    def __init__(self, promotion: str, *, requester: str, ledger_entry: str = "") -> None:
        super().__init__(f"{requester} requested {promotion}, so somebody else must decide it")
        self.promotion, self.requester, self.ledger_entry = promotion, requester, ledger_entry


class PromotionAlreadyDecided(GovernanceError):
    """The promotion is in a terminal state."""

    def __init__(self, promotion: str, *, found: str) -> None:
        super().__init__(f"{promotion} is {found} already")
        self.promotion, self.found, self.allowed = promotion, found, "STATE_REQUESTED"


class PromotionAlreadyExists(GovernanceError):
    """The run has an undecided or approved promotion to that stage."""

    def __init__(self, promotion: str, *, found: str) -> None:
        super().__init__(f"{promotion} asks for the same and is {found}")
        self.promotion, self.found = promotion, found


class EtagMismatch(GovernanceError):
    """The promotion changed since the caller read it."""

    def __init__(self, promotion: str, *, found: str, allowed: str) -> None:
        super().__init__(f"{promotion} has etag {allowed}, not {found}; read it again")
        self.promotion, self.found, self.allowed = promotion, found, allowed


class EngineUnavailable(GovernanceError):
    """The engine could not be asked."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"the engine could not be asked: {detail}")
        self.detail = detail


class EngineRefused(GovernanceError):
    """The engine refused what governance asked for the caller."""

    def __init__(self, *, engine_code: str, engine_reason: str, detail: str) -> None:
        super().__init__(f"the engine refused with {engine_reason or engine_code}: {detail}")
        self.engine_code, self.engine_reason, self.detail = engine_code, engine_reason, detail


class ReplayNotFinished(GovernanceError):
    """The replay took longer than the gate waits."""

    def __init__(self, replay: str, *, waited_seconds: float) -> None:
        super().__init__(f"{replay} did not end within {waited_seconds:g} s; ask again")
        self.replay, self.waited_seconds = replay, waited_seconds
