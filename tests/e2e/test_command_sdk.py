"""The SDK through Envoy: both clients, every service, and a connection that breaks."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from aurelius.contract.v1 import method_policy_pb2
from aurelius.engine.v1 import backtest_pb2, backtest_spec_pb2, dataset_pb2, strategy_pb2
from aurelius.governance.v1 import gate_decision_pb2, lineage_record_pb2, promotion_pb2
from aurelius_client import AsyncClient, Client
from aurelius_client.documents import read_message
from aurelius_client.errors import FailedPrecondition, NotFound, PermissionDenied, Unauthenticated
from aurelius_client.ledger_proofs import verify_inclusion
from tests.conftest import REPOSITORY
from tests.e2e.command import write_goog

SPEC = REPOSITORY / "examples/goog_trend.yaml"
PROMOTABLE = REPOSITORY / "data/ph_equities_daily.parquet"


def trend() -> backtest_spec_pb2.BacktestSpec:
    return read_message(SPEC, backtest_spec_pb2.BacktestSpec())


@pytest.fixture
def client(suite: Any) -> Any:
    with Client(suite.target, token=suite.admin_token) as built:
        yield built


@pytest.fixture
def dataset(client: Client, goog_csv: Path, tmp_path: Path) -> dataset_pb2.Dataset:
    data = write_goog(tmp_path, goog_csv)
    source = read_message(tmp_path / "goog.provenance.json", dataset_pb2.Provenance())
    try:
        return client.datasets.get("datasets/sdk-goog")
    except NotFound:
        return client.datasets.register(data, "sdk-goog", source, chunk_bytes=20_000)


def test_both_clients_give_the_same_result_and_tables(
    suite: Any, client: Client, dataset: dataset_pb2.Dataset
) -> None:
    async def asynchronous() -> Any:
        async with AsyncClient(suite.target, token=suite.admin_token) as other:
            result = await other.backtests.run(trend(), dataset.name)
            table = await other.artifacts.read(f"{result.run}/artifacts/equity")
            seen = [run async for run in other.backtests.watch(result.run)]
            names = [entry.name async for entry in other.datasets.list(page_size=1)]
            return result, table, seen, names

    result = client.backtests.run(trend(), dataset.name)
    table = client.artifacts.read(f"{result.run}/artifacts/equity")
    other_result, other_table, seen, names = asyncio.run(asynchronous())

    assert result == other_result
    assert table.equals(other_table)
    assert table.num_rows == dataset.row_count + 1
    assert seen[-1].state == backtest_pb2.Backtest.STATE_SEALED
    assert names == [entry.name for entry in client.datasets.list()]


def test_many_clients_at_once_get_one_run(suite: Any, dataset: dataset_pb2.Dataset) -> None:
    spec = trend()
    spec.initial_cash = 123_456

    async def together() -> list[Any]:
        async with AsyncClient(suite.target, token=suite.admin_token) as shared:
            calls = [shared.backtests.run(spec, dataset.name, seed=9) for _ in range(10)]
            return list(await asyncio.gather(*calls))

    results = asyncio.run(together())

    assert all(result == results[0] for result in results)


def test_a_run_goes_through_governance_to_a_promotion(suite: Any, client: Client) -> None:
    source = read_message(PROMOTABLE.with_suffix(".provenance.json"), dataset_pb2.Provenance())
    dataset = client.datasets.register(PROMOTABLE, "sdk-promotable", source)
    # The run of the guide to promotions: every other specification is one more trial.
    spec = backtest_spec_pb2.BacktestSpec(calendar="XPHS")
    spec.strategy.buy_and_hold.SetInParent()
    spec.commission.value_ratio = 0.003
    spec.end_time.FromJsonString("2013-06-01T00:00:00Z")
    run = client.backtests.run(spec, dataset.name, seed=11).run
    risk = suite.user("sdk-risk", "ROLE_RISK", "ROLE_RESEARCHER")
    product = suite.user("sdk-product", "ROLE_PRODUCT")
    stage = promotion_pb2.Promotion.STAGE_CANDIDATE
    with Client(suite.target, token=product) as asking, pytest.raises(FailedPrecondition) as no:
        asking.promotions.create(run, stage, "it is good")
    # What a reader pins: the key that the log had before.
    pinned = client.ledger.checkpoint().verifier_key

    with Client(suite.target, token=risk) as checking:
        lineage = checking.lineage_records.create(run)
        gate = checking.gate_decisions.create(run, "crv")
    with Client(suite.target, token=product) as asking:
        promotion = asking.promotions.create(run, stage, "it is good")
        entry = asking.ledger.prove_inclusion(promotion.request_ledger_entry)

    assert no.value.reason == "EVIDENCE_INCOMPLETE"
    assert len(no.value.missing) > 0
    assert lineage.state == lineage_record_pb2.LineageRecord.STATE_VERIFIED
    assert gate.run == run
    assert gate.passed, gate.checks
    assert isinstance(gate, gate_decision_pb2.GateDecision)
    assert promotion.run == run
    verify_inclusion(entry, pinned)


def test_a_pipeline_run_is_watched_to_its_end(client: Client, dataset: dataset_pb2.Dataset) -> None:
    definition = strategy_pb2.Strategy()
    definition.trend_following.fast_bars = 10
    definition.trend_following.slow_bars = 20
    try:
        client.strategies.get("strategies/sdk-sma")
    except NotFound:
        client.strategies.create("sdk-sma", definition, display_name="SMA")
    spec = trend()
    spec.ClearField("strategy")

    done = client.pipeline_runs.run("strategies/sdk-sma", spec, dataset.name)

    decision = client.gate_decisions.get(done.steps[-1].resource)
    assert (decision.run, decision.gate) == (done.run, "crv")
    assert done.HasField("gate_passed")
    assert decision.passed == done.gate_passed  # whether it is depends on what was tried before
    assert done.run == client.backtests.run(trend(), dataset.name).run


def test_a_replay_of_the_sdk_is_equal(client: Client, dataset: dataset_pb2.Dataset) -> None:
    result = client.backtests.run(trend(), dataset.name)

    replay = client.replays.run(result.identity)

    assert replay.replayed_result_digest == result.result_digest


def test_login_and_keys_work_through_the_edge(suite: Any) -> None:
    with Client(suite.target) as person:
        with pytest.raises(Unauthenticated):
            person.users.get()
        issued = person.login("admin", suite.admin_password)
        key = person.api_keys.create("sdk-key", [method_policy_pb2.ROLE_RESEARCHER])
    with Client(suite.target, api_key=key.secret) as program:
        me = program.users.get()
        with pytest.raises(PermissionDenied) as refusal:
            program.users.create("sdk-eve", [method_policy_pb2.ROLE_RISK], "correct horse battery")

    assert issued.user == me.name == "users/admin"
    assert refusal.value.reason == "PERMISSION_DENIED"
    assert refusal.value.allowed == "ROLE_ADMIN"
    assert refusal.value.request_id != ""
