"""The pool that works in the name of whoever asked."""

import threading
from collections.abc import Iterator

import pytest

from aurelius_chassis.caller import Caller, current_request, enter_request
from aurelius_gateway.domain.errors import GatewayBusy
from aurelius_gateway.rpc.worker_pool import CallerPool

RITA = Caller(name="users/rita", roles=frozenset({"ROLE_RISK"}), token="token of rita")


@pytest.fixture
def pool() -> Iterator[CallerPool]:
    pool = CallerPool(max_workers=1, max_queued=0)
    yield pool
    pool.stop(hang_up=lambda: None)


def test_place_that_is_not_used_is_given_back(pool: CallerPool) -> None:
    for _ in range(3):
        with pool.slot():
            pass

    def fail() -> None:
        with pool.slot():
            raise RuntimeError("refused after the place was taken")

    for _ in range(3):
        with pytest.raises(RuntimeError):
            fail()


def test_place_that_is_taken_is_not_taken_again(pool: CallerPool) -> None:
    with pool.slot(), pytest.raises(GatewayBusy) as refusal, pool.slot():
        pass

    assert (refusal.value.found, refusal.value.allowed) == (2, 1)


def test_work_has_the_caller_but_not_the_deadline_of_the_call(pool: CallerPool) -> None:
    seen, done = [], threading.Event()

    def work() -> None:
        seen.append(current_request())
        done.set()

    enter_request(RITA, "one", method="/a/b", deadline=0.0)
    with pool.slot() as slot:
        slot.start(work)
    assert done.wait(60)
    enter_request(Caller(), "")

    assert (seen[0].caller, seen[0].request_id, seen[0].deadline) == (RITA, "one", None)


def test_caller_of_one_work_is_not_the_next_ones(pool: CallerPool) -> None:
    pool = CallerPool(max_workers=1, max_queued=1)
    seen: list[str] = []

    def note() -> None:
        seen.append(current_request().caller.name)

    for caller in (RITA, Caller(name="users/bob")):
        enter_request(caller, "one")
        with pool.slot() as slot:
            slot.start(note)
    enter_request(Caller(), "")
    pool.stop(hang_up=lambda: None)

    assert seen == ["users/rita", "users/bob"]
