"""HoldoutService: each RPC translates and decides nothing."""

import math
from collections.abc import Mapping

import grpc

from aurelius.engine.v1 import (
    holdout_pb2,
    holdout_service_pb2,
    holdout_service_pb2_grpc,
    sweep_pb2,
)
from aurelius_chassis import page_tokens
from aurelius_chassis.caller import current_caller, seconds_left
from aurelius_engine.application.holdout_records import Evaluation, Vault, Verdict
from aurelius_engine.application.holdouts import Holdouts
from aurelius_engine.domain.holdout import Criterion
from aurelius_engine.domain.validation.findings import Comparison
from aurelius_engine.rpc.cursors import before_of
from aurelius_engine.rpc.mapping import timestamp
from aurelius_engine.rpc.pages import fitting

Context = grpc.ServicerContext
# How long a call waits for a verdict, and of what its caller waits: the answer has to arrive.
WAIT_MAX_SECONDS, WAIT_SHARE = 20.0, 0.8
VERDICTS: Mapping[Verdict, holdout_pb2.HoldoutEvaluation.Verdict] = {
    Verdict.PENDING: holdout_pb2.HoldoutEvaluation.VERDICT_PENDING,
    Verdict.NONE: holdout_pb2.HoldoutEvaluation.VERDICT_NONE,
    Verdict.PASSED: holdout_pb2.HoldoutEvaluation.VERDICT_PASSED,
    Verdict.NOT_PASSED: holdout_pb2.HoldoutEvaluation.VERDICT_NOT_PASSED,
}


class HoldoutServicer(holdout_service_pb2_grpc.HoldoutServiceServicer):
    """Serves HoldoutService."""

    def __init__(self, holdouts: Holdouts) -> None:
        """Takes the use case."""
        self._holdouts = holdouts

    def CreateHoldoutVault(
        self, request: holdout_service_pb2.CreateHoldoutVaultRequest, context: Context
    ) -> holdout_pb2.HoldoutVault:
        """Creates a vault."""
        asked = request.holdout_vault
        vault = Vault(
            id=request.holdout_vault_id,
            create_time=0,
            creator=current_caller().name,
            dataset=asked.dataset,
            data_hash="",
            criteria=tuple(map(_criterion_from_proto, asked.criteria)),
            budget_count=asked.budget_count,
            reveals_criteria=asked.reveals_criteria,
        )
        return self._holdouts.create(vault, respond=_vault_to_proto)

    def GetHoldoutVault(
        self, request: holdout_service_pb2.GetHoldoutVaultRequest, context: Context
    ) -> holdout_pb2.HoldoutVault:
        """Gets a vault."""
        return _vault_to_proto(self._holdouts.get(request.name))

    def ListHoldoutVaults(
        self, request: holdout_service_pb2.ListHoldoutVaultsRequest, context: Context
    ) -> holdout_service_pb2.ListHoldoutVaultsResponse:
        """Lists vaults."""
        size = page_tokens.page_size(request.page_size)
        found = self._holdouts.list(before=before_of(request), limit=size + 1)
        vaults = [_vault_to_proto(vault) for vault in found[:size]]
        count = fitting(vaults)
        token = ""
        if len(found) > count:
            token = page_tokens.encode({"before": found[count - 1].sequence}, request)
        return holdout_service_pb2.ListHoldoutVaultsResponse(
            holdout_vaults=vaults[:count], next_page_token=token
        )

    def EvaluateHoldout(
        self, request: holdout_service_pb2.EvaluateHoldoutRequest, context: Context
    ) -> holdout_service_pb2.EvaluateHoldoutResponse:
        """Evaluates a run."""
        evaluation, vault = self._holdouts.evaluate(
            request.name,
            request.run,
            caller=current_caller().name,
            request_id=request.request_id,
            wait_seconds=min(WAIT_MAX_SECONDS, WAIT_SHARE * seconds_left(math.inf)),
        )
        return holdout_service_pb2.EvaluateHoldoutResponse(
            holdout_evaluation=_evaluation_to_proto(evaluation),
            remaining_count=vault.remaining_count,
        )

    def ListHoldoutEvaluations(
        self, request: holdout_service_pb2.ListHoldoutEvaluationsRequest, context: Context
    ) -> holdout_service_pb2.ListHoldoutEvaluationsResponse:
        """Lists evaluations."""
        size, after = page_tokens.page_size(request.page_size), 0
        if request.page_token:
            decoded = page_tokens.decode(request.page_token, request, {"after": int})
            after = int(decoded["after"])
        found = self._holdouts.evaluations(request.parent, after=after, limit=size + 1)
        evaluations = [_evaluation_to_proto(evaluation) for evaluation in found[:size]]
        count = fitting(evaluations)
        token = ""
        if len(found) > count:
            token = page_tokens.encode({"after": found[count - 1].number}, request)
        return holdout_service_pb2.ListHoldoutEvaluationsResponse(
            holdout_evaluations=evaluations[:count], next_page_token=token
        )


def _criterion_from_proto(message: holdout_pb2.HoldoutCriterion) -> Criterion:
    """Returns the criterion of a request that passed its rules."""
    name = sweep_pb2.Comparison.Name(message.comparison).removeprefix("COMPARISON_")
    # Canonical JSON knows one zero.
    return Criterion(
        metric_id=message.metric_id, comparison=Comparison[name], bound=message.bound + 0.0
    )


def _vault_to_proto(vault: Vault) -> holdout_pb2.HoldoutVault:
    message = holdout_pb2.HoldoutVault(
        name=vault.name,
        create_time=timestamp(vault.create_time),
        creator=vault.creator,
        dataset=vault.dataset,
        data_hash=vault.data_hash,
        budget_count=vault.budget_count,
        reveals_criteria=vault.reveals_criteria,
        remaining_count=vault.remaining_count,
    )
    for criterion in vault.criteria:
        message.criteria.add(
            metric_id=criterion.metric_id,
            comparison=f"COMPARISON_{criterion.comparison.value}",
            bound=criterion.bound,
        )
    return message


def _evaluation_to_proto(evaluation: Evaluation) -> holdout_pb2.HoldoutEvaluation:
    return holdout_pb2.HoldoutEvaluation(
        name=evaluation.name,
        create_time=timestamp(evaluation.create_time),
        creator=evaluation.creator,
        run=evaluation.run,
        verdict=VERDICTS[evaluation.verdict],
        criterion_verdicts=[VERDICTS[one] for one in evaluation.criterion_verdicts],
        trial_entry=f"trialEntries/{evaluation.trial_place}",
    )
