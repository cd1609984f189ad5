"""Many logins at once: others are answered meanwhile, and right passwords are no failures."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import argon2
import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aurelius.gateway.v1 import user_service_pb2
from tests.contract.gateway.suite import ADMIN_PASSWORD, Refusal, Running, refusal_of
from tests.contract.gateway.test_logins import BUSY, login

TURNS, PLACES, MANY = 2, 1, 64
PROMPT_SECONDS = 20.0


class HeldHasher(argon2.PasswordHasher):
    """Looks at a password only once it may; `looking` counts those that have begun."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.may_go_on, self.looking = threading.Event(), threading.Semaphore(0)
        self.may_go_on.set()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.looking.release()
        assert self.may_go_on.wait(PROMPT_SECONDS * 2)
        return super().verify(hash, password)


@pytest.fixture
def hasher() -> Iterator[HeldHasher]:
    held = HeldHasher()
    yield held
    held.may_go_on.set()


def test_logins_beyond_the_turns_are_refused_while_others_are_answered(
    start: Callable[..., Running], hasher: HeldHasher
) -> None:
    running = start(
        hasher=hasher,
        password_max_concurrent_hashes=TURNS,
        password_max_waiting=PLACES,
        password_max_wait_seconds=0.05,
    )
    admin = running.admin
    assert hasher.looking.acquire(timeout=PROMPT_SECONDS)
    hasher.may_go_on.clear()

    with ThreadPoolExecutor(MANY + TURNS) as pool:
        holders = [
            pool.submit(login, running.anonymous, "admin", ADMIN_PASSWORD) for _ in range(TURNS)
        ]
        assert all(hasher.looking.acquire(timeout=PROMPT_SECONDS) for _ in range(TURNS))
        refused = [
            pool.submit(refusal_of, lambda name=f"user{number}": login(running.anonymous, name))
            for number in range(MANY)
        ]
        user = admin.users.GetUser(user_service_pb2.GetUserRequest(name="users/me"), **admin.kinds)
        health = health_pb2_grpc.HealthStub(running.anonymous.channel).Check(
            health_pb2.HealthCheckRequest(), timeout=PROMPT_SECONDS
        )
        refusals: list[Refusal] = [one.result(PROMPT_SECONDS) for one in refused]
        still_held = [one.done() for one in holders]
        hasher.may_go_on.set()
        users = [one.result(PROMPT_SECONDS).user for one in holders]

    assert user.name == "users/admin"
    assert health.status == health_pb2.HealthCheckResponse.SERVING
    assert {(one.code, one.reason) for one in refusals} == {(grpc.StatusCode.UNAVAILABLE, BUSY)}
    assert refusals[0].metadata == {"found": str(TURNS + PLACES + 1), "allowed": "3"}
    assert still_held == [False] * TURNS
    assert users == ["users/admin"] * TURNS


def test_a_login_that_was_refused_as_busy_was_no_attempt(
    start: Callable[..., Running], hasher: HeldHasher
) -> None:
    running = start(
        hasher=hasher,
        login_max_failures=1,
        password_max_concurrent_hashes=1,
        password_max_waiting=0,
    )
    running.admin.new_user("rita", "ROLE_RESEARCHER")
    for _ in range(2):
        assert hasher.looking.acquire(timeout=PROMPT_SECONDS)
    hasher.may_go_on.clear()
    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(login, running.anonymous, "admin", ADMIN_PASSWORD)
        assert hasher.looking.acquire(timeout=PROMPT_SECONDS)
        busy = [refusal_of(lambda: login(running.anonymous, "rita")).reason for _ in range(3)]
        hasher.may_go_on.set()
        holder.result(PROMPT_SECONDS)

    assert busy == [BUSY] * 3
    assert login(running.anonymous, "rita").user == "users/rita"


def test_right_passwords_sent_at_once_all_work(start: Callable[..., Running]) -> None:
    running = start(
        login_max_failures=3, password_max_waiting=48, password_max_wait_seconds=PROMPT_SECONDS
    )
    # Two failures have been, so that a third attempt at once may be the last of the window.
    for _ in range(2):
        refusal_of(lambda: login(running.anonymous, "admin", "not the password"))

    def reason(_: int) -> str:
        try:
            user: str = login(running.anonymous, "admin", ADMIN_PASSWORD).user
        except grpc.RpcError as error:
            refused = error
            return refusal_of(lambda: _raise(refused)).reason
        return user

    with ThreadPoolExecutor(48) as pool:
        reasons = list(pool.map(reason, range(48)))

    assert set(reasons) <= {"users/admin", BUSY}
    assert reasons.count("users/admin") >= 1
    assert login(running.anonymous, "admin", ADMIN_PASSWORD).user == "users/admin"


def test_right_passwords_of_a_user_without_failures_all_get_a_token(
    start: Callable[..., Running],
) -> None:
    running = start(password_max_waiting=48, password_max_wait_seconds=PROMPT_SECONDS)

    with ThreadPoolExecutor(48) as pool:
        users = list(
            pool.map(lambda _: login(running.anonymous, "admin", ADMIN_PASSWORD).user, range(48))
        )

    assert users == ["users/admin"] * 48


def _raise(error: grpc.RpcError) -> None:
    raise error
