"""What is kept of holdout vaults: their terms, and what was spent of them. Times in ns."""

from dataclasses import dataclass
from enum import Enum

from aurelius_engine.domain.holdout import Criterion


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """Sealed data behind a counter. `spent_count` is how many evaluations there are."""

    id: str
    create_time: int
    creator: str
    dataset: str
    data_hash: str
    criteria: tuple[Criterion, ...]
    budget_count: int
    reveals_criteria: bool
    sequence: int = 0
    spent_count: int = 0

    @property
    def name(self) -> str:
        """`holdoutVaults/{holdout_vault}`."""
        return f"holdoutVaults/{self.id}"

    @property
    def remaining_count(self) -> int:
        """How many evaluations are left."""
        return self.budget_count - self.spent_count


class Verdict(Enum):
    """What was found. PENDING: not yet. NONE: nothing, for ever, as the engine ended."""

    PENDING = "PENDING"
    NONE = "NONE"
    PASSED = "PASSED"
    NOT_PASSED = "NOT_PASSED"

    @classmethod
    def of(cls, holds: bool) -> "Verdict":
        """Returns the verdict on something that holds, or does not."""
        return cls.PASSED if holds else cls.NOT_PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A unit of a vault's budget, spent on a run, `runs/{run}`. `number` is from 1.

    `request_id` is that of the creator's request that spent it; no other one has both.
    `trial_place` is where the log of trials says that it was spent.
    """

    vault: str
    number: int
    create_time: int
    creator: str
    request_id: str
    run: str
    trial_place: int = 0
    verdict: Verdict = Verdict.PENDING
    criterion_verdicts: tuple[Verdict, ...] = ()

    @property
    def name(self) -> str:
        """`holdoutVaults/{holdout_vault}/evaluations/{evaluation}`."""
        return f"{self.vault}/evaluations/{self.number}"
