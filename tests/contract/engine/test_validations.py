"""Validations over gRPC: one for each identity, kept, listed, cancelled, their tables checked."""

import grpc
import pytest

from aurelius.engine.v1 import validation_pb2
from aurelius.engine.v1 import validation_service_pb2 as pb
from aurelius_engine.domain.validation.findings import result_digest
from tests.contract.engine.serving import Served, token
from tests.contract.engine.validating import (
    cancel_validation,
    checks_of,
    create_validation,
    get_validation,
    rows_of,
    validated,
)

_State = validation_pb2.Validation
QUICK = {"resampleCount": 100, "meanBlockBars": 20}


def test_a_validation_is_one_however_often_it_is_asked_for(goog_engine: Served) -> None:
    first = validated(goog_engine, "bootstrap", QUICK)
    again = create_validation(goog_engine, "bootstrap", QUICK)
    other = validated(goog_engine, "bootstrap", QUICK, seed=1)

    assert again == first
    assert other.name != first.name
    assert other.result.result_digest != first.result.result_digest
    assert first.attempt_count == 1
    assert get_validation(goog_engine, first.name) == first


def test_a_result_has_its_checks_and_statistics_as_tables_under_one_digest(
    goog_engine: Served,
) -> None:
    done = validated(goog_engine, "bootstrap", QUICK)

    digests = {table.name.rsplit("/", 1)[1]: table.digest for table in done.result.tables}
    assert {"checks", "samples", "statistics"} <= digests.keys()
    assert done.result.result_digest == result_digest(digests)
    checks = rows_of(goog_engine, done, "checks")
    assert [row["check_id"] for row in checks] == [c.check_id for c in done.result.checks]
    assert len(rows_of(goog_engine, done, "samples")) == 100
    judged = checks_of(done)["bootstrap.sharpe_bound"]
    assert (judged.verdict == judged.VERDICT_PASSED) == (judged.value > judged.bound)


def test_a_cancelled_validation_keeps_nothing_and_can_begin_again(goog_engine: Served) -> None:
    long = {"resampleCount": 100_000, "meanBlockBars": 20}
    running = create_validation(goog_engine, "bootstrap", long)
    cancelled = cancel_validation(goog_engine, running.name)

    assert cancelled.state == _State.STATE_CANCELLED
    assert not cancelled.HasField("result")
    assert create_validation(goog_engine, "bootstrap", long).attempt_count == 2
    cancel_validation(goog_engine, running.name)


def test_validations_are_listed_newest_first_and_are_no_sweeps(goog_engine: Served) -> None:
    done = [validated(goog_engine, "bootstrap", QUICK, seed=seed).name for seed in (5, 6)]
    listed = goog_engine.validations.ListValidations(
        pb.ListValidationsRequest(page_size=2), metadata=token()
    ).validations

    assert [validation.name for validation in listed] == done[::-1]


def test_an_unknown_name_is_refused(goog_engine: Served) -> None:
    nobody = "validations/v" + "a" * 26
    table = pb.DownloadValidationTableRequest(name=f"{nobody}/tables/checks")

    with pytest.raises(grpc.RpcError) as refused:
        get_validation(goog_engine, nobody)
    with pytest.raises(grpc.RpcError) as without:
        list(goog_engine.validations.DownloadValidationTable(table, metadata=token()))

    for call in (refused, without):
        assert call.value.code() is grpc.StatusCode.NOT_FOUND  # type: ignore[attr-defined]
