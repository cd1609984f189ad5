"""A validation computed again from what an engine gives out: every digest, or what differs."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from google.api import httpbody_pb2
from google.protobuf.message import Message

from aurelius.engine.v1 import validation_pb2
from aurelius_client import Client
from aurelius_client.errors import FailedPrecondition
from aurelius_client.ledger_proofs import ProofInvalid
from aurelius_client.methods import Method
from aurelius_client.targets import Target
from aurelius_client.transports import BlockingTransport
from tests.contract.engine.serving import Served, token
from tests.contract.engine.test_dataset_slices import aurelius
from tests.contract.engine.test_walk_forward import SPACE
from tests.contract.engine.validating import validated

STUDIES: dict[str, dict[str, Any]] = {
    "lookAheadProof": {"sampleCount": 3},
    "bootstrap": {"resampleCount": 100, "meanBlockBars": 20},
    "crossValidation": {"space": SPACE},
    "dataSnooping": {
        "space": {
            **SPACE,
            "objective": {"metricId": "mean_return_ratio", "direction": "DIRECTION_MAXIMIZE"},
        },
        "resampleCount": 100,
    },
    "executionAmbiguity": {},
    "runChecks": {},
    "robustness": {},
    "walkForward": {"space": SPACE, "trainBars": 500, "testBars": 250},
}
Change = Callable[[Message], None]


class Lying(BlockingTransport):
    """A server's answers, changed on the way."""

    def __init__(self, engine: Served, change: Change) -> None:
        super().__init__(Target(host="127.0.0.1", port=engine.engine.server.port, secure=False))
        self._change = change

    async def unary(self, method: Method, request: Message, **how: Any) -> Message:
        answer = await super().unary(method, request, **how)
        self._change(answer)
        return answer

    async def stream(  # type: ignore[override]
        self, method: Method, request: Message, **how: Any
    ) -> AsyncIterator[Message]:
        async for message in super().stream(method, request, **how):
            self._change(message)
            yield message


@contextmanager
def connected(engine: Served, change: Change = lambda answer: None) -> Iterator[Client]:
    bearer = token()[0][1].removeprefix("Bearer ")
    with Client(engine.target, token=bearer, transport=Lying(engine, change)) as client:
        yield client


def different(engine: Served, name: str, change: Change) -> set[str]:
    """What a recheck finds different if answers are changed."""
    with connected(engine, change) as client:
        found = client.validations.recheck(name)
    return {one.what for one in found.compared if not one.equal}


def of_validations(change: Callable[[validation_pb2.Validation], None]) -> Change:
    """Changes validations that succeeded, and nothing else."""

    def changed(answer: Message) -> None:
        if isinstance(answer, validation_pb2.Validation):
            change(answer)

    return changed


@pytest.mark.parametrize("study", sorted(STUDIES))
def test_a_study_computed_again_has_every_digest(goog_engine: Served, study: str) -> None:
    done = validated(goog_engine, study, STUDIES[study], seed=2**64 - 1)

    with connected(goog_engine) as client:
        found = client.validations.recheck(done.name)

    assert found.equal, [one for one in found.compared if not one.equal]
    assert found.seed == 2**64 - 1
    tables = {table.name.rpartition("/")[2]: table.digest for table in done.result.tables}
    rows = {one.what: one for one in found.compared}
    assert tables.items() <= {what: row.computed for what, row in rows.items()}.items()
    assert all(rows[table].downloaded == digest for table, digest in tables.items())
    assert rows["result"].computed == done.result.result_digest
    assert rows["validation"].computed == done.name


def test_every_study_of_the_contract_is_computed_again() -> None:
    kinds = validation_pb2.ValidationSpec.DESCRIPTOR.oneofs_by_name["study"].fields

    assert {kind.json_name for kind in kinds} == STUDIES.keys()


def test_what_a_server_says_otherwise_is_named(goog_engine: Served) -> None:
    name = validated(goog_engine, "lookAheadProof", {"sampleCount": 3}).name

    def other_seed(answer: validation_pb2.Validation) -> None:
        answer.seed = 7

    def other_table(answer: validation_pb2.Validation) -> None:
        (samples,) = (one for one in answer.result.tables if one.name.endswith("/samples"))
        samples.digest = "sha256:" + "0" * 64

    def other_rule(answer: validation_pb2.Validation) -> None:
        answer.spec.base.strategy.trend_following.fast_bars += 1

    def lost_table(answer: validation_pb2.Validation) -> None:
        del answer.result.tables[0]

    seeded = different(goog_engine, name, of_validations(other_seed))
    ruled = different(goog_engine, name, of_validations(other_rule))

    assert seeded >= {"validation", "certificate", "samples", "starts", "result"}
    assert seeded.isdisjoint({"specification", "data", "quality report"})
    assert ruled >= {"validation", "specification", "samples", "tried", "result"}
    assert different(goog_engine, name, of_validations(other_table)) == {"samples"}
    assert different(goog_engine, name, of_validations(lost_table)) == {"certificate"}


def test_a_table_that_changes_on_the_way_is_named(goog_engine: Served) -> None:
    name = validated(goog_engine, "lookAheadProof", {"sampleCount": 3}).name
    with connected(goog_engine) as client:
        times = client.validations.table(f"{name}/tables/samples")["time"].to_numpy()
    one_time = times[:1].tobytes()

    def later(answer: Message) -> None:
        if isinstance(answer, httpbody_pb2.HttpBody) and one_time in answer.data:
            swapped = (int(times[0]) + 1).to_bytes(8, "little")
            answer.data = answer.data.replace(one_time, swapped, 1)

    def in_tables(answer: Message) -> None:
        if isinstance(answer, httpbody_pb2.HttpBody) and b"expected_digest" in answer.data:
            later(answer)

    assert different(goog_engine, name, in_tables) == {"samples"}
    with pytest.raises(ProofInvalid):  # the first time is one of the data's, too
        different(goog_engine, name, later)


def test_another_engine_is_refused(goog_engine: Served) -> None:
    name = validated(goog_engine, "lookAheadProof", {"sampleCount": 3}).name

    def other_engine(answer: validation_pb2.Validation) -> None:
        answer.engine_version = "0.0.1+000000000000"

    with pytest.raises(FailedPrecondition) as refused:
        different(goog_engine, name, of_validations(other_engine))

    assert refused.value.reason == "ENGINE_VERSION_MISMATCH"


def test_the_command_prints_each_digest_and_the_verdict(goog_engine: Served) -> None:
    done = validated(goog_engine, "lookAheadProof", {"sampleCount": 3}, seed=7)

    told = aurelius(goog_engine, "recheck", done.name, noun="validations")
    data = aurelius(goog_engine, "recheck", done.name, "--json", noun="validations")
    refused = aurelius(goog_engine, "recheck", "v" + "a" * 26, noun="validations")

    assert (told.returncode, data.returncode, refused.returncode) == (0, 0, 2), told.stderr
    assert told.stdout.endswith(f"equal: {done.result.result_digest} with the seed 7\n")
    found = json.loads(data.stdout)
    assert found["equal"]
    assert found["seed"] == "7"
    assert {row["what"]: row["computed"] for row in found["compared"] if row["downloaded"]} == {
        table.name.rpartition("/")[2]: table.digest for table in done.result.tables
    }
