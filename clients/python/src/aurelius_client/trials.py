"""The log of trials: listed, proved, and asked what is behind a run."""

from collections.abc import AsyncIterator

from aurelius.engine.v1 import trial_ledger_pb2
from aurelius.engine.v1 import trial_ledger_service_pb2 as pb
from aurelius_client.calls import pages
from aurelius_client.modes import M, Resource, listing, operation


class Trials(Resource[M]):
    """Everything that was ever executed; entries never change and never go."""

    @listing
    def list(self, *, page_size: int = 0) -> AsyncIterator[trial_ledger_pb2.TrialEntry]:
        """Lists entries, oldest first, by pages as they are used.

        Args:
            page_size: Entries a page; 0 leaves it to the server.
        """
        request = pb.ListTrialEntriesRequest(page_size=page_size)
        return pages(self._calls, request, pb.ListTrialEntriesResponse, "trial_entries")

    @operation
    async def prove(
        self, name: str, *, log_size: int = 0, from_log_size: int = 0
    ) -> pb.ProveTrialEntryResponse:
        """Proves that an entry, `trialEntries/{trial_entry}`, is in the log of a size.

        Args:
            name: The entry.
            log_size: 0 means the present size.
            from_log_size: An earlier size that this log is shown to extend; 0 means none.
        """
        request = pb.ProveTrialEntryRequest(
            name=name, log_size=log_size, from_log_size=from_log_size
        )
        return await self._calls.call(request, pb.ProveTrialEntryResponse)

    @operation
    async def assess(self, run: str, *, log_size: int = 0) -> trial_ledger_pb2.TrialAssessment:
        """Says how many trials are behind a run, `runs/{run}`, and deflates its Sharpe ratio.

        Args:
            run: A sealed run.
            log_size: The size of the log to judge by; 0 means the present size.
        """
        request = pb.AssessTrialsRequest(name=run, log_size=log_size)
        return await self._calls.call(request, trial_ledger_pb2.TrialAssessment)
