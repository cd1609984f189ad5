"""A few threads and a queue with a limit: what computes runs and replays."""

import threading
from collections import deque
from collections.abc import Callable

from aurelius_engine.application.errors import EngineBusy

Job = Callable[[], None]


class WorkerPool:
    """Threads that take jobs in the order of their coming.

    A place in the queue is reserved before the work is accepted, so that what was
    accepted always has one. A job handles its own exceptions.
    """

    def __init__(self, *, workers: int, queue_limit: int) -> None:
        """Starts the threads.

        Args:
            workers: How many jobs run at once, at least 1.
            queue_limit: How many wait, at least 1.
        """
        self._limit = queue_limit
        self._changed = threading.Condition()
        self._waiting: deque[tuple[object, Job]] = deque()
        self._reserved = 0
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._work, name=f"run-{number}", daemon=True)
            for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def reserve(self) -> None:
        """Takes a place in the queue. Raises: EngineBusy: There is none."""
        with self._changed:
            waiting = len(self._waiting) + self._reserved
            if waiting >= self._limit or self._stopping:
                raise EngineBusy(
                    f"{waiting} runs wait already: try again later",
                    found=waiting,
                    allowed=f"below {self._limit}",
                )
            self._reserved += 1

    def release(self) -> None:
        """Gives a reserved place back."""
        with self._changed:
            self._reserved -= 1

    def submit(self, key: object, job: Job) -> None:
        """Puts a job on a reserved place."""
        with self._changed:
            self._reserved -= 1
            self._waiting.append((key, job))
            self._changed.notify()

    def discard(self, key: object) -> None:
        """Removes the jobs of a key that have not begun."""
        with self._changed:
            self._waiting = deque(item for item in self._waiting if item[0] is not key)

    def stop(self, timeout_seconds: float) -> None:
        """Lets no job begin any more, and waits for those that run, each so long at most."""
        with self._changed:
            self._stopping = True
            self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout_seconds)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                if self._stopping:
                    return
                _, job = self._waiting.popleft()
            job()
            del job  # it holds the tables of its run
