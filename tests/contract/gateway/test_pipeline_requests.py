"""What creates a pipeline run and what does not, and how they are listed."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from aurelius.gateway.v1 import (
    pipeline_run_service_pb2,
    strategy_service_pb2,
)
from tests.contract.gateway.service_doubles import (
    EngineDouble,
)
from tests.contract.gateway.suite import (
    SHARED,
    Client,
    get_run,
    refusal_of,
    run_request,
)


def test_same_request_id_is_one_pipeline_run(researcher: Client, engine: EngineDouble) -> None:
    first = researcher.new_run(request_id="one")
    ended = researcher.watch(first.name)[-1]

    again = researcher.new_run(request_id="one")
    refusal = refusal_of(lambda: researcher.new_run(request_id="one", seed=8))

    assert again == first
    assert ended.name == again.name
    assert len(engine.called("CreateBacktest")) == 1
    assert (refusal.domain, refusal.reason) == (SHARED, "ERROR_REASON_REQUEST_ID_REUSED")


def test_specification_is_checked_once_joined(researcher: Client, engine: EngineDouble) -> None:
    refusal = refusal_of(lambda: researcher.new_run(calendar="not a calendar"))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "ERROR_REASON_INVALID_FIELD",
    )
    assert refusal.metadata["found"] == "not a calendar"
    assert refusal.violations == ("spec.calendar",)
    assert engine.calls == []


def test_assumption_of_a_newer_contract_is_refused_and_not_dropped(researcher: Client) -> None:
    request = run_request()
    request.spec.commission.MergeFromString(b"\x98\x06\x01")  # field 99

    refusal = refusal_of(
        lambda: researcher.pipelines.CreatePipelineRun(request, **researcher.kinds)
    )

    assert (refusal.domain, refusal.reason) == (SHARED, "ERROR_REASON_UNKNOWN_FIELD")
    assert refusal.metadata["found"] == "spec.commission, field number 99"


@pytest.mark.parametrize("field", ["direction", "units", "fill_rule"])
def test_enum_value_of_a_newer_contract_is_refused(researcher: Client, field: str) -> None:
    request = run_request()
    setattr(request.spec, field, 99)

    refusal = refusal_of(
        lambda: researcher.pipelines.CreatePipelineRun(request, **researcher.kinds)
    )

    assert refusal.violations == (f"spec.{field}",)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1.0])
def test_cash_that_cannot_be_is_refused(researcher: Client, number: float) -> None:
    request = run_request()
    request.spec.initial_cash = number

    refusal = refusal_of(
        lambda: researcher.pipelines.CreatePipelineRun(request, **researcher.kinds)
    )

    assert refusal.violations[0] == "spec.initial_cash"


def test_same_request_sent_at_once_is_one_pipeline_run(
    researcher: Client, engine: EngineDouble
) -> None:
    def send(_: int) -> str:
        try:
            return str(researcher.new_run(request_id="one").name)
        except grpc.RpcError as error:
            return str(error.code().name)

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(16)))

    (name,) = answers - {"ABORTED"}
    researcher.watch(name)
    request = pipeline_run_service_pb2.ListPipelineRunsRequest()
    listed = researcher.pipelines.ListPipelineRuns(request, **researcher.kinds)
    assert [run.name for run in listed.pipeline_runs] == [name]
    assert len(engine.called("CreateBacktest")) == 1


def test_specification_from_beyond_all_time_is_refused(researcher: Client) -> None:
    request = run_request()
    request.spec.start_time.seconds = 10**15

    refusal = refusal_of(
        lambda: researcher.pipelines.CreatePipelineRun(request, **researcher.kinds)
    )

    assert refusal.violations == ("spec.start_time",)


def test_specification_with_a_strategy_of_its_own_is_refused(researcher: Client) -> None:
    request = run_request()
    request.spec.strategy.buy_and_hold.SetInParent()

    refusal = refusal_of(
        lambda: researcher.pipelines.CreatePipelineRun(request, **researcher.kinds)
    )

    assert refusal.reason == "ERROR_REASON_INVALID_FIELD"
    assert "without strategy" in refusal.text


def test_unknown_strategy_and_pipeline_run_are_not_found(researcher: Client) -> None:
    missing = "pipelineRuns/none"
    refusals = [
        refusal_of(lambda: researcher.new_run("strategies/none")),
        refusal_of(lambda: get_run(researcher, missing)),
        refusal_of(lambda: researcher.watch(missing)),
    ]

    assert {refusal.code for refusal in refusals} == {grpc.StatusCode.NOT_FOUND}
    assert [refusal.reason for refusal in refusals] == [
        "ERROR_REASON_STRATEGY_NOT_FOUND",
        "ERROR_REASON_PIPELINE_RUN_NOT_FOUND",
        "ERROR_REASON_PIPELINE_RUN_NOT_FOUND",
    ]
    assert refusals[1].metadata == {"name": missing}


def test_pipeline_runs_are_listed_newest_first_page_by_page(researcher: Client) -> None:
    names = [researcher.watch(researcher.new_run().name)[-1].name for _ in range(5)]

    def pages(**kinds: Any) -> list[list[str]]:
        found, token = [], ""
        while True:
            answer = researcher.pipelines.ListPipelineRuns(
                pipeline_run_service_pb2.ListPipelineRunsRequest(page_token=token, **kinds),
                **researcher.kinds,
            )
            found.append([run.name for run in answer.pipeline_runs])
            token = answer.next_page_token
            if not token:
                return found

    newest = names[::-1]
    assert pages() == [newest]
    assert pages(page_size=2) == [newest[:2], newest[2:4], newest[4:]]
    assert pages(page_size=5) == [newest]


def test_page_token_of_another_list_is_refused(researcher: Client) -> None:
    for number in range(2):
        researcher.new_strategy(f"s{number}")
        researcher.watch(researcher.new_run().name)
    token = researcher.pipelines.ListPipelineRuns(
        pipeline_run_service_pb2.ListPipelineRunsRequest(page_size=1), **researcher.kinds
    ).next_page_token

    refusal = refusal_of(
        lambda: researcher.strategies.ListStrategies(
            strategy_service_pb2.ListStrategiesRequest(page_token=token), **researcher.kinds
        )
    )

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "ERROR_REASON_PAGE_TOKEN_INVALID",
    )
