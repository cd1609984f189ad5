"""The port of the records of holdout vaults."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from aurelius_engine.application.holdout_records import Evaluation, Vault
from aurelius_engine.domain.trial_log import TrialEntry


class VerdictGiven(Exception):
    """An evaluation is not pending: a bug, or somebody wrote into the database."""


class HoldoutReads(Protocol):
    """Reads that see one state of the records."""

    def vault(self, name: str) -> Vault | None:
        """Returns a vault."""

    def vaults(self, *, before: int | None, limit: int | None) -> Sequence[Vault]:
        """Returns vaults, newest first, with sequence numbers below `before`; at most `limit`."""

    def evaluation(self, vault: str, run: str) -> Evaluation | None:
        """Returns the newest evaluation of a run in a vault."""

    def evaluation_for(
        self, creator: str, request_id: str, *, vault: str, run: str
    ) -> Evaluation | None:
        """Returns the evaluation that a request of a creator's spent.

        An id that was used with another vault or run is refused.
        """

    def evaluations(self, vault: str, *, after: int, limit: int) -> Sequence[Evaluation]:
        """Returns the evaluations of a vault with numbers above `after`, oldest first."""


class HoldoutWrites(HoldoutReads, Protocol):
    """The only writer. What it wrote is durable once it commits, and else never was."""

    def add_vault(self, vault: Vault) -> None:
        """Adds a vault, the newest."""

    def spend(self, evaluation: Evaluation, entry: TrialEntry) -> None:
        """Adds an evaluation, and its entry to the log of trials; sets its `trial_place`."""

    def judge(self, evaluation: Evaluation, entry: TrialEntry) -> None:
        """Gives a pending evaluation its verdict, and the log of trials the entry.

        Raises:
            VerdictGiven: It is not pending.
        """

    def end_pending(self, *, but: Collection[str] = ()) -> int:
        """Says of pending evaluations that there is no verdict; returns of how many.

        Args:
            but: The names of those that are being computed.
        """

    def refuse_twin(self) -> None:
        """Refuses the request that this transaction handles if it was answered meanwhile."""

    def remember(self, answer: object) -> None:
        """Keeps the answer to the request that this transaction handles, if it has an id."""


class HoldoutStore(Protocol):
    """Records that many threads read and one at a time writes."""

    def read(self) -> AbstractContextManager[HoldoutReads]:
        """Begins a transaction that sees one state."""

    def write(self) -> AbstractContextManager[HoldoutWrites]:
        """Begins the only writing transaction; an exception undoes all of it."""
