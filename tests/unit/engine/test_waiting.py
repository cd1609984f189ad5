"""What waits: jobs for a worker, and listeners for a change."""

import threading

import pytest

from aurelius_engine.application.announcements import Announcements
from aurelius_engine.application.errors import EngineBusy
from aurelius_engine.application.worker_pool import WorkerPool

WAIT_SECONDS = 60


class Held:
    """A job that runs until it is let go, and notes that it ran."""

    def __init__(self) -> None:
        self.begun, self.let_go = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        assert self.let_go.wait(WAIT_SECONDS)


def submit(pool: WorkerPool, job: object, key: object = "") -> None:
    pool.reserve()
    pool.submit(key, job)  # type: ignore[arg-type]


def test_a_reserved_place_counts_until_it_is_released() -> None:
    pool = WorkerPool(workers=1, queue_limit=2)
    pool.reserve()
    pool.reserve()

    with pytest.raises(EngineBusy) as refused:
        pool.reserve()

    assert refused.value.facts == {"found": 2, "allowed": "below 2"}
    pool.release()
    pool.reserve()
    pool.stop(WAIT_SECONDS)


def test_jobs_begin_in_the_order_of_their_coming_and_discarded_ones_never() -> None:
    pool = WorkerPool(workers=1, queue_limit=10)
    held, done = Held(), threading.Event()
    order: list[int] = []
    submit(pool, held)
    assert held.begun.wait(WAIT_SECONDS)
    keys = [object() for _ in range(4)]
    for number, key in enumerate(keys):
        submit(pool, lambda number=number: order.append(number), key)
    submit(pool, done.set)

    pool.discard(keys[1])
    held.let_go.set()

    assert done.wait(WAIT_SECONDS)
    assert order == [0, 2, 3]
    pool.stop(WAIT_SECONDS)


def test_a_stopped_pool_begins_nothing_and_takes_nothing() -> None:
    pool = WorkerPool(workers=1, queue_limit=10)
    held, ran = Held(), threading.Event()
    submit(pool, held)
    assert held.begun.wait(WAIT_SECONDS)
    submit(pool, ran.set)

    pool.stop(0.0)  # does not wait for the one that runs

    with pytest.raises(EngineBusy):
        pool.reserve()
    held.let_go.set()
    pool.stop(WAIT_SECONDS)
    assert not ran.is_set()


def test_a_change_between_listening_and_waiting_is_heard() -> None:
    announcements = Announcements()
    listener = announcements.listen("a")
    announcements.announce("b")
    announcements.announce("a")
    announcements.announce("a")

    assert listener.wait() is True
    listener.close()
    assert listener.wait() is False


def test_closing_from_another_thread_ends_a_wait() -> None:
    announcements = Announcements()
    listener, other = announcements.listen("a"), announcements.listen("a")
    heard: list[bool] = []
    waiting = threading.Thread(target=lambda: heard.append(listener.wait()))
    waiting.start()
    assert announcements.await_waiting(1, timeout_seconds=WAIT_SECONDS)

    listener.close()
    waiting.join(WAIT_SECONDS)

    assert heard == [False]
    assert announcements.await_waiting(0, timeout_seconds=WAIT_SECONDS)
    announcements.announce("a")
    assert other.wait() is True, "closing one leaves the others"
