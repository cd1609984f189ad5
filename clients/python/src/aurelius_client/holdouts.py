"""Holdout vaults: created, shown, and asked for verdicts on runs."""

from collections.abc import AsyncIterator, Sequence

from aurelius.engine.v1 import holdout_pb2
from aurelius.engine.v1 import holdout_service_pb2 as pb
from aurelius_client.calls import pages
from aurelius_client.modes import M, Resource, listing, operation


class Holdouts(Resource[M]):
    """Sealed data with a budget of evaluations; a verdict on a run is all that leaves."""

    @operation
    async def create(
        self,
        vault_id: str,
        dataset: str,
        criteria: Sequence[holdout_pb2.HoldoutCriterion],
        *,
        budget_count: int,
        reveals_criteria: bool = False,
        request_id: str = "",
    ) -> holdout_pb2.HoldoutVault:
        """Creates a vault, whose terms never change.

        Args:
            vault_id: The id of the vault to be.
            dataset: A sealed dataset, `datasets/{dataset}`.
            criteria: What a run has to reach: all of them.
            budget_count: How many evaluations there may ever be, in [1, 1000].
            reveals_criteria: Whether an evaluation says of each criterion whether it holds.
            request_id: Absent means a fresh one.
        """
        vault = holdout_pb2.HoldoutVault(
            dataset=dataset,
            criteria=criteria,
            budget_count=budget_count,
            reveals_criteria=reveals_criteria,
        )
        request = pb.CreateHoldoutVaultRequest(
            holdout_vault_id=vault_id, holdout_vault=vault, request_id=request_id
        )
        return await self._calls.call(request, holdout_pb2.HoldoutVault)

    @operation
    async def get(self, name: str) -> holdout_pb2.HoldoutVault:
        """Gets one vault, `holdoutVaults/{holdout_vault}`.

        Raises:
            NotFound: There is none.
        """
        request = pb.GetHoldoutVaultRequest(name=name)
        return await self._calls.call(request, holdout_pb2.HoldoutVault)

    @listing
    def list(self, *, page_size: int = 0) -> AsyncIterator[holdout_pb2.HoldoutVault]:
        """Lists vaults, newest first, by pages as they are used.

        Args:
            page_size: Vaults a page; 0 leaves it to the server.
        """
        request = pb.ListHoldoutVaultsRequest(page_size=page_size)
        return pages(self._calls, request, pb.ListHoldoutVaultsResponse, "holdout_vaults")

    @operation
    async def evaluate(
        self,
        vault: str,
        run: str,
        *,
        request_id: str = "",
    ) -> pb.EvaluateHoldoutResponse:
        """Spends a unit of a vault's budget on a sealed run, and waits for the verdict.

        A run that has a verdict gets the same again, and spends nothing. This waits however
        long it takes, by many calls with one request; they spend once.

        Args:
            vault: `holdoutVaults/{holdout_vault}`.
            run: `runs/{run}`.
            request_id: That of a call before, to be told of its evaluation, even if it ended
                without a verdict. Absent means a fresh one.

        Raises:
            AureliusError: It was refused and nothing was spent; or the connection was lost,
                and the same `request_id` says what was.
        """
        surroundings, attempt = self._calls.surroundings, 0
        request = pb.EvaluateHoldoutRequest(
            name=vault, run=run, request_id=request_id or surroundings.new_id()
        )
        while True:
            answer = await self._calls.call(request, pb.EvaluateHoldoutResponse)
            if answer.holdout_evaluation.verdict != holdout_pb2.HoldoutEvaluation.VERDICT_PENDING:
                return answer
            attempt += 1  # the server waits itself, while it has a thread for it
            seconds = self._calls.retries.pause_seconds(attempt, surroundings.chance())
            await self._calls.transport.sleep(seconds)

    @listing
    def evaluations(
        self, vault: str, *, page_size: int = 0
    ) -> AsyncIterator[holdout_pb2.HoldoutEvaluation]:
        """Lists what was spent of a vault's budget, oldest first, by pages as they are used.

        Args:
            vault: `holdoutVaults/{holdout_vault}`.
            page_size: Evaluations a page; 0 leaves it to the server.
        """
        request = pb.ListHoldoutEvaluationsRequest(parent=vault, page_size=page_size)
        answer = pb.ListHoldoutEvaluationsResponse
        return pages(self._calls, request, answer, "holdout_evaluations")
