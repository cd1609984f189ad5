"""The same request_id and body give the same answer, once: over a real server and real SQL."""

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import StatusCode
from sqlalchemy import text

from aurelius.governance.v1 import promotion_pb2
from aurelius_chassis import request_log
from aurelius_chassis.sql import Database
from tests.contract.chassis.harness import (
    ERRORS,
    ISSUER,
    WAIT_SECONDS,
    Double,
    Refused,
    Running,
    info,
    running,
)


class Writer:
    """Creates rows in the transaction that remembers the answer."""

    def __init__(self, path: Path) -> None:
        self.database = Database.open(f"sqlite:///{path}")
        with self.database.write() as connection:
            connection.execute(text("CREATE TABLE effects (number INTEGER PRIMARY KEY)"))
        self.refuses = False
        self.before_write = lambda: None
        self._numbers = itertools.count()

    def __call__(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.before_write()
        with self.database.write() as connection:
            request_log.refuse_twin(connection)
            number = next(self._numbers)
            connection.execute(text("INSERT INTO effects VALUES (:n)"), {"n": number})
            if not self.refuses:
                answer = promotion_pb2.Promotion(comment=str(number))
                return request_log.remember(connection, answer)
            refusal = Refused(str(number))
            status = ERRORS.status_of(refusal)
            assert status is not None
            request_log.remember_refusal(connection, status)
        raise refusal

    def effects(self) -> int:
        with self.database.read() as connection:
            return int(connection.execute(text("SELECT COUNT(*) FROM effects")).scalar_one())


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(tmp_path / "double.db")
    yield writer
    writer.database.close()


@pytest.fixture
def chassis(writer: Writer, tmp_path: Path) -> Iterator[Running]:
    with running(Double(create=writer), database=tmp_path / "double.db") as chassis:
        yield chassis


def test_repetition_gives_the_first_answer_without_a_second_effect(
    chassis: Running, writer: Writer
) -> None:
    answers = [chassis.create(request_id="one") for _ in range(3)]

    assert answers == [answers[0]] * 3
    assert writer.effects() == 1
    assert len(chassis.double.handled) == 1


def test_without_a_request_id_each_call_has_its_effect(chassis: Running, writer: Writer) -> None:
    answers = [chassis.create() for _ in range(2)]

    assert answers[0] != answers[1]
    assert writer.effects() == 2


def test_request_id_of_another_body_is_refused(chassis: Running, writer: Writer) -> None:
    chassis.create(request_id="one")

    with pytest.raises(grpc.RpcError) as refusal:
        chassis.create(request_id="one", justification="something else")

    assert refusal.value.code() is StatusCode.INVALID_ARGUMENT
    assert info(refusal.value).reason == "ERROR_REASON_REQUEST_ID_REUSED"
    assert writer.effects() == 1


def test_request_id_of_somebody_else_is_another_one(chassis: Running, writer: Writer) -> None:
    first = chassis.create(request_id="one")

    other = chassis.promotions.CreatePromotion(
        chassis.double.handled[0], metadata=ISSUER.bearer("anna"), timeout=WAIT_SECONDS
    )

    assert other != first
    assert writer.effects() == 2


def test_refusal_that_was_recorded_is_the_answer_again(chassis: Running, writer: Writer) -> None:
    writer.refuses = True
    with pytest.raises(grpc.RpcError) as first:
        chassis.create(request_id="one")
    writer.refuses = False
    with pytest.raises(grpc.RpcError) as second:
        chassis.create(request_id="one")

    assert info(second.value) == info(first.value)
    assert second.value.code() is StatusCode.FAILED_PRECONDITION
    assert writer.effects() == 1


def test_of_two_twins_one_has_its_effect_and_the_other_is_told_to_send_again(
    chassis: Running, writer: Writer
) -> None:
    both = threading.Barrier(2)
    writer.before_write = lambda: both.wait(WAIT_SECONDS) and None  # type: ignore[func-returns-value]
    outcomes: list[Any] = []

    def send() -> None:
        try:
            outcomes.append(chassis.create(request_id="one"))
        except grpc.RpcError as error:
            outcomes.append(error)

    twins = [threading.Thread(target=send) for _ in range(2)]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join(WAIT_SECONDS)
    writer.before_write = lambda: None
    again = chassis.create(request_id="one")

    (won,) = [item for item in outcomes if isinstance(item, promotion_pb2.Promotion)]
    (lost,) = [item for item in outcomes if isinstance(item, grpc.RpcError)]
    assert lost.code() is StatusCode.ABORTED
    assert info(lost).reason == "ERROR_REASON_REQUEST_ID_IN_USE"
    assert writer.effects() == 1
    assert again == won


def test_handler_that_crashes_remembers_nothing(chassis: Running, writer: Writer) -> None:
    def crash() -> None:
        raise KeyError("bug")

    writer.before_write = crash
    with pytest.raises(grpc.RpcError):
        chassis.create(request_id="one")
    writer.before_write = lambda: None

    assert chassis.create(request_id="one").comment == "0"
